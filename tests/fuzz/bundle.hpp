#pragma once

/// \file
/// Several files as one input of a fuzzer: each begins with a line of its name. Lines and names are
/// text, so that a fuzzer's changes keep them as a rule.

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tfm_fuzz {

/// A file: its name and its bytes.
using File = std::pair<std::string, std::string>;
/// Some files.
using Bundle = std::vector<File>;

/// The files of an input. What comes before the first name is dropped.
Bundle unpack(std::string_view input);

/// The input for some files.
std::string pack(const Bundle& files);

/// The files of a folder with these names, as far as it has them.
Bundle read_files(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// All of a file.
std::string read_file(const std::filesystem::path& path);

/// A folder of this process's own that holds the files of one input at a time.
class Folder {
public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();

    /// Holds these files and no others. Names that lead out of the folder are left out.
    void hold(const Bundle& files);

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// The one that all targets use.
Folder& folder();

} // namespace tfm_fuzz
