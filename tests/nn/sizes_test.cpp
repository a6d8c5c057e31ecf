/// \file
/// Models whose sizes are known at run time: they compute what those of numbers do, and refuse
/// sessions and workspaces of other models and sizes that break a rule.

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/encode.hpp>

#include "../io/scratch_folder.hpp"
#include "../models/reference_file.hpp"
#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using tfm_test::error_of;

using AnyGpt2 = Decoder<gpt2::any>;

std::filesystem::path gpt2_folder(const char* name)
{
    return std::filesystem::path(TFM_TEST_DATA) / "gpt2" / name;
}

/// A GPT-2 of some sizes that `change` has changed.
template <class Change>
constexpr DecoderShape like_gpt2(Change change)
{
    DecoderShape shape{.vocab = 41, .context = 24, .width = 24, .heads = 3, .layers = 2};
    change(shape);
    return shape;
}

constexpr DecoderShape plain = like_gpt2([](DecoderShape&) {});

/// Every way in which another model's sizes may differ.
constexpr std::array others{
    like_gpt2([](DecoderShape& s) { s.vocab = 40; }),
    like_gpt2([](DecoderShape& s) { s.vocab = 900; }),
    like_gpt2([](DecoderShape& s) { s.context = 12; }),
    like_gpt2([](DecoderShape& s) { s.width = 48; }),
    like_gpt2([](DecoderShape& s) { s.width = 12; }),
    like_gpt2([](DecoderShape& s) { s.heads = 2; }),
    like_gpt2([](DecoderShape& s) { s.heads = 6; }),
    like_gpt2([](DecoderShape& s) { s.layers = 1; }),
    like_gpt2([](DecoderShape& s) { s.layers = 5; }),
    like_gpt2([](DecoderShape& s) { s.mlp_width = 200; }),
    like_gpt2([](DecoderShape& s) { s.mlp_width = 10; }),
    like_gpt2([](DecoderShape& s) { s.kv_heads = 1; }),
    like_gpt2([](DecoderShape& s) { s.head_dim = 20; }),
};

constexpr DecoderShape turned_form = [] {
    DecoderShape shape = gpt2::any;
    shape.positions = Positions::rotary;
    return shape;
}();

TEST(Sizes, OfAFolderAreThoseOfItsConfig)
{
    struct Case {
        const char* folder;
        std::size_t heads;
        std::size_t width;
        std::size_t layers;
    };
    for (Case const& wanted :
         {Case{"heads3_width36", 3, 36, 3}, Case{"heads5_width20_epsilon", 5, 20, 2},
          Case{"heads1_width67_untied_f16", 1, 67, 1}}) {
        auto const model = AnyGpt2::load(gpt2_folder(wanted.folder));
        EXPECT_EQ(model.sizes().heads, wanted.heads) << wanted.folder;
        EXPECT_EQ(model.sizes().width, wanted.width) << wanted.folder;
        EXPECT_EQ(model.sizes().layers, wanted.layers) << wanted.folder;
        auto const reference = read_reference(gpt2_folder(wanted.folder) / "expected.safetensors");
        for (std::size_t const max_rows : {512U, 4U}) {
            auto const logits =
                all_logits(model, reference.tokens, {.max_rows = max_rows, .threads = 2});
            auto const chosen = select_rows(logits, reference.positions, model.sizes().vocab);
            EXPECT_LT(relative_difference(reference.logits, chosen), 1e-4) << wanted.folder;
        }
    }
}

template <Precision P>
void expect_bits_of_numbers()
{
    auto const tokens = random_tokens<plain>(plain.context, 5);
    auto const known = random_model<Decoder<plain, P>>(plain, 1);
    auto const model = random_model<Decoder<gpt2::any, P>>(plain, 1);
    EXPECT_EQ(model.weight_bytes(), (Decoder<plain, P>::weight_bytes()));
    EXPECT_EQ(all_logits(model, tokens), (all_logits<plain, P>(known, tokens)));
}

TEST(Sizes, GiveTheBitsOfNumbers)
{
    expect_bits_of_numbers<precision::fp32>();
    expect_bits_of_numbers<precision::int8>();
}

/// A pass with a session and a workspace of other models; nothing is changed where it is refused.
std::string refusal(const AnyGpt2& model, const AnyGpt2& of_session, const AnyGpt2& of_workspace)
{
    AnyGpt2::Session session(of_session);
    AnyGpt2::Workspace workspace(of_workspace, {.max_rows = 16, .threads = 1});
    auto const tokens = random_tokens(20, 10, 5);
    AnyGpt2::Rows const rows{&session, tokens, Logits::all};
    std::vector<float> logits(10 * model.sizes().vocab);
    std::string const message = error_of([&] {
        forward(model, workspace, std::span(&rows, 1), {logits.data(), {10, model.sizes().vocab}});
    });
    EXPECT_EQ(session.position(), message.empty() ? 10U : 0U);
    return message;
}

constexpr const char* other_session =
    "tfm::forward: rows 0: the session was made for a model of other sizes; make one for this "
    "model: Session(model, max_positions)";
constexpr const char* other_workspace =
    "tfm::forward: the workspace was made for a model of other sizes; make one for this model: "
    "Workspace(model, options)";

