#pragma once

/// \file
/// The CPU time that a container may use: Linux's cgroup quota, version 1 and 2.

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// CPUs' worth of time, rounded up; of a process without a quota.
inline constexpr std::size_t no_quota = 0;

/// What a small file of the system says, or nothing where it cannot be read.
inline std::string read_system_file(const std::string& path)
{
    std::string text;
    if (std::FILE* const file = std::fopen(path.c_str(), "rb"); file != nullptr) {
        std::array<char, 4096> part{};
        while (std::size_t const count = std::fread(part.data(), 1, part.size(), file))
            text.append(part.data(), count);
        std::fclose(file);
    }
    return text;
}

/// The parts of a text between separators.
inline std::vector<std::string_view> split_at(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        std::size_t const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Whether one of the comma-separated words is `word`.
inline bool lists(std::string_view words, std::string_view word)
{
    for (std::string_view const found : split_at(words, ',')) {
        if (found == word) return true;
    }
    return false;
}

/// A quota of microseconds in each period of microseconds; `no_quota` for `max`, -1 and nonsense.
inline std::size_t cpus_of_quota(std::string_view quota, std::string_view period)
{
    auto const number = [](std::string_view text) -> unsigned long long {
        while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
        constexpr std::size_t most_digits = 18;
        if (text.empty() || text.size() > most_digits) return 0;
        unsigned long long value = 0;
        for (char const c : text) {
            if (c < '0' || c > '9') return 0;
            value = 10 * value + static_cast<unsigned long long>(c - '0');
        }
        return value;
    };
    unsigned long long const time = number(quota);
    unsigned long long const each = number(period);
    return time == 0 || each == 0 ? no_quota : static_cast<std::size_t>((time - 1) / each + 1);
}

/// The smaller of two quotas.
constexpr std::size_t smaller_quota(std::size_t a, std::size_t b) noexcept
{
    if (a == no_quota || b == no_quota) return a == no_quota ? b : a;
    return a < b ? a : b;
}

/// The quota of one cgroup, by its folder, in either version's files.
inline std::size_t quota_of_folder(const std::string& folder, bool is_v2)
{
    if (!is_v2)
        return cpus_of_quota(read_system_file(folder + "/cpu.cfs_quota_us"),
                             read_system_file(folder + "/cpu.cfs_period_us"));
    std::string const text = read_system_file(folder + "/cpu.max"); // "QUOTA PERIOD"
    auto const words = split_at(text, ' ');
    return words.size() == 2 ? cpus_of_quota(words[0], words[1]) : no_quota;
}

/// Where a hierarchy of cgroups that knows of CPU quotas is mounted.
struct CgroupMount {
    std::string_view root;  ///< the cgroup that the folder shows
    std::string_view point; ///< the folder
    bool is_v2;
};

/// Those of /proc/self/mountinfo: ID PARENT DEVICE ROOT POINT OPTIONS... - TYPE SOURCE OPTIONS.
inline std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo)
{
    std::vector<CgroupMount> mounts;
    for (std::string_view const line : split_at(mountinfo, '\n')) {
        std::size_t const dash = line.find(" - ");
        if (dash == std::string_view::npos) continue;
        auto const place = split_at(line.substr(0, dash), ' ');
        auto const system = split_at(line.substr(dash + 3), ' ');
        if (place.size() < 5 || system.size() < 3) continue;
        bool const is_v2 = system[0] == "cgroup2";
        if (is_v2 || (system[0] == "cgroup" && lists(system[2], "cpu")))
            mounts.push_back({place[3], place[4], is_v2});
    }
    return mounts;
}

/// The process's cgroup in that hierarchy by /proc/self/cgroup, lines of ID:CONTROLLERS:PATH, or
/// nothing.
inline std::string_view cgroup_path(std::string_view cgroups, bool is_v2)
{
    for (std::string_view const line : split_at(cgroups, '\n')) {
        auto const parts = split_at(line, ':');
        if (parts.size() < 3) continue;
        if (is_v2 ? parts[0] == "0" && parts[1].empty() : lists(parts[1], "cpu"))
            return line.substr(parts[0].size() + parts[1].size() + 2);
    }
    return {};
}

/// The least quota of the process's cgroup and of those above it, in CPUs, rounded up, or
/// `no_quota`. What cannot be read or understood sets none.
/// \param system_root stands before the path of every file: empty but in tests.
inline std::size_t cgroup_cpu_quota(const std::string& system_root = {})
{
    std::string const mountinfo = read_system_file(system_root + "/proc/self/mountinfo");
    std::string const cgroups = read_system_file(system_root + "/proc/self/cgroup");
    std::size_t least = no_quota;
    for (const CgroupMount& mount : cgroup_mounts(mountinfo)) {
        std::string_view path = cgroup_path(cgroups, mount.is_v2);
        // Inside a container the mount may show the process's own cgroup by another path.
        if (mount.root.size() > 1)
            path = path.starts_with(mount.root) ? path.substr(mount.root.size()) : "";
        if (path.find("..") != std::string_view::npos) path = {};
        while (path.ends_with('/')) path.remove_suffix(1);
        std::string const top = system_root + std::string(mount.point);
        for (;;) {
            least = smaller_quota(least, quota_of_folder(top + std::string(path), mount.is_v2));
            if (path.empty()) break;
            std::size_t const slash = path.rfind('/');
            path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
        }
    }
    return least;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
