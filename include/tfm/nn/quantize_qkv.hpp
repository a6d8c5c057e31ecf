#pragma once

/// \file
/// Queries, keys and values on their way to an int8 cache.

#include <cstddef>

#include "../kernels/append.hpp"
#include "chunk.hpp"
#include "schedule.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// What becomes of a block's projected rows: queries in two halves, keys and values in the caches
/// of their sequences, each head's with a scale. The threads of the block share it.
template <Precision P>
class QuantizeQkv {
public:
    /// \param projected the rows [rows.begin, rows.end) of the chunk: queries, keys, values
    /// \param layer     of the cache
    QuantizeQkv(View<const float, Strided<>> projected, IndexRange rows, std::size_t layer,
                const BlockShape& shape, Chunk<P>& chunk) noexcept
        : projected_(projected), rows_(rows), layer_(layer), shape_(shape), chunk_(chunk)
    {
    }

    void run(const Schedule& schedule) const noexcept
    {
        std::size_t const items = shape_.heads + shape_.kv_heads; // of a row
        std::size_t const all = rows_.size() * items;
        IndexRange const mine =
            schedule.by_columns() ? schedule.team().share(all) : IndexRange{0, all};
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            std::size_t const head = i % items;
            if (head < shape_.heads) {
                split_query(i / items, head);
            } else {
                append(i / items, head - shape_.heads);
            }
        }
    }

private:
    void split_query(std::size_t row, std::size_t head) const noexcept
    {
        std::size_t const head_width = shape_.head_width;
        std::size_t const place = rows_.begin + row;
        auto const queries = chunk_.queries.view();
        std::size_t const column = head * head_width;
        chunk_.query_scales(head * chunk_.max_rows() + place) =
            split_row(projected_.row(row) + column, head_width, queries.row(2 * place) + column,
                      queries.row(2 * place + 1) + column);
    }

    void append(std::size_t row, std::size_t head) const noexcept
    {
        auto const& place = chunk_.places[rows_.begin + row];
        const float* const key =
            projected_.row(row) + shape_.query_width() + head * shape_.head_width;
        append_key(key, place.cache->keys(layer_, head), place.position);
        append_value(key + shape_.key_width(), place.cache->values(layer_, head), place.position);
    }

    View<const float, Strided<>> projected_;
    IndexRange rows_;
    std::size_t layer_;
    const BlockShape& shape_;
    Chunk<P>& chunk_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
