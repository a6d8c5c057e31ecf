#pragma once

/// \file
/// What the CPU of this process can do and the operating system lets it: CPUID and XGETBV, decoded
/// by a table. Elsewhere than on x86 the set is empty.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../simd/isa.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define TFM_HAS_CPUID 1
#include <cpuid.h>
#else
#define TFM_HAS_CPUID 0
#endif

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// What CPUID answers.
struct CpuidRegisters {
    std::uint32_t eax = 0; ///< EAX
    std::uint32_t ebx = 0; ///< EBX
    std::uint32_t ecx = 0; ///< ECX
    std::uint32_t edx = 0; ///< EDX
};

/// One feature, where CPUID tells of it, and which registers the system must save for it.
struct CpuFeatureBit {
    std::string_view name;                ///< as Linux spells it in /proc/cpuinfo
    std::uint32_t leaf;                   ///< of CPUID
    std::uint32_t subleaf;                ///< of the leaf
    std::uint32_t CpuidRegisters::*where; ///< register that has the bit
    int bit;                              ///< its number, 0 the lowest
    std::uint64_t state;                  ///< bits of XCR0
};

namespace dispatch_detail {

inline constexpr std::uint64_t no_state = 0;
inline constexpr std::uint64_t avx_state = 0x6;        ///< XMM, YMM
inline constexpr std::uint64_t avx512_state = 0xE6;    ///< and masks, both parts of ZMM
inline constexpr std::uint64_t amx_state = 0x60000;    ///< tile configuration, tiles
inline constexpr std::uint32_t extended = 0x8000'0001; ///< AMD's leaf

/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID. Features that
/// compilers use on their own, and those that the atoms of tfm use.
inline constexpr std::array cpu_feature_bits{
    CpuFeatureBit{"sse2", 1, 0, &CpuidRegisters::edx, 26, no_state},
    CpuFeatureBit{"pni", 1, 0, &CpuidRegisters::ecx, 0, no_state},
    CpuFeatureBit{"ssse3", 1, 0, &CpuidRegisters::ecx, 9, no_state},
    CpuFeatureBit{"cx16", 1, 0, &CpuidRegisters::ecx, 13, no_state},
    CpuFeatureBit{"sse4_1", 1, 0, &CpuidRegisters::ecx, 19, no_state},
    CpuFeatureBit{"sse4_2", 1, 0, &CpuidRegisters::ecx, 20, no_state},
    CpuFeatureBit{"popcnt", 1, 0, &CpuidRegisters::ecx, 23, no_state},
    CpuFeatureBit{"lahf_lm", extended, 0, &CpuidRegisters::ecx, 0, no_state},
    CpuFeatureBit{"abm", extended, 0, &CpuidRegisters::ecx, 5, no_state},
    CpuFeatureBit{"movbe", 1, 0, &CpuidRegisters::ecx, 22, no_state},
    CpuFeatureBit{"bmi1", 7, 0, &CpuidRegisters::ebx, 3, no_state},
    CpuFeatureBit{"bmi2", 7, 0, &CpuidRegisters::ebx, 8, no_state},
    CpuFeatureBit{"fma", 1, 0, &CpuidRegisters::ecx, 12, avx_state},
    CpuFeatureBit{"avx", 1, 0, &CpuidRegisters::ecx, 28, avx_state},
    CpuFeatureBit{"f16c", 1, 0, &CpuidRegisters::ecx, 29, avx_state},
    CpuFeatureBit{"avx2", 7, 0, &CpuidRegisters::ebx, 5, avx_state},
    CpuFeatureBit{"avx_vnni", 7, 1, &CpuidRegisters::eax, 4, avx_state},
    CpuFeatureBit{"gfni", 7, 0, &CpuidRegisters::ecx, 8, no_state},
    CpuFeatureBit{"avx512f", 7, 0, &CpuidRegisters::ebx, 16, avx512_state},
    CpuFeatureBit{"avx512dq", 7, 0, &CpuidRegisters::ebx, 17, avx512_state},
    CpuFeatureBit{"avx512ifma", 7, 0, &CpuidRegisters::ebx, 21, avx512_state},
    CpuFeatureBit{"avx512cd", 7, 0, &CpuidRegisters::ebx, 28, avx512_state},
    CpuFeatureBit{"avx512bw", 7, 0, &CpuidRegisters::ebx, 30, avx512_state},
    CpuFeatureBit{"avx512vl", 7, 0, &CpuidRegisters::ebx, 31, avx512_state},
    CpuFeatureBit{"avx512vbmi", 7, 0, &CpuidRegisters::ecx, 1, avx512_state},
    CpuFeatureBit{"avx512_vbmi2", 7, 0, &CpuidRegisters::ecx, 6, avx512_state},
    CpuFeatureBit{"avx512_vnni", 7, 0, &CpuidRegisters::ecx, 11, avx512_state},
    CpuFeatureBit{"avx512_bitalg", 7, 0, &CpuidRegisters::ecx, 12, avx512_state},
    CpuFeatureBit{"avx512_vpopcntdq", 7, 0, &CpuidRegisters::ecx, 14, avx512_state},
    CpuFeatureBit{"avx512_bf16", 7, 1, &CpuidRegisters::eax, 5, avx512_state},
    CpuFeatureBit{"avx512_fp16", 7, 0, &CpuidRegisters::edx, 23, avx512_state},
    CpuFeatureBit{"amx_bf16", 7, 0, &CpuidRegisters::edx, 22, amx_state},
    CpuFeatureBit{"amx_tile", 7, 0, &CpuidRegisters::edx, 24, amx_state},
    CpuFeatureBit{"amx_int8", 7, 0, &CpuidRegisters::edx, 25, amx_state},
};
static_assert(cpu_feature_bits.size() <= 64);

} // namespace dispatch_detail

