#pragma once

/// \file
/// Peaks of AMX: products of tiles of 16 rows of 64 bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tfm/parallel.hpp>
#include <tfm/simd/atoms/amx.hpp>
#include <tfm/tensor/dtype.hpp>

#include "timing.hpp"

#if TFM_ISA_HAS_AMX && defined(__linux__)
#define TFM_BENCH_HAS_TILES 1
#else
#define TFM_BENCH_HAS_TILES 0
#endif

namespace tfm::bench {

#if TFM_BENCH_HAS_TILES

/// This thread's tiles while the object lives, all of 16 rows of 64 bytes: 0 to 3 take sums, 4 to 7
/// hold factors.
/// \pre `simd::amx_permitted()`
class Tiles {
public:
    Tiles() noexcept
    {
        simd::configure_tiles({});
        alignas(64) std::uint16_t factors[16 * 32];
        std::fill_n(factors, 16 * 32, std::uint16_t{0x3C00}); // 2^-7 as bf16
        simd::zero_tile<0>();
        simd::zero_tile<1>();
        simd::zero_tile<2>();
        simd::zero_tile<3>();
        simd::load_tile<4>(factors, 64);
        simd::load_tile<5>(factors, 64);
        simd::load_tile<6>(factors, 64);
        simd::load_tile<7>(factors, 64);
    }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
    ~Tiles() { simd::release_tiles(); }

    /// Four independent products of values of T.
    template <class T>
    void multiply() noexcept
    {
        simd::multiply_tiles<T, 0, 4, 6>();
        simd::multiply_tiles<T, 1, 4, 7>();
        simd::multiply_tiles<T, 2, 5, 6>();
        simd::multiply_tiles<T, 3, 5, 7>();
    }
};

/// Products of two tiles of T per second of so many threads.
template <class T>
double measure_tile_products(std::size_t threads)
{
    constexpr std::size_t steps = 500'000;
    double const begin = now();
    parallel(threads, [&](Team) {
        Tiles tiles;
        for (std::size_t i = 0; i < steps; ++i) tiles.multiply<T>();
    });
    return static_cast<double>(threads * steps * 4) / (now() - begin);
}

/// FLOP/s of TDPBF16PS: 16 x 16 sums of 32 products.
inline double measure_bf16_tile_peak(std::size_t threads)
{
    return 2.0 * 16 * 16 * 32 * measure_tile_products<bf16>(threads);
}

/// OP/s of TDPBSSD: 16 x 16 sums of 64 products.
inline double measure_int8_tile_peak(std::size_t threads)
{
    return 2.0 * 16 * 16 * 64 * measure_tile_products<std::int8_t>(threads);
}

#endif

} // namespace tfm::bench
