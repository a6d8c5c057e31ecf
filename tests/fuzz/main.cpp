/// \file
/// One target, chosen by the variable TFM_FUZZ of the environment. With TFM_FUZZ_SEEDS, a folder,
/// writes its seeds there and ends.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <tfm/config.hpp>

#include "mutator.hpp"
#include "target.hpp"

namespace {

using tfm_fuzz::Target;

const Target* chosen = nullptr;

const Target* find(std::string_view name)
{
    for (auto const targets :
         {tfm_fuzz::io_targets(), tfm_fuzz::tokenizer_targets(), tfm_fuzz::model_targets()})
        for (const Target& target : targets) {
            if (name == "list") std::puts(std::string(target.name).c_str());
            if (target.name == name) return &target;
        }
    return nullptr;
}

void write_seeds(const std::filesystem::path& folder)
{
    std::size_t number = 0;
    for (const std::string& seed : chosen->seeds())
        std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    const char* const name = std::getenv("TFM_FUZZ");
    chosen = find(name == nullptr ? "" : name);
    if (chosen == nullptr) std::exit(name == nullptr || std::string_view(name) != "list" ? 2 : 0);
    if (const char* const seeds = std::getenv("TFM_FUZZ_SEEDS")) {
        write_seeds(seeds);
        std::exit(0);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        chosen->run({reinterpret_cast<const char*>(data), size});
    } catch (const tfm::Error& error) {
        // One line, that says something.
        std::string_view const text = error.what();
        if (text.empty() || text.find('\n') != std::string_view::npos) std::abort();
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int seed)
{
    return tfm_fuzz::mutate(data, size, most, seed, LLVMFuzzerMutate);
}
