#pragma once

/// \file
/// `Tensor<T, L>`: elements it owns, in a layout.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "storage.hpp"
#include "view.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Owns zero-initialised, 64-byte aligned elements in layout L. Move-only: copying weights by
/// accident is never wanted, so a copy is spelled `clone()`. A tensor that was moved from has no
/// elements and may only be assigned to or destroyed.
template <Element T, Layout L>
class Tensor {
public:
    using value_type = T;                     ///< what an element is
    using layout_type = L;                    ///< shape and order
    using view_type = View<T, L>;             ///< to write
    using const_view_type = View<const T, L>; ///< to read

    /// A tensor without elements where the shape is dynamic, of its full size where it is static.
    Tensor() : Tensor(L{}) {}

    /// Throws `std::bad_alloc` when there is no memory, or for a shape no memory could hold.
    explicit Tensor(L layout) : layout_(layout), storage_(checked_bytes(layout)) {}

    /// A tensor of elements somebody else owns, 64-byte aligned and outliving it: a mapped file.
    static Tensor borrow(T* data, L layout)
    {
        return Tensor(layout, tensor_detail::Storage::borrow(data, checked_bytes(layout)));
    }

    /// Takes the elements; `other` may then only be assigned to or destroyed.
    Tensor(Tensor&&) noexcept = default;
    /// Takes the elements; `other` may then only be assigned to or destroyed.
    Tensor& operator=(Tensor&&) noexcept = default;
    // Compilers print the line that forbids a copy, and so the remedy.
    Tensor(const Tensor&) = delete;            // tensors are not copied implicitly: use clone()
    Tensor& operator=(const Tensor&) = delete; // tensors are not copied implicitly: use clone()
    ~Tensor() = default;

    /// A deep copy.
    Tensor clone() const
    {
        Tensor copy(layout_);
        if (size() > 0) std::memcpy(copy.data(), data(), size_bytes());
        return copy;
    }

    /// The first element.
    T* data() noexcept { return static_cast<T*>(storage_.data()); }
    /// The first element.
    const T* data() const noexcept { return static_cast<const T*>(storage_.data()); }
    /// Elements stored, padding included.
    std::size_t size() const noexcept { return storage_.size() / sizeof(T); }
    /// Bytes stored, padding included.
    std::size_t size_bytes() const noexcept { return storage_.size(); }

    /// Shape and order.
    const L& layout() const noexcept { return layout_; }
    /// Extent of the first axis; 1 of a `Vec`.
    std::size_t rows() const noexcept { return layout_.extent_rows(); }
    /// Extent of the second axis.
    std::size_t cols() const noexcept { return layout_.extent_cols(); }

    /// The elements, to write.
    View<T, L> view() noexcept { return {data(), layout_}; }
    /// The elements, to read.
    View<const T, L> view() const noexcept { return {data(), layout_}; }

    /// The elements, where a view is wanted.
    operator View<T, L>() noexcept { return view(); }
    /// The elements, where a view to read is wanted.
    operator View<const T, L>() const noexcept { return view(); }

    /// One element. \pre `row < rows()` and `col < cols()`
    template <class Switches = BuildSwitches>
    T& operator()(std::size_t row, std::size_t col)
    {
        return view()(row, col);
    }
    /// One element. \pre `row < rows()` and `col < cols()`
    template <class Switches = BuildSwitches>
    const T& operator()(std::size_t row, std::size_t col) const
    {
        return view()(row, col);
    }
    /// One element of a `Vec`. \pre `index < cols()`
    template <class Switches = BuildSwitches>
    T& operator()(std::size_t index) requires VecLayout<L>
    {
        return view()(index);
    }
    /// One element of a `Vec`. \pre `index < cols()`
    template <class Switches = BuildSwitches>
    const T& operator()(std::size_t index) const requires VecLayout<L>
    {
        return view()(index);
    }

private:
    Tensor(L layout, tensor_detail::Storage storage) noexcept
        : layout_(layout), storage_(std::move(storage))
    {
    }

    static std::size_t checked_bytes(const L& layout)
    {
        // Layouts pad each extent to less than 64 elements more; rows of a slice lie a stride
        // apart.
        constexpr std::size_t most = PTRDIFF_MAX / sizeof(T);
        std::size_t row = layout.extent_cols();
        if constexpr (RowsLayout<L>) {
            std::size_t const stride = layout.template row_stride<T>();
            if (stride > row) row = stride;
        }
        std::size_t const rows = layout.extent_rows();
        bool const fits =
            rows < most && row < most && (rows == 0 || row + alignment < most / (rows + alignment));
        if (!fits) tensor_detail::throw_bad_alloc();
        std::size_t const count = layout.template required_size<T>();
        if (count > most) tensor_detail::throw_bad_alloc(); // of a layout of a user's own
        return count * sizeof(T);
    }

    [[no_unique_address]] L layout_;
    tensor_detail::Storage storage_;
};

} // namespace tfm

#include "../restore_macros.hpp"
