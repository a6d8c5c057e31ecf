#pragma once

/// \file
/// `EncoderWorkspace`: the activations of an encoder's forward pass and its thread count.

#include <cstddef>
#include <type_traits>
#include <vector>

#include "../parallel.hpp"
#include "chunk.hpp"
#include "encoder_shape.hpp"
#include "tokens.hpp"
#include "workspace_options.hpp"

#include "../hide_macros.hpp"

namespace tfm {

inline namespace TFM_ISA_NAMESPACE {

template <EncoderShape S, Precision P>
class Encoder;

namespace detail {

/// All of a workspace for encoders in precision P, whatever their sizes.
template <Precision P>
class EncoderPassMemory {
    using Cache = KvCache<P.kv>;

public:
    /// Layers whose keys and values are kept, used in turn: while some threads append to one
    /// layer's, others still read those of the layer before.
    static constexpr std::size_t cached_layers = 2;

    /// Where in the cache a sequence may begin: at a panel of keys and a whole tile of values.
    static constexpr std::size_t sequence_alignment =
        std::is_same_v<typename Cache::Element, float> ? panel_width : attention_alignment;

    /// Throws `tfm::Error` when `max_rows` is 0.
    EncoderPassMemory(const EncoderShape& shape, const EncoderWorkspaceOptions& options)
        : chunk((check(options), shape.block()), options.max_rows,
                options.threads == 0 ? default_threads() : options.threads),
          cache(cache_shape(shape), positions_for(options.max_rows)),
          features(Padded<>(options.max_rows, shape.width)),
          pooled(Padded<>(options.max_rows, shape.width))
    {
        sequences.reserve(options.max_rows);
    }

    Chunk<P> chunk;                             ///< the rows and their way through the layers
    Cache cache;                                ///< of all sequences, one after the other
    std::vector<const EncoderInput*> sequences; ///< of the chunk, in the order of its segments
    Tensor<float, Padded<>> features;           ///< (max_rows, width): each sequence's, pooled
    Tensor<float, Padded<>> pooled; ///< (max_rows, width): what the pooler makes of them

    /// Bytes of an object made with these options.
    static constexpr std::size_t bytes(const EncoderShape& shape,
                                       const EncoderWorkspaceOptions& options) noexcept
    {
        std::size_t const rows = options.max_rows;
        return Chunk<P>::bytes(shape.block(), rows, options.threads) +
               Cache::bytes(cache_shape(shape), positions_for(rows)) +
               2 * sizeof(float) * Padded<>(rows, shape.width).template required_size<float>();
    }

private:
    static constexpr CacheShape cache_shape(const EncoderShape& shape) noexcept
    {
        return nn_detail::cache_shape(shape.block(), cached_layers);
    }

    /// Short sequences need more positions than they have tokens: up to twice as many are there.
    static constexpr std::size_t positions_for(std::size_t max_rows) noexcept
    {
        return round_up(max_rows, sequence_alignment) * 2;
    }

    static void check(const EncoderWorkspaceOptions& options)
    {
        require(options.max_rows > 0,
                [] { return "tfm::EncoderWorkspace: max_rows must be at least 1, found 0"; });
    }
};

} // namespace detail

/// Memory for the activations of one forward pass at a time, for encoders of shape S. Any number of
/// models may use it in turn; concurrent passes need one each.
template <EncoderShape S, Precision P>
class EncoderWorkspace {
public:
    /// Where the shape's sizes are numbers. Throws `tfm::Error` when `max_rows` is 0.
    explicit EncoderWorkspace(EncoderWorkspaceOptions options = {}) requires(S.is_static())
        : memory_(S, options)
    {
    }
    /// For models of the same sizes as this one. Defined in nn/encoder.hpp. Throws the same.
    explicit EncoderWorkspace(const Encoder<S, P>& model, EncoderWorkspaceOptions options = {});

    /// Tokens of one chunk.
    std::size_t max_rows() const noexcept { return memory_.chunk.max_rows(); }
    /// Threads of a forward pass.
    std::size_t threads() const noexcept { return memory_.chunk.threads(); }

    /// Bytes of tensors of a workspace made with these options; `threads` must be given.
    static constexpr std::size_t bytes(EncoderWorkspaceOptions options) noexcept
        requires(S.is_static())
    {
        return detail::EncoderPassMemory<P>::bytes(S, options);
    }

    /// The memory itself, for `encode` and its kin.
    detail::EncoderPassMemory<P>& memory() noexcept { return memory_; }

private:
    detail::EncoderPassMemory<P> memory_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
