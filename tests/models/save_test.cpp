/// \file
/// Models filled from arrays, made up, saved and loaded again: against the folders that
/// transformers wrote (tests/data), bit for bit.

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/check_folder.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load_arrays.hpp>
#include <tfm/models/random_checkpoint.hpp>
#include <tfm/models/random_model.hpp>
#include <tfm/models/save.hpp>
#include <tfm/nn/encode.hpp>
#include <tfm/nn/forward.hpp>

#include "../io/scratch_folder.hpp"
#include "../kernels/error_message.hpp"
#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"
#include "encoder_cases.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using tfm_test::ScratchFolder;

/// Every array is a tensor of the file with the same numbers, and the file has no other that the
/// model could read.
void expect_tensors(const StateDict& state, const std::filesystem::path& folder)
{
    SafeTensors const file = SafeTensors::open(folder / "model.safetensors");
    EXPECT_GT(state.tensors().size(), 10U);
    for (const TensorInfo& array : state.tensors()) {
        const TensorInfo& expected = file.at(array.name);
        EXPECT_EQ(array.shape, expected.shape) << array.name;
        ASSERT_EQ(array.bytes.size(), expected.bytes.size()) << array.name;
        EXPECT_EQ(std::memcmp(array.bytes.data(), expected.bytes.data(), expected.bytes.size()), 0)
            << array.name;
    }
}

template <DecoderShape S, Precision P>
std::vector<float> logits_of_model(const Decoder<S, P>& model)
{
    return all_logits<S, P>(model, random_tokens<S>(17, 5));
}

/// A model of the folder, taken apart and put together again in precision P.
template <DecoderShape S, Precision P>
void expect_same_in(const StateDict& state, const std::filesystem::path& folder,
                    const DecoderNames& names, const std::filesystem::path& saved)
{
    std::vector<float> const expected = logits_of_model(load_weights<S, P>(folder, names));
    Decoder<S, P> filled;
    load_parameters(state, names, filled);
    EXPECT_EQ(logits_of_model(filled), expected);
    EXPECT_EQ(logits_of_model(load_weights<S, P>(saved, names)), expected);
}

template <DecoderShape S>
void expect_weights_survive(const char* name, const DecoderNames& names)
{
    std::filesystem::path const folder = folder_of(name);
    Decoder<S> const model = load_weights<S>(folder, names);
    StateDict const state = state_dict(model, names);
    expect_tensors(state, folder);
    ScratchFolder const saved;
    save_weights(model, saved / "folder", names);
    expect_same_in<S, precision::fp32>(state, folder, names, saved / "folder");
    expect_same_in<S, precision::int8>(state, folder, names, saved / "folder");
}

/// The same with config.json, which must describe what the original does.
template <DecoderShape S>
void expect_folder_survives(const char* name)
{
    std::filesystem::path const folder = folder_of(name);
    Decoder<S> const model = Decoder<S>::load(folder);
    auto const family = family_of(S);
    ASSERT_TRUE(family.has_value());
    expect_weights_survive<S>(name, family->names);
    ScratchFolder const saved;
    save_model(model, saved / "folder", 3);
    auto const original = HuggingFaceConfig::open(folder);
    auto const written = HuggingFaceConfig::open(saved / "folder");
    EXPECT_EQ(written.string("model_type"), original.string("model_type"));
    EXPECT_EQ(written.integer("eos_token_id", 0, 99), 3);
    EXPECT_TRUE(is_kind_of(read_family(original).shape, read_family(written).shape));
    EXPECT_EQ(logits_of_model(Decoder<S>::load(saved / "folder")), logits_of_model(model));
    using Any = Decoder<S.form(), precision::int8>;
    EXPECT_EQ((all_logits(Any::load(saved / "folder"), random_tokens<S>(17, 5))),
              (logits_of_model(Decoder<S, precision::int8>::load(folder))));
    check_folder(open_decoder_folder(saved / "folder", Dtype::bf16), Dtype::bf16);
}

TEST(SaveModel, Llama)
{
    expect_folder_survives<llama_grouped>("llama_width48_grouped");
    expect_folder_survives<llama_multi_query>("llama_width40_multi_query");
    constexpr auto linear = like_llama(31, 36, 3, 3, 12, 50, [](DecoderShape& s) {
        s.tied_head = true;
        s.rotary.scaling = RotaryScaling::linear;
        s.rotary.factor = 2.5F;
    });
    expect_folder_survives<linear>("llama_width36_linear_rope");
    constexpr auto gelu =
        like_llama(19, 30, 3, 1, 10, 44, [](DecoderShape& s) { s.activation = Activation::gelu; });
    expect_folder_survives<gelu>("llama_width30_geglu");
}

TEST(SaveModel, MistralAndQwen2)
{
    expect_folder_survives<mistral_narrow_window>("mistral_width44_window7");
    expect_folder_survives<qwen2_tied>("qwen2_width50");
    expect_folder_survives<qwen2_grouped>("qwen2_width42_grouped");
}