/// A set of CPU features, by the names that Linux has for them.
class CpuFeatures {
public:
    constexpr CpuFeatures() = default;

    /// The set of these names. Throws `tfm::Error` for one that is not in the table, which in a
    /// constant is a compile error.
    constexpr CpuFeatures(std::initializer_list<std::string_view> names)
    {
        for (std::string_view const name : names) mask_ |= mask_of(name);
    }

    /// Whether the feature of this name is there.
    constexpr bool has(std::string_view name) const { return (mask_ & mask_of(name)) != 0; }
    /// Whether no feature is there.
    constexpr bool empty() const noexcept { return mask_ == 0; }

    /// The features of either.
    friend constexpr CpuFeatures operator+(CpuFeatures a, CpuFeatures b) noexcept
    {
        return CpuFeatures(a.mask_ | b.mask_);
    }
    /// What is in a and not in b.
    friend constexpr CpuFeatures operator-(CpuFeatures a, CpuFeatures b) noexcept
    {
        return CpuFeatures(a.mask_ & ~b.mask_);
    }

    /// The names, separated by ", ".
    std::string names() const
    {
        std::string text;
        for (std::size_t i = 0; i < dispatch_detail::cpu_feature_bits.size(); ++i) {
            if ((mask_ >> i & 1U) == 0) continue;
            if (!text.empty()) text += ", ";
            text += dispatch_detail::cpu_feature_bits[i].name;
        }
        return text;
    }

    /// What a CPU has that answers `cpuid(leaf, subleaf)` so, under a system that saves the
    /// registers of `xcr0`.
    template <class Cpuid>
    static constexpr CpuFeatures decode(Cpuid&& cpuid, std::uint64_t xcr0)
    {
        CpuFeatures found;
        std::uint64_t mask = 1;
        for (const CpuFeatureBit& feature : dispatch_detail::cpu_feature_bits) {
            CpuidRegisters const answer = cpuid(feature.leaf, feature.subleaf);
            bool const present = (answer.*feature.where >> feature.bit & 1U) != 0;
            if (present && (xcr0 & feature.state) == feature.state) found.mask_ |= mask;
            mask <<= 1U;
        }
        return found;
    }

private:
    explicit constexpr CpuFeatures(std::uint64_t mask) noexcept : mask_(mask) {}

    static constexpr std::uint64_t mask_of(std::string_view name)
    {
        std::uint64_t mask = 1;
        for (const CpuFeatureBit& feature : dispatch_detail::cpu_feature_bits) {
            if (feature.name == name) return mask;
            mask <<= 1U;
        }
        fail("tfm::CpuFeatures: no feature " + TFM_BUILD_NAMESPACE::detail::in_quotes(name));
    }

    std::uint64_t mask_ = 0;
};

/// The features of the CPU that runs this, as far as the system allows their use.
inline CpuFeatures cpu_features()
{
#if TFM_HAS_CPUID
    auto const cpuid = [](std::uint32_t leaf, std::uint32_t subleaf) {
        CpuidRegisters r;
        __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
        return r;
    };
    constexpr std::uint32_t osxsave = 1U << 27U;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if ((cpuid(1, 0).ecx & osxsave) != 0) {
        // xgetbv, spelt for assemblers that want a flag for it.
        asm volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
    }
    return CpuFeatures::decode(cpuid, low | static_cast<std::uint64_t>(high) << 32U);
#else
    return {};
#endif
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
