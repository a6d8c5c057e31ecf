#pragma once

/// \file
/// The models of one precision, for the units that instantiate them and no others.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <tfm/models/load.hpp>

#include "any_model.hpp"
#include "compiled_shapes.hpp"

namespace gpt2_program {

template <tfm::DecoderShape S, tfm::Precision P>
class BatchOf final : public AnyBatch {
public:
    BatchOf(const tfm::Decoder<S, P>& model, const BatchOptions& options)
        : model_(model), workspace_({.max_rows = std::clamp<std::size_t>(
                                         options.sessions * options.positions, 1, options.max_rows),
                                     .threads = options.threads,
                                     .logit_rows = std::max<std::size_t>(options.sessions, 32)})
    {
        sessions_.reserve(options.sessions);
        for (std::size_t i = 0; i < options.sessions; ++i)
            sessions_.emplace_back(options.positions);
    }

    void forward(std::span<const std::int32_t> tokens, tfm::Logits which,
                 const OnLogits& on_logits) override
    {
        rows_.clear();
        for (auto& session : sessions_) rows_.push_back({&session, tokens, which});
        using LogitsView = tfm::View<const float, tfm::RowMajor<tfm::dyn, S.vocab>>;
        tfm::forward(model_, workspace_, rows_, [&](std::size_t, LogitsView logits) {
            for (std::size_t i = 0; i < logits.rows(); ++i)
                on_logits({logits.data() + i * S.vocab, S.vocab});
        });
    }

    void rewind(std::size_t position) override
    {
        for (auto& session : sessions_) session.rewind(position);
    }

private:
    const tfm::Decoder<S, P>& model_;
    tfm::Workspace<S, P> workspace_;
    std::vector<tfm::Session<S, P>> sessions_;
    std::vector<tfm::Rows<S, P>> rows_;
};

template <tfm::DecoderShape S, tfm::Precision P>
class ModelOf final : public AnyModel {
public:
    explicit ModelOf(tfm::Decoder<S, P> model) : model_(std::move(model)) {}

    tfm::StopReason generate(std::span<const std::int32_t> prompt,
                             const tfm::GenerateOptions& options,
                             const OnToken& on_token) const override
    {
        // The last token is handed out and not fed, so it needs no position.
        std::size_t const fed = prompt.size() + std::max<std::size_t>(options.max_new_tokens, 1);
        tfm::Session<S, P> session(std::min(S.context, fed - 1));
        tfm::Workspace<S, P> workspace({.max_rows = std::clamp<std::size_t>(prompt.size(), 1, 512),
                                        .threads = options.threads,
                                        .logit_rows = 1});
        return tfm::generate(model_, workspace, session, prompt, options, on_token);
    }

    void pack(const std::filesystem::path& file, const tfm::PackProgress& progress) override
    {
        tfm::write_packed_file(model_, file, progress);
    }

    std::unique_ptr<AnyBatch> make_batch(const BatchOptions& options) const override
    {
        return std::make_unique<BatchOf<S, P>>(model_, options);
    }

private:
    tfm::Decoder<S, P> model_;
};

template <tfm::DecoderShape S, tfm::Precision P>
std::unique_ptr<AnyModel> load(const std::filesystem::path& folder)
{
    return std::make_unique<ModelOf<S, P>>(tfm::Decoder<S, P>::load(folder));
}

template <tfm::DecoderShape S, tfm::Precision P>
MemoryUse memory(std::size_t threads)
{
    return {.weights = tfm::Decoder<S, P>::weight_bytes(),
            .kv_cache = tfm::Session<S, P>::bytes(S.context),
            .workspace = tfm::Workspace<S, P>::bytes({.threads = threads})};
}

template <tfm::Precision P, std::size_t... Index>
constexpr auto models_of_shapes(std::index_sequence<Index...>)
{
    return std::array{CompiledModel{&load<compiled_shapes[Index].shape, P>,
                                    &memory<compiled_shapes[Index].shape, P>}...};
}

template <tfm::Precision P>
std::span<const CompiledModel> compiled_models()
{
    static constexpr auto models =
        models_of_shapes<P>(std::make_index_sequence<compiled_shapes.size()>());
    return models;
}

} // namespace gpt2_program
