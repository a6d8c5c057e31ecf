#pragma once

/// \file
/// What is in a model's folder, what of it would be used, and what keeps it from running. No
/// weights are read.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tfm/models/end_of_text.hpp>
#include <tfm/nn/precision.hpp>

#include "named_shapes.hpp"

namespace tfm_program {

/// What was found of a part of a folder, and what is wrong with it. Neither: the folder lacks it.
template <class T>
struct Found {
    std::optional<T> value;
    std::string problem;
};

/// What config.json describes.
struct DescribedModel {
    std::string family;       ///< its model_type
    std::string architecture; ///< transformers' class; empty where it is not given
    ModelShape shape;         ///< of an encoder without what a task adds
};

/// The weights that would be loaded.
struct StoredWeights {
    std::string file;               ///< or the index of several
    std::string dtype;              ///< of the largest tensor
    std::size_t bytes;              ///< of all tensors
    std::vector<std::string> notes; ///< where files and config.json disagree
};

/// A tokenizer.
struct FolderTokenizer {
    std::string files;
    std::size_t vocab;
};

/// Every part by itself, so that one that is broken hides none of the others.
struct FolderReport {
    std::filesystem::path folder;
    std::vector<std::string> files; ///< names, sorted
    Found<DescribedModel> model;
    Found<StoredWeights> weights;
    Found<FolderTokenizer> tokenizer;
    Found<tfm::EndOfText> end_of_text; ///< of a decoder
    Found<std::string> chat_format;    ///< of a decoder

    /// What keeps the model from running. A decoder runs without a tokenizer, by ids.
    std::vector<std::string> problems() const;
};

/// Looks at all parts, as a model in this precision would be loaded.
FolderReport examine_folder(const std::filesystem::path& folder, tfm::Precision precision);

} // namespace tfm_program
