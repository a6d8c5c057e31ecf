#pragma once

/// \file
/// The AMX atom, for bf16 and int8: tiles of 16 rows of 64 bytes, products of which add to 16 x 16
/// sums. 16 packed cells are such a tile of weights, used where they lie.
///
/// The instructions are assembly: GCC 12's intrinsics do not tell the compiler that they read
/// memory, so that it drops the stores before them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

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

/// The tile registers of a thread, which has them while any such object of it lives. An object
/// around many products saves each its own configuration, which takes some 200 cycles.
class TileRegisters {
public:
    TileRegisters() noexcept { ++state.objects; }
    TileRegisters(const TileRegisters&) = delete;
    TileRegisters& operator=(const TileRegisters&) = delete;
    ~TileRegisters()
    {
        if (--state.objects > 0 || state.rows == 0) return;
        state.rows = 0;
        release_tiles();
    }

    /// Makes them those of an `AmxAtom` for so many rows. Up to 16: sums in tiles 0 to 3, inputs in
    /// 4, weights in 5 to 7. More: sums of the first 16 rows in 0 and 1, of the others in 2 and 3,
    /// inputs in 4 and 5, weights in 6, 7.
    void configure(std::size_t rows) noexcept
    {
        if (rows == state.rows) return;
        state.rows = rows;
        TileConfig config;
        if (rows <= 16) {
            for (std::size_t tile = 0; tile <= 4; ++tile) {
                config.rows[tile] = static_cast<std::uint8_t>(rows);
            }
        } else {
            for (std::size_t const tile : {2U, 3U, 5U}) {
                config.rows[tile] = static_cast<std::uint8_t>(rows - 16);
            }
        }
        configure_tiles(config);
    }

private:
    struct State {
        std::size_t objects; ///< that live
        std::size_t rows;    ///< that tiles are configured for, if any
    };
    static inline constinit thread_local State state{0, 0};
};

/// Products of AMX tiles. T is bf16, with fp32 sums, or std::int8_t, with exact int32 sums.
///
/// A tile of results is up to 32 rows by two panels or up to 16 rows by four: four tile registers
/// of sums, so that a product need not wait for the one before, from two of inputs and two of
/// weights, or one and three.
/// \pre amx_permitted()
template <class T>
class AmxAtom {
public:
    using sum_type = std::conditional_t<std::is_same_v<T, bf16>, float, std::int32_t>;

    static constexpr std::size_t register_rows = 16;
    static constexpr std::size_t max_rows = 2 * register_rows;
    static constexpr std::size_t register_k = 64 / sizeof(T);      ///< inputs of one product
    static constexpr std::size_t register_cells = 16 * register_k; ///< elements of its weights
    static constexpr std::size_t max_sums = 4 * register_rows * panel_width;

    /// Panels of a tile of `rows`.
    static constexpr std::size_t panels_for(std::size_t rows) noexcept
    {
        return rows > register_rows ? 2 : 4;
    }

    /// Where the inputs of a tile are.
    struct Operands {
        std::size_t rows;
        std::size_t panels; ///< 1, 2 or panels_for(rows)
        const T* x;         ///< `rows` of inputs, `x_stride` apart
        std::size_t x_stride;
        const T* cells; ///< the first panel at the first input; panels are `panel_stride` apart
        std::size_t panel_stride;
        std::size_t k; ///< inputs
    };

