#pragma once

#include <cstdint>
#include <vector>

#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"
#include "drift.hpp"
#include "reference_file.hpp"

namespace tfm::testing {

template <DecoderShape S, Precision P>
double decoder_drift(const char* folder, const DecoderNames& names)
{
    SafeTensors const file = SafeTensors::open(folder_of(folder) / "expected.safetensors");
    auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    auto const expected = read_numbers<float, float>(file, "logits");
    auto const model = load_weights<S, P>(folder_of(folder), names);
    return relative_difference(expected, all_logits<S>(model, tokens, {.threads = 2}));
}

/// The logits of a folder that tools/make_decoder_references.py wrote.
template <DecoderShape S>
DriftCase decoder_case(const char* folder, const DecoderNames& names, Drifts bounds)
{
    return {folder,
            [folder, names] {
                return Drifts{decoder_drift<S, precision::bf16>(folder, names),
                              decoder_drift<S, precision::int8_weights>(folder, names),
                              decoder_drift<S, precision::int8>(folder, names)};
            },
            bounds};
}

} // namespace tfm::testing