TEST(Sizes, OfAnotherModelAreRefused)
{
    auto const model = random_model<AnyGpt2>(plain, 1);
    EXPECT_EQ(refusal(model, model, model), "");
    for (std::size_t i = 0; i < others.size(); ++i) {
        auto const other = random_model<AnyGpt2>(others[i], 1);
        DecoderShape const& sizes = other.sizes();
        bool const same_cache = sizes.layers == plain.layers &&
                                sizes.key_heads() == plain.key_heads() &&
                                sizes.head_width() == plain.head_width();
        EXPECT_EQ(refusal(model, other, model), same_cache ? "" : other_session) << "other " << i;
        EXPECT_EQ(refusal(other, model, other),
                  !same_cache ? std::string(other_session)
                  : sizes.context < plain.context
                      ? "tfm::forward: rows 0: the session has 24 positions; the model's context "
                        "has 12"
                      : "")
            << "other " << i;
        // Depth and context are no business of a workspace's.
        bool const same_rows = sizes.vocab == plain.vocab && sizes.block() == plain.block();
        EXPECT_EQ(refusal(model, model, other), same_rows ? "" : other_workspace) << "other " << i;
        EXPECT_EQ(refusal(other, other, model), same_rows ? "" : other_workspace) << "other " << i;
    }
}

TEST(Sizes, OfASessionEndAtItsContext)
{
    auto const model = random_model<AnyGpt2>(plain, 1);
    EXPECT_EQ(AnyGpt2::Session(model).max_positions(), 24U);
    EXPECT_EQ(AnyGpt2::Session(model, 5).max_positions(), 5U);
    EXPECT_EQ(error_of([&] { AnyGpt2::Session(model, 25); }),
              "tfm::Session: 25 positions; expected 1 to the context of 24");
    EXPECT_EQ(error_of([&] { AnyGpt2::Session(model, 0); }),
              "tfm::Session: 0 positions; expected 1 to the context of 24");
}

/// The words of tests/expected_failures, with the numbers that a compiler's note would have.
TEST(Sizes, ThatBreakARuleAreRefusedInItsWords)
{
    auto const refused = [](auto change) { return error_of([&] { AnyGpt2{like_gpt2(change)}; }); };
    EXPECT_EQ(refused([](DecoderShape& s) { s.heads = 5; }),
              "tfm: the width of a shape must be a multiple of its heads; found width 24 and "
              "heads 5. Change one of them, or set the features of a head (head_dim, head_width).");
    EXPECT_EQ(
        refused([](DecoderShape& s) { s.kv_heads = 2; }),
        "tfm: the heads of a shape must be a multiple of its kv_heads; found heads 3 "
        "and kv_heads 2. Change one of them; without kv_heads every head has keys and values of "
        "its own.");
    EXPECT_EQ(refused([](DecoderShape& s) { s.heads = 0; }),
              "tfm: the width of a shape must be a multiple of its heads; found width 24 and "
              "heads 0. Change one of them, or set the features of a head (head_dim, head_width).");
    for (std::size_t DecoderShape::*const size : {&DecoderShape::vocab, &DecoderShape::context,
                                                  &DecoderShape::width, &DecoderShape::layers}) {
        for (std::size_t const value : {std::size_t{0}, dyn}) {
            EXPECT_EQ(refused([&](DecoderShape& s) { s.*size = value; }),
                      "tfm: vocab, context, width and layers of a DecoderShape must be at least 1. "
                      "Set all of them: {.vocab = ..., .context = ..., .width = ..., .heads = ..., "
                      ".layers = ...}.");
        }
    }
    DecoderShape turned = plain;
    turned.positions = Positions::rotary;
    turned.heads = 8;
    using Turning = Decoder<turned_form>;
    EXPECT_EQ(error_of([&] { Turning{turned}; }),
              "tfm: rotary positions turn pairs of features: head width and rotary width of a "
              "shape must be even, and the rotary width no larger; found head width 3 and "
              "rotary width 3. Change the rotary width, heads or the features of a head.");
}

TEST(Sizes, AndChoicesThatTheTypeStatesAreKept)
{
    std::string const expected =
        "tfm::Decoder: expected a shape of the sizes and choices that the type states";
    DecoderShape other = plain;
    other.activation = Activation::relu;
    EXPECT_EQ(error_of([&] { AnyGpt2{other}; }), expected);
    constexpr DecoderShape narrow = [] {
        DecoderShape shape = gpt2::any;
        shape.width = 12;
        return shape;
    }();
    EXPECT_EQ(error_of([&] { Decoder<narrow>{plain}; }), expected);
    EXPECT_EQ(error_of([&] { Decoder<narrow>::load(gpt2_folder("heads3_width36")); }),
              (gpt2_folder("heads3_width36") / "config.json").string() +
                  ": n_embd: expected 12 as in the shape this model was compiled for, found 36");
}

TEST(Sizes, OfAnotherEncoderAreRefused)
{
    constexpr EncoderShape small{.vocab = 31, .context = 16, .width = 24, .heads = 3, .layers = 2};
    using AnyBert = Encoder<small.form()>;
    EncoderShape wide = small;
    wide.width = 48;
    auto const model = random_model<AnyBert>(small, 1);
    auto const other = random_model<AnyBert>(wide, 1);
    AnyBert::Workspace workspace(other, {.threads = 1});
    auto const tokens = random_tokens(31, 7, 2);
    EncoderInput const input{tokens};
    std::vector<float> out(7 * 24);
    EXPECT_EQ(error_of([&] {
                  encode(model, workspace, std::span(&input, 1), {out.data(), {7, 24}});
              }),
              "tfm::encode: the workspace was made for a model of other sizes; make one for this "
              "model: EncoderWorkspace(model, options)");
    AnyBert::Workspace own(model, {.threads = 1});
    EXPECT_EQ(error_of([&] {
                  encode(model, own, std::span(&input, 1), {out.data(), {7, 24}});
              }),
              "");
}

} // namespace
