#pragma once

/// \file
/// `Chunk`: the rows that go through the layers of a model together, and the memory for it.

#include <cstddef>
#include <vector>

#include "kv_cache.hpp"
#include "scratch.hpp"
#include "session.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Where a row stands: its token, and where its key and value go.
template <Dtype D>
struct Place {
    KvCache<D>* cache;    ///< of its sequence
    std::size_t position; ///< in the cache
    Token token;          ///< its id
};

/// Consecutive rows of one sequence, and what they attend to.
template <Dtype D>
struct Segment {
    KvCache<D>* cache;           ///< of the sequence
    std::size_t first_row;       ///< in the chunk
    std::size_t rows;            ///< how many
    std::size_t first_position;  ///< of the first row, counted from `origin`
    std::size_t origin = 0;      ///< where in the cache the sequence begins; a whole tile of cells
    std::size_t seen_by_all = 0; ///< positions that every row sees; 0: those up to its own
};

/// Rows of a model in precision P on their way through its layers.
template <Precision P>
class Chunk {
    using Query = typename KvCache<P.kv>::Input;

public:
    /// For chunks of up to `max_rows` rows, for models of such blocks.
    Chunk(const BlockShape& shape, std::size_t max_rows, std::size_t threads)
        : residual(Padded<>(max_rows, shape.width)),
          queries(Padded<>(queries_each * max_rows, shape.query_width())),
          query_scales(Vec<>(query_scales_size(shape, max_rows))),
          rotations(RowMajor<>(max_rows, shape.rotary_width)), scratch(shape, threads, max_rows),
          shape_(shape), max_rows_(max_rows), threads_(threads)
    {
        places.reserve(max_rows);
        segments.reserve(max_rows);
    }

    /// Whether there is room for models of such blocks.
    bool fits(const BlockShape& shape) const noexcept
    {
        return shape.width == shape_.width && shape.heads == shape_.heads &&
               shape.kv_heads == shape_.kv_heads && shape.head_width == shape_.head_width &&
               shape.mlp_width == shape_.mlp_width && shape.rotary_width == shape_.rotary_width &&
               RowBlocks<P>::slice(shape) == RowBlocks<P>::slice(shape_);
    }
    /// The most rows.
    std::size_t max_rows() const noexcept { return max_rows_; }
    /// Threads of a forward pass.
    std::size_t threads() const noexcept { return threads_; }
    /// Rows a thread carries through a layer at once.
    std::size_t block_rows() const noexcept { return TeamScratch<P>::block_rows(max_rows_); }

    std::vector<Place<P.kv>> places;     ///< of each row
    std::vector<Segment<P.kv>> segments; ///< in row order

    Tensor<float, Padded<>> residual;    ///< (max_rows, width): the residual stream
    Tensor<Query, Padded<>> queries;     ///< (max_rows, query_width), or twice as many halves
    Tensor<float, Vec<>> query_scales;   ///< (heads, max_rows), for queries in halves
    Tensor<float, RowMajor<>> rotations; ///< (max_rows, rotary_width): cosines and sines
    TeamScratch<P> scratch;              ///< of the threads

    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        return residual.size_bytes() + queries.size_bytes() + query_scales.size_bytes() +
               rotations.size_bytes() + scratch.size_bytes();
    }
    /// Bytes of an object for so many rows and threads.
    static constexpr std::size_t bytes(const BlockShape& shape, std::size_t max_rows,
                                       std::size_t threads) noexcept
    {
        return sizeof(float) *
                   (Padded<>(max_rows, shape.width).required_size<float>() +
                    max_rows * shape.rotary_width + query_scales_size(shape, max_rows)) +
               sizeof(Query) * Padded<>(queries_each * max_rows, shape.query_width())
                                   .template required_size<Query>() +
               TeamScratch<P>::bytes(shape, threads, max_rows);
    }

private:
    /// An int8 cache is multiplied with queries in two halves.
    static constexpr std::size_t queries_each = P.kv == Dtype::int8 ? 2 : 1;
    static constexpr std::size_t query_scales_size(const BlockShape& shape,
                                                   std::size_t max_rows) noexcept
    {
        return P.kv == Dtype::int8 ? shape.heads * max_rows : 0;
    }

    BlockShape shape_; ///< which the memory was made for
    std::size_t max_rows_;
    std::size_t threads_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
