#pragma once

/// \file
/// `Workspace`: the activations of a forward pass and its thread count.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "../parallel.hpp"
#include "matmul_inputs.hpp"
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
    /// Rows a thread carries through a layer at once: enough that reading the weights costs little
    /// beside the FMAs (each weight is used for this many rows), few enough that their activations
    /// stay in L2 (GPT-2 small: 128 x 768 floats are 390 KB).
    static constexpr std::size_t max_block_rows = 128;

    /// Throws `tfm::Error` when `max_rows` or `logit_rows` is 0.
    explicit Workspace(WorkspaceOptions options = {})
        : max_rows_(options.max_rows),
          threads_(options.threads == 0 ? default_threads() : options.threads),
          residual(Wide(options.max_rows, S.width)),
          queries(Queries(options.max_rows, S.query_width())),
          rotations(Rotations(options.max_rows, S.rotary_width())),
          normed(Wide(threads_ * block_rows(), S.width)),
          head_inputs(Wide(options.max_rows, S.width)),
          attended(Queries(threads_ * block_rows(), S.query_width())),
          hidden(Hidden(threads_ * block_rows(), S.hidden())),
          logits(RowMajor<dyn, S.vocab>(options.logit_rows, S.vocab))
    {
        require(max_rows_ > 0 && options.logit_rows > 0, [] {
            return "tfm::Workspace: max_rows and logit_rows must be at least 1, found 0";
        });
        places.reserve(max_rows_);
        logit_rows.reserve(max_rows_);
        inputs.reserve(threads_);
        for (std::size_t i = 0; i < threads_; ++i) inputs.emplace_back(block_rows(), input_width);
    }

    std::size_t max_rows() const noexcept { return max_rows_; }
    std::size_t threads() const noexcept { return threads_; }
    /// Rows of one block of a thread's scratch memory.
    std::size_t block_rows() const noexcept { return std::min(max_rows_, max_block_rows); }

    /// Bytes of tensors of a workspace made with these options; `threads` must be given.
    static constexpr std::size_t bytes(WorkspaceOptions options) noexcept
    {
        std::size_t const max_rows = options.max_rows;
        std::size_t const scratch = options.threads * std::min(max_rows, max_block_rows);
        return sizeof(float) * (options.logit_rows * S.vocab +
                                2 * Wide(max_rows, S.width).template required_size<float>() +
                                max_rows * S.rotary_width() +
                                Wide(scratch, S.width).template required_size<float>() +
                                Queries(scratch, S.query_width()).template required_size<float>() +
                                Hidden(scratch, S.hidden()).template required_size<float>()) +
               sizeof(QueryElement) *
                   Queries(max_rows, S.query_width()).template required_size<QueryElement>() +
               options.threads *
                   MatmulInputs<P>::bytes(std::min(max_rows, max_block_rows), input_width);
    }

private:
    static constexpr std::size_t input_width = std::max({S.width, S.query_width(), S.hidden()});
    using QueryElement = typename KvCache<S, P>::Input;
    using Wide = Padded<dyn, S.width>;
    using Queries = Padded<dyn, S.query_width()>;
    using Rotations = RowMajor<dyn, S.rotary_width()>;
    using Hidden = Padded<dyn, S.hidden()>;

    std::size_t max_rows_;
    std::size_t threads_;

public:
    /// \name For `forward`
    /// @{

    /// Where a row stands: its token, and the cache and position it is appended to.
    struct Place {
        KvCache<S, P>* cache;
        std::size_t position;
        Token token;
    };
    /// Consecutive rows of one session.
    struct Segment {
        KvCache<S, P>* cache;
        std::size_t first_row;
        std::size_t rows;
        std::size_t first_position;
    };

    std::vector<Place> places;           ///< of each row of the chunk
    std::vector<Segment> segments;       ///< of the chunk, in row order
    std::vector<std::size_t> logit_rows; ///< rows whose logits are wanted

    Tensor<float, Wide> residual;          ///< (max_rows, width): the residual stream
    Tensor<QueryElement, Queries> queries; ///< (max_rows, query_width)
    /// (max_rows, rotary_width): cosines and sines of each row's position, alternating
    Tensor<float, Rotations> rotations;
    Tensor<float, Wide> normed;      ///< (threads * block_rows, width): each thread's norm outputs
    Tensor<float, Wide> head_inputs; ///< (max_rows, width): the final norm of wanted rows
    /// (threads * block_rows, query_width): attention before projection
    Tensor<float, Queries> attended;
    Tensor<float, Hidden> hidden; ///< (threads * block_rows, hidden): the MLP's inner features
    Tensor<float, RowMajor<dyn, S.vocab>> logits; ///< (logit_rows, vocab): for callbacks
    std::vector<MatmulInputs<P>> inputs;          ///< of each thread: block_rows rows
    /// @}
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
