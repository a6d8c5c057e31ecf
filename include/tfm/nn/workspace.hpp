#pragma once

/// \file
/// `Workspace`: the activations of a forward pass and its thread count.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "../parallel.hpp"
#include "block_scratch.hpp"
#include "session.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// What a workspace is made for.
struct WorkspaceOptions {
    std::size_t max_rows = 512;  ///< rows of one chunk; longer inputs take several
    std::size_t threads = 0;     ///< threads of a forward pass; 0: OpenMP's setting
    std::size_t logit_rows = 32; ///< rows of logits handed to a callback at once
};

/// Memory for the activations of one forward pass at a time, for decoders of shape S. Any number of
/// models and sessions may use it in turn; concurrent passes need one each.
template <DecoderShape S, Precision P>
class Workspace {
public:
    /// Throws `tfm::Error` when `max_rows` or `logit_rows` is 0.
    explicit Workspace(WorkspaceOptions options = {})
        : max_rows_(options.max_rows),
          threads_(options.threads == 0 ? default_threads() : options.threads),
          residual(Wide(options.max_rows, S.width)),
          queries(Queries(queries_each * options.max_rows, S.query_width())),
          query_scales(Vec<>(query_scales_size(options.max_rows))),
          rotations(Rotations(options.max_rows, S.rotary_width())),
          head_inputs(Wide(options.max_rows, S.width)),
          logits(RowMajor<dyn, S.vocab>(options.logit_rows, S.vocab)),
          scratch(TeamScratch<S, P>{threads_, options.max_rows}.make())
    {
        require(max_rows_ > 0 && options.logit_rows > 0, [] {
            return "tfm::Workspace: max_rows and logit_rows must be at least 1, found 0";
        });
        places.reserve(max_rows_);
        logit_rows.reserve(max_rows_);
    }

    /// Rows of one chunk.
    std::size_t max_rows() const noexcept { return max_rows_; }
    /// Threads of a forward pass.
    std::size_t threads() const noexcept { return threads_; }
    /// Rows a thread carries through a layer at once.
    std::size_t block_rows() const noexcept
    {
        return TeamScratch<S, P>{threads_, max_rows_}.block_rows();
    }

    /// Bytes of tensors of a workspace made with these options; `threads` must be given.
    static constexpr std::size_t bytes(WorkspaceOptions options) noexcept
    {
        std::size_t const max_rows = options.max_rows;
        return sizeof(float) * (options.logit_rows * S.vocab +
                                2 * Wide(max_rows, S.width).template required_size<float>() +
                                max_rows * S.rotary_width() + query_scales_size(max_rows)) +
               sizeof(QueryElement) * Queries(queries_each * max_rows, S.query_width())
                                          .template required_size<QueryElement>() +
               TeamScratch<S, P>{options.threads, max_rows}.bytes();
    }

private:
    using QueryElement = typename KvCache<S, P>::Input;
    using Wide = Padded<dyn, S.width>;
    using Queries = Padded<dyn, S.query_width()>;
    using Rotations = RowMajor<dyn, S.rotary_width()>;

    /// An int8 cache is multiplied with queries in two halves.
    static constexpr std::size_t queries_each = P.kv == Dtype::int8 ? 2 : 1;
    static constexpr std::size_t query_scales_size(std::size_t max_rows) noexcept
    {
        return P.kv == Dtype::int8 ? S.heads * max_rows : 0;
    }

    std::size_t max_rows_;
    std::size_t threads_;

public:
    /// \name For `forward`
    /// @{

    /// Where a row stands: its token, and the cache and position it is appended to.
    struct Place {
        KvCache<S, P>* cache; ///< of its session
        std::size_t position; ///< in the cache
        Token token;          ///< its id
    };
    /// Consecutive rows of one session.
    struct Segment {
        KvCache<S, P>* cache;       ///< of the session
        std::size_t first_row;      ///< in the chunk
        std::size_t rows;           ///< how many
        std::size_t first_position; ///< in the cache
    };

    std::vector<Place> places;           ///< of each row of the chunk
    std::vector<Segment> segments;       ///< of the chunk, in row order
    std::vector<std::size_t> logit_rows; ///< rows whose logits are wanted

    Tensor<float, Wide> residual;          ///< (max_rows, width): the residual stream
    Tensor<QueryElement, Queries> queries; ///< (max_rows, query_width), or twice as many halves
    Tensor<float, Vec<>> query_scales;     ///< (heads, max_rows), for queries in halves
    /// (max_rows, rotary_width): cosines and sines of each row's position, alternating
    Tensor<float, Rotations> rotations;
    Tensor<float, Wide> head_inputs; ///< (max_rows, width): the final norm of wanted rows
    Tensor<float, RowMajor<dyn, S.vocab>> logits; ///< (logit_rows, vocab): for callbacks
    std::vector<BlockScratch<S, P>> scratch;      ///< of each thread
    /// @}
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
