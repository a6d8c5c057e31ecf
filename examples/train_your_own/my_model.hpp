#pragma once

/// \file
/// What tfm has to know of the model in model.py: its shape, and what it calls its parameters.

#include <tfm/models/load.hpp>

inline constexpr tfm::DecoderShape my_shape{.vocab = 29,
                                            .context = 24,
                                            .width = 20,
                                            .heads = 2,
                                            .layers = 2,
                                            .mlp_width = 52,
                                            .activation = tfm::Activation::relu,
                                            .tied_head = false};

inline constexpr tfm::DecoderNames my_names{.prefix = "",
                                            .token_embedding = "tokens.weight",
                                            .position_embedding = "positions.weight",
                                            .attention_norm = "blocks.layers.{}.norm1",
                                            .qkv_storage = tfm::QkvStorage::one_matrix,
                                            .qkv = "blocks.layers.{}.self_attn.in_proj",
                                            .attention_projection =
                                                "blocks.layers.{}.self_attn.out_proj",
                                            .mlp_norm = "blocks.layers.{}.norm2",
                                            .mlp_up = "blocks.layers.{}.linear1",
                                            .mlp_down = "blocks.layers.{}.linear2",
                                            .final_norm = "blocks.norm",
                                            .head = "head.weight",
                                            .orientation = tfm::Orientation::out_in};
