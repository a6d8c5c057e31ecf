/// \file
/// What a `Block` keeps of a sequence: rows that continue it, and going back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load_block.hpp>
#include <tfm/nn/block.hpp>

#include "block_by_hand.hpp"
#include "llama_block.hpp"
#include "relative_difference.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// A prompt, then rows one by one, and once more after going back.
TEST(BlockCache, IsContinued)
{
    BlockArrays const arrays = random_arrays(llama, 11);
    std::vector<float> const x = numbers(row_count * llama.width, 12);
    Matrix const expected = BlockByHand(llama, arrays).block(matrix_of(x, llama.width), true);
    Block<llama> block;
    load_parameters(arrays.state(), block_names, block);
    Block<llama>::Workspace workspace({.max_rows = 16, .threads = 2});
    Block<llama>::Cache cache(row_count);
    std::vector<float> out(x.size());
    for (int round = 0; round < 2; ++round) {
        for (std::size_t first = cache.position(); first < row_count;) {
            std::size_t const count = first == 0 ? 40 : 1;
            std::size_t const at = first * llama.width;
            block.forward(workspace, cache,
                          ConstRowsOf<llama.width>(x.data() + at, {count, llama.width}),
                          RowsOf<llama.width>(out.data() + at, {count, llama.width}));
            first += count;
        }
        EXPECT_LT(relative_difference(values_of(expected), out), 2e-5);
        cache.rewind(50);
        std::fill(out.begin() + 50 * llama.width, out.end(), 0.0F);
    }
}

/// Rows of NaN, which are then forgotten.
template <Precision P>
void expect_nan_is_forgotten()
{
    BlockArrays const arrays = random_arrays(llama, 11);
    std::vector<float> const x = numbers(row_count * llama.width, 12);
    std::vector<float> const nan(x.size(), std::numeric_limits<float>::quiet_NaN());
    Block<llama, P> block;
    load_parameters(arrays.state(), block_names, block);
    typename Block<llama, P>::Workspace workspace({.max_rows = 16, .threads = 2});
    typename Block<llama, P>::Cache cache(row_count);
    auto const run = [&](const std::vector<float>& in, std::size_t end) {
        std::size_t const count = end - cache.position();
        std::vector<float> out(count * llama.width);
        block.forward(workspace, cache,
                      ConstRowsOf<llama.width>(in.data() + cache.position() * llama.width,
                                               {count, llama.width}),
                      RowsOf<llama.width>(out.data(), {count, llama.width}));
        return out;
    };
    constexpr std::size_t end = 33; // odd: the cells of the last value have room for another
    std::vector<float> const expected = run(x, end);
    for (std::size_t const kept : {0U, 1U, 32U}) {
        cache.rewind(kept);
        run(nan, row_count);
        cache.rewind(kept);
        EXPECT_LT(relative_difference(std::span(expected).subspan(kept * llama.width), run(x, end)),
                  1e-2)
            << kept;
    }
}

TEST(BlockCache, ForgetsNan)
{
    expect_nan_is_forgotten<precision::fp32>();
    expect_nan_is_forgotten<precision::bf16>();
    expect_nan_is_forgotten<precision::int8>();
    expect_nan_is_forgotten<precision::int8_kv8>();
}

TEST(BlockCache, ThatNoMemoryHolds)
{
    EXPECT_THROW(Block<llama>::Cache(SIZE_MAX), std::bad_alloc); // 0 bytes, if it wrapped
    EXPECT_THROW((Block<llama, precision::int8_kv8>::Cache(SIZE_MAX / 2)), std::bad_alloc);
}

} // namespace
