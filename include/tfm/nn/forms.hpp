#pragma once

/// \file
/// The forms of an MLP by name: what a program chooses among when it says which it links.

#include <array>
#include <optional>
#include <string_view>

#include "block_shape.hpp"

namespace tfm {

/// \name Every form there is.
namespace form {
inline constexpr MlpForm gelu_tanh{Activation::gelu_tanh, false};      ///< GPT-2
inline constexpr MlpForm gelu{Activation::gelu, false};                ///< GPT-NeoX, BERT
inline constexpr MlpForm silu{Activation::silu, false};                ///< some GPT-2
inline constexpr MlpForm relu{Activation::relu, false};                ///< the first GPT
inline constexpr MlpForm gated_gelu_tanh{Activation::gelu_tanh, true}; ///< some Llamas
inline constexpr MlpForm gated_gelu{Activation::gelu, true};           ///< some Llamas
inline constexpr MlpForm gated_silu{Activation::silu, true};           ///< Llama, Mistral, Qwen2
inline constexpr MlpForm gated_relu{Activation::relu, true};           ///< some Llamas
} // namespace form

/// A form and what TFM_FORMS calls it.
struct NamedForm {
    std::string_view name; ///< as in `tfm::form`
    MlpForm form;          ///< what it stands for
};

/// Every form.
inline constexpr std::array named_forms{
    NamedForm{"gelu_tanh", form::gelu_tanh},
    NamedForm{"gelu", form::gelu},
    NamedForm{"silu", form::silu},
    NamedForm{"relu", form::relu},
    NamedForm{"gated_gelu_tanh", form::gated_gelu_tanh},
    NamedForm{"gated_gelu", form::gated_gelu},
    NamedForm{"gated_silu", form::gated_silu},
    NamedForm{"gated_relu", form::gated_relu},
};

/// The form of this name; none where there is no such name.
constexpr std::optional<MlpForm> form_named(std::string_view text) noexcept
{
    for (const NamedForm& entry : named_forms)
        if (entry.name == text) return entry.form;
    return std::nullopt;
}

/// The name of a form.
constexpr std::string_view name(MlpForm form) noexcept
{
    for (const NamedForm& entry : named_forms)
        if (entry.form == form) return entry.name;
    return {};
}

} // namespace tfm
