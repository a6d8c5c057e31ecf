#include "named_shapes.hpp"

#include <array>

#include <tfm/config.hpp>
#include <tfm/models/bert.hpp>
#include <tfm/models/distilbert.hpp>
#include <tfm/models/gpt2.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

namespace {

/// bert-base-uncased with the two labels that transformers gives a classifier by default.
constexpr tfm::EncoderShape bert_classifier = [] {
    tfm::EncoderShape shape = tfm::bert::base_uncased;
    shape.labels = 2;
    return shape;
}();

constexpr std::array named_shapes{NamedShape{"small", "gpt2", tfm::gpt2::small},
                                  NamedShape{"medium", "gpt2", tfm::gpt2::medium},
                                  NamedShape{"large", "gpt2", tfm::gpt2::large},
                                  NamedShape{"xl", "gpt2", tfm::gpt2::xl},
                                  NamedShape{"distil", "gpt2", tfm::gpt2::distil},
                                  NamedShape{"tales", "gpt2", tfm::gpt2::tales},
                                  NamedShape{"bert", "bert", bert_classifier},
                                  NamedShape{"distilbert", "distilbert", tfm::distilbert::sst2}};

} // namespace

std::string shape_names()
{
    std::string names;
    for (const NamedShape& entry : named_shapes)
        names.append(names.empty() ? "" : ", ").append(entry.name);
    return names;
}

const NamedShape& shape_named(std::string_view name)
{
    for (const NamedShape& entry : named_shapes) {
        if (entry.name == name) return entry;
    }
    tfm::fail("--shape: expected one of " + shape_names() + ", found " + in_quotes(name));
}

std::string name_of(const ModelShape& shape, std::string_view family)
{
    for (const NamedShape& entry : named_shapes) {
        if (entry.shape == shape) return std::string(entry.name);
    }
    return std::string(family);
}

} // namespace tfm_program
