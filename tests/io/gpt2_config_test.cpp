#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/io/gpt2_config_writer.hpp>

#include "scratch_folder.hpp"

namespace {

using tfm::Activation;
using tfm::FileDType;
using tfm::Gpt2Config;
using tfm::read_gpt2_config;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

/// What `{"model_type": "gpt2", FIELDS}` says.
Gpt2Config read(const std::string& fields)
{
    auto const text = R"({"model_type": "gpt2")" + (fields.empty() ? "" : ", " + fields) + "}";
    return read_gpt2_config(tfm::HuggingFaceConfig("config.json", text));
}

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
    Gpt2Config expected;
    expected.width = 1024;
    expected.heads = 16;
    expected.layers = 24;
    expected.mlp_width = 4096;
    EXPECT_EQ(read_gpt2_config(folder.path()), expected);
}

TEST(Gpt2Config, WhatIsNotGivenIsGpt2Small) { EXPECT_EQ(read(""), Gpt2Config{}); }

TEST(Gpt2Config, ReadsEverySize)
{
    auto const config = read(R"("vocab_size": 11, "n_positions": 7, "n_embd": 15, "n_head": 5,
        "n_layer": 3, "n_inner": 17, "layer_norm_epsilon": 0.25)");
    EXPECT_EQ(config.vocab, 11U);
    EXPECT_EQ(config.context, 7U);
    EXPECT_EQ(config.width, 15U);
    EXPECT_EQ(config.heads, 5U);
    EXPECT_EQ(config.layers, 3U);
    EXPECT_EQ(config.mlp_width, 17U);
    EXPECT_EQ(config.norm_epsilon, 0.25);
    EXPECT_EQ(read(R"("n_embd": 24, "n_inner": null)").mlp_width, 96U);
}

TEST(Gpt2Config, TakesTheGeneralNamesOfSizes)
{
    auto const config = read(R"("hidden_size": 64, "num_attention_heads": 4,
        "num_hidden_layers": 2, "max_position_embeddings": 32, "n_layer": 2)");
    EXPECT_EQ(config.width, 64U);
    EXPECT_EQ(config.heads, 4U);
    EXPECT_EQ(config.layers, 2U);
    EXPECT_EQ(config.context, 32U);
}

TEST(Gpt2Config, KnowsTheActivations)
{
    auto const activation = [](const std::string& name) {
        return read("\"activation_function\": \"" + name + "\"").activation;
    };
    EXPECT_EQ(activation("gelu_new"), Activation::gelu_tanh);
    EXPECT_EQ(activation("gelu_pytorch_tanh"), Activation::gelu_tanh);
    EXPECT_EQ(activation("gelu"), Activation::gelu);
}

TEST(Gpt2Config, ReadsTheHead)
{
    EXPECT_TRUE(read("").tied_head);
    EXPECT_TRUE(read(R"("tie_word_embeddings": true)").tied_head);
    EXPECT_FALSE(read(R"("tie_word_embeddings": false)").tied_head);
}

TEST(Gpt2Config, ReadsTheEndOfText)
{
    EXPECT_EQ(read(R"("eos_token_id": 0)").eos_token_id, 0U);
    EXPECT_EQ(read(R"("eos_token_id": [3])").eos_token_id, 3U);
    EXPECT_FALSE(read(R"("eos_token_id": null)").eos_token_id);
    EXPECT_FALSE(read(R"("eos_token_id": -1)").eos_token_id);
    EXPECT_FALSE(read(R"("vocab_size": 100, "eos_token_id": 50256)").eos_token_id);
    EXPECT_FALSE(read(R"("vocab_size": 100)").eos_token_id);
    EXPECT_EQ(read(R"("vocab_size": 100, "eos_token_id": 99)").eos_token_id, 99U);
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
        "quantization_config": null, "position_embedding_type": "absolute", "n_ctx": 1024,
        "use_cache": false, "attn_pdrop": 0.5, "transformers_version": "4.48.0", "rotary": false,
        "rope_scaling": null, "num_key_value_heads": 12, "something_new": {"a": [1]},
        "bos_token_id": 5, "chunk_size_feed_forward": 0, "torchscript": true)"),
              Gpt2Config{});
}

