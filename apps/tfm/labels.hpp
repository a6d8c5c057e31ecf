#pragma once

/// \file
/// What a classifier's outputs are called and mean, by its config.json.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <tfm/models/hugging_face_config.hpp>

namespace tfm_program {

/// The names of the outputs, in their order: those of id2label, or else LABEL_0 and so on, as many
/// as num_labels says, or two, as transformers has it. Throws `tfm::Error` for an id2label that
/// is no object, and for names that are not numbered from 0 up.
std::vector<std::string> read_labels(const tfm::HuggingFaceConfig& json);

/// How logits become probabilities.
enum class Probabilities {
    none,     ///< not at all: they are values
    each,     ///< one by one, by the logistic function: several labels may hold
    together, ///< by a softmax: one label holds
};

/// As transformers' pipeline chooses by problem_type and the number of labels.
Probabilities read_probabilities(const tfm::HuggingFaceConfig& json, std::size_t labels);

/// Empty where there are none.
std::vector<double> probabilities_of(std::span<const float> logits, Probabilities kind);

} // namespace tfm_program
