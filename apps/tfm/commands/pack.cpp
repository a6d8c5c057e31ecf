#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include <tfm/config.hpp>
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
                                "chat_template.jinja",
                                "vocab.json",
                                "merges.txt",
                                "tokenizer.json",
                                "tokenizer_config.json",
                                "special_tokens_map.json",
                                "added_tokens.json",
                                "config.json"};
/// Weights that packing does not write.
constexpr std::array checkpoints{"model.safetensors", "model.safetensors.index.json"};

bool is_there(const fs::path& file)
{
    std::error_code ignored;
    return fs::exists(file, ignored);
}

/// Throws `tfm::Error` where there is a model of another kind, or a file that packing writes or
/// that would belong to what it writes, unless these may be replaced.
void require_free(const fs::path& to, bool force)
{
    for (const char* const name : checkpoints)
        tfm::require(!is_there(to / name), [&] {
            return (to / name).string() +
                   ": expected no such file beside packed weights, found one; pack to another "
                   "folder, for --force does not replace a model that is not packed";
        });
    if (force) return;
    require_new(to / tfm::packed_file_name);
    for (const char* const name : companions) require_new(to / name);
}

/// What an earlier packing left, so that no file of it is taken for one of this model's.
void remove_companions(const fs::path& from, const fs::path& to)
{
    std::error_code ignored;
    for (const char* const name : companions)
        if (!is_there(from / name)) fs::remove(to / name, ignored);
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
    require_free(folder, command.force);
    make_folder(folder);
    FolderClaim const claim(folder);
    require_free(folder, command.force); // what another process has put there since counts
    InterruptGuard const guard;
    auto const loaded = model.load();
    {
        Progress progress("packing " + human_count(model.shape.parameters()) + " parameters");
        loaded->pack(file, [&](std::size_t written, std::size_t total) {
            InterruptGuard::check();
            progress.update(written, total);
        });
    }
    remove_companions(model.folder, folder);
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