TEST(Gpt2Config, TakesTheArchitectureForAMissingModelType)
{
    auto const from = [](const char* text) {
        return error_of([&] { read_gpt2_config(tfm::HuggingFaceConfig("config.json", text)); });
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
    {"Relu", R"("activation_function": "relu")",
     "'activation_function': expected 'gelu_new', 'gelu_pytorch_tanh' or 'gelu', found 'relu'"},
    {"QuickGelu", R"("activation_function": "quick_gelu")", "'activation_function': expected"},
    {"ActivationType", R"("activation_function": 1)",
     "'activation_function': expected a string, found 1"},
    {"ActivationNull", R"("activation_function": null)",
     "'activation_function': expected a value, found null"},
    {"Unscaled", R"("scale_attn_weights": false)",
     "'scale_attn_weights': expected true, found false"},
    // transformers would take null for false.
    {"ScaleNull", R"("scale_attn_weights": null)",
     "'scale_attn_weights': expected a value, found null"},
    {"TieNull", R"("tie_word_embeddings": null)",
     "'tie_word_embeddings': expected a value, found null"},
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
    {"Context", R"("n_positions": 512, "n_ctx": 1024)",
     "'n_ctx': expected the same as n_positions (512), found 1024"},
    {"ContextType", R"("n_ctx": "1024")",
     "'n_ctx': expected the same as n_positions (1024), found '1024'"},
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
     "'eos_token_id': expected one token id or null, found 'end'"},
    {"TwoEos", R"("eos_token_id": [1, 2])",
     "'eos_token_id': expected one token id or null, found a list of 2"},
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
    tfm::HuggingFaceConfig const llama("config.json", R"({"model_type": "llama"})");
    EXPECT_EQ(error_of([&] { read_gpt2_config(llama); }),
              "config.json: field 'model_type': expected 'gpt2', found 'llama'");
}

TEST(Gpt2Config, ReadsBackWhatItWrote)
{
    ScratchFolder const folder;
    Gpt2Config config;
    tfm::write_gpt2_config(folder.path(), config);
    EXPECT_EQ(read_gpt2_config(folder.path()), config);
    config = {.vocab = 7,
              .context = 3,
              .width = 10,
              .heads = 5,
              .layers = 2,
              .mlp_width = 11,
              .norm_epsilon = 1e-6,
              .activation = Activation::gelu,
              .tied_head = false,
              .eos_token_id = std::nullopt,
              .dtype = FileDType::BF16};
    tfm::write_gpt2_config(folder.path(), config);
    EXPECT_EQ(read_gpt2_config(folder.path()), config);
    EXPECT_EQ(folder.count(), 1U);
}

// What transformers looks for to choose the class and to build it.
TEST(Gpt2Config, WritesTheFieldsTransformersReads)
{
    ScratchFolder const folder;
    tfm::write_gpt2_config(folder.path(), {.norm_epsilon = 1e-5, .dtype = FileDType::F32});
    auto const json = tfm::HuggingFaceConfig::open(folder.path());
    EXPECT_EQ(json.string("model_type"), "gpt2");
    EXPECT_EQ(json.find("architectures")->front(), "GPT2LMHeadModel");
    EXPECT_EQ(json.string("torch_dtype"), "float32");
    EXPECT_EQ(json.number("layer_norm_epsilon"), 1e-5);
    EXPECT_EQ(json.integer("bos_token_id", 0, 99999), 50256);
    EXPECT_TRUE(json.has("tie_word_embeddings"));
}

TEST(Gpt2Config, NamesTheFolderThatCannotBeWritten)
{
    ScratchFolder const folder;
    auto const missing = folder / "missing";
    EXPECT_EQ(error_of([&] { tfm::write_gpt2_config(missing, {}); }),
              (missing / "config.json").string() +
                  ": cannot be written (No such file or directory)");
}

} // namespace
