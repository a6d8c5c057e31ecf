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
    /// Extent of an axis. \pre `axis < L::rank`
    template <class Switches = BuildSwitches>
    std::size_t extent(std::size_t axis) const
    {
        return view().extent(axis);
    }
    /// Extent of the last axis but one; 1 of a single row.
    std::size_t rows() const noexcept { return layout_.extent_rows(); }
    /// Extent of the last axis.
    std::size_t cols() const noexcept { return layout_.extent_cols(); }

    /// The elements, to write.
    View<T, L> view() noexcept { return {data(), layout_}; }
    /// The elements, to read.
    View<const T, L> view() const noexcept { return {data(), layout_}; }

    /// The elements, where a view is wanted.
    operator View<T, L>() noexcept { return view(); }
    /// The elements, where a view to read is wanted.
    operator View<const T, L>() const noexcept { return view(); }

    /// One element, an index for each axis; one index for a `Vec`, which is one row.
    /// \pre each index is less than the extent of its axis
    template <class Switches = BuildSwitches, std::convertible_to<std::size_t>... I>
    T& operator()(I... index) requires IndexedBy<L, sizeof...(I)>
    {
        return view()(static_cast<std::size_t>(index)...);
    }
    /// One element to read, an index for each axis; one index for a `Vec`, which is one row.
    /// \pre each index is less than the extent of its axis
    template <class Switches = BuildSwitches, std::convertible_to<std::size_t>... I>
    const T& operator()(I... index) const requires IndexedBy<L, sizeof...(I)>
    {
        return view()(static_cast<std::size_t>(index)...);
    }

private:
    Tensor(L layout, tensor_detail::Storage storage) noexcept
        : layout_(layout), storage_(std::move(storage))
    {
    }

    static std::size_t checked_bytes(const L& layout)
    {
        std::size_t const count = tensor_detail::checked_size<T>(layout);
        if (count == SIZE_MAX) tensor_detail::throw_bad_alloc();
        return count * sizeof(T);
    }

    [[no_unique_address]] L layout_;
    tensor_detail::Storage storage_;
};

} // namespace tfm

#include "../restore_macros.hpp"
