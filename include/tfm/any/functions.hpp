#pragma once

/// \file
/// The functions of <tfm/any/model.hpp> as a table, so that a program may choose among several:
/// those of the instruction set that its CPU runs.

#include "model.hpp"

namespace tfm::any {

/// \cond
using LoadDecoder = std::unique_ptr<Decoder>(const std::filesystem::path&, Precision);
using LoadEncoder = std::unique_ptr<Encoder>(const std::filesystem::path&, Precision,
                                             const EncoderTask&);
using TellMemoryUse = MemoryUse(const DecoderShape&, Precision, const BatchOptions&);
using TellPrecisions = std::span<const Precision>();
using TellForms = std::span<const MlpForm>(Precision);
/// \endcond

/// What each of the functions calls.
struct Functions {
    LoadDecoder* load_decoder;         ///< see `tfm::any::load_decoder`
    LoadEncoder* load_encoder;         ///< see `tfm::any::load_encoder`
    TellMemoryUse* memory_use;         ///< see `tfm::any::memory_use`
    TellPrecisions* linked_precisions; ///< see `tfm::any::linked_precisions`
    TellForms* linked_forms;           ///< see `tfm::any::linked_forms`
};

} // namespace tfm::any

/// Defines the functions by an expression of type `tfm::any::Functions`. Stands once in a
/// program, at the top of a file.
#define TFM_ANY_DEFINE(...)                                                                        \
    std::unique_ptr<tfm::any::Decoder> tfm::any::load_decoder(const std::filesystem::path& folder, \
                                                              Precision precision)                 \
    {                                                                                              \
        return (__VA_ARGS__).load_decoder(folder, precision);                                      \
    }                                                                                              \
    std::unique_ptr<tfm::any::Encoder> tfm::any::load_encoder(                                     \
        const std::filesystem::path& folder, Precision precision, const EncoderTask& task)         \
    {                                                                                              \
        return (__VA_ARGS__).load_encoder(folder, precision, task);                                \
    }                                                                                              \
    tfm::any::MemoryUse tfm::any::memory_use(const DecoderShape& shape, Precision precision,       \
                                             const BatchOptions& options)                          \
    {                                                                                              \
        return (__VA_ARGS__).memory_use(shape, precision, options);                                \
    }                                                                                              \
    std::span<const tfm::Precision> tfm::any::linked_precisions()                                  \
    {                                                                                              \
        return (__VA_ARGS__).linked_precisions();                                                  \
    }                                                                                              \
    std::span<const tfm::MlpForm> tfm::any::linked_forms(Precision precision)                      \
    {                                                                                              \
        return (__VA_ARGS__).linked_forms(precision);                                              \
    }                                                                                              \
    static_assert(true)
