#pragma once

/// \file
/// The AMX atom, for bf16 and int8: tiles of 16 rows of 64 bytes, products of which add to 16 x 16
/// sums. 16 packed cells are such a tile of weights, used where they lie.
///
/// In assembly: GCC 12's intrinsics do not tell the compiler that they read memory, so that it
/// drops the stores before them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../../parallel.hpp"
#include "../../tensor/layout.hpp"
#include "../isa.hpp"

#if TFM_ISA_HAS_AMX && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if TFM_ISA_HAS_AMX

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// Whether this process may use tiles; Linux wants to be asked, once.
inline bool amx_permitted() noexcept
{
#if defined(__linux__)
    constexpr long request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;              // XFEATURE_XTILEDATA
    static bool const granted = ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
    return granted;
#else
    return true;
#endif
}

/// \name The instructions, for tile registers 0 to 7.
/// @{

/// What LDTILECFG reads: rows and bytes per row of each tile.
struct alignas(64) TileConfig {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);

inline void configure_tiles(const TileConfig& config) noexcept
{
    __asm__ volatile("ldtilecfg (%0)" ::"r"(&config) : "memory");
}

inline void release_tiles() noexcept { __asm__ volatile("tilerelease" ::: "memory"); }

template <int Tile>
void zero_tile() noexcept
{
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(Tile));
}

/// \param stride bytes from one row to the next.
template <int Tile>
void load_tile(const void* from, std::size_t stride) noexcept
{
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(Tile)
                     : "memory");
}

template <int Tile>
void store_tile(void* to, std::size_t stride) noexcept
{
    __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(Tile) : "memory");
}

/// Sum += X W for tiles of bf16 pairs or int8 quadruples.
template <class T, int Sum, int X, int W>
void multiply_tiles() noexcept
{
    if constexpr (std::is_same_v<T, bf16>) {
        __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(X), "i"(W));
    } else {
        __asm__ volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(X), "i"(W));
    }
}
/// @}

/// y = x W on AMX tiles. T is bf16, with fp32 sums, or std::int8_t, with exact int32 sums.
/// \pre amx_permitted()
template <class T>
struct AmxAtom {
    using input_type = T;
    using weight_type = T;
    using sum_type = std::conditional_t<std::is_same_v<T, bf16>, float, std::int32_t>;

    static constexpr std::size_t tile_rows_max = 16;
    static constexpr std::size_t tile_k = 64 / sizeof(T);
    static constexpr std::size_t cells_size = 16 * tile_k; ///< elements of a tile of weights

    /// Its products are made while other instructions run.
    static constexpr bool is_asynchronous = true;

    /// Two tiles of rows by two panels: four sums, so that a product need not wait for the one
    /// before, from two tiles of inputs and two of weights.
    static constexpr int max_rows = 32;

    /// One tile of rows takes four panels, for the same four sums.
    static constexpr int panels_for(int rows) noexcept { return rows > 16 ? 2 : 4; }

    /// Whole tiles first: products take time by the row, so a small rest costs little, and the
    /// tiles are configured anew for the last one only.
    static constexpr IndexRange tile_rows(std::size_t tile, std::size_t, std::size_t rows,
                                          std::size_t) noexcept
    {
        return {tile * max_rows, std::min((tile + 1) * max_rows, rows)};
    }

    /// This thread's tile registers while the object lives.
    class Unit {
    public:
        Unit() = default;
        Unit(const Unit&) = delete;
        Unit& operator=(const Unit&) = delete;
        ~Unit() { release_tiles(); }

        /// As `RegisterAtom::Unit::tile`. Products take their time beside the vector units, which
        /// do `meanwhile(part, parts)` after each step over k.
        template <class Meanwhile>
        void tile(std::size_t rows, std::size_t panels, const T* x, std::size_t x_stride,
                  const T* cells, std::size_t panel_stride, std::size_t k, sum_type* out,
                  std::size_t out_stride, Meanwhile&& meanwhile) noexcept
        {
            configure(rows);
            zero_tile<0>();
            zero_tile<1>();
            zero_tile<2>();
            zero_tile<3>();
            std::size_t const steps = k / tile_k;
            accumulate(rows, panels, x, x_stride, cells, panel_stride, steps, meanwhile);
            if (std::size_t const rest = k - steps * tile_k; rest > 0) {
                alignas(64) T last[max_rows * tile_k] = {};
                for (std::size_t row = 0; row < rows; ++row) {
                    std::copy_n(x + row * x_stride + steps * tile_k, rest, last + row * tile_k);
                }
                accumulate(rows, panels, last, tile_k, cells + steps * cells_size, panel_stride, 1,
                           [](std::size_t, std::size_t) {});
            }
            store(rows, panels, out, out_stride);
        }

