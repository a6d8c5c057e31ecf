#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/models/end_of_text.hpp>
#include <tfm/models/gpt2.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using tfm::Activation;
using tfm::DecoderShape;
using tfm::FileDType;
using tfm::HuggingFaceConfig;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

/// All that a GPT-2's config.json says.
struct Gpt2Config {
    DecoderShape shape = tfm::gpt2::small;
    std::optional<std::size_t> end_of_text = 50256;
    std::optional<FileDType> dtype = std::nullopt;

    bool operator==(const Gpt2Config&) const = default;
};

Gpt2Config read_gpt2(const HuggingFaceConfig& json)
{
    DecoderShape const shape = tfm::read_gpt2_shape(json);
    auto const ends = tfm::read_end_of_text(json, shape.vocab);
    return {shape, ends.empty() ? std::nullopt : std::optional<std::size_t>(ends.front()),
            tfm::read_weights_dtype(json)};
}

/// What `{"model_type": "gpt2", FIELDS}` says.
Gpt2Config read(const std::string& fields)
{
    auto const text = R"({"model_type": "gpt2")" + (fields.empty() ? "" : ", " + fields) + "}";
    return read_gpt2(HuggingFaceConfig("config.json", text));
}

DecoderShape read_shape(const std::string& fields) { return read(fields).shape; }

// The fields that GPT-2 medium's published config.json has.
TEST(Gpt2Config, ReadsAPublishedConfig)
{
    ScratchFolder const folder;
    folder.write("config.json", R"({
        "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256,
        "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2",
        "n_ctx": 1024, "n_embd": 1024, "n_head": 16, "n_layer": 24, "n_positions": 1024,
        "n_special": 0, "predict_special_tokens": true, "resid_pdrop": 0.1,
        "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true,
        "summary_type": "cls_index", "summary_use_proj": true,
        "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}},
        "vocab_size": 50257})");
    DecoderShape expected = tfm::gpt2::small;
    expected.width = 1024;
    expected.heads = 16;
    expected.layers = 24;
    EXPECT_EQ(expected.hidden(), 4096U);
    EXPECT_EQ(read_gpt2(HuggingFaceConfig::open(folder.path())), Gpt2Config{.shape = expected});
}

TEST(Gpt2Config, WhatIsNotGivenIsGpt2Small) { EXPECT_EQ(read(""), Gpt2Config{}); }

TEST(Gpt2Config, ReadsEverySize)
{
    auto const shape = read_shape(R"("vocab_size": 11, "n_positions": 7, "n_embd": 15, "n_head": 5,
        "n_layer": 3, "n_inner": 17, "layer_norm_epsilon": 0.25)");
    EXPECT_EQ(shape.vocab, 11U);
    EXPECT_EQ(shape.context, 7U);
    EXPECT_EQ(shape.width, 15U);
    EXPECT_EQ(shape.heads, 5U);
    EXPECT_EQ(shape.layers, 3U);
    EXPECT_EQ(shape.mlp_width, 17U);
    EXPECT_EQ(shape.norm_epsilon, 0.25F);
    EXPECT_EQ(read_shape(R"("n_embd": 24, "n_inner": null)").hidden(), 96U);
    // One form for one size.
    EXPECT_EQ(read_shape(R"("n_embd": 24, "n_inner": 96)"), read_shape(R"("n_embd": 24)"));
}

TEST(Gpt2Config, TakesTheGeneralNamesOfSizes)
{
    auto const shape = read_shape(R"("hidden_size": 64, "num_attention_heads": 4,
        "num_hidden_layers": 2, "max_position_embeddings": 32, "n_layer": 2)");
    EXPECT_EQ(shape.width, 64U);
    EXPECT_EQ(shape.heads, 4U);
    EXPECT_EQ(shape.layers, 2U);
    EXPECT_EQ(shape.context, 32U);
}

