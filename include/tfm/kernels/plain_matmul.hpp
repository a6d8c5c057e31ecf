#pragma once

/// \file
/// Products of two ordinary matrices, the second of which is packed on the way.
///
/// Packing reads and writes that matrix once, 64 columns at a time, which stay in L2 while the rows
/// of the first pass by. docs/performance.md says what that costs; a weight that is multiplied more
/// than once is better packed once by `tfm::pack`.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "../tensor/orientation.hpp"
#include "kernel_workspace.hpp"
#include "matmul.hpp"
#include "pack_columns.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// \name The sides of a rule.
/// @{
/// The extent E of one side.
template <std::size_t E>
struct AColumns : extent_constant<E> {
};
template <std::size_t E>
struct ARows : extent_constant<E> {
};
template <std::size_t E>
struct BRows : extent_constant<E> {
};
template <std::size_t E>
struct BColumns : extent_constant<E> {
};
/// @}

/// Rule: both matrices of a product hold elements of one type, fp32 or bf16.
template <class A, class B>
struct SameElements : std::true_type {
    static_assert(RowElement<A> && RowElement<B> && std::same_as<A, B>,
                  "tfm: a matmul of two ordinary matrices takes both in float or both in "
                  "tfm::bf16: convert one with tfm::copy(x, y). int8 matrices have scales: see "
                  "tfm::pack and tfm::quantize_rows.");
};

/// A `Tensor` or `View` of a matrix that is not packed, of any strides.
template <class X>
concept OrdinaryMatrix =
    TensorLike<X> && StridedLayout<typename tensor_detail::ViewOf<X>::layout_type>;

