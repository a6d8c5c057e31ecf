#pragma once

/// \file
/// A model on sentences whose labels are known.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sentences.hpp"

namespace sst2_program {

/// How to go through the sentences.
struct Pace {
    std::size_t batch;   ///< sentences in one pass
    std::size_t threads; ///< 0: the runtime's
};

/// What came of it. Loading the model is not part of the time.
struct Evaluation {
    std::size_t right; ///< sentences whose label has the largest logit
    double seconds;
};

/// Names of the precisions that are compiled in.
const std::vector<std::string>& precision_names();

/// Runs the model of a Hugging Face folder in one of the precisions, named as above.
/// Throws `tfm::Error` for a folder that holds no model of a compiled shape.
Evaluation evaluate(const std::filesystem::path& folder, const std::string& precision,
                    std::span<const Sentence> sentences, Pace pace);

} // namespace sst2_program
