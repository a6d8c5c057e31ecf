/// \file
/// Encoders in reduced precisions: near fp32, whatever else is in the batch, and with an MLP
/// narrower than the model.

#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/nn/encode.hpp>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr EncoderShape narrow{.vocab = 53,
                              .context = 40,
                              .width = 144,
                              .heads = 3,
                              .layers = 2,
                              .mlp_width = 50,
                              .token_types = 0};

/// Decoders of the same blocks.
constexpr DecoderShape same_blocks{.vocab = narrow.vocab,
                                   .context = narrow.context,
                                   .width = narrow.width,
                                   .heads = narrow.heads,
                                   .layers = narrow.layers,
                                   .mlp_width = narrow.mlp_width,
                                   .activation = narrow.activation,
                                   .norm_epsilon = narrow.norm_epsilon,
                                   .norm_placement = NormPlacement::after};

template <Precision P>
Encoder<narrow, P> random_encoder()
{
    auto body = random_decoder<same_blocks, P>(3);
    Encoder<narrow, P> model;
    static_cast<void>(parameters_of(model)); // it counts as filled from here on
    auto& weights = model.model().weights;
    weights.blocks = std::move(body.model().weights.blocks);
    for (std::size_t j = 0; j < narrow.width; ++j) {
        for (std::size_t i = 0; i < narrow.vocab; ++i)
            weights.token_embedding(i, j) = static_cast<float>((i * 7 + j * 3) % 11) - 5.0F;
        weights.embedding_norm.gain(j) = 1.0F;
    }
    return model;
}

/// Features of sequences of several lengths, at once or one by one.
template <Precision P>
std::vector<float> features(bool at_once)
{
    Encoder<narrow, P> const model = random_encoder<P>();
    std::vector<std::vector<Token>> texts;
    for (std::size_t const length : {5U, 40U, 1U, 17U, 33U})
        texts.push_back(random_tokens<narrow>(length, static_cast<unsigned>(length)));
    std::vector<EncoderInput> inputs;
    for (auto const& text : texts) inputs.push_back({text});
    typename Encoder<narrow, P>::Workspace workspace({.max_rows = 64, .threads = 2});
    std::vector<float> out(96 * narrow.width);
    auto const run = [&](std::span<const EncoderInput> batch, std::size_t first,
                         std::size_t count) {
        encode(model, workspace, batch, {out.data() + first * narrow.width, {count, narrow.width}});
    };
    if (at_once) {
        run(inputs, 0, 96);
        return out;
    }
    std::size_t first = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        run(std::span(inputs).subspan(i, 1), first, inputs[i].tokens.size());
        first += inputs[i].tokens.size();
    }
    return out;
}

template <Precision P>
void expect_near_fp32(double bound)
{
    auto const exact = features<precision::fp32>(true);
    auto const at_once = features<P>(true);
    EXPECT_LT(relative_difference(exact, at_once), bound);
    EXPECT_GT(relative_difference(exact, at_once), 0.0);
    EXPECT_LT(relative_difference(at_once, features<P>(false)), bound);
}

// Scores of some ten let a rounding choose another token here and there. Features that had nothing
// to do with each other would differ by six standard deviations.
TEST(EncodePrecision, Bf16) { expect_near_fp32<precision::bf16>(0.5); }
TEST(EncodePrecision, Int8Weights) { expect_near_fp32<precision::int8_weights>(1.2); }
TEST(EncodePrecision, Int8) { expect_near_fp32<precision::int8>(1.2); }

} // namespace
