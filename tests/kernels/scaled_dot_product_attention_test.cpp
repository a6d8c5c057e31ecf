#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/tensor/slices.hpp>

#include "error_message.hpp"
#include "exact_dense.hpp"

namespace {

using namespace tfm;
using test::ExactDense;
using test::ExactMatrix;
using test::Extents;
using test::Numbers;

constexpr double never = -std::numeric_limits<double>::infinity();

/// Sizes of a batch and what PyTorch's function is told besides.
struct Case {
    std::size_t batch, heads, kv_heads, queries, keys, width, value_width;
    bool is_causal = false;
    std::optional<float> scale{};
    std::size_t first_position = 0;

    std::string text() const
    {
        std::string all;
        for (std::size_t const size :
             {batch, heads, kv_heads, queries, keys, width, value_width, first_position})
            all += std::to_string(size) + " ";
        return all + (is_causal ? "causal" : "") + (scale ? " scaled" : "");
    }
    Extents scores() const { return {batch, heads, queries, keys}; }
};

/// What is added to the score at (batch, head, query, key).
using Bias = std::function<double(std::size_t, std::size_t, std::size_t, std::size_t)>;

double no_bias(std::size_t, std::size_t, std::size_t, std::size_t) { return 0.0; }

/// softmax(scale q kᵀ + bias) v from the definition; zeros where nothing is seen.
template <class T>
std::vector<double> attention_of(const Case& c, const ExactDense<T>& q, const ExactDense<T>& k,
                                 const ExactDense<T>& v, const Bias& bias)
{
    double const scale = c.scale ? double{*c.scale} : 1.0 / std::sqrt(static_cast<double>(c.width));
    auto const number = [](T x) { return double{static_cast<float>(x)}; };
    std::vector<double> out;
    for (std::size_t row = 0; row < c.batch * c.heads * c.queries; ++row) {
        std::size_t const i = row % c.queries;
        std::size_t const h = row / c.queries % c.heads;
        std::size_t const b = row / c.queries / c.heads;
        std::size_t const kv = h / (c.heads / c.kv_heads);
        std::vector<double> weights(c.keys, never);
        double largest = never;
        for (std::size_t p = 0; p < c.keys; ++p) {
            if (c.is_causal && p > i && p - i > c.first_position) continue;
            double sum = 0.0;
            for (std::size_t j = 0; j < c.width; ++j)
                sum += number(q.view()(b, h, i, j)) * number(k.view()(b, kv, p, j));
            weights[p] = scale * sum + bias(b, h, i, p);
            largest = std::max(largest, weights[p]);
        }
        double total = 0.0;
        for (double& weight : weights)
            total += weight = largest == never ? 0.0 : std::exp(weight - largest);
        for (std::size_t j = 0; j < c.value_width; ++j) {
            double y = 0.0;
            for (std::size_t p = 0; p < c.keys; ++p)
                y += weights[p] * number(v.view()(b, kv, p, j));
            out.push_back(total == 0.0 ? 0.0 : y / total);
        }
    }
    return out;
}

/// What a batch of queries and keys of T is off by before its result is rounded: floats some ten
/// roundings of values in [-1, 1); where cells are bf16, softmax weights may be rounded to bf16.
template <class T>
constexpr double error = std::is_same_v<T, float> ? 2e-6 : 4e-3;

template <class T, class Out = T>
struct Batch {
    Case c;
    ExactDense<T> q, k, v;
    ExactDense<Out> out;

    explicit Batch(const Case& sizes)
        : c(sizes), q(test::heads_side_by_side({c.batch, c.heads, c.queries, c.width}, 3)),
          k(test::heads_side_by_side({c.batch, c.kv_heads, c.keys, c.width}, 1)),
          v(test::contiguous({c.batch, c.kv_heads, c.keys, c.value_width})),
          out(test::heads_side_by_side({c.batch, c.heads, c.queries, c.value_width}, 2))
    {
        Numbers numbers(static_cast<std::uint32_t>(c.queries + 1000 * c.keys + 7 * c.width));
        q.fill([&] { return 2.0F * numbers.uniform(); });
        k.fill([&] { return numbers.uniform(); });
        v.fill([&] { return numbers.uniform(); });
        out.fill([] { return -1.0F; });
    }

