/// \file
/// config.json, and folders with a pass after loading: checkpoints, packed files, sessions.

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tfm/models/family.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/models/packed_file.hpp>
#include <tfm/nn/forward.hpp>
#include <tfm/nn/session_file.hpp>

#include "bundle.hpp"
#include "target.hpp"

namespace tfm_fuzz {

namespace {

namespace fs = std::filesystem;

using Model = tfm::Decoder<tfm::gpt2::any, tfm::precision::fp32>;
using Session = tfm::Session<tfm::gpt2::any, tfm::precision::fp32>;
using Workspace = tfm::Workspace<tfm::gpt2::any, tfm::precision::fp32>;

fs::path small_model() { return fs::path(TFM_TEST_DATA) / "gpt2/heads1_width17_context7"; }

std::vector<std::string> configs_below(const char* folder)
{
    std::vector<std::string> seeds;
    for (const auto& entry : fs::directory_iterator(fs::path(TFM_TEST_DATA) / folder))
        seeds.push_back(read_file(entry.path() / "config.json"));
    return seeds;
}

void run_decoder_config(std::string_view input)
{
    folder().hold({{"config.json", std::string(input)}});
    (void)tfm::read_family(folder().path());
}

void run_encoder_config(std::string_view input)
{
    folder().hold({{"config.json", std::string(input)}});
    (void)tfm::read_encoder_family(folder().path());
}

/// Two passes of some tokens.
void run_passes(const Model& model, Session& session)
{
    Workspace workspace(model, {.max_rows = 4, .threads = 1});
    for (tfm::Token const token : {0, 1}) {
        std::array const tokens{token, token};
        tfm::Rows<tfm::gpt2::any, tfm::precision::fp32> const rows{&session, tokens,
                                                                   tfm::Logits::last};
        tfm::forward(model, workspace, std::span(&rows, 1), [](std::size_t, auto) {});
    }
}

void run_folder(std::string_view input)
{
    folder().hold(unpack(input));
    Model const model = Model::load(folder().path());
    Session session(model, 5);
    run_passes(model, session);
}

std::vector<std::string> folder_seeds()
{
    return {
        pack(read_files(small_model(), {"config.json", "model.safetensors"})),
        pack(read_files(fs::path(TFM_TEST_DATA) / "shards/gpt2",
                        {"config.json", "model.safetensors.index.json",
                         "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
                         "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors"}))};
}

/// A folder whose packed file is mapped, which the target `folder` reads as well.
std::vector<std::string> packed_seeds()
{
    Model model = Model::load(small_model());
    Bundle files = read_files(small_model(), {"config.json"});
    folder().hold(files);
    auto const path = folder().path() / tfm::packed_file_name;
    tfm::write_packed_file(model, path);
    files.emplace_back(tfm::packed_file_name, read_file(path));
    return {pack(files)};
}

void run_session(std::string_view input)
{
    static const Model model = Model::load(small_model());
    folder().hold({{"session", std::string(input)}});
    Session session(model, 7);
    tfm::load_session(folder().path() / "session", session);
    if (session.position() + 4 <= 7) run_passes(model, session);
}

std::vector<std::string> session_seeds()
{
    Model const model = Model::load(small_model());
    Session session(model, 7);
    auto const path = folder().path() / "session";
    tfm::save_session(session, path);
    std::vector<std::string> seeds{read_file(path)};
    run_passes(model, session);
    tfm::save_session(session, path);
    seeds.push_back(read_file(path));
    return seeds;
}

} // namespace

std::span<const Target> model_targets()
{
    static const std::array targets{
        Target{"decoder_config", run_decoder_config,
               [] {
                   auto seeds = configs_below("decoders");
                   for (std::string& seed : configs_below("gpt2")) seeds.push_back(std::move(seed));
                   return seeds;
               }},
        Target{"encoder_config", run_encoder_config, [] { return configs_below("encoders"); }},
        Target{"folder", run_folder, folder_seeds}, Target{"packed", run_folder, packed_seeds},
        Target{"session", run_session, session_seeds}};
    return targets;
}

} // namespace tfm_fuzz
