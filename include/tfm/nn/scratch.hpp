#pragma once

/// \file
/// Memory for blocks of rows on their way through a layer: what the threads of a block share, what
/// they convert together, and what a thread owns.

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "../tensor/tensor.hpp"
#include "row_blocks.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Rows of one block that there must be room for.
struct BlockRows {
    std::size_t all;   ///< rows of the block
    std::size_t whole; ///< of which so many go through all of an MLP's inner features at once
};

/// Results of a block of rows. Every thread of the block writes its part and reads all of it; where
/// threads carry rows of their own, each has one of these.
template <Precision P>
class SharedScratch {
public:
    /// How an MLP's inner features are kept. Those that go on as int8 or bf16 leave the
    /// accumulators as bf16, half the bytes, where the CPU has instructions for it.
    using HiddenElement = std::conditional_t<P.activations == Dtype::fp32, float, Bf16Input>;

    /// Room for a block of so many rows.
    SharedScratch(const BlockShape& shape, BlockRows rows)
        : attended(Padded<>(rows.all, shape.query_width())),
          projected(Padded<>(projected_rows(rows), shape.qkv_width())),
          hidden_(Vec<>(hidden_size(shape, rows)))
    {
    }

    Tensor<float, Padded<>> attended; ///< (rows, query_width): attention before projection
    /// (rows, qkv_width): queries, keys and values side by side, on their way to an int8 cache
    Tensor<float, Padded<>> projected;

    /// `count` inner features of an MLP for each of `rows` rows.
    View<HiddenElement, Strided<>> hidden(std::size_t rows, std::size_t count) noexcept
    {
        return {hidden_.data(), {rows, count, Padded<>(1, count).row_stride<HiddenElement>()}};
    }

    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        return attended.size_bytes() + projected.size_bytes() + hidden_.size_bytes();
    }
    /// Bytes of an object for so many rows.
    static constexpr std::size_t bytes(const BlockShape& shape, BlockRows rows) noexcept
    {
        return sizeof(float) *
                   (Padded<>(rows.all, shape.query_width()).required_size<float>() +
                    Padded<>(projected_rows(rows), shape.qkv_width()).required_size<float>()) +
               sizeof(HiddenElement) * hidden_size(shape, rows);
    }

private:
    /// An int8 cache needs the whole of a key or value before it can be rounded.
    static constexpr std::size_t projected_rows(BlockRows rows) noexcept
    {
        return P.kv == Dtype::int8 ? rows.all : 0;
    }
    static constexpr std::size_t hidden_size(const BlockShape& shape, BlockRows rows) noexcept
    {
        return std::max(
            Padded<>(rows.all, RowBlocks<P>::slice(shape)).required_size<HiddenElement>(),
            Padded<>(rows.whole, shape.mlp_width).required_size<HiddenElement>());
    }

    Tensor<HiddenElement, Vec<>> hidden_;
};

/// A block of rows as inputs of matmuls. Its threads convert the rows together where that pays (see
/// `Schedule::conversions`); elsewhere each thread converts all of them into one of its own.
template <Precision P>
struct ConvertedScratch {
    /// Room for a block of so many rows.
    ConvertedScratch(const BlockShape& shape, BlockRows rows)
        : normed(Padded<>(normed_rows(rows), shape.width)), inputs({rows.all, shape.input_width()})
    {
        std::size_t const slices = hidden_slices(shape);
        hidden_inputs.reserve(slices);
        for (std::size_t i = 0; i < slices; ++i)
            hidden_inputs.emplace_back(hidden_extent(shape, rows, i));
    }

