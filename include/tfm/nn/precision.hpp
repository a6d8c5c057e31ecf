#pragma once

/// \file
/// What a model's numbers are stored and multiplied in, as a structural type.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "../tensor/dtype.hpp"

namespace tfm {

/// What a model's parts are stored and computed in. Sums, norms, softmax and the residual stream
/// are always fp32.
struct Precision {
    Dtype weights;     ///< of every matrix, the embedding and the head among them
    Dtype activations; ///< inputs of the matmuls; with int8 weights, fp32 means 16 bits
    Dtype kv;          ///< the key-value cache

    friend constexpr bool operator==(const Precision&, const Precision&) = default;
};

namespace precision {
/// Everything in single precision: the reference the others are compared with.
inline constexpr Precision fp32{Dtype::fp32, Dtype::fp32, Dtype::fp32};
/// Weights and activations in bf16: half the bytes, twice the speed of decoding.
inline constexpr Precision bf16{Dtype::bf16, Dtype::bf16, Dtype::bf16};
/// int8 weights with a scale per column; activations keep 16 bits: a quarter of the bytes and the
/// speed that follows when decoding, near lossless.
inline constexpr Precision int8_weights{Dtype::int8, Dtype::fp32, Dtype::bf16};
/// Activations in int8 too, with a scale per row (and slice of an MLP's inner features): fastest
/// for prompts and batches.
inline constexpr Precision int8{Dtype::int8, Dtype::int8, Dtype::bf16};
/// The same with an int8 cache, which has a scale per position and head for keys and for values:
/// for many or long sequences, whose caches weigh more than the weights.
inline constexpr Precision int8_kv8{Dtype::int8, Dtype::int8, Dtype::int8};
} // namespace precision

/// A precision and what a person calls it.
struct NamedPrecision {
    std::string_view name; ///< as in `tfm::precision`
    Precision precision;   ///< what it stands for
};

/// Every precision that has a name, the most exact first.
inline constexpr std::array named_precisions{
    NamedPrecision{"fp32", precision::fp32},
    NamedPrecision{"bf16", precision::bf16},
    NamedPrecision{"int8_weights", precision::int8_weights},
    NamedPrecision{"int8", precision::int8},
    NamedPrecision{"int8_kv8", precision::int8_kv8},
};

/// The precision of this name; none where there is no such name.
constexpr std::optional<Precision> precision_named(std::string_view text) noexcept
{
    for (const NamedPrecision& entry : named_precisions)
        if (entry.name == text) return entry.precision;
    return std::nullopt;
}

/// The name of a precision; empty where it has none.
constexpr std::string_view name(Precision precision) noexcept
{
    for (const NamedPrecision& entry : named_precisions)
        if (entry.precision == precision) return entry.name;
    return {};
}

/// Rule: there are kernels for the precision.
template <Precision P>
struct SupportedPrecision : std::true_type {
    static constexpr bool matmul = ///< whether weights and activations go together
        P.weights == P.activations || (P.weights == Dtype::int8 && P.activations == Dtype::fp32);
    static_assert(
        matmul, "tfm: weights of fp32 and bf16 take activations of the same Precision, weights of "
                "int8 take int8 or fp32. Use one of tfm::precision::{fp32, bf16, int8_weights, "
                "int8}, or change activations.");
};

/// Whether an encoder has kernels for the precision of its keys and values, which it keeps for two
/// layers only.
constexpr bool is_encoder_precision(Precision precision) noexcept
{
    return precision.kv != Dtype::int8;
}

#define TFM_RULE_ENCODER_PRECISION                                                                 \
    "tfm: keys and values of an encoder are fp32 or bf16. Change kv of its Precision, "            \
    "which saves memory in decoders only."

/// What is said of a precision that an encoder has no kernels for.
inline constexpr std::string_view encoder_precision_rule = TFM_RULE_ENCODER_PRECISION;

/// Rule: an encoder has kernels for the precision.
template <Precision P>
struct EncoderPrecision : std::true_type {
    static_assert(is_encoder_precision(P), TFM_RULE_ENCODER_PRECISION);
};

#undef TFM_RULE_ENCODER_PRECISION

} // namespace tfm
