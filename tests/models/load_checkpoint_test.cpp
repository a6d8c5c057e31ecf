/// \file
/// The forms in which a checkpoint may lie in a folder. All are made of folders whose logits
/// PyTorch computed (tools/make_gpt2_references.py, make_decoder_references.py,
/// make_encoder_references.py) and must give the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/models/random_checkpoint.hpp>
#include <tfm/nn/encode.hpp>
#include <tfm/nn/forward.hpp>

#include "../io/scratch_folder.hpp"
#include "../kernels/error_message.hpp"
#include "../nn/small_model.hpp"
#include "checkpoint_files.hpp"
#include "decoder_cases.hpp"
#include "encoder_cases.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using test::error_message;
using tfm_test::file_text;
using tfm_test::ScratchFolder;

constexpr double tolerance = 1e-4;

std::filesystem::path gpt2_folder(const char* name)
{
    return std::filesystem::path(TFM_TEST_DATA) / "gpt2" / name;
}

/// A folder with the config.json of another, and the tensors of it to be changed.
struct Copy {
    ScratchFolder folder;
    std::filesystem::path source;
    std::vector<FileTensor> tensors;

    explicit Copy(std::filesystem::path from)
        : source(std::move(from)), tensors(read_tensors(source / "model.safetensors"))
    {
        folder.write("config.json", file_text(source / "config.json"));
    }

    void write() const { folder.write("model.safetensors", file_of(tensors)); }

    void replace_in_config(const std::string& from, const std::string& to) const
    {
        std::string config = file_text(folder / "config.json");
        std::size_t const at = config.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        folder.write("config.json", config.replace(at, from.size(), to));
    }

    template <DecoderShape S, Precision P = precision::fp32>
    std::vector<float> logits() const
    {
        std::vector<Token> const tokens = read_numbers<Token, std::int64_t>(
            SafeTensors::open(source / "expected.safetensors"), "tokens");
        return all_logits<S, P>(Decoder<S, P>::load(folder.path()), tokens);
    }

    std::string load_error() const
    {
        return error_message([&] { (void)Decoder<gpt2::any>::load(folder.path()); });
    }
};

/// Fails unless the folder gives the logits that PyTorch computed for the one it was made of.
void expect_pytorchs_logits(const Copy& copy)
{
    ReferenceLogits const reference = read_reference(copy.source / "expected.safetensors");
    std::size_t const vocab = reference.logits.size() / reference.positions.size();
    auto const found = select_rows(copy.logits<gpt2::any>(), reference.positions, vocab);
    EXPECT_LT(relative_difference(reference.logits, found), tolerance);
}

TEST(LoadCheckpoint, ShardsGiveTheBitsOfOneFile)
{
    for (std::size_t const count : {1U, 2U, 7U}) {
        Copy copy(gpt2_folder("heads3_width36"));
        copy.write();
        auto const whole = copy.logits<gpt2::any>();
        auto const whole_int8 = copy.logits<gpt2::any, precision::int8>();
        std::filesystem::remove(copy.folder / "model.safetensors");
        std::ranges::reverse(copy.tensors); // not in the order in which they are read
        write_shards(copy.folder, copy.tensors, count);
        expect_pytorchs_logits(copy);
        EXPECT_EQ(copy.logits<gpt2::any>(), whole);
        EXPECT_EQ((copy.logits<gpt2::any, precision::int8>()), whole_int8);
    }
}

TEST(LoadCheckpoint, ShardsOfAnEncoderGiveTheBitsOfOneFile)
{
    Copy const copy(encoder_folder("bert_width36_classifier"));
    EncoderReference const reference("bert_width36_classifier");
    auto const features = [&] {
        constexpr std::size_t width = bert_classifier.width;
        auto const model = Encoder<bert_classifier>::load(copy.folder.path());
        Encoder<bert_classifier>::Workspace workspace({.max_rows = 512, .threads = 1});
        std::vector<float> pooled(reference.batch.size() * width);
        encode_pooled(model, workspace, reference.batch,
                      {pooled.data(), {reference.batch.size(), width}});
        return pooled;
    };
    copy.write();
    auto const whole = features();
    std::filesystem::remove(copy.folder / "model.safetensors");
    write_shards(copy.folder, copy.tensors, 3);
    EXPECT_EQ(features(), whole);
}

