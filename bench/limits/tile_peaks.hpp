#pragma once

/// \file
/// Peaks of AMX: products of tiles of 16 rows of 64 bytes. Written in assembly, because the tiles
/// are state of the thread that compilers know little of: GCC 12's intrinsics do not even say that
/// they read memory.

#include <cstddef>
#include <cstdint>

#include <tfm/parallel.hpp>
#include <tfm/simd/isa.hpp>

#include "timing.hpp"

#if TFM_ISA_HAS_AMX && defined(__linux__)
#define TFM_BENCH_HAS_TILES 1
#include <sys/syscall.h>
#include <unistd.h>
#else
#define TFM_BENCH_HAS_TILES 0
#endif

namespace tfm::bench {

#if TFM_BENCH_HAS_TILES

/// This thread's tiles while the object lives, all of 16 rows of 64 bytes: 0 to 3 take sums, 4 to 7
/// hold factors.
/// \pre `permitted()`
class Tiles {
public:
    /// Whether Linux lets this process use tiles; asks it the first time.
    static bool permitted()
    {
        constexpr long request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
        constexpr long tile_data = 18;              // XFEATURE_XTILEDATA
        static bool const granted = syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
        return granted;
    }

    Tiles() noexcept
    {
        Config config;
        for (std::size_t tile = 0; tile < 8; ++tile) {
            config.row_bytes[tile] = 64;
            config.rows[tile] = 16;
        }
        __asm__ volatile("ldtilecfg (%0)" ::"r"(&config) : "memory");
        alignas(64) std::uint16_t factors[16 * 32];
        for (std::uint16_t& factor : factors) factor = 0x3C00; // 2^-7 as bf16
        std::size_t const stride = 64;
        __asm__ volatile("tilezero %%tmm0\n\t"
                         "tilezero %%tmm1\n\t"
                         "tilezero %%tmm2\n\t"
                         "tilezero %%tmm3\n\t"
                         "tileloadd (%0,%1,1), %%tmm4\n\t"
                         "tileloadd (%0,%1,1), %%tmm5\n\t"
                         "tileloadd (%0,%1,1), %%tmm6\n\t"
                         "tileloadd (%0,%1,1), %%tmm7" ::"r"(factors),
                         "r"(stride)
                         : "memory");
    }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
    ~Tiles() { __asm__ volatile("tilerelease" ::: "memory"); }

    /// Four independent products of bf16 values.
    void multiply_bf16() noexcept
    {
        __asm__ volatile("tdpbf16ps %%tmm6, %%tmm4, %%tmm0\n\t"
                         "tdpbf16ps %%tmm7, %%tmm4, %%tmm1\n\t"
                         "tdpbf16ps %%tmm6, %%tmm5, %%tmm2\n\t"
                         "tdpbf16ps %%tmm7, %%tmm5, %%tmm3" ::
                             : "memory");
    }
    /// Four independent products of int8 values.
    void multiply_int8() noexcept
    {
        __asm__ volatile("tdpbssd %%tmm6, %%tmm4, %%tmm0\n\t"
                         "tdpbssd %%tmm7, %%tmm4, %%tmm1\n\t"
                         "tdpbssd %%tmm6, %%tmm5, %%tmm2\n\t"
                         "tdpbssd %%tmm7, %%tmm5, %%tmm3" ::
                             : "memory");
    }

private:
    /// What LDTILECFG reads.
    struct alignas(64) Config {
        std::uint8_t palette = 1;
        std::uint8_t start_row = 0;
        std::uint8_t reserved[14] = {};
        std::uint16_t row_bytes[16] = {};
        std::uint8_t rows[16] = {};
    };
    static_assert(sizeof(Config) == 64);
};

/// Products of two tiles per second of so many threads.
template <class MultiplyFour>
double measure_tile_products(std::size_t threads, MultiplyFour multiply_four)
{
    constexpr std::size_t steps = 500'000;
    double const begin = now();
    parallel(threads, [&](Team) {
        Tiles tiles;
        for (std::size_t i = 0; i < steps; ++i) multiply_four(tiles);
    });
    return static_cast<double>(threads * steps * 4) / (now() - begin);
}

/// FLOP/s of TDPBF16PS: 16 x 16 sums of 32 products.
inline double measure_bf16_tile_peak(std::size_t threads)
{
    return 2.0 * 16 * 16 * 32 *
           measure_tile_products(threads, [](Tiles& tiles) { tiles.multiply_bf16(); });
}

/// OP/s of TDPBSSD: 16 x 16 sums of 64 products.
inline double measure_int8_tile_peak(std::size_t threads)
{
    return 2.0 * 16 * 16 * 64 *
           measure_tile_products(threads, [](Tiles& tiles) { tiles.multiply_int8(); });
}

#endif

} // namespace tfm::bench
