#pragma once

/// \file
/// `StateDict`: parameters by name in a program's own memory, to fill models from and to save.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../io/diagnostics.hpp"
#include "../io/safetensors.hpp"
#include "../io/safetensors_entry.hpp"
#include "../tensor/lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Arrays by the names that a checkpoint would have them under (`llama_names`, `gpt2_names`, ...),
/// as PyTorch's `state_dict()`. Arrays that are added stay where they are and must outlive it;
/// those that it creates are its own. Move-only.
class StateDict {
public:
    /// Without arrays.
    StateDict() = default;
    /// Takes all arrays.
    StateDict(StateDict&&) noexcept = default;
    /// Takes all arrays.
    StateDict& operator=(StateDict&&) noexcept = default;
    StateDict(const StateDict&) = delete;
    StateDict& operator=(const StateDict&) = delete;
    ~StateDict() = default;

    /// Numbers, the last axis fastest, of these extents: a vector, a span or an array of floats.
    /// Throws `tfm::Error` where they are not as many, or there is one of the name.
    template <tensor_detail::RangeOf<const float> R>
    void add(std::string name, R&& values, std::vector<std::size_t> extents)
    {
        std::span<const float> const all(values);
        add_bytes(std::move(name), FileDType::F32, std::as_bytes(all), std::move(extents));
    }
    /// The same of double.
    template <tensor_detail::RangeOf<const double> R>
    void add(std::string name, R&& values, std::vector<std::size_t> extents)
    {
        std::span<const double> const all(values);
        add_bytes(std::move(name), FileDType::F64, std::as_bytes(all), std::move(extents));
    }
    /// The same of bf16.
    template <tensor_detail::RangeOf<const bf16> R>
    void add(std::string name, R&& values, std::vector<std::size_t> extents)
    {
        std::span<const bf16> const all(values);
        add_bytes(std::move(name), FileDType::BF16, std::as_bytes(all), std::move(extents));
    }

    /// A tensor or a view of one or two axes without gaps. Throws the same.
    template <Viewable X>
    void add(std::string name, X&& x)
    {
        auto const view = tensor_detail::view_of(x);
        using L = typename decltype(view)::layout_type;
        static_assert(RowsLayout<L>, "tfm: an array of a StateDict is RowMajor or Vec: copy others "
                                     "with tfm::copy(x, rows) first.");
        std::size_t const gapless = view.rows() == 1 ? view.row_stride() : view.cols();
        require(view.row_stride() == gapless, [&] {
            return where(name) + "expected rows without gaps, found " +
                   std::to_string(view.cols()) + " numbers every " +
                   std::to_string(view.row_stride());
        });
        std::vector<std::size_t> extents{view.cols()};
        if constexpr (L::rank == 2) extents.insert(extents.begin(), view.rows());
        add(std::move(name), std::span(view.data(), view.rows() * view.cols()), std::move(extents));
    }

    /// An array of its own, all zero, which stays where it is. Throws the same.
    std::span<float> create(std::string name, std::vector<std::size_t> extents)
    {
        std::vector<float> values(count(name, FileDType::F32, extents));
        add(std::move(name), values, std::move(extents));
        own_.push_back(std::move(values)); // whose elements stay where they are
        return own_.back();
    }

    /// The numbers of one that it created, to write; none of another.
    std::span<float> values(const TensorInfo& array) noexcept
    {
        for (std::vector<float>& own : own_)
            if (std::as_bytes(std::span(own)).data() == array.bytes.data()) return own;
        return {};
    }

    /// The array of this name, or null.
    const TensorInfo* find(std::string_view name) const noexcept
    {
        for (const TensorInfo& tensor : tensors_)
            if (tensor.name == name) return &tensor;
        return nullptr;
    }
    /// All arrays in the order in which they came.
    std::span<const TensorInfo> tensors() const noexcept { return tensors_; }

private:
    static std::string where(std::string_view name)
    {
        return "StateDict: tensor " + detail::in_quotes(name) + ": ";
    }
    static std::size_t count(std::string_view name, FileDType dtype,
                             const std::vector<std::size_t>& extents)
    {
        auto const bytes = detail::tensor_bytes(extents, dtype);
        require(bytes && *bytes <= PTRDIFF_MAX, [&] {
            return where(name) + "shape " + detail::shape_text(extents) + " has too many elements";
        });
        return *bytes / size_of(dtype);
    }

    void add_bytes(std::string name, FileDType dtype, std::span<const std::byte> bytes,
                   std::vector<std::size_t> extents)
    {
        require(find(name) == nullptr,
                [&] { return where(name) + "expected one of its name, found another"; });
        std::size_t const found = bytes.size() / size_of(dtype);
        std::size_t const expected = count(name, dtype, extents);
        require(expected == found, [&] {
            return where(name) + "expected the " + std::to_string(expected) +
                   " numbers of its extents, found " + std::to_string(found);
        });
        tensors_.push_back({std::move(name), dtype, std::move(extents), bytes});
    }

    std::vector<TensorInfo> tensors_;
    std::vector<std::vector<float>> own_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
