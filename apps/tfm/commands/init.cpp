#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include <tfm/io/output_file.hpp>
#include <tfm/models/family.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/packed_file_name.hpp>
#include <tfm/models/random_checkpoint.hpp>

#include "../commands.hpp"
#include "../interrupt.hpp"
#include "../labels.hpp"
#include "../named_shapes.hpp"
#include "../output_folder.hpp"
#include "../progress.hpp"
#include "../report.hpp"

namespace tfm_program {

namespace {

namespace fs = std::filesystem;
using Progressing = tfm::CheckpointProgress;

/// A model to be made up.
struct Plan {
    std::string name;       ///< of its shape, or else of its family
    std::size_t parameters; ///< in all tensors
    std::function<void(const Progressing&)> write;
};

Plan plan_of(const NamedShape& entry, const InitCommand& command)
{
    auto const write = [&](const Progressing& progress) {
        std::visit(
            [&](const auto& shape) {
                tfm::write_random_checkpoint(command.output, shape, command.seed, progress);
            },
            entry.shape);
    };
    return {std::string(entry.name),
            std::visit([](const auto& shape) { return shape.parameters(); }, entry.shape), write};
}

/// A model of any family: the weights, and a copy of the config.json that describes it.
template <class Shape>
Plan plan_of(const tfm::HuggingFaceConfig& json, const Shape& shape,
             const tfm::CheckpointNames& names, const InitCommand& command)
{
    std::string family = json.string("model_type").value_or("gpt2");
    auto const spread = family == "gpt2" ? tfm::gpt2_spread(shape.layers) : tfm::RandomSpread{};
    auto const write = [=, &command, text = std::string(json.text())](const Progressing& progress) {
        tfm::write_random_weights(command.output, shape, names, spread, command.seed, progress);
        // The configuration last: a folder that has one is complete.
        tfm::OutputFile copy(fs::path(command.output) / "config.json");
        copy.write(text);
        copy.commit();
    };
    return {std::move(family), shape.parameters(), write};
}

Plan plan_of(const tfm::HuggingFaceConfig& json, const InitCommand& command)
{
    if (!tfm::describes_encoder(json)) {
        tfm::DecoderFamily const family = tfm::read_family(json);
        return plan_of(json, family.shape, tfm::CheckpointNames(family.names), command);
    }
    tfm::EncoderFamily const family = tfm::read_encoder_family(json);
    tfm::EncoderShape shape = family.shape;
    shape.labels = read_labels(json).size();
    shape.pooler = family.pooler;
    return plan_of(json, shape, tfm::CheckpointNames(family.names), command);
}

/// Takes the file or its folder.
tfm::HuggingFaceConfig open_config(const fs::path& path)
{
    std::error_code error;
    if (fs::is_directory(path, error)) return tfm::HuggingFaceConfig::open(path);
    tfm::require(path.filename() == "config.json", [&] {
        return "--config: expected a config.json or its folder, found " + path.string();
    });
    return tfm::HuggingFaceConfig::open(path.parent_path());
}

Plan plan_of(const InitCommand& command)
{
    if (command.shape) return plan_of(shape_named(*command.shape), command);
    tfm::require(command.config.has_value(),
                 [] { return std::string("expected --shape or --config; see tfm init --help"); });
    return plan_of(open_config(*command.config), command);
}

void write(const Plan& plan)
{
    InterruptGuard const guard;
    Progress progress("writing " + human_count(plan.parameters) + " parameters");
    plan.write([&](std::size_t written, std::size_t total) {
        InterruptGuard::check();
        progress.update(written, total);
    });
}

} // namespace

void run(const InitCommand& command)
{
    Plan const plan = plan_of(command);
    make_folder(command.output);
    FolderClaim const claim(command.output);
    if (!command.force) {
        require_new(fs::path(command.output) / "config.json");
        require_new(fs::path(command.output) / "model.safetensors");
        require_new(fs::path(command.output) / tfm::packed_file_name);
    }
    write(plan);
    if (!command.json) {
        std::string const text = "tfm: wrote " + plan.name + ", " + human_count(plan.parameters) +
                                 " parameters, to " + command.output + "\n";
        std::fputs(text.c_str(), stderr);
        return;
    }
    JsonObject object;
    object["output"] = command.output;
    object["shape"] = plan.name;
    object["seed"] = command.seed;
    object["parameters"] = plan.parameters;
    add_build(object, 0);
    print_json(object);
}

} // namespace tfm_program
