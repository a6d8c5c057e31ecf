#pragma once

/// \file
/// `any::Decoder` in one precision, of all sizes and forms.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../generate/generate_tokens.hpp"
#include "../nn/decoder.hpp"
#include "linked.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace any_detail {

/// Positions of each session that options ask for.
constexpr std::size_t session_positions(const DecoderShape& shape,
                                        const any::BatchOptions& options) noexcept
{
    return options.positions == 0 ? shape.context : options.positions;
}

/// Sessions of a model in precision P.
template <Precision P>
class LoadedBatch final : public any::Batch {
public:
    LoadedBatch(std::shared_ptr<const detail::DecoderModel<P>> model,
                const any::BatchOptions& options)
        : model_(std::move(model)), memory_(model_->weights.shape, options.workspace)
    {
        require(options.sessions > 0,
                [] { return "tfm::any::Batch: sessions: expected at least 1, found 0"; });
        auto const& weights = model_->weights;
        CacheShape const cached = nn_detail::cache_shape(weights.shape);
        sequences_.reserve(options.sessions);
        for (std::size_t i = 0; i < options.sessions; ++i) {
            sequences_.emplace_back(cached, session_positions(weights.shape, options),
                                    weights.shape.context);
        }
    }

    std::size_t sessions() const noexcept override { return sequences_.size(); }

    std::span<const Token> tokens(std::size_t session) const override
    {
        check(session);
        return sequences_[session].tokens();
    }

    std::size_t position(std::size_t session) const override { return tokens(session).size(); }

    void rewind(std::size_t session, std::size_t position) override
    {
        sequence(session).rewind(position);
    }

    void forward(std::span<const any::Rows> rows, any::OnLogits on_logits) override
    {
        memory_.batch.clear();
        for (const any::Rows& row : rows)
            memory_.batch.push_back({&sequence(row.session), row.tokens, row.logits});
        auto const finished = [&](std::size_t first, View<const float, RowMajor<>> logits) {
            if (on_logits) on_logits(first, {logits.data(), logits.rows() * logits.cols()});
        };
        detail::forward_to_callback<P>(*model_, memory_, finished);
    }

    StopReason generate(std::size_t session, std::span<const Token> prompt,
                        const GenerateOptions& options, any::OnToken on_token) override
    {
        return detail::generate<P>(*model_, memory_, sequence(session), prompt, options, on_token);
    }

    StopReason continue_text(std::size_t session, std::vector<Token>& text,
                             const GenerateOptions& options, any::OnToken on_token) override
    {
        return detail::continue_text<P>(*model_, memory_, sequence(session), text, options,
                                        on_token);
    }

private:
    void check(std::size_t session) const
    {
        require(session < sequences_.size(), [&] {
            return "tfm::any::Batch: session " + std::to_string(session) +
                   " is out of range; expected 0 to " + std::to_string(sequences_.size() - 1);
        });
    }

    detail::Sequence<P.kv>& sequence(std::size_t number)
    {
        check(number);
        return sequences_[number];
    }

    std::shared_ptr<const detail::DecoderModel<P>> model_;
    detail::DecoderPassMemory<P> memory_;
    std::vector<detail::Sequence<P.kv>> sequences_;
};

/// A decoder in precision P.
template <Precision P>
class LoadedDecoder final : public any::FileDecoder {
public:
    /// All parameters zero; run by the code of its form.
    LoadedDecoder(const DecoderShape& shape, detail::InnerFeatures<P> inner_features)
        : model_(std::make_shared<detail::DecoderModel<P>>(
              detail::DecoderModel<P>{detail::DecoderWeights<P.weights>(shape), inner_features}))
    {
    }

    const DecoderShape& shape() const noexcept override { return model_->weights.shape; }
    Precision precision() const noexcept override { return P; }
    std::size_t weight_bytes() const noexcept override
    {
        return nn_detail::parameter_bytes(shape(), P.weights);
    }

    std::unique_ptr<any::Batch> make_batch(const any::BatchOptions& options) const override
    {
        return std::make_unique<LoadedBatch<P>>(model_, options);
    }

    void
    use_weights(FunctionRef<void(any::StoredWeights<DecoderShape>& weights)> use) const override
    {
        any::lend(model_->weights, use);
    }

private:
    std::shared_ptr<detail::DecoderModel<P>> model_; ///< read only, once it is loaded
};

/// `tfm::any::memory_use` in precision P.
template <Precision P>
any::MemoryUse memory_use_in(const DecoderShape& shape, const any::BatchOptions& options)
{
    check_rules(shape);
    WorkspaceOptions workspace = options.workspace;
    if (workspace.threads == 0) workspace.threads = default_threads();
    CacheShape const cached = nn_detail::cache_shape(shape);
    return {nn_detail::parameter_bytes(shape, P.weights),
            options.sessions * KvCache<P.kv>::bytes(cached, session_positions(shape, options)),
            detail::DecoderPassMemory<P>::bytes(shape, workspace)};
}

} // namespace any_detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
