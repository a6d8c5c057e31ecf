/// \file
/// The only unit that instantiates models.

#include "compiled_shapes.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <tfm/models/load.hpp>

#include "any_model.hpp"

namespace gpt2_program {

namespace {

constexpr tfm::Precision fp32 = tfm::precision::fp32;

template <tfm::DecoderShape S>
class BatchOf final : public AnyBatch {
public:
    BatchOf(const tfm::Decoder<S, fp32>& model, const BatchOptions& options)
        : model_(model),
          workspace_(
              {.max_rows = std::clamp<std::size_t>(options.sessions * options.positions, 1, 512),
               .threads = options.threads,
               .logit_rows = 1}),
          logits_({options.sessions, S.vocab})
    {
        sessions_.reserve(options.sessions);
        for (std::size_t i = 0; i < options.sessions; ++i)
            sessions_.emplace_back(options.positions);
    }

    void forward(std::span<const std::int32_t> tokens, tfm::Logits which) override
    {
        rows_.clear();
        for (auto& session : sessions_) rows_.push_back({&session, tokens, which});
        std::size_t const wanted = which == tfm::Logits::none ? 0 : sessions_.size();
        tfm::forward(model_, workspace_, rows_,
                     {logits_.data(), tfm::RowMajor<tfm::dyn, S.vocab>(wanted, S.vocab)});
    }

    void rewind(std::size_t position) override
    {
        for (auto& session : sessions_) session.rewind(position);
    }

private:
    const tfm::Decoder<S, fp32>& model_;
    tfm::Workspace<S, fp32> workspace_;
    tfm::Tensor<float, tfm::RowMajor<tfm::dyn, S.vocab>> logits_;
    std::vector<tfm::Session<S, fp32>> sessions_;
    std::vector<tfm::Rows<S, fp32>> rows_;
};

template <tfm::DecoderShape S>
class ModelOf final : public AnyModel {
public:
    explicit ModelOf(tfm::Decoder<S, fp32> model) : model_(std::move(model)) {}

    tfm::StopReason generate(std::span<const std::int32_t> prompt,
                             const tfm::GenerateOptions& options,
                             const OnToken& on_token) const override
    {
        // The last token is handed out and not fed, so it needs no position.
        std::size_t const fed = prompt.size() + std::max<std::size_t>(options.max_new_tokens, 1);
        tfm::Session<S, fp32> session(std::min(S.context, fed - 1));
        tfm::Workspace<S, fp32> workspace(
            {.max_rows = std::clamp<std::size_t>(prompt.size(), 1, 512),
             .threads = options.threads,
             .logit_rows = 1});
        return tfm::generate(model_, workspace, session, prompt, options, on_token);
    }

    void compute_logits(std::span<const std::int32_t> tokens, tfm::Logits which,
                        std::size_t threads, const OnLogits& on_logits) const override
    {
        // Fewer rows than a prompt takes at once, so that the caller soon hears of each.
        std::size_t const rows = std::clamp<std::size_t>(tokens.size(), 1, 128);
        tfm::Session<S, fp32> session(std::clamp<std::size_t>(tokens.size(), 1, S.context));
        tfm::Workspace<S, fp32> workspace({.max_rows = rows, .threads = threads});
        tfm::Rows<S, fp32> const batch{&session, tokens, which};
        using LogitsView = tfm::View<const float, tfm::RowMajor<tfm::dyn, S.vocab>>;
        tfm::forward(model_, workspace, std::span(&batch, 1), [&](std::size_t, LogitsView logits) {
            for (std::size_t i = 0; i < logits.rows(); ++i)
                on_logits({logits.data() + i * S.vocab, S.vocab});
        });
    }

    std::unique_ptr<AnyBatch> make_batch(const BatchOptions& options) const override
    {
        return std::make_unique<BatchOf<S>>(model_, options);
    }

private:
    tfm::Decoder<S, fp32> model_;
};

template <tfm::DecoderShape S>
std::unique_ptr<AnyModel> load(const std::filesystem::path& folder)
{
    return std::make_unique<ModelOf<S>>(tfm::Decoder<S, fp32>::load(folder));
}

template <tfm::DecoderShape S>
MemoryUse memory(std::size_t threads)
{
    return {.weights = tfm::Decoder<S, fp32>::weight_bytes(),
            .kv_cache = tfm::Session<S, fp32>::bytes(S.context),
            .workspace = tfm::Workspace<S, fp32>::bytes({.threads = threads})};
}

template <tfm::DecoderShape S>
constexpr CompiledShape compiled(std::string_view name)
{
    return {name, S, &load<S>, &memory<S>};
}

constexpr std::array shapes{
    compiled<tfm::gpt2::small>("small"),   compiled<tfm::gpt2::medium>("medium"),
    compiled<tfm::gpt2::large>("large"),   compiled<tfm::gpt2::xl>("xl"),
    compiled<tfm::gpt2::distil>("distil"), compiled<tfm::gpt2::tales>("tales")};

} // namespace

std::span<const CompiledShape> compiled_shapes() { return shapes; }

tfm::DecoderShape read_shape(const std::filesystem::path& folder)
{
    return tfm::shape_of(tfm::read_gpt2_config(folder));
}

} // namespace gpt2_program
