// Kernels that pack an operand at each call allocate nothing where they are given a workspace.

#include <cstddef>

#include <gtest/gtest.h>

#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/kernels/scaled_dot_product_attention.hpp>

#include "counted_allocations.hpp"

namespace {

using namespace tfm;

template <class Call>
std::size_t allocations_by(Call&& call)
{
    std::size_t const before = allocations;
    call();
    return allocations - before;
}

// Small enough that a workspace of the function's own comes from operator new.
constexpr std::size_t rows = 40;
constexpr std::size_t inner = 300;

template <class T>
void expect_no_allocation_by_matmul()
{
    Tensor<T, RowMajor<rows, inner>> a;
    Tensor<T, RowMajor<inner, 20>> b;
    Tensor<float, RowMajor<rows, 20>> out;
    Tensor<float, Vec<20>> bias;
    KernelWorkspace workspace(matmul_workspace_bytes<T>(rows, inner));
    EXPECT_EQ(allocations_by([&] {
                  matmul(a, b, out, workspace);
                  matmul(a, b, out, workspace, AddBias(bias.view()), Gelu{});
                  matmul_transposed(a, transpose(b.view()), out, workspace);
              }),
              0U);
    EXPECT_GT(allocations_by([&] { matmul(a, b, out); }), 0U);
}

TEST(KernelAllocation, NoneByMatmulWithAWorkspace)
{
    expect_no_allocation_by_matmul<float>();
    expect_no_allocation_by_matmul<bf16>();
}

template <class T>
void expect_no_allocation_by_attention()
{
    Tensor<T, Dense<2, 3, rows, 64>> q, out;
    Tensor<T, Dense<2, 3, inner, 64>> k, v;
    Tensor<float, Vec<inner>> mask;
    KernelWorkspace workspace(attention_workspace_bytes<T>(rows, inner, 64, 64));
    EXPECT_EQ(allocations_by([&] {
                  scaled_dot_product_attention(q, k, v, out, {.attn_mask = mask, .is_causal = true},
                                               workspace);
              }),
              0U);
    EXPECT_GT(allocations_by([&] { scaled_dot_product_attention(q, k, v, out); }), 0U);
}

TEST(KernelAllocation, NoneByAttentionWithAWorkspace)
{
    expect_no_allocation_by_attention<float>();
    expect_no_allocation_by_attention<bf16>();
}

} // namespace
