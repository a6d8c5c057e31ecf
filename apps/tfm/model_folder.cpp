#include "model_folder.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <system_error>

#include <tfm/config.hpp>

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

void require_folder(const fs::path& folder, const std::string& origin)
{
    tfm::require(is_folder(folder), [&] {
        return origin + ": expected a model's folder, found " +
               (is_there(folder) ? "something else" : "nothing") + " at " + folder.string();
    });
}

namespace {

/// The folder given, or else that of the environment.
std::optional<fs::path> named_folder(const std::optional<std::string>& given)
{
    if (given) {
        require_folder(*given, "--model");
        return *given;
    }
    const char* const variable = std::getenv("TFM_MODEL");
    if (variable == nullptr || *variable == '\0') return std::nullopt;
    require_folder(variable, "TFM_MODEL");
    return variable;
}

} // namespace

fs::path find_model_folder(const std::optional<std::string>& given)
{
    if (auto const folder = named_folder(given)) return *folder;
    auto const candidates = shipped_model_folders();
    for (const fs::path& folder : candidates) {
        if (is_folder(folder)) return folder;
    }
    tfm::fail("the shipped model is missing: expected it at " + candidates.front().string() +
              "; name a folder with --model or in TFM_MODEL");
}

fs::path require_model_folder(const std::optional<std::string>& given, const std::string& what)
{
    if (auto const folder = named_folder(given)) return *folder;
    tfm::fail("expected " + what + " in --model or TFM_MODEL, found neither; none is shipped");
}

} // namespace tfm_program
