#pragma once

#include <string_view>

#include <tfm/dispatch.hpp>

/// What the program asks of its model. Plain functions and types: each instruction set has its own.
struct TinyModel {
    /// What the code was compiled for: the instruction set asked for, and what tfm made of it.
    std::string_view (*level)();
    std::string_view (*isa)();
    /// Loads the model of a folder and compares its logits with expected.safetensors beside it:
    /// largest difference over the standard deviation. Throws tfm::Error.
    double (*error)(const char* folder);
};
TFM_DISPATCH(TinyModel, tiny_model)
