#pragma once

/// \file
/// How text is drawn, and who said so: the user, the model's folder or the program.

#include <cstddef>
#include <optional>
#include <string_view>

#include <tfm/generate/options.hpp>
#include <tfm/models/end_of_text.hpp>

#include "commands.hpp"
#include "json_object.hpp"
#include "opened_model.hpp"

namespace tfm_program {

/// A value, and where it comes from: "option", "generation_config.json" or "default".
template <class T>
struct Setting {
    T value;
    std::string_view from;
};

/// What `generate` draws by.
struct Sampling {
    Setting<double> temperature;
    Setting<std::size_t> top_k;
    Setting<double> top_p;
    Setting<double> repetition_penalty;
    Setting<double> presence_penalty;
    Setting<double> frequency_penalty;
    Setting<std::size_t> no_repeat_ngram_size;
    Setting<double> min_p;
    Setting<double> typical_p;
    Setting<double> epsilon_cutoff;
    Setting<std::size_t> min_new_tokens;
    Setting<std::size_t> max_new_tokens;
    tfm::EndOfText end_of_text;
    std::vector<std::string> not_implemented; ///< fields of generation_config.json

    /// The options of the library. Ids that the model's tokenizer lacks are not drawn.
    tfm::GenerateOptions options(const OpenedModel& model, std::size_t threads,
                                 std::uint64_t seed) const;

    /// Adds every setting and where it comes from.
    void add_to(JsonObject& object) const;

    /// A line for people about the fields that are not implemented; nothing where there are none.
    void print_notice(const OpenedModel& model) const;
};

/// What the user says, or else generation_config.json of the model's folder, or else the program's
/// defaults: one by one, but a greedy folder is greedy unless the user asks for any drawing.
/// Throws `tfm::Error` where the file is malformed, or leaves no token after the prompt.
Sampling choose_sampling(const GenerateCommand& command, const OpenedModel& model,
                         std::size_t prompt_tokens);

} // namespace tfm_program
