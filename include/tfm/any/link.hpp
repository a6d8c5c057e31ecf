#pragma once

/// \file
/// From a folder to the code that a program links for it: the unit of `TFM_ANY_LINK`, which reads
/// and writes files for all precisions.

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../models/load.hpp"
#include "../nn/forms.hpp"
#include "functions.hpp"
#include "linked.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace any_detail {

/// The name, or what stands for one that has none.
template <class Named>
std::string text_of(const Named& value)
{
    std::string_view const text = name(value);
    return text.empty() ? "one without a name" : std::string(text);
}

template <class Named>
std::string list_of(std::span<const Named> values)
{
    std::string text;
    for (const Named& value : values) text += (text.empty() ? "" : ", ") + text_of(value);
    return text;
}

/// The code of a precision, in a unit of its own.
using PrecisionUnit = const any::LinkedPrecision& (*)() noexcept;

/// Some precisions and their code.
struct Table {
    std::span<const Precision> precisions;
    std::span<const PrecisionUnit> units; ///< in the same order

    /// The code of a precision; null where it is not linked.
    const any::LinkedPrecision* find(Precision precision) const noexcept
    {
        for (std::size_t i = 0; i < precisions.size(); ++i)
            if (precisions[i] == precision) return &units[i]();
        return nullptr;
    }

    /// The same, or an error about what `who` asks for.
    const any::LinkedPrecision& at(Precision precision, const std::string& who) const
    {
        const any::LinkedPrecision* const unit = find(precision);
        require(unit != nullptr, [&] {
            return who + ": precision: expected one that this program links (" +
                   list_of(precisions) + "), found " + text_of(precision) +
                   "; add it to TFM_PRECISIONS where the program is built";
        });
        return *unit;
    }
};

inline void require_form(const any::LinkedPrecision& unit, MlpForm form,
                         const std::filesystem::path& folder)
{
    bool const is_linked =
        std::find(unit.forms.begin(), unit.forms.end(), form) != unit.forms.end();
    require(is_linked, [&] {
        return folder.string() + ": form of the MLP: expected one that this program links (" +
               list_of(unit.forms) + "), found " + text_of(form) +
               "; add it to TFM_FORMS where the program is built";
    });
}

/// Makes a model and fills it from its open folder.
template <class Make, class Opened>
auto load(Make make, Opened opened, Dtype weights)
{
    auto const& family = opened.family;
    detail::check_weights(opened.weights, family.shape, weights);
    auto model = make(family.shape);
    model->use_weights([&](auto& parameters) {
        detail::load_weight_files(parameters, std::move(opened.weights),
                                  CheckpointNames(family.names), weights);
    });
    return model;
}

inline std::unique_ptr<any::Decoder>
load_decoder(const Table& table, const std::filesystem::path& folder, Precision precision)
{
    const any::LinkedPrecision& unit = table.at(precision, folder.string());
    DecoderFolder opened = open_decoder_folder(folder, precision.weights);
    require_form(unit, opened.family.shape.block().mlp, folder);
    return load(unit.make_decoder, std::move(opened), precision.weights);
}

inline std::unique_ptr<any::Encoder> load_encoder(const Table& table,
                                                  const std::filesystem::path& folder,
                                                  Precision precision, const any::EncoderTask& task)
{
    const any::LinkedPrecision& unit = table.at(precision, folder.string());
    require(unit.make_encoder != nullptr,
            [&] { return folder.string() + ": " + std::string(encoder_precision_rule); });
    EncoderFolder opened = open_encoder_folder(folder, precision.weights);
    EncoderShape& shape = opened.family.shape;
    shape.pooling = task.pooling;
    shape.pooler = task.pooler;
    shape.labels = task.labels;
    require_form(unit, shape.block().mlp, folder);
    return load(unit.make_encoder, std::move(opened), precision.weights);
}

/// The functions for some precisions.
template <Precision... P>
struct Link {
    static constexpr std::array<Precision, sizeof...(P)> precisions{P...};
    static constexpr std::array<PrecisionUnit, sizeof...(P)> units{&any::linked_precision<P>...};
    static constexpr Table table{precisions, units};

    static std::unique_ptr<any::Decoder> load_decoder(const std::filesystem::path& folder,
                                                      Precision precision)
    {
        return any_detail::load_decoder(table, folder, precision);
    }
    static std::unique_ptr<any::Encoder> load_encoder(const std::filesystem::path& folder,
                                                      Precision precision,
                                                      const any::EncoderTask& task)
    {
        return any_detail::load_encoder(table, folder, precision, task);
    }
    static any::MemoryUse memory_use(const DecoderShape& shape, Precision precision,
                                     const any::BatchOptions& options)
    {
        return table.at(precision, "tfm::any::memory_use").memory_use(shape, options);
    }
    static std::span<const Precision> linked_precisions() { return precisions; }
    static std::span<const MlpForm> linked_forms(Precision precision)
    {
        const any::LinkedPrecision* const unit = table.find(precision);
        return unit == nullptr ? std::span<const MlpForm>() : unit->forms;
    }

    static constexpr any::Functions functions{&load_decoder, &load_encoder, &memory_use,
                                              &linked_precisions, &linked_forms};
};

} // namespace any_detail
} // namespace TFM_ISA_NAMESPACE

template <class Model, class Shape>
void any::FileModel<Model, Shape>::pack(const std::filesystem::path& file,
                                        OnProgress on_progress) const
{
    use_weights([&](StoredWeights<Shape>& weights) {
        packed_detail::write(nn_detail::list_parameters(weights),
                             packed_detail::sizes_of(weights.shape), this->precision().weights,
                             file, on_progress);
    });
}

} // namespace tfm

#include "../restore_macros.hpp"

/// What the units of a program share: all that reads and writes files.
#define TFM_ANY_FILES                                                                              \
    template class tfm::any::FileModel<tfm::any::Decoder, tfm::DecoderShape>;                      \
    template class tfm::any::FileModel<tfm::any::Encoder, tfm::EncoderShape>

/// Defines the functions of <tfm/any/model.hpp> for a program that compiles these precisions:
/// `TFM_ANY_LINK(tfm::precision::fp32, tfm::precision::int8);` Stands once, at the top of a file.
#define TFM_ANY_LINK(...)                                                                          \
    TFM_ANY_FILES;                                                                                 \
    TFM_ANY_DEFINE(tfm::any_detail::Link<__VA_ARGS__>::functions)

/// The same for one of the instruction sets of `tfm_add_dispatch`.
#define TFM_ANY_DISPATCH_TABLE(...)                                                                \
    TFM_ANY_FILES;                                                                                 \
    TFM_DISPATCH_TABLE(tfm::any::Functions, tfm_any) = tfm::any_detail::Link<__VA_ARGS__>::functions