TEST(Gpt2Config, KnowsTheActivations)
{
    auto const activation = [](const std::string& name) {
        return read_shape("\"activation_function\": \"" + name + "\"").activation;
    };
    EXPECT_EQ(activation("gelu_new"), Activation::gelu_tanh);
    EXPECT_EQ(activation("gelu_pytorch_tanh"), Activation::gelu_tanh);
    EXPECT_EQ(activation("gelu_fast"), Activation::gelu_tanh);
    EXPECT_EQ(activation("gelu"), Activation::gelu);
    EXPECT_EQ(activation("silu"), Activation::silu);
    EXPECT_EQ(activation("swish"), Activation::silu);
    EXPECT_EQ(activation("relu"), Activation::relu);
}

TEST(Gpt2Config, ReadsTheHead)
{
    EXPECT_TRUE(read_shape("").tied_head);
    EXPECT_TRUE(read_shape(R"("tie_word_embeddings": true)").tied_head);
    EXPECT_FALSE(read_shape(R"("tie_word_embeddings": false)").tied_head);
}

TEST(Gpt2Config, ReadsTheEndOfText)
{
    EXPECT_EQ(read(R"("eos_token_id": 0)").end_of_text, 0U);
    EXPECT_EQ(read(R"("eos_token_id": [3])").end_of_text, 3U);
    EXPECT_FALSE(read(R"("eos_token_id": null)").end_of_text);
    EXPECT_FALSE(read(R"("eos_token_id": -1)").end_of_text);
    EXPECT_FALSE(read(R"("vocab_size": 100, "eos_token_id": 50256)").end_of_text);
    EXPECT_FALSE(read(R"("vocab_size": 100)").end_of_text);
    EXPECT_EQ(read(R"("vocab_size": 100, "eos_token_id": 99)").end_of_text, 99U);
}

TEST(Gpt2Config, ReadsTheDType)
{
    EXPECT_FALSE(read("").dtype);
    EXPECT_EQ(read(R"("torch_dtype": "float16")").dtype, FileDType::F16);
    EXPECT_EQ(read(R"("dtype": "bfloat16")").dtype, FileDType::BF16);
    EXPECT_EQ(read(R"("torch_dtype": "torch.float32")").dtype, FileDType::F32);
    EXPECT_FALSE(read(R"("torch_dtype": "auto")").dtype);
}

TEST(Gpt2Config, IgnoresWhatDoesNotChangeTheArithmetic)
{
    EXPECT_EQ(read(R"("reorder_and_upcast_attn": true, "scale_attn_weights": true,
        "scale_attn_by_inverse_layer_idx": false, "add_cross_attention": false,
        "is_encoder_decoder": false, "is_decoder": false, "pruned_heads": {},
        "quantization_config": null, "position_embedding_type": "absolute", "n_ctx": 19,
        "time_step_limit": [0.0, Infinity, -Infinity, NaN],
        "use_cache": false, "attn_pdrop": 0.5, "transformers_version": "4.48.0", "rotary": false,
        "rope_scaling": null, "num_key_value_heads": 12, "something_new": {"a": [1]},
        "bos_token_id": 5, "chunk_size_feed_forward": 0, "torchscript": true)"),
              Gpt2Config{});
}

TEST(Gpt2Config, TakesTheArchitectureForAMissingModelType)
{
    auto const from = [](const char* text) {
        return error_of([&] { read_gpt2(HuggingFaceConfig("config.json", text)); });
    };
    EXPECT_EQ(from(R"({"architectures": ["GPT2LMHeadModel"]})"), "");
    EXPECT_EQ(from(R"({"architectures": ["Other", "GPT2Model"], "model_type": null})"), "");
    EXPECT_EQ(from(R"({"architectures": ["LlamaForCausalLM"]})"),
              "config.json: field 'architectures': expected 'GPT2LMHeadModel' (model_type is not "
              "given), found a list of 1");
    EXPECT_EQ(from("{}"), "config.json: field 'model_type': expected 'gpt2', found neither it nor "
                          "architectures");
}

/// A field that must be refused, and what the message says after naming it.
struct Refusal {
    const char* name;
    const char* json;
    const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* stream) { *stream << refusal.json; }

