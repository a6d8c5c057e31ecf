#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/config.hpp>
#include <tfm/models/activation_names.hpp>

#include "compiled_shapes.hpp"
#include "standard_streams.hpp"

namespace gpt2_program {

namespace {

std::string written(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string written(bool flag) { return flag ? "true" : "false"; }

template <class Number>
std::string written(Number value)
{
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// "field: expected E, found F" for each field of config.json in which the shapes differ.
std::vector<std::string> differences(const tfm::DecoderShape& expected,
                                     const tfm::DecoderShape& found)
{
    std::vector<std::string> list;
    auto const compare = [&](const char* field, const auto& want, const auto& have) {
        if (want != have)
            list.push_back(std::string(field) + ": expected " + written(want) + ", found " +
                           written(have));
    };
    auto const activation = [](const tfm::DecoderShape& shape) {
        return tfm::name(shape.activation);
    };
    compare("vocab_size", expected.vocab, found.vocab);
    compare("n_positions", expected.context, found.context);
    compare("n_embd", expected.width, found.width);
    compare("n_head", expected.heads, found.heads);
    compare("n_layer", expected.layers, found.layers);
    compare("n_inner", expected.hidden(), found.hidden());
    compare("activation_function", activation(expected), activation(found));
    compare("layer_norm_epsilon", expected.norm_epsilon, found.norm_epsilon);
    compare("tie_word_embeddings", expected.tied_head, found.tied_head);
    return list;
}

} // namespace

std::string shape_names()
{
    std::string names;
    for (const CompiledShape& entry : compiled_shapes)
        names.append(names.empty() ? "" : ", ").append(entry.name);
    return names;
}

const CompiledShape& shape_named(std::string_view name)
{
    for (const CompiledShape& entry : compiled_shapes) {
        if (entry.name == name) return entry;
    }
    tfm::fail("--shape: expected one of " + shape_names() + ", found " + in_quotes(name));
}

const CompiledShape& shape_of_folder(const std::filesystem::path& folder)
{
    tfm::DecoderShape const found = read_shape(folder);
    const CompiledShape* nearest = nullptr;
    std::vector<std::string> least;
    for (const CompiledShape& entry : compiled_shapes) {
        if (entry.shape == found) return entry;
        auto list = differences(entry.shape, found);
        if (nearest != nullptr && list.size() >= least.size()) continue;
        nearest = &entry;
        least = std::move(list);
    }
    std::string message = (folder / "config.json").string() + ": this shape is not compiled in (" +
                          shape_names() + " are); the nearest, " + std::string(nearest->name) +
                          ", differs in ";
    for (std::size_t i = 0; i < least.size(); ++i) message.append(i == 0 ? "" : "; ") += least[i];
    tfm::fail(message);
}

} // namespace gpt2_program
