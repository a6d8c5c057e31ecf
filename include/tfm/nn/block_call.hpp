#pragma once

/// \file
/// The way of a caller's rows through `BlockPass`, which a block, an attention and an MLP share.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../parallel.hpp"
#include "block_pass.hpp"
#include "caller_rows.hpp"
#include "parameters.hpp"
#include "rotary.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Which positions a row of a `Block` or an `Attention` sees, within the shape's window.
enum class AttentionKind {
    causal,        ///< those up to its own
    bidirectional, ///< all that the cache holds and all of the same call, as an encoder's
};

inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// A block or a part of one, of any sizes, in precision P: parameters and the code of its form.
template <Precision P>
struct BlockModel {
    /// All parameters zero.
    BlockModel(const BlockShape& sizes, InnerFeatures<P> code)
        : block_shape(sizes), inner_features(code)
    {
        for (const ParameterTensor& entry : parameters(0))
            entry.tensor.visit([&](auto& tensor) { nn_detail::allocate(tensor, entry.parameter); });
    }

    /// Every parameter with the tensor that holds it, as those of block number `layer`.
    std::vector<ParameterTensor> parameters(std::size_t layer)
    {
        nn_detail::ParameterCollector collector;
        nn_detail::visit_block(block_shape, layer, collector);
        std::vector<ParameterTensor> list;
        for (const Parameter& parameter : collector.parameters)
            list.push_back({parameter, weights.tensor(parameter)});
        return list;
    }

    BlockShape block_shape; ///< every size a number; of a part, without what it lacks
    BlockWeights<P.weights> weights;
    InnerFeatures<P> inner_features; ///< null where there is no MLP
    bool is_filled = false;          ///< whether parameters are more than zeros
};

/// The keys and values of a sequence and how far it has got.
template <Dtype D>
struct CachedPositions {
    KvCache<D> cache;
    std::size_t position = 0; ///< of the next row
};

/// Fails unless there is room for `rows` further rows.
template <Precision P>
void check_cache(const char* who, const BlockShape& shape, const CachedPositions<P.kv>& cached,
                 std::size_t rows)
{
    require(cached.cache.shape() == nn_detail::cache_shape(shape, 1), [&] {
        return std::string(who) +
               "::forward: the cache was made for other heads; make one for this: "
               "Cache(positions), or Cache(block, positions)";
    });
    std::size_t const positions = cached.cache.positions();
    require(rows <= positions - cached.position, [&] {
        return std::string(who) + "::forward: " + std::to_string(rows) +
               " rows do not fit; the cache has " + std::to_string(cached.position) + " of its " +
               std::to_string(positions) + " positions in use";
    });
}

/// A caller's rows on their way through a block or a part of one.
template <Precision P>
struct BlockCall {
    const char* who; ///< as errors name it
    const BlockModel<P>& model;
    Chunk<P>& chunk;
    CachedPositions<P.kv>* cached; ///< null of an MLP
    InputRows x;
    OutputRows out; ///< may be x
    AttentionKind mask = AttentionKind::causal;

    /// Checks all that a caller can get wrong and runs the rows chunk by chunk: `run(pass, rows)`
    /// is called by each thread and leaves the results in the residual stream, complete.
    template <class Run>
    void operator()(Run run) const
    {
        check();
        for (std::size_t first = 0; first < x.rows(); first += chunk.max_rows()) {
            std::size_t const count = std::min(chunk.max_rows(), x.rows() - first);
            plan(first, count);
            parallel(chunk.threads(), [&](Team team) {
                BlockPass<P> const pass(
                    {std::span(&model.weights, 1), model.block_shape, model.inner_features, 1},
                    chunk, team);
                turn_positions(team);
                run(pass, team, row_range(x, first, count));
                auto const results = row_range(std::as_const(chunk.residual).view(), 0, count);
                copy_share(team, results, row_range(out, first, count));
            });
        }
        if (cached != nullptr) cached->position += x.rows();
    }

    /// Rows of the residual stream = x, for the threads that will read them.
    void load_residual(const BlockPass<P>& pass, Team team, InputRows rows) const noexcept
    {
        copy_share(team, rows, row_range(chunk.residual.view(), 0, rows.rows()));
        pass.schedule().sync_block();
    }

private:
    void check() const
    {
        BlockShape const& shape = model.block_shape;
        nn_detail::require_filled(who, model.is_filled);
        check_rows(who, x, shape.width, out, shape.width);
        require(chunk.fits(shape), [&] {
            return std::string(who) +
                   "::forward: the workspace was made for other sizes; make one for this: "
                   "Workspace(options), or Workspace(block, options)";
        });
        if (cached == nullptr) return;
        check_cache<P>(who, shape, *cached, x.rows());
        require(mask == AttentionKind::causal || x.rows() <= chunk.max_rows(), [&] {
            return std::string(who) + "::forward: " + std::to_string(x.rows()) +
                   " rows that all see each other; the workspace was made for " +
                   std::to_string(chunk.max_rows()) + ": give it more max_rows";
        });
    }

    /// Describes rows [first, first + count) in the chunk.
    void plan(std::size_t first, std::size_t count) const
    {
        chunk.places.clear();
        chunk.segments.clear();
        KvCache<P.kv>* const cache = cached == nullptr ? nullptr : &cached->cache;
        std::size_t const position = (cached == nullptr ? 0 : cached->position) + first;
        for (std::size_t i = 0; i < count; ++i) chunk.places.push_back({cache, position + i, 0});
        std::size_t const seen = mask == AttentionKind::causal ? 0 : position + count;
        chunk.segments.push_back({cache, 0, count, position, 0, seen});
    }

    /// This thread's share of the angles of rotary positions.
    void turn_positions(Team team) const noexcept
    {
        BlockShape const& shape = model.block_shape;
        IndexRange const mine = team.share(chunk.places.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            rotary_angles(shape.rotary, shape.rotary_width, chunk.places[i].position,
                          chunk.rotations.view().row(i));
        team.barrier();
    }

    static void copy_share(Team team, InputRows from, OutputRows to) noexcept
    {
        IndexRange const mine = team.share(from.rows());
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            std::copy_n(from.row(i), from.cols(), to.row(i));
    }
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
