#pragma once

/// \file
/// Parameters from a checkpoint into the tensors of a model, checked and packed.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../io/float_reader.hpp"
#include "../kernels/pack.hpp"
#include "../nn/parameters.hpp"
#include "../parallel.hpp"
#include "checkpoint.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Reads named tensors of one safetensors file. Every error names the file and the tensor, what was
/// expected and what was found. A tensor's pages are given back once it is read, so that loading
/// holds one copy of the model and not two.
class ParameterReader {
public:
    /// \param prefix what every name may also begin with.
    ParameterReader(const SafeTensors& file, std::string_view prefix) : file_(file), prefix_(prefix)
    {
    }

    /// Fills a parameter from the tensor that keeps it: rounded or quantised to what it holds. Row
    /// k of a packed weight is multiplied by `row_factors[k]`, where there are any.
    void read(const StoredParameter& stored, const ParameterTensor& target,
              std::span<const float> row_factors = {}) const
    {
        const TensorInfo& tensor = find(stored, stored.extents());
        std::visit([&](auto* to) { read_into(*to, tensor, stored, row_factors); }, target.tensor);
    }

    /// Raises `largest[k]` to the largest magnitude in row k of a weight of y = x W, whatever its
    /// columns are.
    void raise_to_row_magnitudes(const StoredParameter& stored, std::span<float> largest) const
    {
        bool const transposed = stored.transposed();
        const TensorInfo& tensor = find(stored);
        std::size_t const k_extent = largest.size();
        std::size_t const k_axis = transposed ? 1 : 0;
        require(tensor.shape.size() == 2 && tensor.shape[k_axis] == k_extent, [&] {
            return where(tensor) + "expected a matrix of " + std::to_string(k_extent) +
                   " inputs, found " + describe(tensor.shape);
        });
        FloatReader const reader(file_, tensor);
        std::size_t const width = tensor.shape[1];
        std::vector<float> row(width);
        for (std::size_t i = 0; i < tensor.shape[0]; ++i) {
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

    const TensorInfo* find_if_present(const std::string& name) const
    {
        const TensorInfo* const tensor = file_.find(name);
        return tensor != nullptr ? tensor : file_.find(prefix_ + name);
    }

    const TensorInfo& find(const StoredParameter& stored) const
    {
        std::string const name = stored.name();
        const TensorInfo* tensor = find_if_present(name);
        if (tensor == nullptr && !stored.old_name().empty())
            tensor = find_if_present(stored.old_name());
        require(tensor != nullptr, [&] {
            return file_.path().string() + ": expected a tensor '" + name + "' or '" + prefix_ +
                   name + "', found neither among its " + std::to_string(file_.tensors().size()) +
                   " tensors";
        });
        return *tensor;
    }

    const TensorInfo& find(const StoredParameter& stored, std::vector<std::size_t> shape) const
    {
        const TensorInfo& tensor = find(stored);
        require(tensor.shape == shape, [&] {
            return where(tensor) + "expected shape " + describe(shape) + ", found " +
                   describe(tensor.shape);
        });
        return tensor;
    }

    /// A vector, of the stored elements that are its own.
    void read_into(Tensor<float, Vec<>>& target, const TensorInfo& tensor,
                   const StoredParameter& stored, std::span<const float>) const
    {
        read_elements(tensor, stored.own_columns(), {target.data(), target.size()});
    }
    /// A plain matrix.
    void read_into(Tensor<float, RowMajor<>>& target, const TensorInfo& tensor,
                   const StoredParameter&, std::span<const float>) const
    {
        read_elements(tensor, {}, {target.data(), target.size()});
    }
    /// A packed weight of any precision.
    template <class Packed>
    void read_into(Packed& target, const TensorInfo& tensor, const StoredParameter& stored,
                   std::span<const float> row_factors) const
    {
        read_columns(tensor, stored, PackTarget(target), row_factors);
    }

    /// The stored elements of these numbers, or all of them.
    void read_elements(const TensorInfo& tensor, std::span<const std::size_t> numbers,
                       std::span<float> target) const
    {
        FloatReader const reader(file_, tensor);
        if (numbers.empty()) {
            reader.read(0, 1, target.size(), target.data());
        } else {
            for (std::size_t i = 0; i < target.size(); ++i)
                reader.read(numbers[i], 1, 1, &target[i]);
        }
        check_finite(tensor, are_finite(target));
        file_.release(tensor);
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

    void read_columns(const TensorInfo& tensor, const StoredParameter& stored,
                      const PackTarget& target, std::span<const float> row_factors) const
    {
        bool const transposed = stored.transposed();
        PanelSource const source{FloatReader(file_, tensor), stored.own_columns(), row_factors,
                                 transposed ? target.layout.extent_rows() : 1,
                                 transposed ? 1 : stored.columns()};
        pack_in_pieces(tensor, transposed, target, source);
    }

    /// Packs on all threads. Where panels are runs of file rows, piece by piece, so that not all of
    /// a large embedding is in memory twice; otherwise every panel needs the whole (small) tensor.
    void pack_in_pieces(const TensorInfo& tensor, bool transposed, const PackTarget& target,
                        const PanelSource& source) const
    {
        std::size_t const k_extent = target.layout.extent_rows();
        std::size_t const panels = target.layout.panels();
        std::size_t const panel_bytes = panel_width * k_extent * size_of(tensor.dtype);
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
                    std::min(count * panel_bytes, tensor.bytes.size() - begin * panel_bytes);
                file_.release(tensor.bytes.subspan(begin * panel_bytes, size));
            }
        }
        check_finite(tensor, finite);
        file_.release(tensor);
    }

    static bool are_finite(std::span<const float> values) noexcept
    {
        bool finite = true;
        for (float const value : values)
            finite &= std::abs(value) <= std::numeric_limits<float>::max();
        return finite;
    }

    void check_finite(const TensorInfo& tensor, bool finite) const
    {
        require(finite,
                [&] { return where(tensor) + "expected finite numbers, found NaN or infinity"; });
    }

    std::string where(const TensorInfo& tensor) const
    {
        return file_.path().string() + ": tensor '" + tensor.name + "': ";
    }

    static std::string describe(std::span<const std::size_t> shape)
    {
        std::string text = "[";
        for (std::size_t const extent : shape) {
            text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
        }
        return text + "]";
    }

    const SafeTensors& file_;
    std::string prefix_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