    /// Attends with memory of the function's own and with a workspace of exactly what is needed,
    /// every byte of which makes a NaN.
    void expect(const AttentionMask& mask = {}, const Bias& bias = no_bias)
    {
        AttentionOptions const options{.attn_mask = mask,
                                       .is_causal = c.is_causal,
                                       .scale = c.scale,
                                       .enable_gqa = true,
                                       .first_position = c.first_position};
        auto const expected = attention_of(c, q, k, v, bias);
        scaled_dot_product_attention(q.view(), k.view(), v.view(), out.view(), options);
        EXPECT_LE(test::worst_of(out.view(), expected, error<T>), 1.0) << c.text();
        EXPECT_TRUE(out.untouched_outside());
        auto const first = test::doubles(out.view());

        KernelWorkspace workspace(
            attention_workspace_bytes<T>(c.queries, c.keys, c.width, c.value_width));
        if (workspace.size_bytes() > 0) std::memset(workspace.data(), 0xFF, workspace.size_bytes());
        out.fill([] { return -1.0F; });
        scaled_dot_product_attention(q.view(), k.view(), v.view(), out.view(), options, workspace);
        EXPECT_EQ(test::doubles(out.view()), first) << c.text();
    }
};

template <class E>
class Attention : public testing::Test {
};
template <class In, class Out>
struct Elements {
    using Input = In;
    using Output = Out;
};
using Types = testing::Types<Elements<float, float>, Elements<bf16, bf16>, Elements<bf16, float>>;
TYPED_TEST_SUITE(Attention, Types);

TYPED_TEST(Attention, AgreesWithItsDefinition)
{
    using B = Batch<typename TypeParam::Input, typename TypeParam::Output>;
    for (bool const is_causal : {false, true}) {
        for (std::size_t const width : {1U, 5U, 16U, 33U, 64U}) {
            for (std::size_t const keys : {1U, 2U, 16U, 17U, 127U, 128U, 130U, 300U}) {
                for (std::size_t const queries : {1U, 3U, 40U})
                    B({2, 2, 2, queries, keys, width, width, is_causal}).expect();
            }
        }
    }
}

TYPED_TEST(Attention, TakesValuesOfAnotherWidth)
{
    using B = Batch<typename TypeParam::Input, typename TypeParam::Output>;
    B({1, 2, 2, 7, 20, 16, 33}).expect();
    B({1, 2, 2, 7, 20, 33, 5, true}).expect();
}

TYPED_TEST(Attention, SharesHeadsOfKeysAmongThoseOfQueries)
{
    using B = Batch<typename TypeParam::Input, typename TypeParam::Output>;
    for (std::size_t const kv_heads : {1U, 2U, 3U, 6U})
        B({2, 6, kv_heads, 5, 9, 8, 8, true}).expect();
}

TYPED_TEST(Attention, CausalQueriesStandWhereTheyAreSaidTo)
{
    using B = Batch<typename TypeParam::Input, typename TypeParam::Output>;
    for (std::size_t const first : {0U, 1U, 5U, 12U, 13U, 20U, 100U})
        B({1, 2, 2, 9, 13, 8, 8, true, {}, first}).expect();
    B({1, 2, 2, 9, 13, 8, 8, true, {}, std::numeric_limits<std::size_t>::max()}).expect();
}

TYPED_TEST(Attention, TakesAnyScale)
{
    using B = Batch<typename TypeParam::Input, typename TypeParam::Output>;
    for (float const scale : {1.0F, 0.01F, 0.0F, -0.7F})
        B({1, 2, 2, 5, 150, 8, 8, true, scale}).expect();
}

/// The extents of a mask that broadcasts along some axes of (batch, heads, queries, keys).
Extents some_of(const Extents& scores, unsigned axes)
{
    Extents extents = scores;
    for (std::size_t axis = 0; axis < 4; ++axis)
        if ((axes >> axis & 1U) == 0) extents[axis] = 1;
    return extents;
}

template <class M>
Bias bias_of(const ExactDense<M>& mask)
{
    return [view = mask.view()](std::size_t b, std::size_t h, std::size_t i, std::size_t p) {
        M const value =
            view(b % view.extent(0), h % view.extent(1), i % view.extent(2), p % view.extent(3));
        if constexpr (std::is_same_v<M, std::uint8_t>)
            return value != 0 ? 0.0 : never;
        else
            return double{static_cast<float>(value)};
    };
}

template <class M, class T, class Out, class Source>
void expect_masks_of(Source&& source)
{
    for (unsigned axes = 0; axes < 16; ++axes) {
        for (bool const is_causal : {false, true}) {
            Batch<T, Out> batch({2, 4, 2, 7, 150, 8, 8, is_causal});
            ExactDense<M> mask(test::heads_side_by_side(some_of(batch.c.scores(), axes), 5));
            Numbers numbers(axes);
            mask.fill([&] { return source(numbers); });
            batch.expect(mask.view(), bias_of(mask));
        }
    }
}

TYPED_TEST(Attention, AddsAMaskThatBroadcasts)
{
    using T = typename TypeParam::Input;
    using Out = typename TypeParam::Output;
    expect_masks_of<float, T, Out>([](Numbers& numbers) { return 3.0F * numbers.uniform(); });
    expect_masks_of<bf16, T, Out>([](Numbers& numbers) { return 3.0F * numbers.uniform(); });
}

TYPED_TEST(Attention, LeavesOutWhatAMaskForbids)
{
    using T = typename TypeParam::Input;
    using Out = typename TypeParam::Output;
    expect_masks_of<std::uint8_t, T, Out>(
        [](Numbers& numbers) { return numbers.below(3) == 0 ? 1.0F : 0.0F; });
    expect_masks_of<float, T, Out>([](Numbers& numbers) {
        return numbers.below(3) == 0 ? 0.5F : -std::numeric_limits<float>::infinity();
    });
}

// Whole blocks of keys may be forbidden, before those that are not, behind them, or for good.
TEST(AttentionMask, MayForbidAllKeys)
{
    for (std::size_t const allowed : {0U, 1U, 127U, 128U, 255U, 256U, 299U}) {
        Batch<float> batch({1, 1, 1, 3, 300, 8, 8});
        ExactDense<std::uint8_t> mask(test::contiguous({1, 1, 3, 300}));
        mask.fill([] { return 0.0F; });
        mask.view()(0, 0, 1, allowed) = 1;
        batch.expect(mask.view(), bias_of(mask));
        for (std::size_t j = 0; j < 8; ++j) {
            EXPECT_EQ(batch.out.view()(0, 0, 0, j), 0.0F);
            EXPECT_FLOAT_EQ(batch.out.view()(0, 0, 1, j), batch.v.view()(0, 0, allowed, j));
            EXPECT_EQ(batch.out.view()(0, 0, 2, j), 0.0F);
        }
    }
}

// What transformers' models add to forbidden scores: the least float, beside which a score is lost.
TEST(AttentionMask, OfTheLeastFloatEverywhereIsTheMeanOfTheValues)
{
    Batch<float> batch({1, 1, 1, 2, 40, 8, 8});
    ExactDense<float> mask(test::contiguous({1, 1, 1, 40}));
    mask.fill([] { return std::numeric_limits<float>::lowest(); });
    batch.expect(mask.view(), bias_of(mask));
}

TEST(AttentionShapes, TakeFewerAxesAndOrdinaryMatrices)
{
    Batch<float> batch({1, 3, 3, 4, 6, 8, 8, true});
    batch.expect();
    auto const all = test::doubles(batch.out.view());
    auto const one = [](auto& x) { return select<0>(x.view(), 0); };
    batch.out.fill([] { return 0.0F; });
    scaled_dot_product_attention(one(batch.q), one(batch.k), one(batch.v), one(batch.out),
                                 {.is_causal = true});
    EXPECT_EQ(test::doubles(batch.out.view()), all);

    batch.out.fill([] { return 0.0F; });
    for (std::size_t head = 0; head < 3; ++head) {
        Tensor<float, RowMajor<4, 8>> q, out;
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 8; ++j) q(i, j) = batch.q.view()(0, head, i, j);
        scaled_dot_product_attention(q, select<0>(one(batch.k), head),
                                     select<0>(one(batch.v), head), out, {.is_causal = true});
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 8; ++j) batch.out.view()(0, head, i, j) = out(i, j);
    }
    EXPECT_EQ(test::doubles(batch.out.view()), all);
}