TEST(SaveModel, GptNeoX)
{
    expect_folder_survives<gpt_neox_parallel>("gpt_neox_width36_parallel");
    expect_folder_survives<gpt_neox_sequential>("gpt_neox_width40_sequential");
}

TEST(SaveModel, Gpt2) { expect_folder_survives<gpt2_silu>("gpt2_width28_silu"); }

/// Families that no config.json describes here: weights alone, under names of one's own.
TEST(SaveWeights, OfOtherFamilies)
{
    expect_weights_survive<gptj_narrow>("gptj_width30_interleaved", gptj_names);
    expect_weights_survive<openai_gpt_relu>("openai_gpt_width36_post_norm", openai_gpt_names);
    expect_weights_survive<gpt2_no_positions>("gpt2_width33_no_positions", gpt2_names);
    ScratchFolder const folder;
    std::string const refused =
        "tfm: no family of Hugging Face folders has the choices of this shape, so that no "
        "config.json can describe it; save_weights and write_random_weights write weights under "
        "names of your own, which load_weights<shape>(folder, names) reads";
    for (const DecoderShape& shape : {gptj_narrow, openai_gpt_relu, gpt2_no_positions}) {
        EXPECT_FALSE(family_of(shape).has_value());
        EXPECT_EQ(test::error_message([&] { write_random_checkpoint(folder / "x", shape, 1); }),
                  refused);
    }
    DecoderShape biased = mistral_narrow_window;
    biased.biases = {};
    EXPECT_FALSE(family_of(biased).has_value());
    DecoderShape wide = gpt2_silu;
    wide.head_dim = 20;
    EXPECT_FALSE(family_of(wide).has_value());
}

/// bf16 weights are floats, and norms stay floats.
TEST(SaveModel, InBf16IsExact)
{
    using Model = Decoder<qwen2_tied, precision::bf16>;
    Model const model = Model::load(folder_of("qwen2_width50"));
    ScratchFolder const saved;
    save_model(model, saved / "folder");
    EXPECT_EQ(logits_of_model(Model::load(saved / "folder")), logits_of_model(model));
}

template <EncoderShape S, Precision P>
std::vector<float> features_of(const Encoder<S, P>& model, const std::vector<EncoderInput>& batch)
{
    typename Encoder<S, P>::Workspace workspace(model, {.threads = 1});
    std::size_t tokens = 0;
    for (const EncoderInput& input : batch) tokens += input.tokens.size();
    std::vector<float> out(tokens * model.sizes().width);
    encode(model, workspace, batch, {out.data(), {tokens, model.sizes().width}});
    return out;
}

template <EncoderShape S>
void expect_encoder_survives(const char* name, const char* type, const EncoderNames& names)
{
    std::filesystem::path const folder = encoder_folder(name);
    EncoderReference const reference(name);
    std::vector<EncoderInput> const& batch = reference.batch;
    auto const model = Encoder<S>::load(folder);
    ScratchFolder const saved;
    save_model(model, saved / "folder");
    EXPECT_EQ(HuggingFaceConfig::open(saved / "folder").string("model_type"), type);
    EXPECT_EQ(features_of(Encoder<S>::load(saved / "folder"), batch), features_of(model, batch));
    using Int8 = Encoder<S, precision::int8>;
    Int8 filled;
    load_parameters(state_dict(model, names), names, filled);
    EXPECT_EQ(features_of(filled, batch), features_of(Int8::load(folder), batch));
    check_folder(open_encoder_folder(saved / "folder", Dtype::fp32), Dtype::fp32);
}

TEST(SaveModel, Encoders)
{
    expect_encoder_survives<bert_classifier>("bert_width36_classifier", "bert", bert_names);
    expect_encoder_survives<bert_old_norms>("bert_width50_old_norms", "bert", bert_names);
    expect_encoder_survives<distilbert_classifier>("distilbert_width33_classifier", "distilbert",
                                                   distilbert_names);
}

/// A Llama's folder is a Llama's, and holds what the model in memory has.
TEST(InitRandom, IsWhatARandomCheckpointHolds)
{
    auto const expect = []<DecoderShape S, Precision P>(const char* type) {
        ScratchFolder const folder;
        write_random_checkpoint(folder / "random", S, 7);
        EXPECT_EQ(HuggingFaceConfig::open(folder / "random").string("model_type"), type);
        Decoder<S, P> model;
        init_random(model, 7);
        EXPECT_EQ(logits_of_model(model), logits_of_model(Decoder<S, P>::load(folder / "random")));
        Decoder<S, P> other;
        init_random(other, 8);
        EXPECT_NE(logits_of_model(other), logits_of_model(model));
    };
    expect.operator()<llama_grouped, precision::fp32>("llama");
    expect.operator()<mistral_narrow_window, precision::int8>("mistral");
    expect.operator()<qwen2_grouped, precision::bf16>("qwen2");
    expect.operator()<gpt_neox_parallel, precision::fp32>("gpt_neox");
    expect.operator()<gpt2_silu, precision::int8>("gpt2");
    Decoder<gptj_narrow> without_family;
    init_random(without_family, 7);
    EXPECT_EQ(logits_of_model(without_family).size(), 17U * gptj_narrow.vocab);
}

