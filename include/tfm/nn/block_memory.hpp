#pragma once

/// \file
/// What `Block`, `Attention` and `Mlp` work in: `BlockWorkspace` and `BlockCache`.

#include <cstddef>
#include <string>

#include "../parallel.hpp"
#include "block_call.hpp"
#include "workspace_options.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

template <BlockShape S, Precision P>
class BlockPart;

/// Memory for the rows of one `Block`, `Attention` or `Mlp` at a time, which have a name for
/// theirs: `Block<shape>::Workspace`. Any number of them may use it in turn; concurrent calls need
/// one each.
template <BlockShape S, Precision P>
class BlockWorkspace {
public:
    /// Where the shape's sizes are numbers. Throws `tfm::Error` when `max_rows` is 0.
    explicit BlockWorkspace(BlockWorkspaceOptions options = {}) requires(S.is_static())
        : BlockWorkspace(S, options)
    {
    }
    /// For blocks or parts of the same sizes as this one. Throws the same.
    explicit BlockWorkspace(const BlockPart<S, P>& part, BlockWorkspaceOptions options = {})
        : BlockWorkspace(part.model().block_shape, options)
    {
    }

    /// Rows of one chunk.
    std::size_t max_rows() const noexcept { return chunk_.max_rows(); }
    /// Threads of a call.
    std::size_t threads() const noexcept { return chunk_.threads(); }
    /// The memory itself.
    detail::Chunk<P>& chunk() noexcept { return chunk_; }

private:
    BlockWorkspace(const BlockShape& sizes, BlockWorkspaceOptions options)
        : chunk_((check(options), sizes), options.max_rows,
                 options.threads == 0 ? default_threads() : options.threads)
    {
    }
    static void check(BlockWorkspaceOptions options)
    {
        require(options.max_rows > 0,
                [] { return "tfm::BlockWorkspace: max_rows must be at least 1, found 0"; });
    }

    detail::Chunk<P> chunk_;
};

/// The keys and values that a `Block` or an `Attention` has seen of one sequence, which have a name
/// for theirs: `Block<shape>::Cache`. Used by one call at a time.
template <CacheShape S, Dtype D>
class BlockCache {
public:
    /// Room for so many positions, where the shape's sizes are numbers. Throws `tfm::Error` when
    /// there are none.
    explicit BlockCache(std::size_t positions) requires(S.heads != dyn && S.head_width != dyn)
        : BlockCache(S, positions)
    {
    }
    /// The same for this block or attention.
    template <BlockShape B, Precision P>
    requires(nn_detail::cache_shape(B, 1) == S && P.kv == D) //
        BlockCache(const BlockPart<B, P>& part, std::size_t positions)
        : BlockCache(nn_detail::cache_shape(part.model().block_shape, 1), positions)
    {
    }

    /// Rows seen so far, which is the position of the next one.
    std::size_t position() const noexcept { return cached_.position; }
    /// Rows it can take in all.
    std::size_t max_positions() const noexcept { return cached_.cache.positions(); }
    /// Forgets the rows from `position` on, so that others can follow there.
    /// Throws `tfm::Error` when the cache has not got that far.
    void rewind(std::size_t position = 0)
    {
        require(position <= cached_.position, [&] {
            return "tfm::BlockCache: cannot rewind to position " + std::to_string(position) +
                   "; the cache has " + std::to_string(cached_.position) + " rows";
        });
        cached_.position = position;
    }

    /// Keys and values themselves.
    detail::CachedPositions<D>& positions() noexcept { return cached_; }

private:
    BlockCache(const CacheShape& sizes, std::size_t positions)
        : cached_{KvCache<D>(sizes, (check(positions), positions))}
    {
    }
    static void check(std::size_t positions)
    {
        require(positions > 0,
                [] { return "tfm::BlockCache: expected room for at least 1 position, found 0"; });
    }

    detail::CachedPositions<D> cached_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
