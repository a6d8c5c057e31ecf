/// \file
/// config.json files of Llama's kin and of GPT-NeoX: what they describe, and what is refused.

#include <array>
#include <cstddef>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/models/gpt_neox.hpp>
#include <tfm/models/llama.hpp>

namespace {

using namespace tfm;
using Fields = nlohmann::json;

Fields llama_fields()
{
    return {{"model_type", "llama"},       {"vocab_size", 97},
            {"hidden_size", 48},           {"num_attention_heads", 4},
            {"num_key_value_heads", 2},    {"num_hidden_layers", 2},
            {"intermediate_size", 80},     {"rms_norm_eps", 1e-6},
            {"hidden_act", "silu"},        {"max_position_embeddings", 23},
            {"tie_word_embeddings", false}};
}

DecoderShape read_llama(const Fields& fields)
{
    return read_llama_shape(HuggingFaceConfig("config.json", fields.dump()));
}

DecoderShape read_neox(const Fields& fields)
{
    return read_gpt_neox_shape(HuggingFaceConfig("config.json", fields.dump()));
}

std::string error_of(const std::function<void()>& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// The error after setting one field.
std::string refusal(const char* field, const Fields& value)
{
    Fields fields = llama_fields();
    fields[field] = value;
    return error_of([&] { read_llama(fields); });
}

TEST(LlamaConfig, DescribesItsShape)
{
    DecoderShape const shape = read_llama(llama_fields());
    EXPECT_EQ(shape.width, 48U);
    EXPECT_EQ(shape.head_width(), 12U);
    EXPECT_EQ(shape.key_heads(), 2U);
    EXPECT_EQ(shape.hidden(), 80U);
    EXPECT_EQ(shape.norm, Norm::rms_norm);
    EXPECT_TRUE(shape.gated_mlp);
    EXPECT_FALSE(shape.tied_head);
    EXPECT_EQ(shape.biases, (Biases{.qkv = false, .projection = false, .mlp = false}));
    EXPECT_EQ(shape.rotary, Rotary{});
    EXPECT_EQ(shape.window, 0U);
}

TEST(LlamaConfig, TakesRotaryFieldsOldAndNew)
{
    Fields old_names = llama_fields();
    old_names["rope_theta"] = 500000.0;
    old_names["rope_scaling"] = {{"rope_type", "llama3"},
                                 {"factor", 8.0},
                                 {"low_freq_factor", 1.0},
                                 {"high_freq_factor", 4.0},
                                 {"original_max_position_embeddings", 8192}};
    Fields new_names = llama_fields();
    new_names["rope_parameters"] = old_names["rope_scaling"];
    new_names["rope_parameters"]["rope_theta"] = 500000.0;
    Rotary const expected{.base = 500000.0F,
                          .scaling = RotaryScaling::llama3,
                          .factor = 8.0F,
                          .original_context = 8192};
    EXPECT_EQ(read_llama(old_names).rotary, expected);
    EXPECT_EQ(read_llama(new_names).rotary, expected);
}

// transformers: `rope_scaling or rope_parameters`, with the old fields for what it lacks.
TEST(LlamaConfig, TakesOneObjectOfRotaryNumbers)
{
    auto const rotary = [](const char* name, const Fields& object) {
        Fields fields = llama_fields();
        fields["rope_theta"] = 7.0;
        fields[name] = object;
        return read_llama(fields).rotary;
    };
    EXPECT_EQ(rotary("rope_scaling", nullptr), Rotary{.base = 7.0F});
    EXPECT_EQ(rotary("rope_scaling", Fields::object()), Rotary{.base = 7.0F});
    EXPECT_EQ(rotary("rope_scaling", {{"type", "default"}}), Rotary{.base = 7.0F});
    EXPECT_EQ(rotary("rope_scaling", {{"rope_type", "default"}}), Rotary{.base = 7.0F});
    EXPECT_EQ(rotary("rope_parameters", nullptr), Rotary{.base = 7.0F});
    EXPECT_EQ(rotary("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 9.0}}),
              Rotary{.base = 9.0F});
    EXPECT_EQ(rotary("rope_scaling", {{"type", "linear"}, {"factor", 2.0}}),
              (Rotary{.base = 7.0F, .scaling = RotaryScaling::linear, .factor = 2.0F}));
    Fields both = llama_fields();
    both["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
    both["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 9.0}};
    EXPECT_EQ(read_llama(both).rotary, (Rotary{.scaling = RotaryScaling::linear, .factor = 2.0F}));
    // Its original context is the context where nothing says another.
    EXPECT_EQ(rotary("rope_scaling", {{"rope_type", "llama3"},
                                      {"factor", 8.0},
                                      {"low_freq_factor", 1.0},
                                      {"high_freq_factor", 4.0}})
                  .original_context,
              llama_fields()["max_position_embeddings"].get<std::size_t>());
}

// The defaults of transformers' LlamaConfig, MistralConfig, Qwen2Config and GPTNeoXConfig.
TEST(DecoderConfig, WhatIsNotGivenIsAsInTransformersClass)
{
    auto const expect_sizes = [](const DecoderShape& shape, std::array<std::size_t, 8> sizes) {
        EXPECT_EQ((std::array{shape.vocab, shape.context, shape.width, shape.heads,
                              shape.key_heads(), shape.layers, shape.hidden(), shape.window}),
                  sizes);
    };
    DecoderShape const llama = read_llama({{"model_type", "llama"}});
    expect_sizes(llama, {32000, 2048, 4096, 32, 32, 32, 11008, 0});
    EXPECT_EQ(llama.norm_epsilon, 1e-6F);
    EXPECT_FALSE(llama.tied_head);
    EXPECT_EQ(llama.rotary, Rotary{.base = 10000.0F});
    expect_sizes(read_llama({{"model_type", "mistral"}}),
                 {32000, 131072, 4096, 32, 8, 32, 14336, 4096});
    expect_sizes(read_llama({{"model_type", "mistral"},
                             {"sliding_window", nullptr},
                             {"num_key_value_heads", nullptr}}),
                 {32000, 131072, 4096, 32, 32, 32, 14336, 0});
    expect_sizes(read_llama({{"model_type", "qwen2"}}),
                 {151936, 32768, 4096, 32, 32, 32, 22016, 0});
    DecoderShape const neox = read_neox({{"model_type", "gpt_neox"}});
    expect_sizes(neox, {50432, 2048, 6144, 64, 64, 44, 24576, 0});
    EXPECT_EQ(neox.rotary, (Rotary{.base = 10000.0F, .width = 24})); // a quarter of 96
    EXPECT_EQ(neox.residual, Residual::parallel);
    EXPECT_EQ(neox.activation, Activation::gelu);
}

TEST(LlamaConfig, KnowsWhereItsKinDiffer)
{
    Fields fields = llama_fields();
    fields["sliding_window"] = 7;
    EXPECT_EQ(read_llama(fields).window, 0U);
    fields["model_type"] = "mistral";
    EXPECT_EQ(read_llama(fields).window, 7U);
    fields["model_type"] = "qwen2";
    fields["use_sliding_window"] = false;
    EXPECT_EQ(read_llama(fields).window, 0U);
    EXPECT_EQ(read_llama(fields).biases, (Biases{.qkv = true, .projection = false, .mlp = false}));
}

TEST(LlamaConfig, RefusesWhatItDoesNotCompute)
{
    EXPECT_EQ(refusal("hidden_act", "quick_gelu"),
              "config.json: field 'hidden_act': expected 'silu', 'gelu', 'gelu_new', "
              "'gelu_pytorch_tanh' or 'relu', found 'quick_gelu'");
    EXPECT_EQ(refusal("num_key_value_heads", 3),
              "config.json: field 'num_key_value_heads': expected a divisor of "
              "num_attention_heads (4), found 3");
    EXPECT_NE(refusal("rope_scaling", {{"rope_type", "yarn"}, {"factor", 2.0}}), "");
    EXPECT_NE(refusal("rope_scaling", "linear"), "");
    EXPECT_NE(refusal("rope_parameters", {{"rope_theta", -1.0}}), "");
    EXPECT_NE(refusal("rope_theta", 0), "");
    EXPECT_NE(refusal("partial_rotary_factor", 1.5), "");
    EXPECT_NE(refusal("rms_norm_eps", 0), "");
    EXPECT_NE(refusal("quantization_config", {{"bits", 4}}), "");
    EXPECT_EQ(refusal("hidden_size", nullptr),
              "config.json: field 'hidden_size': expected a value, found null");
    EXPECT_NE(refusal("intermediate_size", nullptr), "");
    EXPECT_NE(refusal("hidden_act", nullptr), "");
    EXPECT_NE(refusal("rms_norm_eps", nullptr), "");
    EXPECT_NE(refusal("rope_theta", nullptr), "");
    EXPECT_EQ(refusal("rope_scaling", {{"type", "linear"}}),
              "config.json: field 'factor': expected a number above 0, found nothing");
    EXPECT_NE(refusal("rope_scaling", {{"type", "llama3"}, {"factor", 8.0}}), "");
    EXPECT_NE(refusal("rope_parameters", {{"full_attention", {{"rope_theta", 5.0}}}}), "");
    EXPECT_NE(refusal("hidden_size", 50), "");
    EXPECT_NE(refusal("num_hidden_layers", 0), "");
    EXPECT_EQ(refusal("vocab_size", 97), "");
    Fields window = llama_fields();
    window["model_type"] = "qwen2";
    window["use_sliding_window"] = true;
    window["max_window_layers"] = 1;
    EXPECT_NE(error_of([&] { read_llama(window); }), "");
    window["max_window_layers"] = 2; // no layer
    EXPECT_EQ(error_of([&] { read_llama(window); }), "");
    window["layer_types"] = {"full_attention", "sliding_attention"};
    EXPECT_NE(error_of([&] { read_llama(window); }), "");
}

TEST(GptNeoXConfig, DescribesItsShape)
{
    Fields fields{
        {"model_type", "gpt_neox"},      {"vocab_size", 97},       {"hidden_size", 36},
        {"num_attention_heads", 3},      {"num_hidden_layers", 2}, {"hidden_act", "gelu"},
        {"intermediate_size", 100},      {"rotary_pct", 0.34},     {"rotary_emb_base", 500},
        {"max_position_embeddings", 25}, {"layer_norm_eps", 1e-5}};
    DecoderShape const shape = read_neox(fields);
    EXPECT_EQ(shape.residual, Residual::parallel);
    EXPECT_EQ(shape.rotary, (Rotary{.base = 500.0F, .width = 4}));
    EXPECT_EQ(shape.activation, Activation::gelu);
    EXPECT_EQ(shape.biases, Biases{});
    fields["use_parallel_residual"] = false;
    EXPECT_EQ(read_neox(fields).residual, Residual::sequential);
    Fields null = fields;
    null["use_parallel_residual"] = nullptr; // Python would take it for false
    EXPECT_NE(error_of([&] { read_neox(null); }), "");
    fields["num_attention_heads"] = 5;
    EXPECT_NE(error_of([&] { read_neox(fields); }), "");
}

} // namespace
