#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <tfm/io/mapped_file.hpp>

#include "scratch_folder.hpp"

#if defined(__unix__)
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace {

using tfm::MappedFile;
using tfm_test::error_of;
using tfm_test::ScratchFolder;
using tfm_test::text_of;

TEST(MappedFile, GivesTheBytesOfTheFile)
{
    ScratchFolder const folder;
    auto const path = folder.write("data", std::string_view("ab\0cd", 5));
    auto const file = MappedFile::open(path);
    EXPECT_EQ(text_of(file.bytes()), std::string_view("ab\0cd", 5));
    EXPECT_EQ(file.size(), 5U);
    EXPECT_EQ(file.path(), path);
}

TEST(MappedFile, ReadGivesTheSameBytesInAlignedMemory)
{
    ScratchFolder const folder;
    auto const path = folder.write("data", std::string(100'000, 'x') + "end");
    auto const copy = MappedFile::read(path);
    EXPECT_FALSE(copy.is_mapped());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(copy.bytes().data()) % 64, 0U);
    EXPECT_EQ(text_of(copy.bytes()), text_of(MappedFile::open(path).bytes()));
    copy.release(0, copy.size());
    EXPECT_EQ(text_of(copy.bytes().subspan(100'000)), "end");
}

TEST(MappedFile, MovingKeepsTheAddress)
{
    ScratchFolder const folder;
    auto first = MappedFile::open(folder.write("a", "first"));
    auto second = MappedFile::open(folder.write("b", "second"));
    const auto* const address = first.bytes().data();
    second = std::move(first);
    EXPECT_EQ(second.bytes().data(), address);
    MappedFile const third(std::move(second));
    EXPECT_EQ(third.bytes().data(), address);
    EXPECT_EQ(text_of(third.bytes()), "first");
    EXPECT_TRUE(second.bytes().empty()); // NOLINT(bugprone-use-after-move): the promise is tested
}

TEST(MappedFile, RefusesWhatIsNoFileWithTheReason)
{
    ScratchFolder const folder;
    auto const missing = (folder / "missing").string();
    EXPECT_EQ(error_of([&] { MappedFile::open(missing); }),
              missing + ": cannot be opened (No such file or directory)");
    EXPECT_EQ(error_of([&] { MappedFile::open(folder.path()); }),
              folder.path().string() + ": expected a file, found a directory");
    auto const empty = folder.write("empty", "");
    EXPECT_EQ(error_of([&] { MappedFile::open(empty); }),
              empty.string() + ": expected data, found an empty file");
    auto const below = empty / "below";
    EXPECT_EQ(error_of([&] { MappedFile::open(below); }),
              below.string() + ": cannot be opened (Not a directory)");
    for (auto const& path : {std::filesystem::path(missing), folder.path(), empty, below})
        EXPECT_EQ(error_of([&] { MappedFile::open(path); }),
                  error_of([&] { MappedFile::read(path); }));
}

#if defined(__unix__)
TEST(MappedFile, IsCopiedWhereTheEnvironmentSaysSoAndThenMayShrink)
{
    ScratchFolder const folder;
    std::string const text(100'000, 'x');
    auto const path = folder.write("file", text);
    for (const char* const value : {"", "0"}) {
        ::setenv("TFM_NO_MMAP", value, 1);
        EXPECT_TRUE(MappedFile::open(path).is_mapped()) << value;
    }
    ::setenv("TFM_NO_MMAP", "1", 1);
    MappedFile const file = MappedFile::open(path);
    ::unsetenv("TFM_NO_MMAP");
    EXPECT_FALSE(file.is_mapped());
    std::filesystem::resize_file(path, 0);
    EXPECT_EQ(text_of(file.bytes()), text);
}

TEST(MappedFile, RefusesPipesWithoutWaitingForThem)
{
    ScratchFolder const folder;
    auto const pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(error_of([&] { MappedFile::open(pipe); }),
              pipe.string() + ": expected a regular file, found a device, pipe or socket");
}

TEST(MappedFile, NamesMissingPermission)
{
    if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
    ScratchFolder const folder;
    auto const path = folder.write("secret", "x");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    EXPECT_EQ(error_of([&] { MappedFile::open(path); }),
              path.string() + ": cannot be opened (Permission denied)");
}
#endif

#if defined(__linux__)
/// KiB of the mapping that begins at `address` that are in physical memory.
std::size_t resident_kib(const void* address)
{
    char prefix[32];
    std::snprintf(prefix, sizeof prefix, "%08zx-", reinterpret_cast<std::uintptr_t>(address));
    std::ifstream maps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        if (line.find("-") < line.find(":")) inside = line.starts_with(prefix);
        if (inside && line.starts_with("Rss:")) return std::stoul(line.substr(4));
    }
    return 0;
}

TEST(MappedFile, ReleaseGivesPagesBackAndTheyCanBeReadAgain)
{
    ScratchFolder const folder;
    constexpr std::size_t size = 4U << 20U;
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + (i >> 12U));
    auto const file = MappedFile::open(folder.write("big", content));
    file.expect_sequential_access();
    file.prefetch(0, size);
    ASSERT_EQ(text_of(file.bytes()), content);
    EXPECT_EQ(resident_kib(file.bytes().data()), size / 1024);

    // From within the first page to within the last: at most those two stay (none where the system
    // mapped the file in huge pages, which it gives up as a whole).
    file.release(1, size - 2);
    std::size_t const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    EXPECT_LE(resident_kib(file.bytes().data()), 2 * page / 1024);
    EXPECT_EQ(text_of(file.bytes()), content);

    file.release(0, size);
    EXPECT_EQ(resident_kib(file.bytes().data()), 0U);
    EXPECT_EQ(text_of(file.bytes()), content);
}

TEST(MappedFile, HintsBeyondTheEndAreCut)
{
    ScratchFolder const folder;
    auto const file = MappedFile::open(folder.write("small", "tiny"));
    constexpr std::size_t huge = SIZE_MAX;
    file.release(huge, huge);
    file.release(1, huge);
    file.release(0, huge);
    file.prefetch(huge, 1);
    file.prefetch(2, huge);
    file.prefetch(0, 0);
    EXPECT_EQ(text_of(file.bytes()), "tiny");
}
#endif

} // namespace
