#include <cstdio>
#include <filesystem>

#include <tfm/models/random_checkpoint.hpp>

#include "commands.hpp"
#include "compiled_shapes.hpp"
#include "interrupt.hpp"
#include "output_folder.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace gpt2_program {

void run(const InitCommand& command)
{
    const CompiledShape& entry = shape_named(command.shape);
    std::filesystem::path const folder = command.output;
    if (!command.force) {
        require_new(folder / "config.json");
        require_new(folder / "model.safetensors");
    }
    InterruptGuard const guard;
    {
        Progress progress("writing " + human_count(entry.shape.parameters()) + " parameters");
        tfm::write_random_checkpoint(folder, entry.shape, command.seed,
                                     [&](std::size_t written, std::size_t total) {
                                         InterruptGuard::check();
                                         progress.update(written, total);
                                     });
    }
    if (!command.json) {
        std::string const text = "gpt2: wrote " + command.shape + ", " +
                                 human_count(entry.shape.parameters()) + " parameters, to " +
                                 command.output + "\n";
        std::fputs(text.c_str(), stderr);
        return;
    }
    JsonObject object;
    object["output"] = command.output;
    object["shape"] = command.shape;
    object["seed"] = command.seed;
    object["parameters"] = entry.shape.parameters();
    add_build(object, 0);
    print_json(object);
}

} // namespace gpt2_program
