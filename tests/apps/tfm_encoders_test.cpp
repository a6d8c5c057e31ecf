/// \file
/// tfm classify, embed, info and init on encoders, beside the numbers of transformers.

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/io/safetensors.hpp>

#include "../models/encoder_cases.hpp"
#include "../models/reference_file.hpp"
#include "../models/relative_difference.hpp"
#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using namespace tfm::testing;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr double tolerance = 1e-4;

std::string text_of(std::span<const tfm::Token> ids)
{
    std::string text;
    for (auto const id : ids) text += std::to_string(id) + " ";
    return text;
}

class TfmEncoders : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!has_tfm_program()) GTEST_SKIP() << "the program tfm is not built";
    }

    /// A copy of a folder whose config.json has these fields, too.
    fs::path copy(const char* name, const json& fields)
    {
        fs::path const folder = scratch_ / name;
        fs::create_directory(folder);
        fs::copy_file(encoder_folder(name) / "model.safetensors", folder / "model.safetensors");
        auto config = json::parse(file_text(encoder_folder(name) / "config.json"));
        config.update(fields);
        std::ofstream(folder / "config.json") << config;
        return folder;
    }

    ScratchFolder scratch_;
};

/// What the program makes of every sequence of a reference, one after the other.
json run_on(const tfm::EncoderInput& input, Arguments arguments)
{
    arguments.insert(arguments.end(), {"--tokens", text_of(input.tokens)});
    if (!input.types.empty()) arguments.insert(arguments.end(), {"--types", text_of(input.types)});
    return run_tfm_json(arguments);
}

void expect_logits(const char* name, const std::vector<std::string>& labels)
{
    EncoderReference const reference(name);
    std::vector<float> found;
    for (const tfm::EncoderInput& input : reference.batch) {
        auto const object = run_on(input, {"classify", "--model", encoder_folder(name).string()});
        EXPECT_EQ(object["labels"], labels);
        for (const json& logit : object["logits"]) found.push_back(logit);
    }
    EXPECT_LT(relative_difference(read_numbers<float, float>(reference.file, "logits"), found),
              tolerance);
}

TEST_F(TfmEncoders, ClassifyAsTransformersDoes)
{
    expect_logits("bert_width36_classifier", {"LABEL_0", "LABEL_1", "LABEL_2"});
    expect_logits("distilbert_width33_classifier", {"LABEL_0", "LABEL_1"});
}

void expect_features(const char* name, const char* pooling, const char* tensor)
{
    EncoderReference const reference(name);
    std::vector<float> found;
    for (const tfm::EncoderInput& input : reference.batch) {
        auto const object = run_on(
            input, {"embed", "--model", encoder_folder(name).string(), "--pooling", pooling});
        EXPECT_EQ(object["rows"], object["embeddings"].size());
        for (const json& row : object["embeddings"])
            for (const json& feature : row) found.push_back(feature);
    }
    EXPECT_LT(relative_difference(read_numbers<float, float>(reference.file, tensor), found),
              tolerance)
        << name << " " << pooling;
}

TEST_F(TfmEncoders, EmbedAsTransformersDoes)
{
    expect_features("bert_width50_old_norms", "tokens", "hidden");
    expect_features("bert_width50_old_norms", "pooler", "pooled");
    expect_features("bert_width50_old_norms", "mean", "mean");
    expect_features("distilbert_width56_relu", "tokens", "hidden");
    expect_features("distilbert_width56_relu", "mean", "mean");
}

TEST_F(TfmEncoders, WriteFeaturesToAFile)
{
    auto const output = scratch_ / "embeddings.safetensors";
    std::string const model = encoder_folder("bert_width50_old_norms").string();
    Arguments arguments{"embed", "--model", model, "--tokens", "1 2 3", "--pooling", "tokens"};
    auto const rows = run_tfm_json(arguments)["embeddings"];
    arguments.insert(arguments.end(), {"--output", output.string()});
    ProgramResult const result = run_tfm(arguments);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out + result.err, "");
    auto const file = tfm::SafeTensors::open(output);
    EXPECT_EQ(file.at("embeddings").shape, (std::vector<std::size_t>{3, 50}));
    auto const found = read_numbers<float, float>(file, "embeddings");
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_EQ(rows[i / 50][i % 50].get<float>(), found[i]) << i;
}