const std::vector<Refusal> refusals{
    {"QuickGelu", R"("activation_function": "quick_gelu")",
     "'activation_function': expected 'silu', 'gelu', 'gelu_new', 'gelu_pytorch_tanh' or 'relu', "
     "found 'quick_gelu'"},
    {"ActivationType", R"("activation_function": 1)",
     "'activation_function': expected a string, found 1"},
    {"ActivationNull", R"("activation_function": null)",
     "'activation_function': expected a value, found null"},
    {"Unscaled", R"("scale_attn_weights": false)",
     "'scale_attn_weights': expected true, found false"},
    // transformers would take null for false.
    {"ScaleNull", R"("scale_attn_weights": null)",
     "'scale_attn_weights': expected true or false, found null"},
    {"TieNull", R"("tie_word_embeddings": null)",
     "'tie_word_embeddings': expected true or false, found null"},
    {"ScaledByLayer", R"("scale_attn_by_inverse_layer_idx": true)",
     "'scale_attn_by_inverse_layer_idx': expected scores scaled alike in every layer, found true"},
    {"CrossAttention", R"("add_cross_attention": true)",
     "'add_cross_attention': expected a model without cross-attention, found true"},
    {"Encoder", R"("is_encoder_decoder": true)",
     "'is_encoder_decoder': expected a decoder alone, found true"},
    {"NotCausal", R"("is_causal": false)", "'is_causal': expected true, found false"},
    {"PrunedHeads", R"("pruned_heads": {"0": [1]})",
     "'pruned_heads': expected all heads in place, found an object"},
    {"Quantized", R"("quantization_config": {"bits": 4})",
     "'quantization_config': expected weights that are not quantised, found an object"},
    {"OwnCode", R"("auto_map": {"AutoModel": "code.Model"})", "'auto_map': expected transformers'"},
    {"Positions", R"("position_embedding_type": "rotary")",
     "'position_embedding_type': expected 'absolute', found 'rotary'"},
    {"Rotary", R"("rotary": true)", "'rotary': expected learned absolute positions, found true"},
    {"RotaryDim", R"("rotary_dim": 64)", "'rotary_dim': expected learned absolute positions"},
    {"RopeTheta", R"("rope_theta": 10000.0)", "'rope_theta': expected learned absolute positions"},
    {"Window", R"("sliding_window": 256)",
     "'sliding_window': expected attention to every earlier position, found 256"},
    {"GroupedHeads", R"("num_key_value_heads": 4)",
     "'num_key_value_heads': expected the same as n_head (12), found 4"},
    {"Zero", R"("n_embd": 0)", "'n_embd': expected a whole number from 1 to 16777216, found 0"},
    {"Negative", R"("n_layer": -1)", "'n_layer': expected a whole number from 1"},
    {"Fraction", R"("n_layer": 2.5)", "'n_layer': expected a whole number from 1"},
    {"Huge", R"("vocab_size": 4294967296)",
     "'vocab_size': expected a whole number from 1 to 16777216, found 4294967296"},
    {"Text", R"("n_positions": "1024")",
     "'n_positions': expected a whole number from 1 to 16777216, found '1024'"},
    {"SizeNull", R"("n_embd": null)", "'n_embd': expected a value, found null"},
    {"TwoSizes", R"("n_embd": 768, "hidden_size": 1024)",
     "'n_embd': expected the same as hidden_size (1024), found 768"},
    {"Heads", R"("n_embd": 100, "n_head": 3)",
     "'n_head': expected a divisor of n_embd (100), found 3"},
    {"MoreHeadsThanWidth", R"("n_embd": 4, "n_head": 8)",
     "'n_head': expected a divisor of n_embd (4), found 8"},
    {"Inner", R"("n_inner": 0)", "'n_inner': expected a whole number from 1"},
    {"NegativeEpsilon", R"("layer_norm_epsilon": -1e-5)",
     "'layer_norm_epsilon': expected a number above 0 and at most 1, found -1e-05"},
    {"ZeroEpsilon", R"("layer_norm_epsilon": 0)",
     "'layer_norm_epsilon': expected a number above 0"},
    {"EpsilonType", R"("layer_norm_epsilon": "1e-5")",
     "'layer_norm_epsilon': expected a number, found '1e-5'"},
    {"EosType", R"("eos_token_id": "end")",
     "'eos_token_id': expected one token id, a list of them or null, found 'end'"},
    {"EosListType", R"("eos_token_id": [1, null])",
     "'eos_token_id': expected one token id, a list of them or null, found null"},
    {"TieType", R"("tie_word_embeddings": 1)",
     "'tie_word_embeddings': expected true or false, found 1"},
    {"DTypeType", R"("torch_dtype": 16)", "'torch_dtype': expected a string, found 16"},
};