TEST(AttentionShapes, OfNoKeysIsZeroAndOfNoQueriesNothing)
{
    Batch<float>({2, 2, 2, 3, 0, 8, 8}).expect();
    Batch<float>({2, 2, 2, 0, 3, 8, 8, true}).expect();
    Batch<bf16>({0, 2, 2, 3, 3, 8, 8}).expect();
}

TEST(AttentionErrors, SayWhatWasExpected)
{
    Batch<float> batch({2, 4, 2, 3, 5, 8, 8});
    auto const message = [&](const AttentionOptions& options) {
        return test::error_message([&] {
            scaled_dot_product_attention(batch.q.view(), batch.k.view(), batch.v.view(),
                                         batch.out.view(), options);
        });
    };
    EXPECT_EQ(message({.enable_gqa = true}), "");
    EXPECT_EQ(message({}),
              "tfm::scaled_dot_product_attention: 4 heads of queries and 2 of keys and values: "
              "expected as many, or with enable_gqa a multiple of them");
    ExactDense<float> mask(test::contiguous({1, 1, 4, 5}));
    EXPECT_EQ(message({.attn_mask = mask.view(), .enable_gqa = true}),
              "tfm::scaled_dot_product_attention: the mask is 1 x 1 x 4 x 5, and the scores are "
              "2 x 4 x 3 x 5; each extent of the mask is that of the scores, or 1");
    ExactMatrix<RowMajor<>> turned(5, 3);
    EXPECT_EQ(test::error_message([&] { AttentionMask(transpose(turned.view())); }),
              "tfm::AttentionMask: the elements of a row of the mask (1 x 1 x 3 x 5) lie 3 apart; "
              "kernels take contiguous rows: copy to RowMajor first with tfm::copy");
    EXPECT_EQ(test::error_message([&] {
                  scaled_dot_product_attention(batch.q.view(), batch.k.view(), batch.q.view(),
                                               batch.out.view());
              }),
              "tfm::scaled_dot_product_attention: queries are 2 x 4 x 3 x 8, keys 2 x 2 x 5 x 8, "
              "values 2 x 4 x 3 x 8, the output 2 x 4 x 3 x 8; expected (batch, heads, queries, "
              "width), (batch, kv_heads, keys, width), (batch, kv_heads, keys, value_width), "
              "(batch, heads, queries, value_width)");
    KernelWorkspace less(attention_workspace_bytes<float>(3, 5, 8, 8) - 1);
    EXPECT_NE(test::error_message([&] {
                  scaled_dot_product_attention(batch.q.view(), batch.k.view(), batch.v.view(),
                                               batch.out.view(), {.enable_gqa = true}, less);
              }),
              "");
    EXPECT_NE(test::error_message([&] {
                  scaled_dot_product_attention(permute<0, 1, 3, 2>(batch.q.view()), batch.k.view(),
                                               batch.v.view(), batch.out.view());
              }).find("the queries (2 x 4 x 8 x 3) lie"),
              std::string::npos);
}

} // namespace
