/// \file
/// Logits against PyTorch: random GPT-2s of odd shapes made by transformers, their logits computed
/// in float64 from the stored weights (tools/make_gpt2_references.py).

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// A folder of tests/data/gpt2 and the shape it was made with.
template <DecoderShape S>
struct Case {
    static constexpr DecoderShape shape = S;
    const char* folder;
    Orientation orientation = Orientation::in_out;
};

/// The bound: largest difference over the standard deviation of the logits.
constexpr double tolerance = 1e-4;

template <DecoderShape S>
void expect_pytorchs_logits(const Case<S>& test)
{
    SCOPED_TRACE(test.folder);
    auto const folder = std::filesystem::path(TFM_TEST_DATA) / "gpt2" / test.folder;
    DecoderNames names = gpt2_names;
    names.orientation = test.orientation;
    auto const model = load_weights<S>(folder, names);
    ReferenceLogits const reference = read_reference(folder / "expected.safetensors");
    ASSERT_EQ(reference.logits.size(), reference.positions.size() * S.vocab);

    for (WorkspaceOptions const options : {WorkspaceOptions{.max_rows = 512, .threads = 1},
                                           WorkspaceOptions{.max_rows = 5, .threads = 2},
                                           WorkspaceOptions{.max_rows = 1, .threads = 1}}) {
        auto const all = all_logits<S>(model, reference.tokens, options);
        EXPECT_LT(
            relative_difference(reference.logits, select_rows(all, reference.positions, S.vocab)),
            tolerance)
            << "chunks of " << options.max_rows << ", " << options.threads << " threads";
    }
}

TEST(Gpt2Reference, OneHeadContextOfSeven)
{
    expect_pytorchs_logits(Case<DecoderShape{61, 7, 17, 1, 2}>{"heads1_width17_context7"});
}

TEST(Gpt2Reference, ThreeHeads)
{
    expect_pytorchs_logits(Case<DecoderShape{97, 19, 36, 3, 3}>{"heads3_width36"});
}

TEST(Gpt2Reference, LinearOrientation)
{
    expect_pytorchs_logits(
        Case<DecoderShape{97, 19, 36, 3, 3}>{"heads3_width36_linear", Orientation::out_in});
}

constexpr DecoderShape five_heads_untied{
    .vocab = 97, .context = 19, .width = 20, .heads = 5, .layers = 2, .tied_head = false};

TEST(Gpt2Reference, UntiedHead)
{
    expect_pytorchs_logits(Case<five_heads_untied>{"heads5_width20_untied"});
}

TEST(Gpt2Reference, UntiedHeadWithPrefixAndMaskBuffers)
{
    expect_pytorchs_logits(Case<five_heads_untied>{"heads5_width20_untied_prefix_buffers"});
}

TEST(Gpt2Reference, Bfloat16Weights)
{
    expect_pytorchs_logits(Case<DecoderShape{97, 33, 130, 5, 1}>{"heads5_width130_bf16"});
    expect_pytorchs_logits(Case<DecoderShape{101, 19, 48, 3, 2}>{"heads3_width48_bf16"});
}

TEST(Gpt2Reference, Float16WeightsUntied)
{
    constexpr DecoderShape shape{
        .vocab = 97, .context = 19, .width = 67, .heads = 1, .layers = 1, .tied_head = false};
    expect_pytorchs_logits(Case<shape>{"heads1_width67_untied_f16"});
}

TEST(Gpt2Reference, ContextOfOne)
{
    expect_pytorchs_logits(Case<DecoderShape{61, 1, 30, 3, 2}>{"heads3_width30_context1"});
}

TEST(Gpt2Reference, ContextOf1024)
{
    expect_pytorchs_logits(Case<DecoderShape{61, 1024, 24, 3, 2}>{"heads3_width24_context1024"});
}

TEST(Gpt2Reference, NoPrefixAndMaskBuffers)
{
    expect_pytorchs_logits(
        Case<DecoderShape{97, 19, 40, 5, 2}>{"heads5_width40_no_prefix_buffers"});
}

TEST(Gpt2Reference, OtherEpsilon)
{
    constexpr DecoderShape shape{
        .vocab = 97, .context = 19, .width = 20, .heads = 5, .layers = 2, .norm_epsilon = 1e-2F};
    expect_pytorchs_logits(Case<shape>{"heads5_width20_epsilon"});
}

TEST(Gpt2Reference, ExactGelu)
{
    constexpr DecoderShape shape{.vocab = 97,
                                 .context = 19,
                                 .width = 28,
                                 .heads = 1,
                                 .layers = 2,
                                 .activation = Activation::gelu};
    expect_pytorchs_logits(Case<shape>{"heads1_width28_gelu_erf"});
}

} // namespace
