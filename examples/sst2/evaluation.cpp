#include "evaluation.hpp"

#include <algorithm>
#include <chrono>

#include <tfm/models/load.hpp>
#include <tfm/nn/encode.hpp>
#include <tfm/text/word_piece.hpp>

#include "progress.hpp"
#include "shapes.hpp"

namespace sst2_program {

namespace {

/// How many sentences of a batch have their largest logit at their label.
template <tfm::EncoderShape S, tfm::Precision P>
std::size_t count_right(const tfm::Encoder<S, P>& model,
                        typename tfm::Encoder<S, P>::Workspace& workspace,
                        const tfm::WordPieceEncoder& tokenizer, std::span<const Sentence> batch)
{
    std::vector<tfm::TokenizedText> texts;
    std::vector<tfm::EncoderInput> inputs;
    texts.reserve(batch.size()); // the inputs refer to the texts
    for (const Sentence& sentence : batch) {
        texts.push_back(tokenizer.encode_single(sentence.text, S.context));
        inputs.push_back({texts.back().ids});
    }
    std::vector<float> logits(batch.size() * S.labels);
    tfm::classify(model, workspace, inputs, {logits.data(), {batch.size(), S.labels}});
    std::size_t right = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const float* const row = logits.data() + i * S.labels;
        auto const found = static_cast<std::size_t>(std::max_element(row, row + S.labels) - row);
        right += found == batch[i].label ? 1U : 0U;
    }
    return right;
}

template <tfm::EncoderShape S, tfm::Precision P>
Evaluation run(const std::filesystem::path& folder, std::span<const Sentence> sentences, Pace pace)
{
    auto const model = tfm::Encoder<S, P>::load(folder);
    auto const tokenizer = tfm::WordPieceEncoder::load(folder);
    typename tfm::Encoder<S, P>::Workspace workspace(
        {.max_rows = std::max<std::size_t>(S.context, 1024), .threads = pace.threads});

    using Clock = std::chrono::steady_clock;
    auto const start = Clock::now();
    std::size_t right = 0;
    for (std::size_t first = 0; first < sentences.size(); first += pace.batch) {
        std::size_t const count = std::min(pace.batch, sentences.size() - first);
        right += count_right<S, P>(model, workspace, tokenizer, sentences.subspan(first, count));
        show_progress("classifying", first + count, sentences.size());
    }
    return {right, std::chrono::duration<double>(Clock::now() - start).count()};
}

template <tfm::Precision P>
Evaluation run_any_shape(const std::filesystem::path& folder, std::span<const Sentence> sentences,
                         Pace pace)
{
    if (tfm::read_encoder_family(folder).shape.width == tiny.width)
        return run<tiny, P>(folder, sentences, pace);
    return run<base, P>(folder, sentences, pace);
}

} // namespace

const std::vector<std::string>& precision_names()
{
    static const std::vector<std::string> names{"fp32", "bf16", "int8"};
    return names;
}

Evaluation evaluate(const std::filesystem::path& folder, const std::string& precision,
                    std::span<const Sentence> sentences, Pace pace)
{
    if (precision == "bf16") return run_any_shape<tfm::precision::bf16>(folder, sentences, pace);
    if (precision == "int8") return run_any_shape<tfm::precision::int8>(folder, sentences, pace);
    tfm::require(precision == "fp32", [&] {
        return "precision: expected fp32, bf16 or int8, found '" + precision + "'";
    });
    return run_any_shape<tfm::precision::fp32>(folder, sentences, pace);
}

} // namespace sst2_program