    /// `to` = `from` + x W, rows x (16 * panels) sums side by side; nothing is added to where
    /// `from` is null. Products take their time beside the vector units, which do `meanwhile()`
    /// after each whole `register_k` of inputs; it must leave tile registers alone.
    template <class Meanwhile>
    void multiply(const Operands& operands, const sum_type* from, sum_type* to,
                  Meanwhile&& meanwhile) noexcept
    {
        auto const [rows, panels, x, x_stride, cells, panel_stride, k] = operands;
        registers_.configure(rows);
        start(rows, panels, from);
        std::size_t const whole = k / register_k;
        if (rows > register_rows) {
            for (std::size_t step = 0; step < whole; ++step) {
                multiply_two_rows(panels, x + step * register_k, x_stride,
                                  cells + step * register_cells, panel_stride);
                meanwhile();
            }
        } else {
            for (std::size_t step = 0; step < whole; ++step) {
                prefetch(panels, cells + (step + steps_ahead) * register_cells, panel_stride);
                multiply_one_row(panels, x + step * register_k, x_stride,
                                 cells + step * register_cells, panel_stride);
                meanwhile();
            }
        }
        if (std::size_t const rest = k - whole * register_k; rest > 0) {
            alignas(64) T last[max_rows * register_k] = {}; // nothing is read beyond a row's end
            for (std::size_t row = 0; row < rows; ++row) {
                std::copy_n(x + row * x_stride + whole * register_k, rest, last + row * register_k);
            }
            const T* const weights = cells + whole * register_cells;
            if (rows > register_rows) {
                multiply_two_rows(panels, last, register_k, weights, panel_stride);
            } else {
                multiply_one_row(panels, last, register_k, weights, panel_stride);
            }
        }
        store(rows, panels, to);
    }

private:
    /// One tile of rows meets each tile of weights once, which then comes from memory. A load of a
    /// tile asks for its 16 lines at once and holds up the next, so that the wait is shorter when
    /// they have been asked for some products before: a step of 8 or 16 sequences took a tenth less
    /// where the core was slow, and no more where it was not.
    static constexpr std::size_t steps_ahead = 3;

    static void prefetch(std::size_t panels, const T* cells, std::size_t panel_stride) noexcept
    {
        constexpr std::size_t line = 64 / sizeof(T);
        for (std::size_t panel = 0; panel < panels; ++panel) {
            for (std::size_t i = 0; i < register_cells; i += line) {
                __builtin_prefetch(cells + panel * panel_stride + i);
            }
        }
    }

    static void multiply_two_rows(std::size_t panels, const T* x, std::size_t x_stride,
                                  const T* cells, std::size_t panel_stride) noexcept
    {
        std::size_t const stride = x_stride * sizeof(T);
        load_tile<6>(cells, 64);
        load_tile<4>(x, stride);
        multiply_tiles<T, 0, 4, 6>();
        load_tile<5>(x + register_rows * x_stride, stride);
        multiply_tiles<T, 2, 5, 6>();
        if (panels == 1) return;
        load_tile<7>(cells + panel_stride, 64);
        multiply_tiles<T, 1, 4, 7>();
        multiply_tiles<T, 3, 5, 7>();
    }

    static void multiply_one_row(std::size_t panels, const T* x, std::size_t x_stride,
                                 const T* cells, std::size_t panel_stride) noexcept
    {
        load_tile<4>(x, x_stride * sizeof(T));
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

    static void start(std::size_t rows, std::size_t panels, const sum_type* from) noexcept
    {
        if (from == nullptr) {
            zero_tile<0>();
            zero_tile<1>();
            zero_tile<2>();
            zero_tile<3>();
            return;
        }
        std::size_t const row = panels * panel_width;
        std::size_t const stride = row * sizeof(sum_type);
        load_tile<0>(from, stride);
        if (panels > 1) load_tile<1>(from + panel_width, stride);
        if (rows > register_rows) {
            load_tile<2>(from + register_rows * row, stride);
            if (panels > 1) load_tile<3>(from + register_rows * row + panel_width, stride);
        } else if (panels > 2) {
            load_tile<2>(from + 2 * panel_width, stride);
            load_tile<3>(from + 3 * panel_width, stride);
        }
    }

    static void store(std::size_t rows, std::size_t panels, sum_type* to) noexcept
    {
        std::size_t const row = panels * panel_width;
        std::size_t const stride = row * sizeof(sum_type);
        store_tile<0>(to, stride);
        if (panels > 1) store_tile<1>(to + panel_width, stride);
        if (rows > register_rows) {
            store_tile<2>(to + register_rows * row, stride);
            if (panels > 1) store_tile<3>(to + register_rows * row + panel_width, stride);
        } else if (panels > 2) {
            store_tile<2>(to + 2 * panel_width, stride);
            store_tile<3>(to + 3 * panel_width, stride);
        }
    }

    TileRegisters registers_;
};

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#else

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// There are no tile registers.
struct TileRegisters {};

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#endif
