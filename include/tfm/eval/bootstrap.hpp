#pragma once

/// \file
/// Confidence intervals by resampling.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Where an estimate lies with some confidence.
struct Interval {
    double low;  ///< its lower end
    double high; ///< its upper end
};

inline namespace TFM_BUILD_NAMESPACE {

/// How often, and in what pieces, values are drawn again.
struct BootstrapOptions {
    std::size_t block = 64; ///< neighbours that are drawn together, since they depend on each other
    std::size_t resamples = 2000; ///< texts to draw
    double confidence = 0.95;     ///< share of them within the interval
    std::uint64_t seed = 0;       ///< equal seeds draw equal blocks, whatever the values
};

namespace detail {

/// Blocks of consecutive values, the last of them perhaps shorter.
struct BlockSums {
    std::vector<double> sums;
    std::vector<std::size_t> sizes;
};

inline BlockSums sum_blocks(std::span<const double> values, std::size_t block)
{
    BlockSums blocks;
    while (!values.empty()) {
        auto const piece = values.first(std::min(block, values.size()));
        blocks.sums.push_back(std::accumulate(piece.begin(), piece.end(), 0.0));
        blocks.sizes.push_back(piece.size());
        values = values.subspan(piece.size());
    }
    return blocks;
}

/// A number below `bound`, each as likely as any other. Unlike std::uniform_int_distribution it is
/// the same on every platform.
inline std::size_t draw_below(std::mt19937_64& random, std::size_t bound)
{
    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t const excess = (largest % bound + 1) % bound; // 2^64 mod bound
    std::uint64_t drawn = random();
    while (drawn > largest - excess) drawn = random();
    return static_cast<std::size_t>(drawn % bound);
}

/// The mean over as many blocks as there are, drawn with replacement.
inline double resampled_mean(const BlockSums& blocks, std::mt19937_64& random)
{
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < blocks.sums.size(); ++i) {
        std::size_t const drawn = draw_below(random, blocks.sums.size());
        sum += blocks.sums[drawn];
        count += blocks.sizes[drawn];
    }
    return sum / static_cast<double>(count);
}

/// The quantile `q` of sorted values, between two of them in proportion.
inline double sorted_quantile(std::span<const double> sorted, double q)
{
    double const place = q * static_cast<double>(sorted.size() - 1);
    auto const below = static_cast<std::size_t>(place);
    std::size_t const above = std::min(below + 1, sorted.size() - 1);
    double const share = place - static_cast<double>(below);
    return sorted[below] + share * (sorted[above] - sorted[below]);
}

inline void check_bootstrap(std::span<const double> values, const BootstrapOptions& options)
{
    require(options.block > 0 && options.resamples > 0,
            [] { return "tfm::bootstrap_mean: block and resamples must be at least 1, found 0"; });
    require(options.confidence > 0.0 && options.confidence < 1.0, [&] {
        return "tfm::bootstrap_mean: confidence: expected a number between 0 and 1, found " +
               std::to_string(options.confidence);
    });
    for (double const value : values) {
        require(std::isfinite(value), [&] {
            return "tfm::bootstrap_mean: expected finite values, found " + std::to_string(value);
        });
    }
}

} // namespace detail

/// The percentile interval (Efron 1979) of the mean of a series, by drawing blocks of consecutive
/// values (Carlstein 1986). Nothing for fewer than two blocks; a few only say roughly how wide it
/// is.
///
/// For two series of the same tokens, the interval of their difference is that of the series of
/// differences: the same blocks are drawn of both, and what varies in both alike cancels.
/// Throws `tfm::Error` for a value that is not finite and options that make no sense.
inline std::optional<Interval> bootstrap_mean(std::span<const double> values,
                                              const BootstrapOptions& options = {})
{
    detail::check_bootstrap(values, options);
    detail::BlockSums const blocks = detail::sum_blocks(values, options.block);
    if (blocks.sums.size() < 2) return std::nullopt;
    std::mt19937_64 random(options.seed);
    std::vector<double> means(options.resamples);
    for (double& mean : means) mean = detail::resampled_mean(blocks, random);
    std::sort(means.begin(), means.end());
    double const tail = (1.0 - options.confidence) / 2.0;
    return Interval{detail::sorted_quantile(means, tail),
                    detail::sorted_quantile(means, 1.0 - tail)};
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
