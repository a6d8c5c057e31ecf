/// \file
/// The default number of threads: cgroup files in made-up folders, and which limit decides.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include <tfm/threads/limits.hpp>

namespace {

using namespace tfm;
namespace fs = std::filesystem;

/// A folder that stands for /, with what Linux shows a process of its cgroups.
class System {
public:
    System() : root_(fs::temp_directory_path() / ("tfm_limits_" + unique_name()))
    {
        fs::create_directories(root_);
    }
    ~System() { fs::remove_all(root_); }
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    System& file(const std::string& path, const std::string& text)
    {
        fs::path const full = root_.string() + path;
        fs::create_directories(full.parent_path());
        std::ofstream(full) << text;
        return *this;
    }
    System& cgroup(const std::string& text) { return file("/proc/self/cgroup", text); }
    System& mounts(const std::string& text) { return file("/proc/self/mountinfo", text); }

    std::size_t quota() const { return detail::cgroup_cpu_quota(root_.string()); }

private:
    static std::string unique_name()
    {
        auto const* const test = testing::UnitTest::GetInstance()->current_test_info();
        static int count = 0;
        return std::string(test->name()) + std::to_string(++count) + "_" +
               std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
               std::to_string(reinterpret_cast<std::uintptr_t>(&count) % 1000003);
    }

    fs::path root_;
};

const std::string v2_mount =
    "24 1 0:22 / /proc rw,nosuid - proc proc rw\n"
    "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string v1_mounts =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";

TEST(CgroupV2, QuotaIsRoundedUp)
{
    for (auto const& [text, cpus] : {std::pair{"100000 100000\n", 1U},
                                     {"150000 100000\n", 2U},
                                     {"200000 100000\n", 2U},
                                     {"200001 100000\n", 3U},
                                     {"1000 100000\n", 1U},
                                     {"6400000 100000\n", 64U},
                                     {"max 100000\n", 0U}}) {
        System system;
        system.mounts(v2_mount).cgroup("0::/job\n").file("/sys/fs/cgroup/job/cpu.max", text);
        EXPECT_EQ(system.quota(), cpus) << text;
    }
}

TEST(CgroupV2, LeastOfAllAboveCounts)
{
    System system;
    system.mounts(v2_mount)
        .cgroup("0::/a/b/c\n")
        .file("/sys/fs/cgroup/a/cpu.max", "300000 100000\n")
        .file("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
        .file("/sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n")
        .file("/sys/fs/cgroup/a/other/cpu.max", "100000 100000\n");
    EXPECT_EQ(system.quota(), 3U) << "a parent's is smaller";
    system.file("/sys/fs/cgroup/a/b/cpu.max", "50000 25000\n");
    EXPECT_EQ(system.quota(), 2U);
    system.file("/sys/fs/cgroup/a/b/c/cpu.max", "10000 100000\n");
    EXPECT_EQ(system.quota(), 1U) << "its own is smallest";
}

TEST(CgroupV2, ContainerSeesItsOwnAsTheRoot)
{
    System in_namespace; // docker run --cpus 2, with a namespace of its own
    in_namespace.mounts(v2_mount).cgroup("0::/\n").file("/sys/fs/cgroup/cpu.max",
                                                        "200000 100000\n");
    EXPECT_EQ(in_namespace.quota(), 2U);

    System elsewhere; // entered from outside: the path leads out of what is mounted
    elsewhere.mounts(v2_mount)
        .cgroup("0::/../../init.scope\n")
        .file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    EXPECT_EQ(elsewhere.quota(), 2U);
}

TEST(CgroupV1, QuotaOfTheCpuController)
{
    System system;
    system.mounts(v1_mounts)
        .cgroup("5:memory:/job\n4:cpu,cpuacct:/job/step\n1:name=systemd:/init\n0::/\n")
        .file("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "-1\n")
        .file("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(system.quota(), 0U) << "-1 is none";
    system.file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n")
        .file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(system.quota(), 3U) << "a parent's";
    system.file("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "75000\n");
    EXPECT_EQ(system.quota(), 1U);
}

TEST(CgroupV1, ContainerMountsItsOwn)
{
    System system; // without a namespace, the path is the host's and the mount shows its end
    system.mounts("32 31 0:29 /docker/0123 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpuacct,cpu\n")
        .cgroup("4:cpuacct,cpu:/docker/0123\n")
        .file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n")
        .file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(system.quota(), 4U);
}

TEST(Cgroup, BothVersionsAtOnce)
{
    System system; // version 2 without the cpu controller beside version 1, as systemd's "hybrid"
    system.mounts(v1_mounts + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n")
        .cgroup("1:cpu,cpuacct:/\n0::/job\n")
        .file("/sys/fs/cgroup/unified/job/cgroup.procs", "1\n")
        .file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n")
        .file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(system.quota(), 1U);
}

TEST(Cgroup, NonsenseSetsNoQuota)
{
    System nothing;
    EXPECT_EQ(nothing.quota(), 0U) << "no /proc";
    for (const char* const text :
         {"", "\n", "max", "100000", "100000 \n", "-5 100000\n", "0 100000\n", "100000 0\n",
          "1e5 100000\n", "0x10 16\n", "100000 100000 1\n", "99999999999999999999 100000\n"}) {
        System system;
        system.mounts(v2_mount).cgroup("0::/job\n").file("/sys/fs/cgroup/job/cpu.max", text);
        EXPECT_EQ(system.quota(), 0U) << text;
    }
    for (const char* const text : {"", "0::", "0", ":::", "x:y\n\n\n", "0:/job\n", "0::job\n"}) {
        System system;
        system.mounts(v2_mount).cgroup(text).file("/sys/fs/cgroup/job/cpu.max", "100000 100000\n");
        EXPECT_EQ(system.quota(), 0U) << text;
    }
    for (const char* const text :
         {"", " - ", "1 2 3 - cgroup2\n", "- cgroup2 cgroup2 rw", "a b - c"}) {
        System system;
        system.mounts(text).cgroup("0::/job\n").file("/sys/fs/cgroup/job/cpu.max", "1 1\n");
        EXPECT_EQ(system.quota(), 0U) << text;
    }
}

TEST(ThreadLimits, LeastDecides)
{
    EXPECT_EQ((ThreadLimits{8, 4, 0}.threads()), 4U);
    EXPECT_EQ((ThreadLimits{3, 4, 0}.threads()), 3U);
    EXPECT_EQ((ThreadLimits{8, 4, 2}.threads()), 2U);
    EXPECT_EQ((ThreadLimits{8, 4, 6}.threads()), 4U);
    EXPECT_EQ((ThreadLimits{1, 4, 6}.threads()), 1U);
#if TFM_HAS_OPENMP
    EXPECT_EQ((ThreadLimits{8, 4, 0}.decided_by()), "CPU affinity");
    EXPECT_EQ((ThreadLimits{4, 4, 4}.decided_by()), "CPU affinity");
    EXPECT_EQ((ThreadLimits{3, 4, 3}.decided_by()), "OpenMP's setting");
    EXPECT_EQ((ThreadLimits{4, 4, 3}.decided_by()), "cgroup's CPU quota");
#else
    EXPECT_EQ((ThreadLimits{1, 1, 0}.decided_by()), "no OpenMP in this build");
#endif
}

TEST(ThreadLimits, DecideTheDefault)
{
    ThreadLimits const limits = thread_limits();
    EXPECT_GE(limits.threads(), 1U);
    EXPECT_EQ(default_threads(), limits.threads());
    EXPECT_LE(default_threads(), limits.openmp);
    EXPECT_LE(default_threads(), limits.affinity);
}

} // namespace
