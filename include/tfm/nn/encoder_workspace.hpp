#pragma once

/// \file
/// `EncoderWorkspace`: the activations of an encoder's forward pass and its thread count.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "../parallel.hpp"
#include "encoder_shape.hpp"
#include "kv_cache.hpp"
#include "workspace.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// A sequence for an encoder.
struct EncoderInput {
    std::span<const Token> tokens;     ///< special tokens among them
    std::span<const Token> types = {}; ///< of each token; none: all 0
};

/// What an encoder's workspace is made for.
struct EncoderWorkspaceOptions {
    std::size_t max_rows = 512; ///< tokens of one chunk of a batch; a sequence may have no more
    std::size_t threads = 0;    ///< threads of a forward pass; 0: OpenMP's setting
};

/// Memory for the activations of one forward pass at a time, for encoders of shape S. Any number of
/// models may use it in turn; concurrent passes need one each.
template <EncoderShape S, Precision P>
class EncoderWorkspace {
public:
    /// What the blocks are: a decoder's, but for the extent of their attention.
    static constexpr DecoderShape body = S.body();

    /// Keys and values of two layers, used in turn: while some threads append to one layer's,
    /// others still read those of the layer before.
    static constexpr DecoderShape cached = [] {
        DecoderShape shape = S.body();
        shape.layers = 2;
        return shape;
    }();
    using Cache = KvCache<cached, P>; ///< of those two

    /// Throws `tfm::Error` when `max_rows` is 0.
    explicit EncoderWorkspace(EncoderWorkspaceOptions options = {})
        : max_rows_((require(options.max_rows > 0,
                             [] {
                                 return "tfm::EncoderWorkspace: max_rows must be at least 1, "
                                        "found 0";
                             }),
                     options.max_rows)),
          threads_(options.threads == 0 ? default_threads() : options.threads),
          cache(positions_for(options.max_rows)), residual(Wide(options.max_rows, S.width)),
          queries(Wide(options.max_rows, S.width)), features(Wide(options.max_rows, S.width)),
          pooled(Wide(options.max_rows, S.width)),
          scratch(TeamScratch<body, P>{threads_, options.max_rows}.make())
    {
        places.reserve(max_rows_);
        sequences.reserve(max_rows_);
    }

    /// Tokens of one chunk.
    std::size_t max_rows() const noexcept { return max_rows_; }
    /// Threads of a forward pass.
    std::size_t threads() const noexcept { return threads_; }
    /// Rows a thread carries through a layer at once.
    std::size_t block_rows() const noexcept
    {
        return TeamScratch<body, P>{threads_, max_rows_}.block_rows();
    }

    /// Bytes of tensors of a workspace made with these options; `threads` must be given.
    static constexpr std::size_t bytes(EncoderWorkspaceOptions options) noexcept
    {
        std::size_t const max_rows = options.max_rows;
        return Cache::bytes(positions_for(max_rows)) +
               sizeof(float) * 3 * Wide(max_rows, S.width).template required_size<float>() +
               sizeof(typename Cache::Input) *
                   Wide(max_rows, S.width).template required_size<typename Cache::Input>() +
               TeamScratch<body, P>{options.threads, max_rows}.bytes();
    }

    /// Where in the cache a sequence may begin: at a panel of keys and a whole tile of values.
    static constexpr std::size_t sequence_alignment =
        std::is_same_v<typename Cache::Element, float> ? panel_width : detail::attention_alignment;

private:
    using Wide = Padded<dyn, S.width>;

    /// Short sequences need more positions than they have tokens: up to twice as many are there.
    static constexpr std::size_t positions_for(std::size_t max_rows) noexcept
    {
        return round_up(max_rows, sequence_alignment) * 2;
    }

    std::size_t max_rows_;
    std::size_t threads_;

public:
    /// \name For `encode` and its kin
    /// @{

    /// Consecutive rows of one sequence.
    struct Sequence {
        const EncoderInput* input;  ///< whose rows these are
        std::size_t first_row;      ///< in the chunk
        std::size_t first_position; ///< in the cache; a multiple of sequence_alignment
    };

    /// Where a row's keys and values go, for the sinks of the projections.
    std::vector<typename Workspace<cached, P>::Place> places;
    std::vector<Sequence> sequences; ///< of the chunk, in row order

    Cache cache;
    Tensor<float, Wide> residual;                ///< (max_rows, width): the residual stream
    Tensor<typename Cache::Input, Wide> queries; ///< (max_rows, width)
    Tensor<float, Wide> features;                ///< (max_rows, width): each sequence's, pooled
    Tensor<float, Wide> pooled; ///< (max_rows, width): what the pooler makes of them
    std::vector<BlockScratch<body, P>> scratch; ///< of each thread
    /// @}
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
