/// \file
/// `any::Decoder` against `Decoder<shape, precision>`, bit for bit, and against PyTorch.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/any/model.hpp>
#include <tfm/generate/generate_tokens.hpp>
#include <tfm/models/load.hpp>

#include "../io/scratch_folder.hpp"
#include "../models/decoder_cases.hpp"
#include "../models/reference_file.hpp"
#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

constexpr DecoderShape three_heads{
    .vocab = 97, .context = 19, .width = 36, .heads = 3, .layers = 3};
constexpr WorkspaceOptions in_chunks{.max_rows = 7, .threads = 2, .logit_rows = 3};

std::filesystem::path gpt2_folder()
{
    return std::filesystem::path(TFM_TEST_DATA) / "gpt2/heads3_width36";
}

std::vector<float> gather(any::Batch& batch, std::span<const any::Rows> rows)
{
    std::vector<float> all;
    batch.forward(rows, [&](std::size_t, std::span<const float> logits) {
        all.insert(all.end(), logits.begin(), logits.end());
    });
    return all;
}

/// Two texts of different lengths: both prompts in one pass, then a step of either.
template <DecoderShape S, Precision P>
void expect_same_bits(const std::filesystem::path& folder)
{
    auto const tokens = random_tokens<S>(S.context, 3);
    std::span const all(tokens);
    auto const known = Decoder<S, P>::load(folder);
    Workspace<S, P> workspace(in_chunks);
    Session<S, P> first;
    Session<S, P> second;
    std::array<Rows<S, P>, 2> const prompts{
        {{&first, all.first(9), Logits::all}, {&second, all.subspan(2, 4), Logits::last}}};
    std::array<Rows<S, P>, 2> const steps{
        {{&second, all.subspan(6, 1)}, {&first, all.subspan(9, 2), Logits::none}}};

    auto const model = any::load_decoder(folder, P);
    EXPECT_EQ(model->shape(), known.sizes());
    EXPECT_EQ(model->precision(), P);
    EXPECT_EQ(model->weight_bytes(), (Decoder<S, P>::weight_bytes()));
    auto const batch = model->make_batch({.sessions = 2, .workspace = in_chunks});
    std::array<any::Rows, 2> const any_prompts{
        {{0, all.first(9), Logits::all}, {1, all.subspan(2, 4), Logits::last}}};
    std::array<any::Rows, 2> const any_steps{
        {{1, all.subspan(6, 1)}, {0, all.subspan(9, 2), Logits::none}}};

    EXPECT_EQ(gather(*batch, any_prompts), (logits_of<S, P>(known, workspace, prompts)));
    EXPECT_EQ(gather(*batch, any_steps), (logits_of<S, P>(known, workspace, steps)));
    EXPECT_EQ(batch->sessions(), 2U);
    EXPECT_EQ(batch->position(0), 11U);
    EXPECT_EQ(batch->position(1), 5U);

    // What is forgotten is computed again.
    batch->rewind(1, 4);
    second.rewind(4);
    EXPECT_EQ(gather(*batch, std::span(any_steps).first(1)),
              (logits_of<S, P>(known, workspace, std::span(steps).first(1))));
}

template <DecoderShape S>
void expect_same_bits_in_each(const std::filesystem::path& folder)
{
    expect_same_bits<S, precision::fp32>(folder);
    expect_same_bits<S, precision::int8>(folder);
}

TEST(AnyDecoder, HasTheLogitsOfAGpt2) { expect_same_bits_in_each<three_heads>(gpt2_folder()); }

TEST(AnyDecoder, HasTheLogitsOfALlama)
{
    expect_same_bits_in_each<llama_grouped>(folder_of("llama_width48_grouped"));
}

TEST(AnyDecoder, HasTheLogitsOfAGptNeoX)
{
    expect_same_bits_in_each<gpt_neox_parallel>(folder_of("gpt_neox_width36_parallel"));
}

TEST(AnyDecoder, HasPyTorchsLogits)
{
    for (const char* const name : {"llama_width48_grouped", "mistral_width44_window7",
                                   "qwen2_width42_grouped", "gpt_neox_width36_parallel"}) {
        SafeTensors const file = SafeTensors::open(folder_of(name) / "expected.safetensors");
        auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
        auto const batch = any::load_decoder(folder_of(name))->make_batch({.workspace = in_chunks});
        any::Rows const rows{0, tokens, Logits::all};
        auto const expected = read_numbers<float, float>(file, "logits");
        auto const found = gather(*batch, std::span(&rows, 1));
        ASSERT_EQ(found.size(), expected.size()) << name;
        EXPECT_LT(relative_difference(expected, found), 1e-4) << name;
    }
}

TEST(AnyDecoder, GeneratesWhatItsModelDoes)
{
    auto const folder = folder_of("llama_width48_grouped");
    auto const prompt = random_tokens<llama_grouped>(5, 1);
    GenerateOptions const options{.max_new_tokens = 100, .top_k = 20, .seed = 7};
    std::vector<Token> expected;
    auto const known = Decoder<llama_grouped>::load(folder);
    Decoder<llama_grouped>::Workspace workspace(in_chunks);
    Decoder<llama_grouped>::Session session;
    auto const reason = generate(known, workspace, session, prompt, options, [&](Token token) {
        expected.push_back(token);
        return true;
    });
    std::vector<Token> found;
    auto const batch =
        any::load_decoder(folder)->make_batch({.sessions = 3, .workspace = in_chunks});
    EXPECT_EQ(batch->generate(2, prompt, options,
                              [&](Token token) {
                                  found.push_back(token);
                                  return true;
                              }),
              reason);
    EXPECT_EQ(reason, StopReason::context_full);
    EXPECT_EQ(found, expected);
    EXPECT_EQ(batch->position(2), llama_grouped.context);
    EXPECT_EQ(batch->position(0), 0U);

    std::vector<Token> text = prompt;
    EXPECT_EQ(batch->continue_text(2, text, options, [](Token) { return true; }), reason);
    EXPECT_TRUE(std::equal(text.begin() + 5, text.end(), expected.begin(), expected.end()));
    auto const read = batch->tokens(2);
    EXPECT_TRUE(std::equal(read.begin(), read.end(), text.begin(), text.end() - 1));
}

