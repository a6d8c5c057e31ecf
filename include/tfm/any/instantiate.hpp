#pragma once

/// \file
/// Compiles what <tfm/any/model.hpp> declares. A program says once what it links, by CMake's
/// `tfm_add_any` or in units of its own:
///
///     #include <tfm/any/instantiate.hpp>
///     TFM_ANY_COMPILE(tfm::precision::fp32);
///     TFM_ANY_COMPILE(tfm::precision::int8, tfm::form::gelu_tanh, tfm::form::gelu);
///
///     #include <tfm/any/link.hpp>
///     TFM_ANY_LINK(tfm::precision::fp32, tfm::precision::int8);
///
/// Each of these lines may stand in a unit of its own, or all in one.

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "../nn/forms.hpp"
#include "decoder.hpp"
#include "encoder.hpp"
#include "linked.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace any_detail {

/// The code of some forms in precision P.
template <Precision P, MlpForm... F>
struct CompiledPrecision {
    static_assert(SupportedPrecision<P>::value);

    static constexpr std::array<MlpForm, sizeof...(F)> forms{F...};

    /// Of one of the forms.
    static detail::InnerFeatures<P> inner_features(MlpForm form) noexcept
    {
        detail::InnerFeatures<P> found = nullptr;
        ((form == F ? void(found = &detail::inner_features<F, P>) : void()), ...);
        return found;
    }

    static std::unique_ptr<any::FileDecoder> make_decoder(const DecoderShape& shape)
    {
        return std::make_unique<LoadedDecoder<P>>(shape, inner_features(shape.block().mlp));
    }

    static std::unique_ptr<any::FileEncoder>
    make_encoder(const EncoderShape& shape) requires(is_encoder_precision(P))
    {
        return std::make_unique<LoadedEncoder<P>>(shape, inner_features(shape.block().mlp));
    }

    static constexpr any::LinkedPrecision linked()
    {
        any::LinkedPrecision linked{forms, &make_decoder, nullptr, &memory_use_in<P>};
        if constexpr (is_encoder_precision(P)) linked.make_encoder = &make_encoder;
        return linked;
    }
};

/// The code of every form.
template <Precision P, std::size_t... Index>
CompiledPrecision<P, named_forms[Index].form...> with_every_form(std::index_sequence<Index...>);

/// The same where none is named.
template <Precision P>
struct CompiledPrecision<P>
    : decltype(with_every_form<P>(std::make_index_sequence<named_forms.size()>())) {
};

} // namespace any_detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"

/// Compiles a precision for the forms that follow it, by default for all. Stands at the top of a
/// file, once in a program for a precision.
#define TFM_ANY_COMPILE(precision, ...)                                                            \
    template <>                                                                                    \
    const tfm::any::LinkedPrecision& tfm::any::linked_precision<precision>() noexcept              \
    {                                                                                              \
        using Code = tfm::any_detail::CompiledPrecision<precision __VA_OPT__(, ) __VA_ARGS__>;     \
        static constexpr LinkedPrecision linked = Code::linked();                                  \
        return linked;                                                                             \
    }                                                                                              \
    static_assert(true)
