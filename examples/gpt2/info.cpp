#include <optional>
#include <string>

#include <tfm/dispatch.hpp>
#include <tfm/io/safetensors.hpp>
#include <tfm/models/activation_names.hpp>

#include "commands.hpp"
#include "compiled_shapes.hpp"
#include "model_folder.hpp"
#include "opened_model.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace gpt2_program {

namespace {

/// What a folder adds to its shape.
struct FolderInfo {
    std::string path;
    std::string stored_dtype; ///< of the token embedding, or of the largest tensor
    std::size_t stored_bytes; ///< of all tensors
    std::optional<std::size_t> tokenizer_vocab;
};

FolderInfo describe_folder(const std::filesystem::path& folder)
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
    if (auto const tokenizer = load_tokenizer_if_present(folder))
        info.tokenizer_vocab = tokenizer->vocab_size();
    return info;
}

void print_as_json(const InfoCommand& command, const CompiledShape& entry, const MemoryUse& memory,
                   const std::optional<FolderInfo>& folder)
{
    JsonObject object;
    object["name"] = entry.name;
    object["shape"] = json_of(entry.shape);
    object["parameters"] = entry.shape.parameters();
    object["precision"] = command.model.precision;
    object["weights_bytes"] = memory.weights;
    object["kv_cache_bytes"] = memory.kv_cache;
    object["workspace_bytes"] = memory.workspace;
    if (folder) {
        object["model"] = folder->path;
        object["stored_dtype"] = folder->stored_dtype;
        object["stored_bytes"] = folder->stored_bytes;
        object["tokenizer_vocab"] = nullptr;
        if (folder->tokenizer_vocab) object["tokenizer_vocab"] = *folder->tokenizer_vocab;
    }
    add_build(object, command.model.threads);
    object["cpu"] = tfm::describe_cpu();
    print_json(object);
}

void print_as_text(const InfoCommand& command, const CompiledShape& entry, const MemoryUse& memory,
                   const std::optional<FolderInfo>& folder)
{
    auto const line = [](std::string label, const std::string& value) {
        label.resize(12, ' ');
        print(label + value + "\n");
    };
    const tfm::DecoderShape& shape = entry.shape;
    std::string const context = std::to_string(shape.context);
    std::string const threads = std::to_string(team_size(command.model.threads));
    if (folder) line("model", folder->path);
    line("shape", std::string(entry.name) + ": vocab " + std::to_string(shape.vocab) +
                      ", context " + context + ", width " + std::to_string(shape.width) +
                      ", heads " + std::to_string(shape.heads) + ", layers " +
                      std::to_string(shape.layers) + ", MLP " + std::to_string(shape.hidden()) +
                      ", " + std::string(tfm::name(shape.activation)) +
                      (shape.tied_head ? ", tied head" : ""));
    line("parameters", human_count(shape.parameters()));
    line("weights", human_bytes(memory.weights) + " in " + command.model.precision + ", packed" +
                        (folder ? "; " + human_bytes(folder->stored_bytes) + " in the file, as " +
                                      folder->stored_dtype
                                : ""));
    line("KV cache", human_bytes(memory.kv_cache) + " for " + context + " positions");
    line("workspace", human_bytes(memory.workspace) + " (the arena of activations) for " + threads +
                          (threads == "1" ? " thread" : " threads"));
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
    const CompiledPrecision& precision = precision_named(command.model.precision, "--precision");
    std::optional<FolderInfo> folder;
    const CompiledShape* entry = nullptr;
    if (command.shape) {
        entry = &shape_named(*command.shape);
    } else {
        std::filesystem::path const path = find_model_folder(command.model.folder);
        entry = &shape_of_folder(path);
        folder = describe_folder(path);
    }
    std::size_t const threads = team_size(command.model.threads);
    MemoryUse const memory = precision.model_of(*entry).memory(threads);
    if (command.json)
        print_as_json(command, *entry, memory, folder);
    else
        print_as_text(command, *entry, memory, folder);
}

} // namespace gpt2_program