TEST(InitRandom, OfEncoders)
{
    EncoderReference const reference("bert_width36_classifier");
    std::vector<EncoderInput> const& batch = reference.batch;
    ScratchFolder const folder;
    write_random_checkpoint(folder / "random", bert_classifier, 7);
    Encoder<bert_classifier> model;
    init_random(model, 7);
    EXPECT_EQ(features_of(model, batch),
              features_of(Encoder<bert_classifier>::load(folder / "random"), batch));
}

constexpr const char* unfilled =
    ": nobody has filled the parameters, which are all zero; load a folder, or call "
    "load_parameters (tfm/models/load_arrays.hpp), init_random (tfm/models/random_model.hpp) or, "
    "to fill "
    "them by hand, parameters_of";

TEST(ModelThatNobodyFilled, IsRefused)
{
    using test::error_message;
    Decoder<llama_grouped> model;
    ScratchFolder const folder;
    EXPECT_EQ(error_message([&] { logits_of_model(model); }),
              std::string("tfm::forward") + unfilled);
    EXPECT_EQ(error_message([&] { save_model(model, folder / "saved"); }),
              std::string("tfm::state_dict") + unfilled);
    EXPECT_EQ(error_message([&] { write_packed_file(model, folder / "packed"); }),
              std::string("tfm::write_packed_file") + unfilled);
    Encoder<bert_classifier> const encoder;
    EXPECT_EQ(error_message(
                  [&] { features_of(encoder, EncoderReference("bert_width36_classifier").batch); }),
              std::string("tfm::encode") + unfilled);
    EXPECT_FALSE(parameters_of(model).empty());
    logits_of_model(model);
}

/// A load that fails half way leaves a model that is not taken for a filled one.
TEST(LoadParameters, OfArraysNamesWhatIsWrong)
{
    using test::error_message;
    auto const reference = Decoder<llama_grouped>::load(folder_of("llama_width48_grouped"));
    StateDict state = state_dict(reference, llama_names);
    Decoder<llama_grouped> model;
    init_random(model, 1);
    std::vector<float> const bias(48);
    state.add("model.layers.1.self_attn.q_proj.bias", bias, {48});
    EXPECT_EQ(error_message([&] { load_parameters(state, llama_names, model); }),
              "StateDict: tensor 'model.layers.1.self_attn.q_proj.bias': expected the name of a "
              "parameter that the model's shape has");
    EXPECT_FALSE(logits_of_model(model).empty());

    StateDict partial;
    std::vector<float> const embedding(97 * 48);
    partial.add("embed_tokens.weight", embedding, {97, 48});
    EXPECT_EQ(error_message([&] { load_parameters(partial, llama_names, model); }),
              "StateDict: expected a tensor 'layers.0.input_layernorm.weight' or "
              "'model.layers.0.input_layernorm.weight', found neither among its 1 tensors");
    EXPECT_EQ(error_message([&] { logits_of_model(model); }),
              std::string("tfm::forward") + unfilled);

    StateDict infinite;
    std::vector<float> numbers(97 * 48, 1.0F / 0.0F);
    infinite.add("embed_tokens.weight", numbers, {97, 48});
    EXPECT_EQ(error_message([&] { load_parameters(infinite, llama_names, model); }),
              "StateDict: tensor 'embed_tokens.weight': expected finite numbers, found NaN or "
              "infinity");
}

TEST(StateDict, TakesWhatHasTheExtentsItSays)
{
    using test::error_message;
    StateDict state;
    std::vector<float> const six(6);
    state.add("a", six, {2, 3});
    EXPECT_EQ(error_message([&] { state.add("a", six, {6}); }),
              "StateDict: tensor 'a': expected one of its name, found another");
    EXPECT_EQ(error_message([&] {
                  state.add("b", six, {2, 2});
              }),
              "StateDict: tensor 'b': expected the 4 numbers of its extents, found 6");
    Tensor<float, RowMajor<>> const matrix({2, 3});
    state.add("c", matrix);
    EXPECT_EQ(state.find("c")->shape, (std::vector<std::size_t>{2, 3}));
    Tensor<float, Vec<>> const vector(Vec<>(5));
    state.add("d", vector);
    EXPECT_EQ(state.find("d")->shape, std::vector<std::size_t>{5});
    EXPECT_EQ(error_message([&] { state.add("e", column_range(matrix.view(), 0, 2)); }),
              "StateDict: tensor 'e': expected rows without gaps, found 2 numbers every 3");
    std::vector<bf16> const halves(4);
    std::vector<double> const doubles(4);
    state.add("f", halves, {4});
    state.add("g", doubles, {4});
    EXPECT_EQ(state.find("f")->dtype, FileDType::BF16);
    EXPECT_EQ(state.find("g")->dtype, FileDType::F64);
    EXPECT_EQ(state.create("h", {3, 2}).size(), 6U);
    EXPECT_EQ(state.find("i"), nullptr);
}

} // namespace