inline namespace TFM_ISA_NAMESPACE {

/// Bytes that a `KernelWorkspace` needs for products of up to `max_rows` rows of A by up to
/// `max_inner` rows of B, whatever B's columns, of elements of type T.
template <RowElement T>
constexpr std::size_t matmul_workspace_bytes(std::size_t max_rows, std::size_t max_inner) noexcept
{
    using Input = detail::MatmulInput<T>;
    using namespace tensor_detail;
    std::size_t const cells = Packed<>(max_inner, max_tile_columns).template required_size<T>();
    std::size_t const converted = std::same_as<T, Input> ? 0 : max_rows * max_inner;
    return whole_lines<T>(cells) + whole_lines<Input>(converted);
}

namespace detail {

/// A product's operands without their layouts.
template <class T, class TO>
struct MatmulOperands {
    Rows<const T> a;
    StridedMatrix<T> b;
    Rows<TO> out;
};

/// The operands of out = a b, or of out = a bᵀ. Throws `tfm::Error` where extents differ.
template <Orientation Order, class TA, class LA, class TB, class LB, class TO, class LO>
auto matmul_operands(const char* name, View<TA, LA> a, View<TB, LB> b, View<TO, LO> out)
{
    using T = std::remove_const_t<TA>;
    constexpr bool transposed = Order == Orientation::out_in;
    using BInner = std::conditional_t<transposed, BColumns<LB::cols>, BRows<LB::rows>>;
    using BOuter = std::conditional_t<transposed, BRows<LB::rows>, BColumns<LB::cols>>;
    static_assert(WritableOutput<TO>::value);
    static_assert(SameElements<T, std::remove_const_t<TB>>::value);
    static_assert(LA::rank <= 2 && LB::rank == 2 && LO::rank <= 2,
                  "tfm: a matmul takes matrices. Of tensors with more axes, multiply what "
                  "tfm::select<0>(x, i) gives for each index.");
    static_assert(SameExtent<AColumns<LA::cols>, BInner>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, BOuter>::value);
    static_assert(SameExtent<ARows<LA::rows>, OutRows<LO::rows>>::value);
    auto const all = dense(View<const T, LB>(b)).layout();
    StridedMatrix<T> matrix{b.data(), b.rows(), b.cols(), all.stride(0), all.stride(1)};
    if constexpr (transposed) {
        std::swap(matrix.k, matrix.n);
        std::swap(matrix.k_stride, matrix.n_stride);
    }
    require(a.cols() == matrix.k && out.cols() == matrix.n && a.rows() == out.rows(), [&] {
        return std::string(name) + ": a is " + tensor_detail::shape_of(a) + ", b " +
               tensor_detail::shape_of(b) + ", the output " + tensor_detail::shape_of(out) +
               "; expected (M, K), " + (transposed ? "(N, K)" : "(K, N)") + ", (M, N)";
    });
    return MatmulOperands<T, TO>{rows_of(name, "a", View<const T, LA>(a)), matrix,
                                 rows_of(name, "the output", out)};
}

/// The rows of a matrix as cells of T are multiplied with them: themselves, or as floats, which
/// `converted` has room for.
template <class T>
RowsPointer<MatmulInput<T>> matmul_inputs(const Rows<const T>& a,
                                          [[maybe_unused]] MatmulInput<T>* converted) noexcept
{
    std::size_t const rows = a.extents[2];
    if constexpr (std::same_as<T, MatmulInput<T>>) {
        return {a.data, a.strides[2], rows};
    } else {
        for (std::size_t row = 0; row < rows; ++row) {
            const T* const from = a.at(0, 0, row);
            float* const to = converted + row * a.width;
            simd::for_each_vec(a.width, [&](std::size_t i, auto load, auto store) {
                store(to + i, load(from + i));
            });
        }
        return {converted, a.width, rows};
    }
}

template <class T, class TO, class... Steps>
void multiply(const MatmulOperands<T, TO>& operands, tensor_detail::Pieces memory,
              const Steps&... steps) noexcept
{
    auto const& [a, b, out] = operands;
    T* const cells = memory.take<T>(Packed<>(b.k, max_tile_columns).template required_size<T>());
    auto const x = matmul_inputs(a, memory.take<MatmulInput<T>>(0));
    StoreRows const store(out.data, out.strides[2], steps...);
    for (std::size_t first = 0; first < b.n; first += max_tile_columns) {
        auto const packed =
            pack_columns(b.columns(first, std::min(max_tile_columns, b.n - first)), cells);
        std::size_t const panels = divide_up(packed.n, panel_width);
        matmul_pointers(x, packed, {0, panels}, [&](auto tile) {
            tile.first_col += first;
            store(tile);
        });
    }
}

/// With memory of the caller's.
template <Orientation Order, class A, class B, class Out, class... Steps>
void matmul_plain(const char* name, A a, B b, Out out, KernelWorkspace& workspace,
                  const Steps&... steps)
{
    using T = typename A::value_type;
    auto const operands = matmul_operands<Order>(name, a, b, out);
    multiply(operands,
             {name, workspace, matmul_workspace_bytes<T>(operands.a.extents[2], operands.b.k)},
             steps...);
}

/// With memory of its own.
template <Orientation Order, class A, class B, class Out, class... Steps>
void matmul_plain(const char* name, A a, B b, Out out, const Steps&... steps)
{
    using T = typename A::value_type;
    auto const operands = matmul_operands<Order>(name, a, b, out);
    std::size_t const bytes = matmul_workspace_bytes<T>(operands.a.extents[2], operands.b.k);
    KernelWorkspace workspace(bytes);
    multiply(operands, {name, workspace, bytes}, steps...);
}

} // namespace detail

/// out = steps(a b), as PyTorch's `matmul` and numpy's `@`: a (M, K), b (K, N), out (M, N), where a
/// and b are both of fp32 or both of bf16, and out of either. Sums are fp32; a bf16 result is
/// rounded once. Rows of a and out are contiguous; b may have any strides, such as `transpose(b)`,
/// since it is packed on the way, at every call (see plain_matmul.hpp). Steps map results on their
/// way to memory, as with a packed weight: `AddBias`, `Gelu` ... `out` must not overlap a or b.
///
/// On one thread, as every kernel: threads take rows of a and out each. Throws `tfm::Error` when
/// extents known only at run time differ or rows are not contiguous.
template <TensorLike A, OrdinaryMatrix B, TensorLike Out, class... Steps>
requires(!std::same_as<Steps, KernelWorkspace> && ...) //
    void matmul(A&& a, B&& b, Out&& out, Steps... steps)
{
    using namespace tensor_detail;
    detail::matmul_plain<Orientation::in_out>("tfm::matmul", view_of(a), view_of(b), view_of(out),
                                              steps...);
}

/// The same, and allocates nothing. Throws `tfm::Error` where the workspace has less than
/// `matmul_workspace_bytes<T>(M, K)`.
template <TensorLike A, OrdinaryMatrix B, TensorLike Out, class... Steps>
void matmul(A&& a, B&& b, Out&& out, KernelWorkspace& workspace, Steps... steps)
{
    using namespace tensor_detail;
    detail::matmul_plain<Orientation::in_out>("tfm::matmul", view_of(a), view_of(b), view_of(out),
                                              workspace, steps...);
}

/// out = steps(a bᵀ): b is (N, K), as the weight of PyTorch's `Linear`; else as `matmul`.
template <TensorLike A, OrdinaryMatrix B, TensorLike Out, class... Steps>
requires(!std::same_as<Steps, KernelWorkspace> && ...) //
    void matmul_transposed(A&& a, B&& b, Out&& out, Steps... steps)
{
    using namespace tensor_detail;
    detail::matmul_plain<Orientation::out_in>("tfm::matmul_transposed", view_of(a), view_of(b),
                                              view_of(out), steps...);
}

/// The same, and allocates nothing. Throws `tfm::Error` where the workspace has less than
/// `matmul_workspace_bytes<T>(M, K)`.
template <TensorLike A, OrdinaryMatrix B, TensorLike Out, class... Steps>
void matmul_transposed(A&& a, B&& b, Out&& out, KernelWorkspace& workspace, Steps... steps)
{
    using namespace tensor_detail;
    detail::matmul_plain<Orientation::out_in>("tfm::matmul_transposed", view_of(a), view_of(b),
                                              view_of(out), workspace, steps...);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
