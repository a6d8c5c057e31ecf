#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include <tfm/io/mapped_file.hpp>
#include <tfm/io/output_file.hpp>
#include <tfm/models/packed_file_name.hpp>

#include "../commands.hpp"
#include "../interrupt.hpp"
#include "../opened_model.hpp"
#include "../output_folder.hpp"
#include "../progress.hpp"
#include "../report.hpp"

namespace tfm_program {

namespace {

namespace fs = std::filesystem;

/// What a model's folder may hold beside its weights.
constexpr std::array companions{"generation_config.json",
                                "vocab.json",
                                "merges.txt",
                                "tokenizer.json",
                                "tokenizer_config.json",
                                "special_tokens_map.json",
                                "added_tokens.json",
                                "config.json"};

bool is_there(const fs::path& file)
{
    std::error_code ignored;
    return fs::exists(file, ignored);
}

/// Throws `tfm::Error` where a file that packing writes is there, or a model of another kind.
void require_free(const fs::path& from, const fs::path& to)
{
    require_new(to / tfm::packed_file_name);
    require_new(to / "model.safetensors");
    for (const char* const name : companions) {
        if (is_there(from / name)) require_new(to / name);
    }
}

void copy_companions(const fs::path& from, const fs::path& to)
{
    for (const char* const name : companions) {
        if (!is_there(from / name)) continue;
        tfm::MappedFile const source = tfm::MappedFile::open(from / name);
        tfm::OutputFile copy(to / name);
        copy.write(source.bytes());
        copy.commit();
    }
}

} // namespace

void run(const PackCommand& command)
{
    OpenedModel const model = open_model(command.model, Tokenizer::if_present);
    fs::path const folder = command.output;
    std::error_code ignored;
    tfm::require(!fs::equivalent(model.folder, folder, ignored), [&] {
        return folder.string() + ": expected another folder than the model's own";
    });
    fs::path const file = folder / tfm::packed_file_name;
    if (!command.force) require_free(model.folder, folder);
    make_folder(folder);
    InterruptGuard const guard;
    auto const loaded = model.load();
    {
        Progress progress("packing " + human_count(model.shape.parameters()) + " parameters");
        loaded->pack(file, [&](std::size_t written, std::size_t total) {
            InterruptGuard::check();
            progress.update(written, total);
        });
    }
    copy_companions(model.folder, folder);
    std::size_t const bytes = fs::file_size(file);
    if (!command.json) {
        std::string const text = "tfm: wrote " + human_bytes(bytes) + " in " +
                                 command.model.precision + " to " + file.string() + "\n";
        std::fputs(text.c_str(), stderr);
        return;
    }
    JsonObject object;
    object["output"] = command.output;
    object["precision"] = command.model.precision;
    object["bytes"] = bytes;
    add_build(object, 0);
    print_json(object);
}

} // namespace tfm_program
