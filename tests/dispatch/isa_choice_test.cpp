/// \file
/// Which instruction set is chosen on CPUs and systems that lack something, and what is said of it.
/// The features of real CPUs are those of their /proc/cpuinfo.

#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <tfm/dispatch.hpp>

namespace {

using tfm::CpuFeatures;

constexpr CpuFeatures haswell{"sse2",   "pni",     "ssse3", "cx16", "sse4_1", "sse4_2",
                              "popcnt", "lahf_lm", "avx",   "avx2", "bmi1",   "bmi2",
                              "f16c",   "fma",     "abm",   "movbe"};
constexpr CpuFeatures skylake_server =
    haswell + CpuFeatures{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
constexpr CpuFeatures cascade_lake = skylake_server + CpuFeatures{"avx512_vnni"};
constexpr CpuFeatures cooper_lake = cascade_lake + CpuFeatures{"avx512_bf16"};
constexpr CpuFeatures zen4 =
    cooper_lake + CpuFeatures{"gfni",         "avx512ifma",    "avx512vbmi",
                              "avx512_vbmi2", "avx512_bitalg", "avx512_vpopcntdq"};
constexpr CpuFeatures sapphire_rapids =
    zen4 + CpuFeatures{"avx_vnni", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16"};

// Any address will do for a table.
constexpr int table = 0;
constexpr std::array candidates{
    tfm::IsaCandidate{"x86-64", &table}, tfm::IsaCandidate{"x86-64-v3", &table},
    tfm::IsaCandidate{"x86-64-v4", &table}, tfm::IsaCandidate{"sapphirerapids", &table}};

bool yes() { return true; }
bool no() { return false; }
bool must_not_be_asked()
{
    ADD_FAILURE() << "AMX was asked for where something else is missing";
    return true;
}

tfm::IsaChoice choose(CpuFeatures cpu, bool (*amx)() = yes, std::string_view cap = "")
{
    return tfm::choose_isa(candidates, cpu, cap, amx);
}

TEST(IsaChoice, TakesTheBestThatTheCpuRuns)
{
    EXPECT_EQ(choose({"sse2"}).level, "x86-64");
    EXPECT_EQ(choose(haswell).level, "x86-64-v3");
    EXPECT_EQ(choose(skylake_server).level, "x86-64-v4");
    EXPECT_EQ(choose(sapphire_rapids).level, "sapphirerapids");
    EXPECT_EQ(choose(sapphire_rapids).why_not_more, "");
}

TEST(IsaChoice, OneFeatureLessIsOneLevelLess)
{
    EXPECT_EQ(choose(haswell - CpuFeatures{"avx2"}).level, "x86-64");
    EXPECT_EQ(choose(haswell - CpuFeatures{"fma"}).level, "x86-64");
    EXPECT_EQ(choose(skylake_server - CpuFeatures{"avx512vl"}).level, "x86-64-v3");
    for (std::string_view const name :
         {"avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16"}) {
        auto const choice = choose(sapphire_rapids - CpuFeatures{name}, must_not_be_asked);
        EXPECT_EQ(choice.level, "x86-64-v4") << name;
        EXPECT_EQ(choice.why_not_more,
                  "not sapphirerapids: this CPU or system lacks " + std::string(name));
    }
}

TEST(IsaChoice, Avx512WithoutAmxIsNoSapphireRapids)
{
    for (CpuFeatures const cpu : {skylake_server, cascade_lake, cooper_lake, zen4})
        EXPECT_EQ(choose(cpu, must_not_be_asked).level, "x86-64-v4");
}

TEST(IsaChoice, ALevelWithBf16AndWithoutAmx)
{
    constexpr std::array with_bf16{tfm::IsaCandidate{"sapphirerapids", &table},
                                   tfm::IsaCandidate{"x86-64-v4-bf16", &table},
                                   tfm::IsaCandidate{"x86-64-v4", &table}};
    EXPECT_EQ(tfm::choose_isa(with_bf16, cascade_lake, "", yes).level, "x86-64-v4");
    EXPECT_EQ(tfm::choose_isa(with_bf16, cooper_lake, "", yes).level, "x86-64-v4-bf16");
    EXPECT_EQ(tfm::choose_isa(with_bf16, zen4, "", yes).level, "x86-64-v4-bf16");
    EXPECT_EQ(tfm::choose_isa(with_bf16, sapphire_rapids, "", no).level, "x86-64-v4-bf16");
}

TEST(IsaChoice, ASystemThatRefusesAmx)
{
    auto const choice = choose(sapphire_rapids, no);
    EXPECT_EQ(choice.level, "x86-64-v4");
    EXPECT_EQ(choice.why_not_more, "not sapphirerapids: the system does not permit AMX");
}

TEST(IsaChoice, TheCapIsObeyedAndNamed)
{
    auto const choice = choose(sapphire_rapids, must_not_be_asked, "x86-64-v3");
    EXPECT_EQ(choice.level, "x86-64-v3");
    EXPECT_EQ(choice.why_not_more, "not x86-64-v4: TFM_MAX_ISA is x86-64-v3; "
                                   "not sapphirerapids: TFM_MAX_ISA is x86-64-v3");
    EXPECT_EQ(choose(sapphire_rapids, yes, "x86-64-v4-bf16").level, "x86-64-v4");
    EXPECT_EQ(choose(haswell, yes, "sapphirerapids").level, "x86-64-v3");
}

TEST(IsaChoice, EachLevelNamesWhatTheOneBelowDidNot)
{
    EXPECT_EQ(
        choose(haswell - CpuFeatures{"avx2"} + CpuFeatures{"avx512f"}).why_not_more,
        "not x86-64-v3: this CPU or system lacks avx2; "
        "not x86-64-v4: this CPU or system lacks avx512dq, avx512cd, avx512bw, avx512vl; "
        "not sapphirerapids: this CPU or system lacks avx_vnni, gfni, avx512ifma, avx512vbmi, "
        "avx512_vbmi2, avx512_vnni, avx512_bitalg, avx512_vpopcntdq, avx512_bf16, "
        "avx512_fp16, amx_bf16, amx_tile, amx_int8");
}

std::string error_of(CpuFeatures cpu, std::string_view cap)
{
    constexpr std::array only_v3{tfm::IsaCandidate{"x86-64-v3", &table}};
    try {
        tfm::choose_isa(only_v3, cpu, cap, yes);
    } catch (const tfm::Error& error) {
        return error.what();
    }
    return "";
}

TEST(IsaChoice, NothingLeftToChoose)
{
    EXPECT_EQ(error_of(haswell - CpuFeatures{"f16c"}, ""),
              "tfm: this program has no code for this CPU: "
              "not x86-64-v3: this CPU or system lacks f16c");
    EXPECT_EQ(error_of(haswell, "x86-64"), "tfm: this program has no code for this CPU: "
                                           "not x86-64-v3: TFM_MAX_ISA is x86-64");
}

TEST(IsaChoice, ACapThatIsNoLevel)
{
    EXPECT_EQ(error_of(haswell, "avx2"),
              "TFM_MAX_ISA: expected one of baseline x86-64 x86-64-v2 x86-64-v3 x86-64-v4 "
              "x86-64-v4-bf16 sapphirerapids; found 'avx2'");
}

// A CPU that answers every question with all bits.
tfm::CpuidRegisters all_bits(std::uint32_t, std::uint32_t)
{
    return {0xFFFF'FFFF, 0xFFFF'FFFF, 0xFFFF'FFFF, 0xFFFF'FFFF};
}

TEST(CpuFeatures, NeedTheSystemToSaveTheirRegisters)
{
    auto const level = [](std::uint64_t xcr0) {
        return choose(CpuFeatures::decode(all_bits, xcr0)).level;
    };
    EXPECT_EQ(level(0x0), "x86-64");
    EXPECT_EQ(level(0x3), "x86-64");     // XMM alone
    EXPECT_EQ(level(0x7), "x86-64-v3");  // and YMM
    EXPECT_EQ(level(0x67), "x86-64-v3"); // masks, but only half of ZMM
    EXPECT_EQ(level(0xE7), "x86-64-v4");
    EXPECT_EQ(level(0x200E7), "x86-64-v4"); // tile configuration, no tiles
    EXPECT_EQ(level(0x600E7), "sapphirerapids");
}

TEST(CpuFeatures, AnUnknownNameIsAnError)
{
    EXPECT_THROW(static_cast<void>(CpuFeatures{}.has("avx513")), tfm::Error);
}

#if TFM_HAS_CPUID
TEST(CpuFeatures, AreThoseThatLinuxReports)
{
    std::ifstream file("/proc/cpuinfo");
    std::set<std::string> reported;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("flags")) continue;
        std::istringstream words(line.substr(line.find(':') + 1));
        for (std::string word; words >> word;) reported.insert(word);
        break;
    }
    if (reported.empty()) GTEST_SKIP() << "/proc/cpuinfo has no flags";
    // A virtual machine's Linux may pass over what its CPUID, which cannot always be trapped, has.
    bool const may_hide = reported.contains("hypervisor");
    CpuFeatures const found = tfm::cpu_features();
    for (const tfm::CpuFeatureBit& feature : tfm::dispatch_detail::cpu_feature_bits) {
        bool const is_reported = reported.contains(std::string(feature.name));
        if (is_reported || !may_hide) {
            EXPECT_EQ(found.has(feature.name), is_reported) << feature.name;
        }
    }
}

TEST(CpuFeatures, AreDescribed)
{
    std::string const level = tfm::describe_cpu().substr(0, tfm::describe_cpu().find(';'));
    EXPECT_NE(std::ranges::find(tfm::isa_levels, level, &tfm::IsaLevel::name),
              tfm::isa_levels.end());
    EXPECT_TRUE(level != "baseline");
}
#endif

} // namespace
