#include "compiled_shapes.hpp"

#include <algorithm>

#include <tfm/config.hpp>

#include "standard_streams.hpp"

namespace gpt2_program {

namespace {

template <tfm::Precision P>
constexpr CompiledPrecision compiled(std::string_view name)
{
    return {name, P, &compiled_models<P>};
}

/// Each is instantiated in compiled_models_NAME.cpp.
constexpr std::array precisions{
    compiled<tfm::precision::fp32>("fp32"), compiled<tfm::precision::bf16>("bf16"),
    compiled<tfm::precision::int8_weights>("int8_weights"), compiled<tfm::precision::int8>("int8"),
    compiled<tfm::precision::int8_kv8>("int8_kv8")};

} // namespace

const CompiledModel& CompiledPrecision::model_of(const CompiledShape& shape) const
{
    auto const place = std::find_if(compiled_shapes.begin(), compiled_shapes.end(),
                                    [&](const CompiledShape& s) { return s.name == shape.name; });
    return models()[static_cast<std::size_t>(place - compiled_shapes.begin())];
}

std::span<const CompiledPrecision> compiled_precisions() { return precisions; }

const CompiledPrecision& precision_named(std::string_view name, std::string_view option)
{
    for (const CompiledPrecision& entry : precisions) {
        if (entry.name == name) return entry;
    }
    tfm::fail(std::string(option) + ": expected one of " + precision_names() + ", found " +
              in_quotes(name));
}

std::string precision_names()
{
    std::string names;
    for (const CompiledPrecision& entry : precisions)
        names.append(names.empty() ? "" : ", ").append(entry.name);
    return names;
}

tfm::DecoderShape read_shape(const std::filesystem::path& folder)
{
    return tfm::read_gpt2_shape(tfm::HuggingFaceConfig::open(folder));
}

} // namespace gpt2_program