TEST(LoadCheckpoint, LinksToFilesElsewhereAreFollowed)
{
    // As in the cache of huggingface_hub: snapshots/REVISION/NAME is a link to blobs/HASH.
    Copy const copy(gpt2_folder("heads3_width36"));
    write_shards(copy.folder, copy.tensors, 2);
    ScratchFolder const cache;
    std::filesystem::create_directories(cache / "blobs");
    std::filesystem::create_directories(cache / "snapshots/main");
    for (auto const& entry : std::filesystem::directory_iterator(copy.folder.path())) {
        std::string const name = entry.path().filename().string();
        std::filesystem::copy_file(entry.path(), cache / ("blobs/of-" + name));
        std::filesystem::create_symlink("../../blobs/of-" + name,
                                        cache / ("snapshots/main/" + name));
    }
    auto const load = [&] { return Decoder<gpt2::any>::load(cache / "snapshots/main"); };
    std::vector<Token> const few{1, 2, 3};
    EXPECT_EQ(all_logits<gpt2::any>(load(), few),
              all_logits<gpt2::any>(Decoder<gpt2::any>::load(copy.folder.path()), few));
    std::filesystem::remove(cache / "snapshots/main/model.safetensors.index.json");
    std::filesystem::create_symlink("../../blobs/gone", cache / "snapshots/main/model.safetensors");
    EXPECT_NE(error_message(load).find("found model.safetensors as a link to '../../blobs/gone', "
                                       "where there is no file; download the model again"),
              std::string::npos);
}

TEST(LoadCheckpoint, DoublesAreConverted)
{
    Copy copy(gpt2_folder("heads3_width36"));
    std::ranges::transform(copy.tensors, copy.tensors.begin(), in_doubles);
    copy.write();
    expect_pytorchs_logits(copy);
}

TEST(LoadCheckpoint, DoublesBeyondFloatsAreRefused)
{
    Copy copy(gpt2_folder("heads3_width36"));
    FileTensor& norm = tensor_named(copy.tensors, "transformer.ln_f.weight");
    norm = in_doubles(norm);
    double const huge = 1e300;
    std::memcpy(norm.bytes.data(), &huge, sizeof huge);
    copy.write();
    EXPECT_NE(copy.load_error().find(
                  "tensor 'transformer.ln_f.weight': expected finite numbers, found NaN or"),
              std::string::npos);
}

TEST(LoadCheckpoint, TensorsThatAreNotUsedMayBeOfAnyType)
{
    Copy copy(gpt2_folder("heads3_width36"));
    for (auto const& [dtype, bytes] :
         {std::pair("F8_E4M3", 1), std::pair("F8_E5M2", 1), std::pair("C64", 8),
          std::pair("I64", 8), std::pair("BOOL", 1), std::pair("F4", 3),
          std::pair("SOMETHING_NEW", 5)})
        copy.tensors.push_back({std::string("extra.") + dtype,
                                dtype,
                                {1},
                                std::string(static_cast<std::size_t>(bytes), '\1')});
    copy.write();
    expect_pytorchs_logits(copy);
}

TEST(LoadCheckpoint, TensorsThatAreUsedMustHoldNumbersThatAreRead)
{
    for (const char* const dtype : {"F8_E4M3", "F4", "I8"}) {
        Copy copy(gpt2_folder("heads3_width36"));
        FileTensor& norm = tensor_named(copy.tensors, "transformer.ln_f.weight");
        norm.dtype = dtype;
        norm.bytes.resize(norm.shape[0]);
        copy.write();
        EXPECT_NE(copy.load_error().find("tensor 'transformer.ln_f.weight': expected F64, F32, F16 "
                                         "or BF16, found " +
                                         std::string(dtype)),
                  std::string::npos);
    }
}