class Gpt2ConfigRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(Gpt2ConfigRefusal, NamesFieldExpectedAndFound)
{
    auto const message = error_of([] { read(GetParam().json); });
    EXPECT_TRUE(message.starts_with(std::string("config.json: field ") + GetParam().message))
        << message;
}

INSTANTIATE_TEST_SUITE_P(Fields, Gpt2ConfigRefusal, testing::ValuesIn(refusals),
                         [](const auto& refusal) { return std::string(refusal.param.name); });

TEST(Gpt2Config, RefusesOtherModels)
{
    HuggingFaceConfig const llama("config.json", R"({"model_type": "llama"})");
    EXPECT_EQ(error_of([&] { read_gpt2(llama); }),
              "config.json: field 'model_type': expected 'gpt2', found 'llama'");
}

/// What is read after `config` was written.
Gpt2Config written_and_read(const Gpt2Config& config)
{
    ScratchFolder const folder;
    tfm::write_gpt2_config(folder.path(), config.shape, config.end_of_text, *config.dtype);
    EXPECT_EQ(folder.count(), 1U);
    return read_gpt2(HuggingFaceConfig::open(folder.path()));
}

TEST(Gpt2Config, ReadsBackWhatItWrote)
{
    Gpt2Config config{.dtype = FileDType::F32};
    EXPECT_EQ(written_and_read(config), config);
    config = {.shape = {.vocab = 7,
                        .context = 3,
                        .width = 10,
                        .heads = 5,
                        .layers = 2,
                        .mlp_width = 11,
                        .norm_epsilon = 1e-6F,
                        .tied_head = false},
              .end_of_text = std::nullopt,
              .dtype = FileDType::BF16};
    for (Activation const activation :
         {Activation::gelu_tanh, Activation::gelu, Activation::silu, Activation::relu}) {
        config.shape.activation = activation;
        EXPECT_EQ(written_and_read(config), config);
    }
}

// What transformers looks for to choose the class and to build it.
TEST(Gpt2Config, WritesTheFieldsTransformersReads)
{
    ScratchFolder const folder;
    DecoderShape shape = tfm::gpt2::small;
    auto const write = [&] {
        tfm::write_gpt2_config(folder.path(), shape, 50256, FileDType::F32);
        return HuggingFaceConfig::open(folder.path());
    };
    auto const json = write();
    EXPECT_EQ(json.string("model_type"), "gpt2");
    EXPECT_EQ(json.find("architectures")->at(0).string(), "GPT2LMHeadModel");
    EXPECT_EQ(json.string("torch_dtype"), "float32");
    EXPECT_EQ(json.string("activation_function"), "gelu_new");
    EXPECT_EQ(json.number("layer_norm_epsilon"), 1e-5);
    EXPECT_EQ(json.integer("n_inner", 0, 99999), 3072);
    EXPECT_EQ(json.integer("bos_token_id", 0, 99999), 50256);
    EXPECT_TRUE(json.has("tie_word_embeddings"));
    shape.activation = Activation::silu;
    EXPECT_EQ(write().string("activation_function"), "silu");
    shape.activation = Activation::relu;
    EXPECT_EQ(write().string("activation_function"), "relu");
}

TEST(Gpt2Config, NamesTheFolderThatCannotBeWritten)
{
    ScratchFolder const folder;
    auto const missing = folder / "missing";
    EXPECT_EQ(
        error_of([&] { tfm::write_gpt2_config(missing, tfm::gpt2::small, 0, FileDType::F32); }),
        (missing / "config.json").string() + ": cannot be written (No such file or directory)");
}

} // namespace
