#include <optional>
#include <string>
#include <variant>

#include <tfm/any/model.hpp>
#include <tfm/dispatch.hpp>
#include <tfm/io/safetensors.hpp>
#include <tfm/models/activation_names.hpp>
#include <tfm/models/family.hpp>
#include <tfm/nn/parameters.hpp>

#include "../commands.hpp"
#include "../model_folder.hpp"
#include "../named_shapes.hpp"
#include "../precisions.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"
#include "../tokenizer.hpp"
#include "../word_pieces.hpp"

namespace tfm_program {

namespace {

/// What a folder adds to its shape.
struct FolderInfo {
    std::string path;
    std::string stored_dtype; ///< of the token embedding, or of the largest tensor
    std::size_t stored_bytes; ///< of all tensors
    std::optional<std::size_t> tokenizer_vocab;
};

/// What is known of a model without its weights.
struct ModelInfo {
    std::string name; ///< of its shape, or else of its family
    std::string family;
    ModelShape shape; ///< of an encoder without what a task adds
    std::optional<FolderInfo> folder;
};

/// Bytes in memory; an encoder has a workspace of the caller's size and no cache.
struct Memory {
    std::size_t weights;
    std::optional<std::size_t> kv_cache; ///< of one session over the whole context
    std::optional<std::size_t> workspace;
};

std::optional<std::size_t> tokenizer_vocab(const std::filesystem::path& folder, bool is_encoder)
{
    auto const size = [](const auto& tokenizer) {
        return tokenizer ? std::optional(tokenizer->vocab_size()) : std::nullopt;
    };
    return is_encoder ? size(load_word_pieces_if_present(folder))
                      : size(load_tokenizer_if_present(folder));
}

FolderInfo describe_folder(const std::filesystem::path& folder, bool is_encoder)
{
    FolderInfo info{folder.string(), "", 0, {}};
    auto const file = tfm::SafeTensors::open(weights_file(folder));
    std::size_t largest = 0;
    for (const tfm::TensorInfo& tensor : file.tensors()) {
        info.stored_bytes += tensor.bytes.size();
        if (tensor.bytes.size() <= largest) continue;
        largest = tensor.bytes.size();
        info.stored_dtype = name(tensor.dtype);
    }
    info.tokenizer_vocab = tokenizer_vocab(folder, is_encoder);
    return info;
}

ModelInfo describe_model(const InfoCommand& command)
{
    if (command.shape) {
        const NamedShape& entry = shape_named(*command.shape);
        return {std::string(entry.name), std::string(entry.family), entry.shape, {}};
    }
    std::filesystem::path const folder = find_model_folder(command.model.folder);
    tfm::HuggingFaceConfig const json = tfm::HuggingFaceConfig::open(folder);
    bool const is_encoder = tfm::describes_encoder(json);
    ModelInfo info{"", json.string("model_type").value_or("gpt2"), {}, {}};
    if (is_encoder)
        info.shape = tfm::read_encoder_family(json).shape;
    else
        info.shape = tfm::read_family(json).shape;
    info.name = name_of(info.shape, info.family);
    info.folder = describe_folder(folder, is_encoder);
    return info;
}

Memory memory_of(const ModelShape& shape, tfm::Precision precision, std::size_t threads)
{
    if (const auto* const encoder = std::get_if<tfm::EncoderShape>(&shape))
        return {tfm::nn_detail::parameter_bytes(*encoder, precision.weights), {}, {}};
    auto const use = tfm::any::memory_use(std::get<tfm::DecoderShape>(shape), precision,
                                          {.workspace = {.threads = threads}});
    return {use.weights, use.sessions, use.workspace};
}

std::size_t parameters_of(const ModelShape& shape)
{
    return std::visit([](const auto& sizes) { return sizes.parameters(); }, shape);
}

void print_as_json(const InfoCommand& command, const ModelInfo& model, const Memory& memory)
{
    JsonObject object;
    object["name"] = model.name;
    object["family"] = model.family;
    object["shape"] = std::visit([](const auto& shape) { return shape_json(shape); }, model.shape);
    object["parameters"] = parameters_of(model.shape);
    object["precision"] = command.model.precision;
    object["weights_bytes"] = memory.weights;
    if (memory.kv_cache) object["kv_cache_bytes"] = *memory.kv_cache;
    if (memory.workspace) object["workspace_bytes"] = *memory.workspace;
    if (model.folder) {
        object["model"] = model.folder->path;
        object["stored_dtype"] = model.folder->stored_dtype;
        object["stored_bytes"] = model.folder->stored_bytes;
        object["tokenizer_vocab"] = nullptr;
        if (model.folder->tokenizer_vocab)
            object["tokenizer_vocab"] = *model.folder->tokenizer_vocab;
    }
    add_build(object, command.model.threads);
    object["cpu"] = tfm::describe_cpu();
    print_json(object);
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

void print_as_text(const InfoCommand& command, const ModelInfo& model, const Memory& memory)
{
    auto const line = [](std::string label, const std::string& value) {
        label.resize(12, ' ');
        print(label + value + "\n");
    };
    auto const& folder = model.folder;
    std::string const threads = std::to_string(team_size(command.model.threads));
    if (folder) line("model", folder->path);
    line("shape",
         model.name + ": " +
             std::visit([](const auto& s) { return sizes_of(s) + choices_of(s); }, model.shape));
    line("parameters", human_count(parameters_of(model.shape)));
    line("weights", human_bytes(memory.weights) + " in " + command.model.precision + ", packed" +
                        (folder ? "; " + human_bytes(folder->stored_bytes) + " in the file, as " +
                                      folder->stored_dtype
                                : ""));
    if (memory.kv_cache)
        line("KV cache", human_bytes(*memory.kv_cache) + " for " +
                             std::to_string(std::get<tfm::DecoderShape>(model.shape).context) +
                             " positions");
    if (memory.workspace)
        line("workspace", human_bytes(*memory.workspace) + " (the arena of activations) for " +
                              threads + (threads == "1" ? " thread" : " threads"));
    if (folder)
        line("tokenizer", folder->tokenizer_vocab
                              ? std::to_string(*folder->tokenizer_vocab) + " tokens"
                              : "none");
    line("build", describe_build());
    line("CPU", tfm::describe_cpu());
    line("threads", threads);
    flush_output();
}

} // namespace

void run(const InfoCommand& command)
{
    tfm::Precision const precision = precision_named(command.model.precision, "--precision");
    ModelInfo const model = describe_model(command);
    Memory const memory = memory_of(model.shape, precision, team_size(command.model.threads));
    if (command.json)
        print_as_json(command, model, memory);
    else
        print_as_text(command, model, memory);
}

} // namespace tfm_program
