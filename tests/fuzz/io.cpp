/// \file
/// Safetensors, shards, JSON and npy.

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <tfm/io/json.hpp>
#include <tfm/io/safetensors.hpp>
#include <tfm/io/safetensors_shards.hpp>

#include "bundle.hpp"
#include "target.hpp"

namespace tfm_fuzz {

namespace {

namespace fs = std::filesystem;

/// Reads every byte of every tensor, so that one that is not in the file is noticed.
void touch(const tfm::SafeTensors& file)
{
    unsigned sum = 0;
    for (const tfm::TensorInfo& tensor : file.tensors()) {
        for (std::byte const byte : tensor.bytes) sum += static_cast<unsigned>(byte);
        if (file.find(tensor.name) == nullptr) std::abort();
    }
    static_cast<void>(static_cast<volatile unsigned&>(sum));
}

void run_safetensors(std::string_view input)
{
    folder().hold({{"model.safetensors", std::string(input)}});
    auto const path = folder().path() / "model.safetensors";
    touch(tfm::SafeTensors::open(path));
    touch(tfm::SafeTensors(tfm::MappedFile::read(path)));
}

std::vector<std::string> safetensors_seeds()
{
    fs::path const data = TFM_TEST_DATA;
    return {read_file(data / "io/aligned.safetensors"),
            read_file(data / "io/every_dtype.safetensors"),
            read_file(data / "shards/gpt2/model-00001-of-00004.safetensors")};
}

constexpr const char* index_name = "model.safetensors.index.json";

void run_shards(std::string_view input)
{
    folder().hold(unpack(input));
    for (const auto& file : tfm::open_safetensors_shards(folder().path() / index_name)) touch(file);
}

std::vector<std::string> shards_seeds()
{
    std::vector<std::string> seeds;
    for (const char* const family : {"gpt2", "llama"})
        seeds.push_back(pack(read_files(
            fs::path(TFM_TEST_DATA) / "shards" / family,
            {index_name, "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
             "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors"})));
    return seeds;
}

void run_json(std::string_view input)
{
    auto const document = tfm::parse_json(input, "f.json");
    (void)tfm::describe(document.root());
    for (auto const& [key, value] : document.root().items()) (void)document.root().find(key);
}

std::vector<std::string> json_seeds()
{
    return {R"({"a": [1, -2, 2.5e3, "x\u00e9\ud83d\ude00", null, true, NaN, {"b": {}}]})",
            read_file(fs::path(TFM_TEST_DATA) / "shards/gpt2" / index_name)};
}

} // namespace

std::span<const Target> io_targets()
{
    static const std::array targets{Target{"safetensors", run_safetensors, safetensors_seeds},
                                    Target{"shards", run_shards, shards_seeds},
                                    Target{"json", run_json, json_seeds}};
    return targets;
}

} // namespace tfm_fuzz
