#pragma once

/// \file
/// Queries, keys and values on their way to an int8 cache.

#include <cstddef>

#include "../kernels/append.hpp"
#include "decoder_shape.hpp"
#include "schedule.hpp"
#include "workspace.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// What becomes of a block's projected rows: queries in two halves, keys and values in the caches
/// of their sessions, each head's with a scale. The threads of the block share it.
template <DecoderShape S, Precision P>
class QuantizeQkv {
    static constexpr std::size_t head_width = S.head_width();

public:
    using Projected = View<const float, Strided<dyn, S.query_width() + 2 * S.key_width()>>;

    /// \param projected the rows [rows.begin, rows.end) of the chunk
    QuantizeQkv(Projected projected, IndexRange rows, std::size_t layer,
                Workspace<S, P>& workspace) noexcept
        : projected_(projected), rows_(rows), layer_(layer), workspace_(workspace)
    {
    }

    void run(const Schedule& schedule) const noexcept
    {
        constexpr std::size_t items = S.heads + S.key_heads(); // of a row
        std::size_t const all = rows_.size() * items;
        IndexRange const mine =
            schedule.by_columns() ? schedule.team().share(all) : IndexRange{0, all};
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            std::size_t const head = i % items;
            if (head < S.heads) {
                split_query(i / items, head);
            } else {
                append(i / items, head - S.heads);
            }
        }
    }

private:
    void split_query(std::size_t row, std::size_t head) const noexcept
    {
        std::size_t const place = rows_.begin + row;
        auto const queries = workspace_.queries.view();
        std::size_t const column = head * head_width;
        workspace_.query_scales(head * workspace_.max_rows() + place) =
            split_row(projected_.row(row) + column, head_width, queries.row(2 * place) + column,
                      queries.row(2 * place + 1) + column);
    }

    void append(std::size_t row, std::size_t head) const noexcept
    {
        auto const& place = workspace_.places[rows_.begin + row];
        const float* const key = projected_.row(row) + S.query_width() + head * head_width;
        append_key(key, place.cache->keys(layer_, head), place.position);
        append_value(key + S.key_width(), place.cache->values(layer_, head), place.position);
    }

    Projected projected_;
    IndexRange rows_;
    std::size_t layer_;
    Workspace<S, P>& workspace_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
