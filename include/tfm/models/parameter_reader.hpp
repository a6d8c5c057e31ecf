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
#include <vector>

#include "../io/float_reader.hpp"
#include "../kernels/pack.hpp"
#include "../parallel.hpp"
#include "../tensor/tensor.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Columns of a file's matrix, or elements of its vector, that a parameter takes: how many there
/// are in all, and for each of the parameter's own which one.
template <class Column>
struct FileColumns {
    std::size_t count; ///< in the file
    Column column;     ///< std::size_t(std::size_t)
};
/// Takes the type of the function.
template <class Column>
FileColumns(std::size_t, Column) -> FileColumns<Column>;

/// All columns in their order.
inline auto every_column(std::size_t count) noexcept
{
    return FileColumns{count, [](std::size_t n) { return n; }};
}

/// Reads named tensors of one safetensors file. Every error names the file and the tensor, what was
/// expected and what was found. A tensor's pages are given back once it is read, so that loading
/// holds one copy of the model and not two.
class ParameterReader {
public:
    /// \param prefix what every name may also begin with.
    ParameterReader(const SafeTensors& file, std::string_view prefix) : file_(file), prefix_(prefix)
    {
    }

    /// A vector of N floats: the given elements of a file's vector.
    template <std::size_t N, class Column>
    void read_vector(const std::string& name, Tensor<float, Vec<N>>& target,
                     const FileColumns<Column>& elements) const
    {
        read_elements(find(name, {elements.count}), N, elements.column, target.data());
    }

    /// The whole of a vector of N floats.
    template <std::size_t N>
    void read_vector(const std::string& name, Tensor<float, Vec<N>>& target) const
    {
        read_vector(name, target, every_column(N));
    }

    /// A plain matrix (R, C).
    template <std::size_t R, std::size_t C>
    void read_matrix(const std::string& name, Tensor<float, RowMajor<R, C>>& target) const
    {
        read_elements(find(name, {R, C}), R * C, every_column(R * C).column, target.data());
    }

    /// A `Weight` (K, N), rounded or quantised to what it holds: the given columns of a
    /// (K, columns.count) tensor, or with `Orientation::out_in` those rows of a (columns.count, K)
    /// tensor. Row k is multiplied by `row_factors[k]`, where there are any.
    template <class Target, class Column>
    void read_packed(const std::string& name, Orientation orientation, Target& target,
                     const FileColumns<Column>& columns,
                     std::span<const float> row_factors = {}) const
    {
        std::vector<std::size_t> numbers(target.cols());
        for (std::size_t n = 0; n < numbers.size(); ++n) numbers[n] = columns.column(n);
        read_columns(name, orientation, detail::PackTarget(target), columns.count, numbers,
                     row_factors);
    }

    /// The whole of a matrix.
    template <class Target>
    void read_packed(const std::string& name, Orientation orientation, Target& target) const
    {
        read_packed(name, orientation, target, every_column(Target::layout_type::cols));
    }

    /// Raises `largest[k]` to the largest magnitude in row k of a weight of y = x W, whatever its
    /// columns are.
    void raise_to_row_magnitudes(const std::string& name, Orientation orientation,
                                 std::span<float> largest) const
    {
        bool const transposed = orientation == Orientation::out_in;
        const TensorInfo& tensor = find(name);
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

    const TensorInfo& find(const std::string& name) const
    {
        const TensorInfo* tensor = file_.find(name);
        if (tensor == nullptr) tensor = file_.find(prefix_ + name);
        require(tensor != nullptr, [&] {
            return file_.path().string() + ": expected a tensor '" + name + "' or '" + prefix_ +
                   name + "', found neither among its " + std::to_string(file_.tensors().size()) +
                   " tensors";
        });
        return *tensor;
    }

    const TensorInfo& find(const std::string& name, std::vector<std::size_t> shape) const
    {
        const TensorInfo& tensor = find(name);
        require(tensor.shape == shape, [&] {
            return where(tensor) + "expected shape " + describe(shape) + ", found " +
                   describe(tensor.shape);
        });
        return tensor;
    }

    /// `count` elements of a plain tensor, each from where `element` says.
    template <class ElementOf>
    void read_elements(const TensorInfo& tensor, std::size_t count, ElementOf element,
                       float* target) const
    {
        bool finite = true;
        with_float_reader(file_, tensor, [&](auto read) {
            for (std::size_t i = 0; i < count; ++i) {
                target[i] = read(element(i));
                finite &= is_finite(target[i]);
            }
        });
        check_finite(tensor, finite);
        file_.release(tensor);
    }

    /// Packs the columns of these numbers among the `count` of a file's matrix.
    void read_columns(const std::string& name, Orientation orientation,
                      const detail::PackTarget& target, std::size_t count,
                      std::span<const std::size_t> columns,
                      std::span<const float> row_factors) const
    {
        bool const transposed = orientation == Orientation::out_in;
        std::size_t const k_extent = target.layout.extent_rows();
        const TensorInfo& tensor =
            transposed ? find(name, {count, k_extent}) : find(name, {k_extent, count});
        std::size_t const column_stride = transposed ? k_extent : 1;
        std::size_t const k_stride = transposed ? 1 : count;
        with_float_reader(file_, tensor, [&](auto read) {
            pack_in_pieces(tensor, transposed, target, [&](std::size_t k, std::size_t n) {
                float const value = read(columns[n] * column_stride + k * k_stride);
                return row_factors.empty() ? value : value * row_factors[k];
            });
        });
    }

    /// Packs on all threads. Where panels are runs of file rows, piece by piece, so that not all of
    /// a large embedding is in memory twice; otherwise every panel needs the whole (small) tensor.
    template <class Source>
    void pack_in_pieces(const TensorInfo& tensor, bool transposed, const detail::PackTarget& target,
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
                detail::pack_panels(target, begin + share.begin, begin + share.end,
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

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
