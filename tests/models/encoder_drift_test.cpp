/// \file
/// Drift of encoders in reduced precisions from what transformers computes: features of all tokens
/// and, where there is a classifier, logits.

#include <string>
#include <vector>

#include <tfm/models/load.hpp>
#include <tfm/nn/encode.hpp>

#include "../nn/small_model.hpp"
#include "drift.hpp"
#include "encoder_cases.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

enum class Output { features, logits };

template <EncoderShape S, Output O, Precision P>
double drift(const char* folder)
{
    EncoderReference const reference(folder);
    auto const model = Encoder<S, P>::load(encoder_folder(folder));
    typename Encoder<S, P>::Workspace workspace({.max_rows = 512, .threads = 2});
    std::string const tensor = O == Output::logits ? "logits" : "hidden";
    auto const expected = read_numbers<float, float>(reference.file, tensor);
    std::vector<float> found(expected.size());
    std::size_t const rows = reference.file.at(tensor).shape[0];
    if constexpr (O == Output::logits) {
        classify(model, workspace, reference.batch, {found.data(), {rows, S.labels}});
    } else {
        encode(model, workspace, reference.batch, {found.data(), {rows, S.width}});
    }
    return relative_difference(expected, found);
}

template <EncoderShape S, Output O>
DriftCase encoder_case(const char* folder, Drifts bounds)
{
    return {std::string(folder) + (O == Output::logits ? "_logits" : "_features"),
            [folder] {
                return Drifts{drift<S, O, precision::bf16>(folder),
                              drift<S, O, precision::int8_weights>(folder),
                              drift<S, O, precision::int8>(folder)};
            },
            bounds};
}

constexpr auto features = Output::features;
constexpr auto logits = Output::logits;

/// Twice what AVX2 has, or more: other instruction sets sum in another order.
constexpr Drifts bounds{.bf16 = 0.07, .int8_weights = 0.12, .int8 = 0.2};

INSTANTIATE_TEST_SUITE_P(
    Encoders, Drift,
    ::testing::Values(
        encoder_case<bert_classifier, features>("bert_width36_classifier", bounds),
        encoder_case<bert_classifier, logits>("bert_width36_classifier", bounds),
        encoder_case<bert_old_norms, features>("bert_width50_old_norms", bounds),
        encoder_case<distilbert_classifier, features>("distilbert_width33_classifier", bounds),
        encoder_case<distilbert_classifier, logits>("distilbert_width33_classifier", bounds),
        encoder_case<distilbert_relu, features>("distilbert_width56_relu", bounds)),
    case_name);

} // namespace
