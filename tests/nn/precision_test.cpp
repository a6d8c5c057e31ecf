/// \file
/// The reduced precisions: every way to feed tokens gives the same logits, which stay near those of
/// fp32. Their arithmetic is compared with PyTorch's in tests/models.

#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = odd_shape;

template <Precision P>
struct Case {
    static constexpr Precision precision = P;
};

template <class T>
class ReducedPrecision : public ::testing::Test {
protected:
    using Model = Decoder<shape, T::precision>;
    Model model = random_decoder<shape, T::precision>(1);
    std::vector<Token> tokens = random_tokens<shape>(200, 2);
    std::vector<float> expected = all_logits<shape>(model, tokens);

    std::span<const float> row(std::size_t index) const
    {
        return std::span(expected).subspan(index * shape.vocab, shape.vocab);
    }
};

/// An int8 cache alone.
constexpr Precision fp32_kv8{Dtype::fp32, Dtype::fp32, Dtype::int8};

using Precisions =
    ::testing::Types<Case<precision::bf16>, Case<precision::int8_weights>, Case<precision::int8>,
                     Case<precision::int8_kv8>, Case<fp32_kv8>>;
TYPED_TEST_SUITE(ReducedPrecision, Precisions);

/// Only bf16 on AMX needs any, where products of few rows add in another order than those of many.
/// invariance_test.cpp compares the others bit for bit.
constexpr double tolerance = 0.05;

TYPED_TEST(ReducedPrecision, TokenByTokenEqualsAtOnce)
{
    typename TestFixture::Model::Workspace workspace({.max_rows = 1, .threads = 2});
    typename TestFixture::Model::Session session;
    for (std::size_t i = 0; i < this->tokens.size(); ++i) {
        typename TestFixture::Model::Rows const rows{&session, {&this->tokens[i], 1}};
        auto const logits = logits_of<shape>(this->model, workspace, std::span(&rows, 1));
        ASSERT_LT(relative_difference(this->row(i), logits), tolerance) << "token " << i;
    }
}

TYPED_TEST(ReducedPrecision, ChunksEqualAtOnceOnAnyNumberOfThreads)
{
    for (std::size_t const threads : {1U, 2U, 5U}) {
        for (std::size_t const max_rows : {3U, 37U, 150U, 512U}) {
            auto const logits = all_logits<shape>(this->model, this->tokens,
                                                  {.max_rows = max_rows, .threads = threads});
            EXPECT_LT(relative_difference(this->expected, logits), tolerance)
                << threads << " threads, chunks of " << max_rows;
        }
    }
}

TYPED_TEST(ReducedPrecision, RaggedBatchEqualsEachSessionAlone)
{
    using Decoder = typename TestFixture::Model;
    constexpr std::size_t sessions_count = 9;
    typename Decoder::Workspace workspace({.threads = 2});
    std::vector<typename Decoder::Session> sessions(sessions_count);
    std::vector<typename Decoder::Rows> batch;
    for (std::size_t i = 0; i < sessions_count; ++i) { // each with more of the same text
        std::span<const Token> const past(this->tokens.data(), 20 * i + 1);
        typename Decoder::Rows const rows{&sessions[i], past, Logits::none};
        logits_of<shape>(this->model, workspace, std::span(&rows, 1));
        batch.push_back({&sessions[i], std::span(this->tokens).subspan(past.size(), 1 + i % 3)});
    }
    auto const logits = logits_of<shape>(this->model, workspace, batch);
    for (std::size_t i = 0; i < sessions_count; ++i) {
        EXPECT_LT(relative_difference(this->row(20 * i + 1 + i % 3),
                                      std::span(logits).subspan(i * shape.vocab, shape.vocab)),
                  tolerance)
            << "session " << i;
    }
}

TYPED_TEST(ReducedPrecision, StaysNearFp32)
{
    auto const exact = all_logits<shape>(random_decoder<shape>(1), this->tokens);
    double const drift = relative_difference(exact, this->expected);
    this->RecordProperty("drift_in_thousandths", std::to_string(drift * 1000));
    EXPECT_LT(drift, TypeParam::precision == precision::bf16 ? 0.2 : 0.5);
    EXPECT_GT(drift, 0.0);
}

TYPED_TEST(ReducedPrecision, ObjectsHaveTheBytesTheyState)
{
    using Decoder = typename TestFixture::Model;
    WorkspaceOptions const options{.max_rows = 40, .threads = 3, .logit_rows = 5};
    EXPECT_EQ(typename Decoder::Workspace(options).size_bytes(),
              Decoder::Workspace::bytes(options));
    EXPECT_LE(Decoder::weight_bytes(), tfm::Decoder<shape>::weight_bytes());
}

} // namespace