TEST(LoadCheckpoint, NamesMayBeWrapped)
{
    for (const char* const wrapper :
         {"_orig_mod.", "module.", "module._orig_mod.", "_orig_mod.module.", "module.module."}) {
        Copy copy(gpt2_folder("heads3_width36"));
        for (FileTensor& tensor : copy.tensors) tensor.name.insert(0, wrapper);
        copy.write();
        expect_pytorchs_logits(copy);
    }
    Copy copy(gpt2_folder("heads3_width36"));
    for (FileTensor& tensor : copy.tensors) { // each block compiled on its own
        std::size_t const block = tensor.name.find(".h.");
        if (block != std::string::npos) tensor.name.insert(block + 5, "_orig_mod.");
    }
    copy.write();
    expect_pytorchs_logits(copy);
}

TEST(LoadCheckpoint, WhatStandsInItsPlaceIsNamed)
{
    auto const error_with = [](const std::string& name) {
        Copy const copy(gpt2_folder("heads3_width36"));
        if (!name.empty()) copy.folder.write(name, "..");
        std::string const start = (copy.folder / "model.safetensors").string() +
                                  ": expected this file or model.safetensors.index.json, found ";
        std::string const error = copy.load_error();
        return error.starts_with(start) ? error.substr(start.size()) : "other: " + error;
    };
    EXPECT_EQ(error_with(""), "neither");
    EXPECT_EQ(error_with("pytorch_model.bin"),
              "only pytorch_model.bin, a Python pickle; convert it with "
              "tools/convert_state_dict.py");
    EXPECT_EQ(error_with("pytorch_model.bin.index.json"),
              "only pytorch_model.bin.index.json, the index of Python pickles; convert them with "
              "tools/convert_state_dict.py");
    EXPECT_EQ(error_with("adapter_model.safetensors"),
              "only adapter_model.safetensors, an adapter without its model; merge it into the "
              "model it was trained on");
    EXPECT_EQ(error_with("model-00001-of-00002.safetensors"),
              "shards without model.safetensors.index.json; download it, too");
}