    private:
        /// Up to 16 rows: sums in tiles 0 to 3, inputs in 4, weights in 5 to 7. More: sums of the
        /// first 16 rows in 0 and 1, of the others in 2 and 3, inputs in 4 and 5, weights in 6, 7.
        void configure(std::size_t rows) noexcept
        {
            if (rows == configured_rows_) return;
            configured_rows_ = rows;
            TileConfig config;
            if (rows <= tile_rows_max) {
                for (std::size_t tile = 0; tile <= 4; ++tile) {
                    config.rows[tile] = static_cast<std::uint8_t>(rows);
                }
            } else {
                for (std::size_t const tile : {2U, 3U, 5U}) {
                    config.rows[tile] = static_cast<std::uint8_t>(rows - tile_rows_max);
                }
            }
            configure_tiles(config);
        }

        template <class Meanwhile>
        static void accumulate(std::size_t rows, std::size_t panels, const T* x,
                               std::size_t x_stride, const T* cells, std::size_t panel_stride,
                               std::size_t steps, Meanwhile&& meanwhile) noexcept
        {
            std::size_t const stride = x_stride * sizeof(T);
            for (std::size_t step = 0; step < steps; ++step) {
                const T* const inputs = x + step * tile_k;
                const T* const weights = cells + step * cells_size;
                if (rows > tile_rows_max) {
                    multiply_two_rows(panels, inputs, stride, weights, panel_stride, x_stride);
                } else {
                    multiply_one_row(panels, inputs, stride, weights, panel_stride);
                }
                meanwhile(step, steps);
            }
        }

        static void multiply_two_rows(std::size_t panels, const T* x, std::size_t stride,
                                      const T* cells, std::size_t panel_stride,
                                      std::size_t x_stride) noexcept
        {
            load_tile<6>(cells, 64);
            load_tile<4>(x, stride);
            multiply_tiles<T, 0, 4, 6>();
            load_tile<5>(x + tile_rows_max * x_stride, stride);
            multiply_tiles<T, 2, 5, 6>();
            if (panels == 1) return;
            load_tile<7>(cells + panel_stride, 64);
            multiply_tiles<T, 1, 4, 7>();
            multiply_tiles<T, 3, 5, 7>();
        }

        static void multiply_one_row(std::size_t panels, const T* x, std::size_t stride,
                                     const T* cells, std::size_t panel_stride) noexcept
        {
            load_tile<4>(x, stride);
            load_tile<5>(cells, 64);
            multiply_tiles<T, 0, 4, 5>();
            if (panels == 1) return;
            load_tile<6>(cells + panel_stride, 64);
            multiply_tiles<T, 1, 4, 6>();
            if (panels == 2) return;
            load_tile<7>(cells + 2 * panel_stride, 64);
            multiply_tiles<T, 2, 4, 7>();
            load_tile<5>(cells + 3 * panel_stride, 64);
            multiply_tiles<T, 3, 4, 5>();
        }

        static void store(std::size_t rows, std::size_t panels, sum_type* out,
                          std::size_t out_stride) noexcept
        {
            std::size_t const stride = out_stride * sizeof(sum_type);
            store_tile<0>(out, stride);
            if (panels > 1) store_tile<1>(out + panel_width, stride);
            if (rows > tile_rows_max) {
                sum_type* const lower = out + tile_rows_max * out_stride;
                store_tile<2>(lower, stride);
                if (panels > 1) store_tile<3>(lower + panel_width, stride);
            } else if (panels > 2) {
                store_tile<2>(out + 2 * panel_width, stride);
                store_tile<3>(out + 3 * panel_width, stride);
            }
        }

        std::size_t configured_rows_ = 0;
    };
};

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#endif
