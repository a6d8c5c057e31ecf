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
        std::size_t const count = tensor.shape[1 - k_axis];
        with_float_reader(file_, tensor, [&](auto read) {
            for (std::size_t i = 0; i < k_extent * count; ++i) {
                float& most = largest[transposed ? i % k_extent : i / count];
                most = std::max(most, std::abs(read(i)));
            }
        });
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
        bool finite = true;
        with_float_reader(file_, tensor, [&](auto read) {
            for (std::size_t i = 0; i < target.size(); ++i) {
                target[i] = read(numbers.empty() ? i : numbers[i]);
                finite &= is_finite(target[i]);
            }
        });
        check_finite(tensor, finite);
        file_.release(tensor);
    }

    void read_columns(const TensorInfo& tensor, const StoredParameter& stored,
                      const PackTarget& target, std::span<const float> row_factors) const
    {
        bool const transposed = stored.transposed();
        std::span<const std::size_t> const numbers = stored.own_columns();
        std::size_t const column_stride = transposed ? target.layout.extent_rows() : 1;
        std::size_t const k_stride = transposed ? 1 : stored.columns();
        with_float_reader(file_, tensor, [&](auto read) {
            pack_in_pieces(tensor, transposed, target, [&](std::size_t k, std::size_t n) {
                std::size_t const column = numbers.empty() ? n : numbers[n];
                float const value = read(column * column_stride + k * k_stride);
                return row_factors.empty() ? value : value * row_factors[k];
            });
        });
    }

    /// Packs on all threads. Where panels are runs of file rows, piece by piece, so that not all of
    /// a large embedding is in memory twice; otherwise every panel needs the whole (small) tensor.
    template <class Source>
    void pack_in_pieces(const TensorInfo& tensor, bool transposed, const PackTarget& target,
                        Source source) const
    {
        std::size_t const panels = target.layout.panels();
        std::size_t const panel_bytes =
            panel_width * target.layout.extent_rows() * size_of(tensor.dtype);
        std::size_t const step = transposed ? divide_up(piece_bytes, panel_bytes) : panels;
        std::atomic<bool> finite = true;
        for (std::size_t begin = 0; begin < panels; begin += step) {
            std::size_t const count = std::min(step, panels - begin);
            parallel(default_threads(), [&](Team team) {
                IndexRange const share = team.share(count);
                bool all_finite = true;
                pack_panels(target, begin + share.begin, begin + share.end,
                            [&](std::size_t k, std::size_t n) {
                                float const value = source(k, n);
                                all_finite &= is_finite(value);
                                return value;
                            });
                if (!all_finite) finite = false;
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

    static bool is_finite(float value) noexcept
    {
        return std::abs(value) <= std::numeric_limits<float>::max();
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