TEST(AnyDecoder, PacksWhatItLoads)
{
    ScratchFolder const scratch;
    std::filesystem::copy_file(gpt2_folder() / "config.json", scratch / "config.json");
    auto const model = any::load_decoder(gpt2_folder(), precision::int8);
    std::size_t done = 0;
    model->pack(scratch / "model.tfm.safetensors", [&](std::size_t written, std::size_t total) {
        EXPECT_LE(written, total);
        done = written;
    });
    EXPECT_GT(done, 0U);
    auto const packed = any::load_decoder(scratch.path(), precision::int8);
    auto const tokens = random_tokens<three_heads>(9, 3);
    any::Rows const rows{0, tokens, Logits::all};
    EXPECT_EQ(gather(*model->make_batch(), std::span(&rows, 1)),
              gather(*packed->make_batch(), std::span(&rows, 1)));
}

TEST(AnyDecoder, UsesTheMemoryThatItSays)
{
    using Model = Decoder<three_heads, precision::int8>;
    WorkspaceOptions const options{.max_rows = 64, .threads = 2};
    any::MemoryUse const use = any::memory_use(
        three_heads, precision::int8, {.sessions = 3, .positions = 11, .workspace = options});
    EXPECT_EQ(use.weights, Model::weight_bytes());
    EXPECT_EQ(use.sessions, 3 * Model::Session::bytes(11));
    EXPECT_EQ(use.workspace, Model::Workspace::bytes(options));
    EXPECT_EQ(any::memory_use(three_heads, precision::int8).sessions, Model::Session::bytes(19));
}

TEST(AnyDecoder, RefusesWhatIsNotLinked)
{
    auto const silu = folder_of("gpt2_width28_silu");
    EXPECT_EQ(error_of([&] { any::load_decoder(silu); }),
              silu.string() +
                  ": form of the MLP: expected one that this program links (gelu_tanh, gelu, relu, "
                  "gated_silu), found silu; add it to TFM_FORMS where the program is built");
    EXPECT_EQ(error_of([&] { any::load_decoder(silu, precision::bf16); }),
              silu.string() +
                  ": precision: expected one that this program links (fp32, int8, int8_kv8), found "
                  "bf16; add it to TFM_PRECISIONS where the program is built");
    EXPECT_EQ(error_of([&] {
                  any::memory_use(three_heads, {Dtype::int8, Dtype::int8, Dtype::fp32});
              }),
              "tfm::any::memory_use: precision: expected one that this program links (fp32, int8, "
              "int8_kv8), found one without a name; add it to TFM_PRECISIONS where the program is "
              "built");
    EXPECT_EQ(any::linked_precisions().size(), 3U);
    EXPECT_EQ(any::linked_forms(precision::int8).size(), 4U);
    EXPECT_TRUE(any::linked_forms(precision::bf16).empty());
}

TEST(AnyDecoder, RefusesWhatNoSessionCanDo)
{
    auto const model = any::load_decoder(gpt2_folder());
    EXPECT_EQ(error_of([&] { model->make_batch({.positions = 20}); }),
              "tfm::Session: 20 positions; expected 1 to the context of 19");
    EXPECT_EQ(error_of([&] { model->make_batch({.sessions = 0}); }),
              "tfm::any::Batch: sessions: expected at least 1, found 0");
    EXPECT_EQ(error_of([&] { model->make_batch({.workspace = {.max_rows = 0}}); }),
              "tfm::Workspace: max_rows and logit_rows must be at least 1, found 0");

    auto const batch = model->make_batch({.sessions = 2});
    std::vector<Token> const tokens{1, 2, 3};
    std::string const out_of_range = "tfm::any::Batch: session 2 is out of range; expected 0 to 1";
    EXPECT_EQ(error_of([&] { batch->position(2); }), out_of_range);
    EXPECT_EQ(error_of([&] { batch->rewind(2); }), out_of_range);
    EXPECT_EQ(error_of([&] { batch->generate(2, tokens, {}, [](Token) { return true; }); }),
              out_of_range);
    std::array<any::Rows, 2> const one_of_none{{{0, tokens}, {2, tokens}}};
    EXPECT_EQ(error_of([&] { batch->forward(one_of_none, {}); }), out_of_range);
    std::array<any::Rows, 2> const twice{{{1, tokens}, {1, tokens}}};
    EXPECT_EQ(error_of([&] { batch->forward(twice, {}); }),
              "tfm::forward: rows 1 and rows 0 have the same session; a pass takes each session "
              "once");
    EXPECT_EQ(error_of([&] { batch->rewind(0, 1); }),
              "tfm::Session: cannot rewind to position 1; the session has 0 tokens");
    EXPECT_EQ(batch->position(0), 0U);
}

} // namespace