TEST_F(TfmEncoders, NameTheirLabels)
{
    json const fields{{"id2label", {{"0", "sad"}, {"1", "merry"}}}};
    auto const folder = copy("distilbert_width33_classifier", fields);
    Arguments const arguments{"classify", "--model", folder.string(), "--tokens", "1 2 3"};
    auto const object = run_tfm_json(arguments);
    double const a = object["logits"][0];
    double const b = object["logits"][1];
    EXPECT_EQ(object["label"], a > b ? "sad" : "merry");
    EXPECT_NEAR(object["probabilities"][0], 1 / (1 + std::exp(b - a)), 1e-6);
    EXPECT_NEAR(object["probabilities"][1], 1 / (1 + std::exp(a - b)), 1e-6);
    std::string const lines = run_tfm(arguments).out;
    std::string const label = object["label"];
    EXPECT_EQ(lines.substr(6, label.size() + 1), " " + label) << lines;
}

TEST_F(TfmEncoders, TakeValuesAndSeveralLabelsForWhatTheyAre)
{
    auto const probabilities = [&](const char* type) {
        auto const folder = copy("distilbert_width33_classifier", {{"problem_type", type}});
        auto const object = run_tfm_json({"classify", "--model", folder.string(), "--tokens", "9"});
        fs::remove_all(folder);
        return std::pair(object["probabilities"], object["logits"]);
    };
    EXPECT_EQ(probabilities("regression").first, nullptr);
    auto const [each, logits] = probabilities("multi_label_classification");
    for (std::size_t i : {0U, 1U})
        EXPECT_NEAR(each[i], 1 / (1 + std::exp(-logits[i].get<double>())), 1e-6);
}

TEST_F(TfmEncoders, RefuseLabelsThatTheCheckpointHasNot)
{
    auto const classify = [&](const json& fields) {
        auto const folder = copy("distilbert_width33_classifier", fields);
        auto const result = run_tfm({"classify", "--model", folder.string(), "--tokens", "1"});
        fs::remove_all(folder);
        return result;
    };
    expect_bad_input(classify({{"num_labels", 3}}),
                     {"classifier.weight", "expected shape [3, 33], found [2, 33]"});
    expect_bad_input(classify({{"num_labels", 0}}), {"config.json", "num_labels"});
    expect_bad_input(classify({{"id2label", {{"0", "a"}, {"2", "b"}}}}),
                     {"config.json", "id2label", "labels 0 to 1"});
    expect_bad_input(classify({{"id2label", {{"0", "a"}, {"1x", "b"}}}}),
                     {"config.json", "id2label", "labels 0 to 1"});
    expect_bad_input(classify({{"id2label", {{"0", "a"}, {"1", 2}}}}),
                     {"config.json", "id2label", "labels 0 to 1"});
    expect_bad_input(classify({{"id2label", {"a", "b"}}}),
                     {"config.json", "id2label", "an object of names", "found a list of 2"});
}

