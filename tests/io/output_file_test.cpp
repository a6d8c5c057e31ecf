#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <tfm/io/output_file.hpp>

#include "scratch_folder.hpp"

#if defined(__unix__)
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

using tfm::OutputFile;
using tfm_test::error_of;
using tfm_test::file_text;
using tfm_test::ScratchFolder;

TEST(OutputFile, AppearsOnlyOnCommit)
{
    ScratchFolder const folder;
    auto const path = folder / "out";
    OutputFile file(path);
    file.write("hello ");
    file.write("world");
    EXPECT_FALSE(std::filesystem::exists(path));
    file.commit();
    EXPECT_EQ(file_text(path), "hello world");
    EXPECT_EQ(folder.count(), 1U);
}

TEST(OutputFile, LeavesNothingWithoutCommit)
{
    ScratchFolder const folder;
    auto const path = folder.write("out", "old");
    {
        OutputFile file(path);
        file.write("new");
        EXPECT_EQ(folder.count(), 2U);
    }
    EXPECT_EQ(file_text(path), "old");
    EXPECT_EQ(folder.count(), 1U);
}

TEST(OutputFile, ReplacesTheOldFile)
{
    ScratchFolder const folder;
    auto const path = folder.write("out", "something longer");
    OutputFile file(path, tfm::Durability::synced);
    file.write("new");
    file.commit();
    EXPECT_EQ(file_text(path), "new");
}

TEST(OutputFile, TwoWritersOfOneTargetDoNotMix)
{
    ScratchFolder const folder;
    auto const path = folder / "out";
    OutputFile first(path);
    OutputFile second(path);
    first.write("first");
    second.write("second");
    first.commit();
    EXPECT_EQ(file_text(path), "first");
    second.commit();
    EXPECT_EQ(file_text(path), "second");
    EXPECT_EQ(folder.count(), 1U);
}

TEST(OutputFile, MovesWithItsTemporaryFile)
{
    ScratchFolder const folder;
    OutputFile file(folder / "a");
    file.write("a");
    OutputFile other(folder / "b");
    other.write("b");
    other = std::move(file); // b is given up
    OutputFile last(std::move(other));
    EXPECT_EQ(folder.count(), 1U);
    last.commit();
    EXPECT_EQ(file_text(folder / "a"), "a");
    EXPECT_EQ(folder.count(), 1U);
}

TEST(OutputFile, RefusesUseAfterCommit)
{
    ScratchFolder const folder;
    OutputFile file(folder / "out");
    file.commit();
    auto const expected = (folder / "out").string() + ": was already completed";
    EXPECT_EQ(error_of([&] { file.write("x"); }), expected);
    EXPECT_EQ(error_of([&] { file.commit(); }), expected);
    EXPECT_EQ(file_text(folder / "out"), "");
}

TEST(OutputFile, RefusesTargetsThatCannotBeWritten)
{
    ScratchFolder const folder;
    auto const no_folder = folder / "missing" / "out";
    EXPECT_EQ(error_of([&] { OutputFile{no_folder}; }),
              no_folder.string() + ": cannot be written (No such file or directory)");
    EXPECT_EQ(error_of([&] { OutputFile{folder.path()}; }),
              folder.path().string() + ": cannot be written: it is a directory");
    EXPECT_EQ(folder.count(), 0U);
}

#if defined(__unix__)
TEST(OutputFile, DoesNotReplaceDevicesOrPipes)
{
    EXPECT_EQ(error_of([] { OutputFile{"/dev/null"}; }),
              "/dev/null: cannot be written: it is not a regular file");
    ScratchFolder const folder;
    auto const pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(error_of([&] { OutputFile{pipe}; }),
              pipe.string() + ": cannot be written: it is not a regular file");
}

TEST(OutputFile, WritesThroughALinkToAFile)
{
    ScratchFolder const folder;
    auto const real = folder.write("real", "old");
    std::filesystem::create_symlink(real, folder / "link");
    OutputFile file(folder / "link");
    file.write("new");
    file.commit();
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(file_text(real), "new");
}

TEST(OutputFile, RemovesWhatAKilledProcessLeft)
{
    ScratchFolder const folder;
    auto const path = folder / "out";
    pid_t const child = ::fork();
    if (child == 0) {
        OutputFile file(path);
        file.write("half of");
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(folder.count(), 1U) << "what the child left";
    // Names that begin alike are other files', and what is no file is nobody's.
    folder.write("out2.tmp-1-2-3", "x");
    folder.write("out.tmp", "x");
    std::filesystem::create_directory(folder / "out.tmp-1-2-3");
    OutputFile file(path);
    OutputFile other(path); // leaves the first one's, which is being written
    EXPECT_EQ(folder.count(), 5U);
    file.write("whole");
    file.commit();
    EXPECT_EQ(file_text(path), "whole");
}

TEST(OutputFile, NamesMissingPermission)
{
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    ScratchFolder const folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read |
                                                    std::filesystem::perms::owner_exec);
    auto const path = folder / "out";
    EXPECT_EQ(error_of([&] { OutputFile{path}; }),
              path.string() + ": cannot be written (Permission denied)");
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

/// Files cannot grow beyond `bytes` in this scope: writing fails as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &saved_);
        rlimit const limit{bytes, saved_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &saved_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    void (*handler_)(int);
    rlimit saved_{};
};

TEST(OutputFile, AFullDiskIsReportedAndLeavesTheOldFile)
{
    ScratchFolder const folder;
    auto const path = folder.write("out", "old");
    auto const expected = path.string() + ": cannot be written (File too large)";
    {
        FileSizeLimit const limit(10'000);
        OutputFile large(path);
        EXPECT_EQ(error_of([&] { large.write(std::string(1'000'000, 'x')); }), expected);
        EXPECT_EQ(folder.count(), 1U) << "the temporary file goes at once";
    }
    {
        // So little that it waits in the buffer until the commit.
        FileSizeLimit const limit(10);
        OutputFile small(path);
        small.write(std::string(100, 'x'));
        EXPECT_EQ(error_of([&] { small.commit(); }), expected);
    }
    EXPECT_EQ(file_text(path), "old");
    EXPECT_EQ(folder.count(), 1U);
}
#endif

} // namespace
