#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tfm/any/model.hpp>
#include <tfm/config.hpp>
#include <tfm/dispatch.hpp>
#include <tfm/models/activation_names.hpp>
#include <tfm/models/weight_files.hpp>
#include <tfm/nn/parameters.hpp>

#include "../commands.hpp"
#include "../folder_report.hpp"
#include "../model_folder.hpp"
#include "../named_shapes.hpp"
#include "../precisions.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"

namespace tfm_program {

namespace {

/// Bytes in memory; an encoder has a workspace of the caller's size and no cache.
struct Memory {
    std::size_t weights;
    std::optional<std::size_t> kv_cache; ///< of one session over the whole context
    std::optional<std::size_t> workspace;
};

Memory memory_of(const ModelShape& shape, const InfoCommand& command)
{
    if (const auto* const encoder = std::get_if<tfm::EncoderShape>(&shape)) {
        auto const precision = encoder_precision_named(command.model.precision, "--precision");
        return {tfm::nn_detail::parameter_bytes(*encoder, precision.weights), {}, {}};
    }
    auto const use = tfm::any::memory_use(
        std::get<tfm::DecoderShape>(shape), precision_named(command.model.precision, "--precision"),
        {.workspace = {.threads = team_size(command.model.threads)}});
    return {use.weights, use.sessions, use.workspace};
}

/// A shape, its name and what a model of it takes.
struct Sizes {
    Sizes(const ModelShape& of, std::string family_name, const InfoCommand& command)
        : name(name_of(of, family_name)), family(std::move(family_name)), shape(of),
          memory(memory_of(of, command))
    {
    }

    std::string name; ///< or else that of the family
    std::string family;
    ModelShape shape;
    Memory memory;
};

std::size_t parameters_of(const ModelShape& shape)
{
    return std::visit([](const auto& sizes) { return sizes.parameters(); }, shape);
}

void add_to(JsonObject& object, const Sizes& sizes, const InfoCommand& command)
{
    object["name"] = sizes.name;
    object["family"] = sizes.family;
    object["shape"] = std::visit([](const auto& shape) { return shape_json(shape); }, sizes.shape);
    object["parameters"] = parameters_of(sizes.shape);
    object["precision"] = command.model.precision;
    object["weights_bytes"] = sizes.memory.weights;
    if (sizes.memory.kv_cache) object["kv_cache_bytes"] = *sizes.memory.kv_cache;
    if (sizes.memory.workspace) object["workspace_bytes"] = *sizes.memory.workspace;
}

/// A field that is null where there is no value.
template <class T, class Of>
void add_found(JsonObject& object, const char* name, const Found<T>& found, Of of)
{
    object[name] = nullptr;
    if (found.value) object[name] = of(*found.value);
}

void add_to(JsonObject& object, const FolderReport& report)
{
    object["model"] = report.folder.string();
    object["files"] = report.files;
    add_found(object, "class", report.model, [](auto& model) { return model.architecture; });
    add_found(object, "stored_file", report.weights, [](auto& stored) { return stored.file; });
    add_found(object, "stored_dtype", report.weights, [](auto& stored) { return stored.dtype; });
    add_found(object, "stored_bytes", report.weights, [](auto& stored) { return stored.bytes; });
    add_found(object, "notes", report.weights, [](auto& stored) { return stored.notes; });
    add_found(object, "tokenizer", report.tokenizer, [](auto& found) { return found.files; });
    add_found(object, "tokenizer_vocab", report.tokenizer, [](auto& found) { return found.vocab; });
    add_found(object, "end_of_text", report.end_of_text, [](auto& ends) { return ends.tokens; });
    add_found(object, "end_of_text_from", report.end_of_text,
              [](auto& ends) { return ends.source; });
    add_found(object, "chat_format", report.chat_format, [](auto& name) { return name; });
    object["tokenizer_problem"] = report.tokenizer.problem;
    object["chat_problem"] = report.chat_format.problem;
    object["problems"] = report.problems();
}

/// The sizes that decoders and encoders have.
template <class Shape>
std::string sizes_of(const Shape& shape)
{
    return "vocab " + std::to_string(shape.vocab) + ", context " + std::to_string(shape.context) +
           ", width " + std::to_string(shape.width) + ", heads " + std::to_string(shape.heads) +
           ", layers " + std::to_string(shape.layers) + ", MLP " + std::to_string(shape.hidden()) +
           ", " + std::string(tfm::name(shape.activation));
}

std::string choices_of(const tfm::DecoderShape& shape)
{
    std::string text;
    if (shape.gated_mlp) text += ", gated";
    if (shape.key_heads() != shape.heads)
        text += ", heads of keys " + std::to_string(shape.key_heads());
    if (shape.window != 0) text += ", window " + std::to_string(shape.window);
    return text + (shape.tied_head ? ", tied head" : "");
}

std::string choices_of(const tfm::EncoderShape& shape)
{
    return ", token types " + std::to_string(shape.token_types);
}

void print_line(std::string label, const std::string& value)
{
    label.resize(12, ' ');
    print(label + printable(value) + "\n");
}

void print_sizes(const Sizes& sizes, const InfoCommand& command)
{
    std::string const threads = std::to_string(team_size(command.model.threads));
    print_line("shape", sizes.name + ": " +
                            std::visit([](const auto& s) { return sizes_of(s) + choices_of(s); },
                                       sizes.shape));
    print_line("parameters", human_count(parameters_of(sizes.shape)));
    print_line("memory", human_bytes(sizes.memory.weights) + " of weights in " +
                             command.model.precision + ", packed");
    if (sizes.memory.kv_cache)
        print_line("KV cache",
                   human_bytes(*sizes.memory.kv_cache) + " for " +
                       std::to_string(std::get<tfm::DecoderShape>(sizes.shape).context) +
                       " positions");
    if (sizes.memory.workspace)
        print_line("workspace", human_bytes(*sizes.memory.workspace) +
                                    " (the arena of activations) for " + threads +
                                    (threads == "1" ? " thread" : " threads"));
}

std::string joined(const std::vector<std::string>& words, std::size_t limit)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(words.size(), limit); ++i)
        text.append(text.empty() ? "" : ", ").append(words[i]);
    if (words.size() > limit) text += " and " + std::to_string(words.size() - limit) + " more";
    return text.empty() ? "none" : text;
}