TEST_F(TfmEncoders, PrintLabelsThatCannotSteerATerminal)
{
    json const fields{
        {"id2label", {{"0", "a\x1B[2J\n\u202E\u2069"}, {"1", "b\xC2\x9B\xC3\xA4\u2028\u2010"}}}};
    auto const folder = copy("distilbert_width33_classifier", fields);
    ProgramResult const result =
        run_tfm({"classify", "--model", folder.string(), "--tokens", "1 2 3"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find(" a\\x1b[2J\\x0a\\xe2\\x80\\xae\\xe2\\x81\\xa9\n"), std::string::npos)
        << result.out;
    EXPECT_NE(result.out.find(" b\\xc2\\x9b\xC3\xA4\\xe2\\x80\\xa8\u2010\n"), std::string::npos)
        << result.out;
}

TEST_F(TfmEncoders, RefuseTextThatTheyCannotRead)
{
    std::string const model = encoder_folder("bert_width36_classifier").string();
    auto const classify = [&](Arguments arguments) {
        arguments.insert(arguments.begin(), {"classify", "--model", model});
        return run_tfm(arguments);
    };
    expect_bad_input(classify({"--prompt", "x"}), {model, "vocab.txt", "--tokens"});
    expect_bad_input(classify({"--tokens", "97"}), {"97", "0 to 96"});
    expect_bad_input(classify({"--tokens", ""}), {"--tokens", "found nothing"});
    expect_bad_input(classify({"--tokens", "1 2", "--types", "0"}), {"--types", "found 1"});
    expect_bad_input(classify({"--tokens", "1", "--types", "2"}), {"--types", "0 to 1"});
    std::string tokens;
    for (int i = 0; i < 42; ++i) tokens += "1 ";
    expect_bad_input(classify({"--tokens", tokens}), {"at most 41", "found 42"});
}

TEST_F(TfmEncoders, ReadText)
{
    auto const folder = copy("bert_width36_classifier", json::object());
    // [CLS] the cat [SEP] and, of a pair, the second text and another [SEP].
    std::ofstream(folder / "vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\n";
    Arguments arguments{"classify", "--model", folder.string(), "--prompt", "The cat"};
    EXPECT_EQ(run_tfm_json(arguments)["tokens"], (json{2, 5, 6, 3}));
    arguments.insert(arguments.end(), {"--pair", "sat"});
    auto const object = run_tfm_json(arguments);
    EXPECT_EQ(object["tokens"], (json{2, 5, 6, 3, 7, 3}));
    EXPECT_EQ(object["types"], (json{0, 0, 0, 0, 1, 1}));
    EXPECT_EQ(run_tfm_json({"info", "--model", folder.string()})["tokenizer_vocab"], 8);
    auto const pieces = run_tfm_json({"tokenize", "--model", folder.string(), "--pieces"}, "cat");
    EXPECT_EQ(pieces["tokens"], (json{2, 6, 3}));
    EXPECT_EQ(pieces["pieces"][1], (json{{"id", 6}, {"token", "cat"}}));
}

TEST_F(TfmEncoders, HaveSizesAndMemory)
{
    std::string const model = encoder_folder("distilbert_width56_relu").string();
    auto const object = run_tfm_json({"info", "--model", model});
    EXPECT_EQ(object["family"], "distilbert");
    EXPECT_EQ(object["shape"]["width"], 56);
    EXPECT_EQ(object["shape"]["token_types"], 0);
    EXPECT_EQ(object["stored_bytes"], 4 * object["parameters"].get<std::size_t>());
    EXPECT_FALSE(object.contains("kv_cache_bytes"));
    EXPECT_NE(run_tfm({"info", "--model", model}).out.find("width 56"), std::string::npos);
    // bert-base-uncased with its pooler and a classifier of two labels.
    EXPECT_EQ(run_tfm_json({"info", "--shape", "bert"})["parameters"], 109'482'240 + 2 * 769);
}

TEST_F(TfmEncoders, AreMadeUpFromTheirConfiguration)
{
    for (const char* const name : {"bert_width36_classifier", "distilbert_width33_classifier"}) {
        auto const made = scratch_ / std::string("made-").append(name);
        run_tfm_json(
            {"init", "--config", encoder_folder(name).string(), "--output", made.string()});
        auto const theirs = tfm::SafeTensors::open(encoder_folder(name) / "model.safetensors");
        auto const ours = tfm::SafeTensors::open(made / "model.safetensors");
        EXPECT_EQ(ours.tensors().size(), theirs.tensors().size());
        for (const tfm::TensorInfo& tensor : theirs.tensors())
            EXPECT_EQ(ours.at(std::string(tensor.name)).shape, tensor.shape) << tensor.name;
        EXPECT_EQ(run_tfm({"classify", "--model", made.string(), "--tokens", "1"}).status, 0);
    }
}

} // namespace
