#pragma once

/// \file
/// `Workspace`: the activations of a forward pass and its thread count.

#include <cstddef>
#include <span>
#include <vector>

#include "../parallel.hpp"
#include "chunk.hpp"
#include "workspace_options.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// All of a workspace for decoders in precision P, whatever their sizes.
template <Precision P>
class DecoderPassMemory {
public:
    /// Throws `tfm::Error` when `max_rows` or `logit_rows` is 0.
    DecoderPassMemory(const DecoderShape& shape, const WorkspaceOptions& options)
        : vocab((check(options), shape.vocab)),
          chunk(shape.block(), options.max_rows,
                options.threads == 0 ? default_threads() : options.threads),
          head_normed(Padded<>(head_rows<true>(options.max_rows), shape.width)),
          head_inputs({head_rows<false>(options.max_rows), shape.width}),
          logits(RowMajor<>(options.logit_rows, shape.vocab))
    {
        logit_rows.reserve(options.max_rows);
    }

    std::size_t vocab;                     ///< columns of the logits
    Chunk<P> chunk;                        ///< the rows and their way through the layers
    std::vector<SequenceRows<P.kv>> batch; ///< what the caller asked for
    std::vector<std::size_t> logit_rows;   ///< rows of the chunk whose logits are wanted
    Tensor<float, Padded<>> head_normed;   ///< (max_rows, width): the wanted rows' final norm,
    MatmulInputs<P> head_inputs;           ///< or the same as inputs of the head
    Tensor<float, RowMajor<>> logits;      ///< (logit_rows, vocab): for callbacks

    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        return chunk.size_bytes() + head_normed.size_bytes() + head_inputs.size_bytes() +
               logits.size_bytes();
    }
    /// Bytes of an object made with these options.
    static constexpr std::size_t bytes(const DecoderShape& shape,
                                       const WorkspaceOptions& options) noexcept
    {
        return Chunk<P>::bytes(shape.block(), options.max_rows, options.threads) +
               sizeof(float) * (Padded<>(head_rows<true>(options.max_rows), shape.width)
                                    .template required_size<float>() +
                                options.logit_rows * shape.vocab) +
               MatmulInputs<P>::bytes({head_rows<false>(options.max_rows), shape.width});
    }

private:
    /// Rows for the head are kept as floats or as something else.
    template <bool AsFloats>
    static constexpr std::size_t head_rows(std::size_t max_rows) noexcept
    {
        return MatmulInputs<P>::template takes<float> == AsFloats ? max_rows : 0;
    }

    static void check(const WorkspaceOptions& options)
    {
        require(options.max_rows > 0 && options.logit_rows > 0, [] {
            return "tfm::Workspace: max_rows and logit_rows must be at least 1, found 0";
        });
    }
};

} // namespace detail

/// Memory for the activations of one forward pass at a time, for decoders of shape S. Any number of
/// models and sessions may use it in turn; concurrent passes need one each.
template <DecoderShape S, Precision P>
class Workspace {
public:
    /// Where the shape's sizes are numbers. Throws `tfm::Error` when `max_rows` or `logit_rows` is
    /// 0.
    explicit Workspace(WorkspaceOptions options = {}) requires(S.is_static()) : memory_(S, options)
    {
    }
    /// For models of the same sizes as this one. Defined in nn/decoder.hpp. Throws the same.
    explicit Workspace(const Decoder<S, P>& model, WorkspaceOptions options = {});

    /// Rows of one chunk.
    std::size_t max_rows() const noexcept { return memory_.chunk.max_rows(); }
    /// Threads of a forward pass.
    std::size_t threads() const noexcept { return memory_.chunk.threads(); }
    /// Bytes of all tensors.
    std::size_t size_bytes() const noexcept { return memory_.size_bytes(); }

    /// Bytes of tensors of a workspace made with these options; `threads` must be given.
    static constexpr std::size_t bytes(WorkspaceOptions options) noexcept requires(S.is_static())
    {
        return detail::DecoderPassMemory<P>::bytes(S, options);
    }

    /// Takes note of what a forward pass is asked for.
    void set_batch(std::span<const Rows<S, P>> batch)
    {
        memory_.batch.clear();
        for (const Rows<S, P>& rows : batch) memory_.batch.push_back(rows.rows());
    }
    /// The memory itself, for `forward`.
    detail::DecoderPassMemory<P>& memory() noexcept { return memory_; }

private:
    detail::DecoderPassMemory<P> memory_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
