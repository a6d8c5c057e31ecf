#pragma once

/// \file
/// Parameters from a checkpoint into the tensors of a model, checked and packed.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../io/float_reader.hpp"
#include "../io/tensor_index.hpp"
#include "../kernels/pack.hpp"
#include "../nn/parameters.hpp"
#include "../parallel.hpp"
#include "checkpoint.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Reads named tensors of a checkpoint. Every error names the file and the tensor, what was
/// expected and what was found. A tensor's pages are given back once it is read, so that loading
/// holds one copy of the model and not two.
class ParameterReader {
public:
    /// \param path   names the checkpoint in errors that are not about one of its tensors.
    /// \param prefix what every name may also begin with.
    ParameterReader(const TensorIndex& tensors, std::filesystem::path path, std::string_view prefix)
        : tensors_(tensors), path_(std::move(path)), prefix_(prefix)
    {
    }

    /// Fills a parameter from the tensor that keeps it: rounded or quantised to what it holds. Row
    /// k of a packed weight is multiplied by `row_factors[k]`, where there are any.
    void read(const StoredParameter& stored, const ParameterTensor& target,
              std::span<const float> row_factors = {}) const
    {
        const StoredTensor& tensor = find(stored, stored.extents());
        target.tensor.visit([&](auto& to) { read_into(to, tensor, stored, row_factors); });
    }

    /// Fails where `read` would before it reads any number.
    void check(const StoredParameter& stored) const
    {
        const StoredTensor& tensor = find(stored, stored.extents());
        FloatReader const reader(tensor);
    }

    /// Raises `largest[k]` to the largest magnitude in row k of a weight of y = x W, whatever its
    /// columns are.
    void raise_to_row_magnitudes(const StoredParameter& stored, std::span<float> largest) const
    {
        bool const transposed = stored.transposed();
        const StoredTensor& tensor = find(stored);
        std::vector<std::size_t> const& shape = tensor.info->shape;
        std::size_t const k_extent = largest.size();
        std::size_t const k_axis = transposed ? 1 : 0;
        require(shape.size() == 2 && shape[k_axis] == k_extent, [&] {
            return tensor.where() + "expected a matrix of " + std::to_string(k_extent) +
                   " inputs, found " + describe(shape);
        });
        FloatReader const reader(tensor);
        std::size_t const width = shape[1];
        std::vector<float> row(width);
        for (std::size_t i = 0; i < shape[0]; ++i) {
            reader.read(i * width, 1, width, row.data());
            for (std::size_t j = 0; j < width; ++j) {
                float& most = largest[transposed ? j : i];
                most = std::max(most, std::abs(row[j]));
            }
        }
    }

private:
    /// Bytes of the file that are mapped at once while a (N, K) matrix is packed.
    static constexpr std::size_t piece_bytes = std::size_t{8} << 20;

    const StoredTensor& find(const StoredParameter& stored) const
    {
        std::string const name = stored.name();
        const StoredTensor* tensor = tensors_.find(name, prefix_);
        if (tensor == nullptr && !stored.old_name().empty())
            tensor = tensors_.find(stored.old_name(), prefix_);
        require(tensor != nullptr, [&] {
            std::string const other =
                prefix_.empty() ? "', found none" : "' or '" + prefix_ + name + "', found neither";
            return path_.string() + ": expected a tensor '" + name + other + " among its " +
                   std::to_string(tensors_.size()) + " tensors";
        });
        return *tensor;
    }

    const StoredTensor& find(const StoredParameter& stored, std::vector<std::size_t> shape) const
    {
        const StoredTensor& tensor = find(stored);
        std::vector<std::size_t> const& found = tensor.info->shape;
        require(found == shape, [&] {
            std::string message =
                tensor.where() + "expected shape " + describe(shape) + ", found " + describe(found);
            std::reverse(shape.begin(), shape.end());
            if (found != shape || found.size() != 2) return message;
            return message + ": the other way round; say so in the names it is loaded with "
                             "(orientation)";
        });
        return tensor;
    }

    /// A vector, of the stored elements that are its own.
    void read_into(Tensor<float, Vec<>>& target, const StoredTensor& tensor,
                   const StoredParameter& stored, std::span<const float>) const
    {
        read_elements(tensor, stored.own_columns(), {target.data(), target.size()});
    }
    /// A plain matrix.
    void read_into(Tensor<float, RowMajor<>>& target, const StoredTensor& tensor,
                   const StoredParameter&, std::span<const float>) const
    {
        read_elements(tensor, {}, {target.data(), target.size()});
    }
    /// A packed weight of any precision.
    template <class Packed>
    void read_into(Packed& target, const StoredTensor& tensor, const StoredParameter& stored,
                   std::span<const float> row_factors) const
    {
        read_columns(tensor, stored, PackTarget(target), row_factors);
    }

