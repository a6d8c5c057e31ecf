#pragma once

/// \file
/// The commands: what each is asked for, and the function that does it. All throw `tfm::Error` for
/// what the caller can put right.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prompt.hpp"

namespace tfm_program {

/// What several commands share.
struct ModelOptions {
    std::optional<std::string> folder; ///< none: see `find_model_folder`
    std::size_t threads = 0;           ///< 0: the default
    std::string precision = "fp32";
    bool no_mmap = false; ///< copy files into memory rather than map them
};

/// Continues a prompt. What is not given, the model's folder says or else the program: see
/// `choose_sampling`.
struct GenerateCommand {
    ModelOptions model;
    PromptOptions prompt;
    std::optional<std::size_t> max_new_tokens;
    std::optional<double> temperature;
    std::optional<std::size_t> top_k;
    std::optional<double> top_p;
    std::optional<double> repetition_penalty;
    std::optional<double> presence_penalty;
    std::optional<double> frequency_penalty;
    std::optional<std::size_t> no_repeat_ngram_size;
    std::optional<double> min_p;
    std::optional<double> typical_p;
    std::optional<std::uint64_t> seed;  ///< none: another one each time
    std::optional<std::size_t> context; ///< tokens of prompt and continuation; none: the model's
    std::vector<std::string> stop_strings;
    std::optional<std::size_t> logprobs;
    std::size_t samples = 1;
    double max_time = 0.0; ///< seconds; 0: no limit
    bool greedy = false;
    bool no_echo = false;
    bool json = false;
};
void run(const GenerateCommand& command);

/// Text on standard input to ids on standard output.
struct TokenizeCommand {
    std::optional<std::string> folder;
    bool pieces = false; ///< a line for each token rather than one of ids
    bool json = false;
};
void run(const TokenizeCommand& command);

/// Ids on standard input to text on standard output.
struct DetokenizeCommand {
    std::optional<std::string> folder;
    bool json = false;
};
void run(const DetokenizeCommand& command);

/// Writes logits to a safetensors file.
struct LogitsCommand {
    ModelOptions model;
    PromptOptions prompt;
    bool all = false;
    std::string output;
    bool json = false;
};
void run(const LogitsCommand& command);

/// What an encoder is to read.
struct EncoderTextOptions {
    PromptOptions prompt;
    std::optional<std::string> pair;  ///< a second text
    std::optional<std::string> types; ///< of the tokens, where these are given as ids
};

/// What a classifier makes of a text.
struct ClassifyCommand {
    ModelOptions model;
    EncoderTextOptions text;
    bool json = false;
};
void run(const ClassifyCommand& command);

/// A text as features.
struct EmbedCommand {
    ModelOptions model;
    EncoderTextOptions text;
    std::string pooling = "mean";
    std::optional<std::string> output; ///< a file for the features instead of standard output
    bool json = false;
};
void run(const EmbedCommand& command);

/// Says what a model is and takes, and how the program was built.
struct InfoCommand {
    ModelOptions model;
    std::optional<std::string> shape; ///< instead of a folder
    bool json = false;
};
void run(InfoCommand command);

/// Writes a model with random parameters.
struct InitCommand {
    std::optional<std::string> shape;
    std::optional<std::string> config; ///< a config.json, instead of a shape
    std::uint64_t seed = 0;
    std::string output;
    bool force = false;
    bool json = false;
};
void run(const InitCommand& command);

/// Writes a model's folder whose weights are in one precision and ready for use.
struct PackCommand {
    ModelOptions model;
    std::string output;
    bool force = false;
    bool json = false;
};
void run(const PackCommand& command);

/// The text that models are scored by.
struct TextOptions {
    std::string file;
    std::optional<std::size_t> window;     ///< none: the model's context
    std::optional<std::size_t> stride;     ///< none: half the window
    std::optional<std::size_t> max_tokens; ///< none: all
};

/// Scores a model by how well it foretells a text.
struct PerplexityCommand {
    ModelOptions model;
    TextOptions text;
    bool json = false;
};
void run(const PerplexityCommand& command);

/// Sets a model beside another, or beside itself in another precision.
struct CompareCommand {
    ModelOptions model; ///< the candidate
    std::string against = "fp32";
    std::optional<std::string> model_against; ///< none: the candidate's folder
    TextOptions text;
    bool json = false;
};
void run(const CompareCommand& command);

/// Times a model beside this machine's limits.
struct BenchCommand {
    std::optional<std::string> folder;
    std::vector<std::size_t> threads; ///< empty: one, and the default
    std::string precision = "fp32";
    std::size_t rounds = 5;
    std::optional<std::string> only; ///< a regular expression found in the names to measure
    bool json = false;
};
void run(const BenchCommand& command);

} // namespace tfm_program