/// A Llama with a head of its own, whose config.json says that it is tied.
struct TiedInConfigAlone : Copy {
    TiedInConfigAlone() : Copy(folder_of("llama_width48_grouped"))
    {
        replace_in_config("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
    }
    FileTensor& head() { return tensor_named(tensors, "lm_head.weight"); }
    FileTensor& embedding() { return tensor_named(tensors, "model.embed_tokens.weight"); }
};

constexpr DecoderShape any_llama = llama_base.form();

double difference(const TiedInConfigAlone& copy, const std::vector<float>& logits)
{
    SafeTensors const file = SafeTensors::open(copy.source / "expected.safetensors");
    return relative_difference(read_numbers<float, float>(file, "logits"), logits);
}

TEST(TiedHead, OneThatDiffersInTheFileIsUsed)
{
    TiedInConfigAlone const copy;
    copy.write();
    EXPECT_LT(difference(copy, copy.logits<any_llama>()), tolerance);
    EXPECT_LT(difference(copy, copy.logits<llama_grouped>()), tolerance);
    DecoderFolder const opened = open_decoder_folder(copy.folder.path(), Dtype::fp32);
    EXPECT_FALSE(opened.family.shape.tied_head);
    ASSERT_EQ(opened.weights.notes.size(), 1U);
    EXPECT_EQ(opened.weights.notes[0],
              (copy.folder / "model.safetensors").string() +
                  ": lm_head.weight differs from the token embedding and is used, though "
                  "config.json says that they are tied (tie_word_embeddings)");
}

TEST(TiedHead, OneThatDiffersIsNotDroppedForAShapeThatHasNone)
{
    constexpr DecoderShape tied = [] {
        DecoderShape shape = llama_grouped;
        shape.tied_head = true;
        return shape;
    }();
    TiedInConfigAlone const copy;
    copy.write();
    EXPECT_EQ(error_message([&] { (void)Decoder<tied>::load(copy.folder.path()); }),
              (copy.folder / "config.json").string() +
                  ": tie_word_embeddings, or a head that the weights hold: expected true as in the "
                  "shape this model was compiled for, found false");
    EXPECT_EQ(error_message([&] { (void)load_weights<tied>(copy.folder.path(), llama_names); }),
              (copy.folder / "model.safetensors").string() +
                  ": lm_head.weight: expected the token embedding, to which the shape ties the "
                  "head, found other numbers; load it with a shape whose tied_head is false");
}

TEST(TiedHead, OneThatIsEqualStaysTied)
{
    TiedInConfigAlone copy;
    copy.head().bytes = copy.embedding().bytes;
    copy.write();
    auto const tied = open_decoder_folder(copy.folder.path(), Dtype::fp32);
    EXPECT_TRUE(tied.family.shape.tied_head);
    EXPECT_TRUE(tied.weights.notes.empty());
    auto const logits = copy.logits<any_llama>();
    copy.head() = in_doubles(copy.head()); // the same numbers
    copy.write();
    EXPECT_TRUE(open_decoder_folder(copy.folder.path(), Dtype::fp32).family.shape.tied_head);
    std::erase_if(copy.tensors, [](auto const& tensor) { return tensor.name == "lm_head.weight"; });
    copy.write();
    EXPECT_EQ(copy.logits<any_llama>(), logits);
}

TEST(TiedHead, AloneIsTheEmbeddingAsWell)
{
    TiedInConfigAlone copy;
    copy.head().bytes = copy.embedding().bytes;
    copy.write();
    auto const both = copy.logits<any_llama>();
    std::erase_if(copy.tensors,
                  [](auto const& tensor) { return tensor.name == "model.embed_tokens.weight"; });
    copy.write();
    EXPECT_EQ(copy.logits<any_llama>(), both);
}

TEST(TiedHead, OneThatDiffersIsPackedAndMapped)
{
    TiedInConfigAlone const copy;
    copy.write();
    {
        auto model = Decoder<any_llama>::load(copy.folder.path());
        write_packed_file(model, copy.folder.path() / packed_file_name);
    }
    auto const loaded = copy.logits<any_llama>();
    std::filesystem::remove(copy.folder / "model.safetensors");
    EXPECT_EQ(copy.logits<any_llama>(), loaded);
}

/// nanoGPT's and minGPT's names are GPT-2's; their matrices are those of nn.Linear.
TEST(Orientation, IsStatedOrToldByTheMatrices)
{
    auto const folder = gpt2_folder("heads3_width36_linear");
    constexpr DecoderShape shape{.vocab = 97, .context = 19, .width = 36, .heads = 3, .layers = 3};
    ReferenceLogits const reference = read_reference(folder / "expected.safetensors");
    DecoderNames names = gpt2_names;
    for (auto const& orientation :
         {std::optional(Orientation::out_in), std::optional<Orientation>()}) {
        names.orientation = orientation;
        auto const logits = all_logits<shape>(load_weights<shape>(folder, names), reference.tokens);
        EXPECT_LT(relative_difference(reference.logits,
                                      select_rows(logits, reference.positions, shape.vocab)),
                  tolerance);
    }
    EXPECT_EQ(error_message([&] { (void)load_weights<shape>(folder, gpt2_names); }),
              (folder / "model.safetensors").string() +
                  ": tensor 'transformer.h.0.attn.c_attn.weight': expected shape [36, 108], found "
                  "[108, 36]: the other way round; say so in the names it is loaded with "
                  "(orientation)");
}

TEST(Orientation, IsAskedForWhereEveryMatrixIsSquare)
{
    constexpr DecoderShape square{
        .vocab = 11, .context = 5, .width = 8, .heads = 2, .layers = 1, .mlp_width = 8};
    DecoderNames names = llama_names;
    names.position_embedding = "positions";
    ScratchFolder const folder;
    write_random_weights(folder.path(), square, CheckpointNames(names), {}, 1);
    EXPECT_EQ(error_message([&] { (void)load_weights<square>(folder.path(), names); }), "");
    names.orientation = std::nullopt;
    EXPECT_EQ(error_message([&] { (void)load_weights<square>(folder.path(), names); }),
              (folder / "model.safetensors").string() +
                  ": expected a matrix that is not square, to tell its orientation by, found none; "
                  "state the orientation in the names that it is loaded with");
}

} // namespace
