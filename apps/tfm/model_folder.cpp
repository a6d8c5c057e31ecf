#include "model_folder.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <system_error>

#include <tfm/config.hpp>
#include <tfm/models/packed_file_name.hpp>

namespace tfm_program {

namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error);
}

bool is_there(const fs::path& path)
{
    std::error_code error;
    return fs::exists(path, error);
}

/// The source tree that the program was built from; or, where that has moved, the tree or the
/// installation around the program.
std::array<fs::path, 3> shipped_model_folders()
{
    std::error_code error;
    fs::path const program = fs::read_symlink("/proc/self/exe", error).parent_path();
    fs::path const tree = program.parent_path().parent_path().parent_path();
    return {TFM_DEFAULT_MODEL, tree / "examples/models/tales",
            program.parent_path() / "share/tfm/models/tales"};
}

} // namespace

fs::path weights_file(const fs::path& folder)
{
    fs::path const packed = folder / tfm::packed_file_name;
    fs::path const plain = folder / "model.safetensors";
    return is_there(packed) && !is_there(plain) ? packed : plain;
}

void require_folder(const fs::path& folder, const std::string& origin)
{
    tfm::require(is_folder(folder), [&] {
        return origin + ": expected a model's folder, found " +
               (is_there(folder) ? "something else" : "nothing") + " at " + folder.string();
    });
}

fs::path find_model_folder(const std::optional<std::string>& given)
{
    if (given) {
        require_folder(*given, "--model");
        return *given;
    }
    const char* const variable = std::getenv("TFM_MODEL");
    if (variable != nullptr && *variable != '\0') {
        require_folder(variable, "TFM_MODEL");
        return variable;
    }
    auto const candidates = shipped_model_folders();
    for (const fs::path& folder : candidates) {
        if (is_folder(folder)) return folder;
    }
    tfm::fail("the shipped model is missing: expected it at " + candidates.front().string() +
              "; name a folder with --model or in TFM_MODEL");
}

} // namespace tfm_program
