#pragma once

/// \file
/// Encoders that several tests load: shapes and batches of the folders that
/// tools/make_encoder_references.py writes.

#include <cstdint>
#include <filesystem>
#include <vector>

#include <tfm/nn/encoder.hpp>
#include <tfm/nn/padded_batch.hpp>

#include "reference_file.hpp"

namespace tfm::testing {

inline std::filesystem::path encoder_folder(const char* name)
{
    return std::filesystem::path(TFM_TEST_DATA) / "encoders" / name;
}

/// The padded batch that transformers was given, and what it made of it.
struct EncoderReference {
    explicit EncoderReference(const char* name)
        : file(SafeTensors::open(encoder_folder(name) / "expected.safetensors")),
          tokens(read_numbers<Token, std::int64_t>(file, "tokens")),
          mask(read_numbers<Token, std::int64_t>(file, "mask")),
          types(read_numbers<Token, std::int64_t>(file, "types")),
          batch(without_padding({file.at("tokens").shape[1], tokens, mask, types}))
    {
    }

    SafeTensors file;
    std::vector<Token> tokens;
    std::vector<Token> mask;
    std::vector<Token> types;
    std::vector<EncoderInput> batch;
};

inline constexpr EncoderShape bert_classifier{.vocab = 97,
                                              .context = 41,
                                              .width = 36,
                                              .heads = 3,
                                              .layers = 2,
                                              .mlp_width = 70,
                                              .pooler = Pooler::tanh,
                                              .labels = 3};

inline constexpr EncoderShape bert_old_norms{.vocab = 101,
                                             .context = 150,
                                             .width = 50,
                                             .heads = 5,
                                             .layers = 3,
                                             .mlp_width = 66,
                                             .token_types = 3,
                                             .activation = Activation::gelu_tanh,
                                             .norm_epsilon = 1e-5F,
                                             .pooler = Pooler::tanh};

inline constexpr EncoderShape distilbert_classifier{.vocab = 97,
                                                    .context = 39,
                                                    .width = 33,
                                                    .heads = 3,
                                                    .layers = 2,
                                                    .mlp_width = 47,
                                                    .token_types = 0,
                                                    .pooler = Pooler::relu,
                                                    .labels = 2};

inline constexpr EncoderShape distilbert_relu{.vocab = 103,
                                              .context = 35,
                                              .width = 56,
                                              .heads = 7,
                                              .layers = 2,
                                              .mlp_width = 80,
                                              .token_types = 0,
                                              .activation = Activation::relu,
                                              .pooling = Pooling::mean};

} // namespace tfm::testing
