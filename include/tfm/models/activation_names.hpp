#pragma once

/// \file
/// The one list of what Hugging Face's config.json files call activations.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "../nn/decoder_shape.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// One name of an activation.
struct ActivationName {
    std::string_view name; ///< in config.json
    Activation activation; ///< what it names
    bool is_listed = true; ///< whether error messages offer it
};

/// The first name of an activation is the one that is written.
inline constexpr std::array activation_names{
    ActivationName{"silu", Activation::silu},
    ActivationName{"swish", Activation::silu, false},
    ActivationName{"gelu", Activation::gelu},
    ActivationName{"gelu_new", Activation::gelu_tanh},
    ActivationName{"gelu_pytorch_tanh", Activation::gelu_tanh},
    ActivationName{"gelu_fast", Activation::gelu_tanh, false},
    ActivationName{"gelu_accurate", Activation::gelu_tanh, false},
    ActivationName{"gelu_python_tanh", Activation::gelu_tanh, false},
    ActivationName{"gelu_python", Activation::gelu, false},
    ActivationName{"relu", Activation::relu},
};

} // namespace detail

/// The activation that a config.json calls `text`; none for a name that is not known.
constexpr std::optional<Activation> activation_named(std::string_view text) noexcept
{
    for (const auto& entry : detail::activation_names)
        if (entry.name == text) return entry.activation;
    return std::nullopt;
}

/// What a config.json calls an activation.
constexpr std::string_view name(Activation activation) noexcept
{
    for (const auto& entry : detail::activation_names)
        if (entry.activation == activation) return entry.name;
    return {};
}

namespace detail {

/// "'silu', 'gelu' or 'relu'": the names that error messages offer.
inline std::string listed_activations()
{
    std::string text;
    for (const auto& entry : activation_names) {
        if (!entry.is_listed) continue;
        bool const is_last = &entry == &activation_names.back();
        if (!text.empty()) text += is_last ? " or " : ", ";
        text.append("'").append(entry.name).append("'");
    }
    return text;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