    Tensor<float, Padded<>> normed; ///< (rows, width): a norm's results, where matmuls read floats
    MatmulInputs<P> inputs;         ///< what all projections read but an MLP's last
    /// What an MLP's last projection reads: the slice that rows are at, or each slice of few rows.
    std::vector<MatmulInputs<P>> hidden_inputs;

    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        std::size_t sum = normed.size_bytes() + inputs.size_bytes();
        for (auto const& slice : hidden_inputs) sum += slice.size_bytes();
        return sum;
    }
    /// Bytes of an object for so many rows.
    static constexpr std::size_t bytes(const BlockShape& shape, BlockRows rows) noexcept
    {
        std::size_t sum =
            sizeof(float) * Padded<>(normed_rows(rows), shape.width).required_size<float>() +
            MatmulInputs<P>::bytes({rows.all, shape.input_width()});
        for (std::size_t i = 0; i < hidden_slices(shape); ++i)
            sum += MatmulInputs<P>::bytes(hidden_extent(shape, rows, i));
        return sum;
    }

private:
    static constexpr std::size_t normed_rows(BlockRows rows) noexcept
    {
        return MatmulInputs<P>::template takes<float> ? rows.all : 0;
    }
    static constexpr std::size_t hidden_slices(const BlockShape& shape) noexcept
    {
        return shape.mlp_width == 0 ? 0 : divide_up(shape.mlp_width, RowBlocks<P>::slice(shape));
    }
    static constexpr RowsExtent hidden_extent(const BlockShape& shape, BlockRows rows,
                                              std::size_t slice) noexcept
    {
        if (MatmulInputs<P>::template takes<typename SharedScratch<P>::HiddenElement>) return {};
        return {slice == 0 ? rows.all : rows.whole, RowBlocks<P>::slice(shape)};
    }
};

/// What no other thread reads or writes.
struct OwnScratch {
    Tensor<float, Vec<>> row; ///< (width): a norm's result on its way to something else than floats
};

/// The scratch memory of a team of threads for a chunk of rows.
template <Precision P>
class TeamScratch {
public:
    /// Room for chunks of up to `rows` rows.
    TeamScratch(const BlockShape& shape, std::size_t threads, std::size_t rows)
    {
        shared.reserve(threads);
        converted.reserve(threads);
        own.reserve(threads);
        for (std::size_t rank = 0; rank < threads; ++rank) {
            shared.emplace_back(shape, rows_of(rank, threads, rows));
            converted.emplace_back(shape, rows_of(rank, threads, rows));
            own.push_back({Tensor<float, Vec<>>(Vec<>(shape.width))});
        }
    }

    std::vector<SharedScratch<P>> shared;       ///< by `Schedule::slot`
    std::vector<ConvertedScratch<P>> converted; ///< by `Schedule::conversion_slot`
    std::vector<OwnScratch> own;                ///< by the thread's rank

    /// Rows of a thread's block, where a chunk has up to `rows`.
    static constexpr std::size_t block_rows(std::size_t rows) noexcept
    {
        return std::min(rows, RowBlocks<P>::max_rows);
    }

    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        std::size_t sum = 0;
        for (auto const& scratch : shared) sum += scratch.size_bytes();
        for (auto const& scratch : converted) sum += scratch.size_bytes();
        for (auto const& scratch : own) sum += scratch.row.size_bytes();
        return sum;
    }
    /// Bytes of an object for so many threads and rows.
    static constexpr std::size_t bytes(const BlockShape& shape, std::size_t threads,
                                       std::size_t rows) noexcept
    {
        std::size_t sum = threads * shape.width * sizeof(float);
        for (std::size_t rank = 0; rank < threads; ++rank) {
            sum += SharedScratch<P>::bytes(shape, rows_of(rank, threads, rows)) +
                   ConvertedScratch<P>::bytes(shape, rows_of(rank, threads, rows));
        }
        return sum;
    }

private:
    /// What the memory of one thread is made for. The first thread's serves the others too where
    /// they go by columns.
    static constexpr BlockRows rows_of(std::size_t rank, std::size_t threads,
                                       std::size_t rows) noexcept
    {
        std::size_t const block = block_rows(rows);
        std::size_t const unsliced = std::min(block, RowBlocks<P>::min_sliced_rows - 1);
        if (rank > 0 || threads == 1) return {block, unsliced};
        std::size_t const together = std::min(
            rows, Schedule::max_rows_by_columns(threads, RowBlocks<P>::min_rows_per_thread));
        return {std::max(block, together), std::max(unsliced, together)};
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
