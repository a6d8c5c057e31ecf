#pragma once

/// \file
/// The shapes that are compiled in.

#include <tfm/models/distilbert.hpp>

namespace sst2_program {

/// The published model, and a tiny one that is made and run in a moment.
inline constexpr tfm::EncoderShape base = tfm::distilbert::sst2;
inline constexpr tfm::EncoderShape tiny = [] {
    tfm::EncoderShape shape = base;
    shape.vocab = 256;
    shape.context = 128;
    shape.width = 48;
    shape.heads = 4;
    shape.layers = 2;
    return shape;
}();

} // namespace sst2_program
