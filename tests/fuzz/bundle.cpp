#include "bundle.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>

namespace tfm_fuzz {

namespace {

constexpr std::string_view mark = "\n%%% ";

} // namespace

Bundle unpack(std::string_view input)
{
    Bundle files;
    std::size_t at = input.find(mark);
    while (at != std::string_view::npos) {
        std::size_t const name = at + mark.size();
        std::size_t const line = std::min(input.find('\n', name), input.size());
        at = input.find(mark, line == input.size() ? line : line + 1);
        std::string_view const bytes =
            line == input.size() ? std::string_view() : input.substr(line + 1, at - line - 1);
        files.emplace_back(input.substr(name, line - name), bytes);
    }
    return files;
}

std::string pack(const Bundle& files)
{
    std::string input;
    for (const auto& [name, bytes] : files) {
        input += mark;
        input += name + "\n" + bytes;
    }
    return input;
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

Bundle read_files(const std::filesystem::path& folder, const std::vector<std::string>& names)
{
    Bundle files;
    for (const std::string& name : names)
        if (std::filesystem::exists(folder / name))
            files.emplace_back(name, read_file(folder / name));
    return files;
}

Folder::Folder()
    : path_(std::filesystem::temp_directory_path() /
            ("tfm-fuzz-" + std::to_string(std::random_device()())))
{
    std::filesystem::create_directory(path_);
}

Folder::~Folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void Folder::hold(const Bundle& files)
{
    for (const auto& entry : std::filesystem::directory_iterator(path_))
        std::filesystem::remove_all(entry);
    for (const auto& [name, bytes] : files) {
        bool const is_plain = !name.empty() && name.size() < 100 && name[0] != '.' &&
                              name.find_first_of(std::string_view("/\0", 2)) == name.npos;
        if (is_plain) std::ofstream(path_ / name, std::ios::binary) << bytes;
    }
}

Folder& folder()
{
    static Folder folder;
    return folder;
}

} // namespace tfm_fuzz