    /// The stored elements of these numbers, or all of them.
    void read_elements(const StoredTensor& tensor, std::span<const std::size_t> numbers,
                       std::span<float> target) const
    {
        FloatReader const reader(tensor);
        if (numbers.empty()) {
            reader.read(0, 1, target.size(), target.data());
        } else {
            for (std::size_t i = 0; i < target.size(); ++i)
                reader.read(numbers[i], 1, 1, &target[i]);
        }
        check_finite(tensor, are_finite(target));
        tensor.release(tensor.info->bytes);
    }

    /// A weight on its way from a file into cells: panel by panel, through columns of floats.
    struct PanelSource {
        FloatReader reader;
        std::span<const std::size_t> numbers; ///< of the columns in the file; empty: all
        std::span<const float> row_factors;   ///< or none
        std::size_t column_stride;            ///< elements from one column to the next
        std::size_t k_stride;                 ///< elements from one row to the next

        /// The columns of a panel, of `k_extent` floats each, one after the other.
        void read(std::size_t first, std::size_t cols, std::size_t k_extent, float* columns) const
        {
            // Where rows are contiguous in the file, this many of them stay in L1 meanwhile.
            constexpr std::size_t most = 64;
            for (std::size_t k = 0; k < k_extent; k += most) {
                std::size_t const count = std::min(most, k_extent - k);
                for (std::size_t j = 0; j < cols; ++j) {
                    std::size_t const column = numbers.empty() ? first + j : numbers[first + j];
                    float* const out = columns + j * k_extent + k;
                    reader.read(column * column_stride + k * k_stride, k_stride, count, out);
                    for (std::size_t i = 0; i < count && !row_factors.empty(); ++i)
                        out[i] *= row_factors[k + i];
                }
            }
        }
    };

    void read_columns(const StoredTensor& tensor, const StoredParameter& stored,
                      const PackTarget& target, std::span<const float> row_factors) const
    {
        bool const transposed = stored.transposed();
        PanelSource const source{FloatReader(tensor), stored.own_columns(), row_factors,
                                 transposed ? target.layout.extent_rows() : 1,
                                 transposed ? 1 : stored.columns()};
        pack_in_pieces(tensor, transposed, target, source);
    }

    /// Packs on all threads. Where panels are runs of file rows, piece by piece, so that not all of
    /// a large embedding is in memory twice; otherwise every panel needs the whole (small) tensor.
    void pack_in_pieces(const StoredTensor& tensor, bool transposed, const PackTarget& target,
                        const PanelSource& source) const
    {
        std::size_t const k_extent = target.layout.extent_rows();
        std::size_t const panels = target.layout.panels();
        std::size_t const panel_bytes = panel_width * k_extent * size_of(tensor.info->dtype);
        std::size_t const step = transposed ? divide_up(piece_bytes, panel_bytes) : panels;
        std::size_t const threads = default_threads();
        // Before the threads start: none of them can report that there is no memory.
        std::vector<float> columns(threads * panel_width * k_extent);
        std::vector<std::int8_t> rounded(target.scales == nullptr ? 0 : columns.size());
        std::atomic<bool> finite = true;
        for (std::size_t begin = 0; begin < panels; begin += step) {
            std::size_t const count = std::min(step, panels - begin);
            parallel(threads, [&](Team team) {
                IndexRange const share = team.share(count);
                std::size_t const own = team.rank() * panel_width * k_extent;
                for (std::size_t i = share.begin; i < share.end; ++i) {
                    std::size_t const first = (begin + i) * panel_width;
                    std::size_t const cols =
                        std::min(panel_width, target.layout.extent_cols() - first);
                    source.read(first, cols, k_extent, columns.data() + own);
                    if (!are_finite({columns.data() + own, cols * k_extent})) finite = false;
                    pack_panel(target, begin + i, columns.data() + own,
                               rounded.empty() ? nullptr : rounded.data() + own);
                }
            });
            if (transposed) {
                std::size_t const size =
                    std::min(count * panel_bytes, tensor.info->bytes.size() - begin * panel_bytes);
                tensor.release(tensor.info->bytes.subspan(begin * panel_bytes, size));
            }
        }
        check_finite(tensor, finite);
        tensor.release(tensor.info->bytes);
    }

    static bool are_finite(std::span<const float> values) noexcept
    {
        bool finite = true;
        for (float const value : values)
            finite &= std::abs(value) <= std::numeric_limits<float>::max();
        return finite;
    }

    static void check_finite(const StoredTensor& tensor, bool finite)
    {
        require(finite,
                [&] { return tensor.where() + "expected finite numbers, found NaN or infinity"; });
    }

    static std::string describe(std::span<const std::size_t> shape)
    {
        std::string text = "[";
        for (std::size_t const extent : shape) {
            text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
        }
        return text + "]";
    }

    const TensorIndex& tensors_;
    std::filesystem::path path_;
    std::string prefix_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
