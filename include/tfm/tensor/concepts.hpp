#pragma once

/// \file
/// What a kernel's arguments must be: concepts with domain names, and rules whose violation prints
/// one sentence with the remedy.
///
/// C++20 messages cannot be computed, so a rule is a class template: the compiler's note
/// "in instantiation of `SameExtent<XColumns<768>, PackedK<1024>>`" names both extents.

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "dense.hpp"
#include "layout.hpp"

namespace tfm {

/// A layout of one or two axes, a user's own included: the members that layout.hpp states.
/// Different elements have different offsets, all below `required_size`.
template <class L>
concept MatrixLayout = requires(const L layout, std::size_t i)
{
    {
        L::rank
        } -> std::convertible_to<std::size_t>;
    {
        L::rows
        } -> std::convertible_to<std::size_t>;
    {
        L::cols
        } -> std::convertible_to<std::size_t>;
    {
        layout.extent_rows()
        } -> std::same_as<std::size_t>;
    {
        layout.extent_cols()
        } -> std::same_as<std::size_t>;
    {
        layout.template offset<float>(i, i)
        } -> std::same_as<std::size_t>;
    {
        layout.template required_size<float>()
        } -> std::same_as<std::size_t>;
};

namespace tensor_detail {
template <class L>
inline constexpr bool is_packed = false;
template <std::size_t K, std::size_t N>
inline constexpr bool is_packed<Packed<K, N>> = true;
template <class L>
inline constexpr bool is_vec = false;
template <std::size_t N>
inline constexpr bool is_vec<Vec<N>> = true;
template <class L>
inline constexpr bool is_dense = false;
template <std::size_t... E>
inline constexpr bool is_dense<Dense<E...>> = true;
} // namespace tensor_detail

/// One to four axes with a stride each: `Dense<E...>`.
template <class L>
concept DenseLayout = tensor_detail::is_dense<L>;

/// What `View`, `Tensor` and the algorithms ask of a layout.
template <class L>
concept Layout = MatrixLayout<L> || DenseLayout<L>;

/// An index for each axis; a single row also takes its number, 0, before the index.
template <class L, std::size_t Count>
concept IndexedBy = Count == L::rank || (Count == 2 && MatrixLayout<L>);

/// A weight matrix in cells: `Packed<K, N>`.
template <class L>
concept PackedLayout = tensor_detail::is_packed<L>;

/// One row: `Vec<N>`.
template <class L>
concept VecLayout = tensor_detail::is_vec<L>;

/// Rows of contiguous elements a fixed stride apart, which is what kernels take as activations:
/// `RowMajor`, `Padded`, `Strided`, a `Vec` as one row, or a layout of a user's own that says so:
/// `offset<T>(i, j)` is `i * row_stride<T>() + j`.
template <class L>
concept RowsLayout = MatrixLayout<L> && requires(const L layout)
{
    // The compiler prints the line below, and so the remedy.
    requires L::has_contiguous_rows; // kernels take contiguous rows: copy to RowMajor first
    {
        layout.template row_stride<float>()
        } -> std::same_as<std::size_t>;
};

/// `float`, to read or to write: what an fp32 kernel takes the elements of its inputs to be.
template <class T>
concept Fp32 = std::same_as < std::remove_const_t<T>,
float > ;

/// Axes whose elements lie a stride apart: what can be sliced and transposed in place.
template <class L>
concept StridedLayout = RowsLayout<L> || DenseLayout<L>;

/// Whether two extents are equal, or not both known to the compiler (and then checked at run time).
constexpr bool compatible_extents(std::size_t a, std::size_t b) noexcept
{
    return a == b || a == dyn || b == dyn;
}

/// \name The sides of a rule, so that the compiler's note says which extent is which.
/// @{

/// The extent E of one side.
template <std::size_t E>
using extent_constant = std::integral_constant<std::size_t, E>;
template <std::size_t E>
struct XRows : extent_constant<E> {
};
template <std::size_t E>
struct XColumns : extent_constant<E> {
};
template <std::size_t E>
struct OutRows : extent_constant<E> {
};
template <std::size_t E>
struct OutColumns : extent_constant<E> {
};
template <std::size_t E>
struct PackedK : extent_constant<E> {
};
template <std::size_t E>
struct PackedN : extent_constant<E> {
};
template <std::size_t E>
struct BiasSize : extent_constant<E> {
};
template <std::size_t E>
struct ResidualColumns : extent_constant<E> {
};
template <std::size_t E>
struct GainSize : extent_constant<E> {
};
template <std::size_t E>
struct SourceRows : extent_constant<E> {
};
template <std::size_t E>
struct SourceColumns : extent_constant<E> {
};
/// @}

/// Rule: two extents are equal. `SameExtent<A<a>, B<b>>::value` is true or does not compile.
template <class A, class B>
struct SameExtent : std::true_type {
    static_assert(compatible_extents(A::value, B::value),
                  "tfm: these two extents must be equal: the compiler's note SameExtent<A<a>, "
                  "B<b>> names them. Give both tensors the same extent, or make one of them "
                  "tfm::dyn to have it checked at run time.");
};

/// Rule: a weight handed to a matmul is packed.
template <class L>
struct PackedWeight : std::true_type {
    static_assert(PackedLayout<L>,
                  "tfm: a matmul takes its weight in the Packed<K, N> layout. Convert it once with "
                  "tfm::pack(source, packed) and keep the packed tensor.");
};

/// Rule: activations are rows of contiguous elements.
template <class L>
struct RowsOfElements : std::true_type {
    static_assert(
        RowsLayout<L>,
        "tfm: activations are rows of contiguous elements (RowMajor, Padded, Strided or "
        "Vec); Packed is for weights and the KV cache only, and a layout of your own must "
        "state has_contiguous_rows.");
};

/// Rule: a parameter such as a bias or a gain is one row.
template <class L>
struct VectorParameter : std::true_type {
    static_assert(VecLayout<L>, "tfm: biases, gains and other per-column parameters are Vec<N>.");
};

/// Rule: a kernel writes through its output view.
template <class T>
struct WritableOutput : std::true_type {
    static_assert(!std::is_const_v<T>,
                  "tfm: the output view is read-only. Pass a View<T, ...>, not a View<const T, "
                  "...>; a const Tensor only gives the latter.");
};

} // namespace tfm