/// What was found, or why it cannot be used, or that there is none.
template <class T, class Of>
std::string told(const Found<T>& found, Of of)
{
    if (!found.problem.empty()) return "refused: " + found.problem;
    return found.value ? of(*found.value) : std::string("none");
}

std::string told_end_of_text(const tfm::EndOfText& ends)
{
    std::string ids;
    for (tfm::Token const id : ends.tokens)
        ids.append(ids.empty() ? "" : ", ").append(std::to_string(id));
    return ids.empty() ? "none" : ids + ", by " + ends.source;
}

/// Beside the model's vocabulary, where that is another.
std::string told_vocab(std::size_t tokens, const FolderReport& report)
{
    std::string const text = std::to_string(tokens) + " tokens";
    if (!report.model.value) return text;
    std::size_t const vocab =
        std::visit([](const auto& shape) { return shape.vocab; }, report.model.value->shape);
    if (tokens == vocab) return text;
    return text + (tokens < vocab ? ", of the model's " : ", more than the model's ") +
           std::to_string(vocab);
}

void print_parts(const FolderReport& report)
{
    print_line("model", report.folder.string());
    print_line("files", joined(report.files, 24));
    print_line("config", told(report.model, [](auto& model) {
                   return model.family +
                          (model.architecture.empty() ? "" : ", " + model.architecture);
               }));
    print_line("weights", told(report.weights, [](auto& stored) {
                   return stored.file + ": " + human_bytes(stored.bytes) + ", as " + stored.dtype;
               }));
    if (report.weights.value)
        for (const std::string& note : report.weights.value->notes) print_line("", note);
    print_line("tokenizer", told(report.tokenizer, [&](auto& found) {
                   return found.files + ": " + told_vocab(found.vocab, report);
               }));
    if (report.end_of_text.value || !report.end_of_text.problem.empty())
        print_line("end of text", told(report.end_of_text, told_end_of_text));
    print_line("chat format", told(report.chat_format, [](auto& name) { return name; }));
}

void print_machine(const InfoCommand& command)
{
    print_line("build", describe_build());
    print_line("CPU", tfm::describe_cpu());
    print_line("threads", std::to_string(team_size(command.model.threads)) + ", by " +
                              std::string(threads_decided_by(command.model.threads)));
}

/// Prints what there is, in either form.
void print_all(const InfoCommand& command, const std::optional<Sizes>& sizes,
               const std::optional<FolderReport>& report)
{
    if (command.json) {
        JsonObject object;
        if (sizes) add_to(object, *sizes, command);
        if (report) add_to(object, *report);
        add_build(object, command.model.threads);
        object["cpu"] = tfm::describe_cpu();
        return print_json(object);
    }
    if (report) print_parts(*report);
    if (sizes) print_sizes(*sizes, command);
    print_machine(command);
    flush_output();
}

} // namespace

namespace {

/// The precision asked for, or that of a packed file where the folder has no other weights. Fails
/// where the precision asked for is not linked.
tfm::Precision precision_of(const std::filesystem::path& folder, const InfoCommand& command)
{
    tfm::Precision const asked = precision_named(command.model.precision, "--precision");
    try {
        auto const weights = tfm::open_weight_files(folder, asked.weights);
        if (!weights.is_packed || tfm::has_weights_of(weights.files.front(), asked.weights))
            return asked;
        auto const& metadata = weights.files.front().metadata();
        auto const stored = metadata.find("weights");
        if (stored != metadata.end()) return precision_named(stored->second, "--precision");
    } catch (const tfm::Error&) {
        // What is wrong with the weights, the report says.
    }
    return asked;
}

} // namespace

void run(InfoCommand command)
{
    if (command.shape) {
        const NamedShape& entry = shape_named(*command.shape);
        return print_all(command, Sizes(entry.shape, std::string(entry.family), command), {});
    }
    std::filesystem::path const folder = find_model_folder(command.model.folder);
    tfm::Precision const precision = precision_of(folder, command);
    command.model.precision = tfm::name(precision);
    FolderReport const report = examine_folder(folder, precision);
    std::optional<Sizes> sizes;
    if (auto const& model = report.model.value) sizes.emplace(model->shape, model->family, command);
    print_all(command, sizes, report);
    auto const problems = report.problems();
    if (!problems.empty()) tfm::fail(problems.front());
}

} // namespace tfm_program
