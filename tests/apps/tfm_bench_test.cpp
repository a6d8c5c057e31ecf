/// \file
/// tfm bench: what it measures, what it says of it, and the costs that its limits come from. How
/// fast anything is, is not tested.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/models/gpt2.hpp>

#include "../../apps/tfm/bench/forward_cost.hpp"
#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr double weights = 29'992'960; ///< bytes of the shipped model's

/// Bytes of the weights that a step of the shipped model reads: all but the positions' embeddings.
constexpr double weights_read = weights - 4 * 512 * 256;

tfm_program::ModelKind in_fp32(const tfm::DecoderShape& shape)
{
    return {shape, tfm::precision::fp32};
}

class TfmBench : public TfmProgram {
protected:
    void SetUp() override
    {
        TfmProgram::SetUp();
        if (!fs::exists(shipped_model() / "config.json"))
            GTEST_SKIP() << "examples/models/tales is missing";
    }

    static Arguments bench(Arguments more)
    {
        Arguments arguments{"bench", "--model", shipped_model().string(), "--rounds", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    static std::vector<std::string> names(const json& list)
    {
        std::vector<std::string> result;
        for (const json& entry : list) result.push_back(entry["name"]);
        return result;
    }

    static void expect_sound(const json& result)
    {
        EXPECT_GT(result["median"], 0) << result;
        EXPECT_GT(result["limit"], 0) << result;
        EXPECT_LE(result["min"], result["median"]) << result;
        EXPECT_LE(result["median"], result["max"]) << result;
        double const percent = 100 * result["limit"].get<double>() / result["median"].get<double>();
        EXPECT_NEAR(result["percent_of_limit"], percent, 1e-9 * percent) << result;
    }
};

TEST_F(TfmBench, StatesATimeBesideItsLimitAndWhatDoesNotFit)
{
    ProgramResult const program =
        run_tfm(bench({"--threads", "1", "--only", "decode/context:(0|768)", "--json"}));
    ASSERT_EQ(program.status, 0) << program.err;
    auto const object = json::parse(program.out);
    EXPECT_EQ(object["model"], shipped_model().string());
    EXPECT_EQ(object["shape"]["width"], 256);
    EXPECT_EQ(object["precision"], "fp32");
    EXPECT_EQ(object["rounds"], 1);
    EXPECT_NE(object["build"].value("isa", ""), "");
    ASSERT_EQ(names(object["results"]), (std::vector<std::string>{"decode/context:0"}));
    auto const result = object["results"][0];
    expect_sound(result);
    EXPECT_EQ(result["threads"], 1);
    EXPECT_EQ(result["unit"], "ms");
    double const rate = 1000 / result["median"].get<double>();
    EXPECT_NEAR(result["tokens_per_s"], rate, 1e-9 * rate);

    // Of the eight steps from 0 on, the mean has 3.5 positions cached.
    ASSERT_EQ(object["limits"].size(), 1U);
    auto const limits = object["limits"][0];
    EXPECT_EQ(limits["threads"], 1);
    double const kv = 2 * 8 * 256 * 4 * 3.5;
    double const reading = (weights_read + kv) / limits["read_gb_per_s"].get<double>() / 1e6;
    auto const flops = tfm_program::cost_of_decoding(in_fp32(tfm::gpt2::tales), 1, 0, 8).flops / 8;
    double const computing = flops / limits["fma_gflops"].get<double>() / 1e6;
    double const longer = std::max(reading, computing);
    EXPECT_NEAR(result["limit"], longer, 1e-9 * longer);
    EXPECT_EQ(result["limit_by"], reading >= computing ? "read bandwidth" : "FMA peak");

    ASSERT_EQ(names(object["skipped"]), (std::vector<std::string>{"decode/context:768"}));
    std::string const reason = object["skipped"][0]["reason"];
    EXPECT_NE(reason.find("512"), std::string::npos) << reason;
    EXPECT_EQ(program.err, "tfm: left out decode/context:768: " + reason + "\n");
}

TEST_F(TfmBench, StartsANewProcessForItsFirstToken)
{
    auto const object = run_tfm_json(bench({"--threads", "1,1", "--only", "start|peak"}));
    EXPECT_EQ(names(object["results"]),
              (std::vector<std::string>{"start_to_first_token", "peak_rss"}));
    for (const json& result : object["results"]) expect_sound(result);
    EXPECT_EQ(object["results"][0]["unit"], "ms");
    auto const peak = object["results"][1];
    EXPECT_EQ(peak["unit"], "bytes");
    EXPECT_EQ(peak["limit"], weights);
    EXPECT_EQ(peak["limit_by"], "weights");
    EXPECT_GT(peak["median"], weights);
    EXPECT_EQ(object["skipped"], json::array());
}

TEST_F(TfmBench, PrintsATableForPeople)
{
    ProgramResult const result = run_tfm(bench({"--threads", "1", "--only", "decode/context:0"}));
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_TRUE(result.out.starts_with("tfm ")) << result.out;
    for (const char* const word :
         {"7.5 M parameters, fp32", "\n\n| work | threads | median (least-most) | tokens/s | limit",
          "\n| decode/context:0 | 1 | ", " ms (", " %"})
        EXPECT_NE(result.out.find(word), std::string::npos) << word << "\n" << result.out;
}

TEST_F(TfmBench, MeasuresWithEachNumberOfThreads)
{
#if !defined(NDEBUG)
    GTEST_SKIP() << "takes long with assertions or sanitizers";
#endif
    auto const object = run_tfm_json(bench({"--threads", "1,2,1", "--only", "decode/context:0"}));
    bool const has_threads = object["build"]["threading"] == "openmp";
    std::vector<std::size_t> const expected =
        has_threads ? std::vector<std::size_t>{1, 2} : std::vector<std::size_t>{1};
    for (const char* const list : {"results", "limits"}) {
        std::vector<std::size_t> found;
        for (const json& entry : object[list]) found.push_back(entry["threads"]);
        EXPECT_EQ(found, expected) << list;
    }
}

TEST_F(TfmBench, MeasuresEverythingWithoutBeingToldWhat)
{
#if !defined(NDEBUG)
    GTEST_SKIP() << "takes long with assertions or sanitizers";
#endif
    auto const object = run_tfm_json(bench({"--threads", "1"}));
    EXPECT_EQ(names(object["results"]),
              (std::vector<std::string>{
                  "start_to_first_token", "peak_rss", "prompt/tokens:128", "prompt/tokens:512",
                  "decode/context:0", "decode/context:256", "batch/sessions:1/context:256",
                  "batch/sessions:4/context:256", "batch/sessions:8/context:256",
                  "batch/sessions:16/context:256", "generate/prompt:8/tokens:256"}));
    for (const json& result : object["results"]) expect_sound(result);
    EXPECT_EQ(object["results"].back()["unit"], "s");
}

TEST_F(TfmBench, MeasuresLongBatchesOnRequest)
{
#if !defined(NDEBUG)
    GTEST_SKIP() << "takes long with assertions or sanitizers";
#endif
    auto const object = run_tfm_json(bench({"--threads", "1", "--only", "extend"}));
    EXPECT_EQ(names(object["results"]),
              (std::vector<std::string>{"extend/sessions:16/past:256/tokens:256/logits:last",
                                        "extend/sessions:16/past:256/tokens:256/logits:all"}));
    for (const json& result : object["results"]) expect_sound(result);
}

TEST_F(TfmBench, SaysWhatIsWrongWithItsArguments)
{
    for (const char* const list : {"0", "1,x", "1,,2", "1,", ",", "", "1;2", "1 2", "2000"})
        expect_bad_input(run_tfm(bench({"--threads", list})), {"--threads", "whole number"});
    expect_bad_input(run_tfm(bench({"--rounds", "0"})), {"--rounds"});
    expect_bad_input(run_tfm({"bench", "--rounds", "0"}), {"--rounds", "from 1"});
    expect_bad_input(run_tfm(bench({"--only", "prompt("})), {"regular expression", "'prompt('"});
    expect_bad_input(run_tfm(bench({"--only", "dream"})), {"decode/context:256", "'dream'"});
    expect_bad_input(run_tfm(bench({"--only", "context:768"})),
                     {"decode/context:768", "context has 512"});
    expect_bad_input(run_tfm(bench({"--precision", "fp8"})), {"expected one of fp32"});
    expect_bad_input(run_tfm({"bench", "--model", scratch("none").string()}), {"found nothing"});
}

TEST_F(TfmBench, PassesOnWhatIsWrongWithTheModel)
{
    fs::path const folder = scratch("spoilt");
    fs::create_directory(folder);
    for (const char* const name : {"config.json", "model.safetensors"})
        fs::copy_file(fs::path(random()) / name, folder / name);
    auto const expect_complaint = [&] {
        for (const char* const name : {"start", "decode/context:0"})
            expect_bad_input(
                run_tfm({"bench", "--model", folder.string(), "--only", name, "--json"}),
                {"spoilt/model.safetensors"});
    };
    fs::path const file = folder / "model.safetensors";
    // Names that no model has, which only loading the weights finds out.
    std::string text = file_text(file);
    std::size_t const at = text.find("wpe.weight");
    ASSERT_NE(at, std::string::npos);
    std::ofstream(file, std::ios::binary) << text.replace(at, 3, "WPE");
    expect_complaint();
    fs::resize_file(file, 1000);
    expect_complaint();
    fs::remove(file);
    expect_complaint();
}

class ForwardCost : public ::testing::TestWithParam<tfm::DecoderShape> {};

TEST_P(ForwardCost, CountsEveryProductOfAPass)
{
    tfm::DecoderShape const& shape = GetParam();
    std::size_t const width = shape.width;
    std::size_t const hidden = shape.hidden();
    constexpr std::size_t sessions = 3;
    constexpr std::size_t past = 5;
    constexpr std::size_t tokens = 4;
    std::size_t multiplications = 0;
    for (std::size_t token = 0; token < tokens; ++token) {
        std::size_t const attended = past + token + 1;
        multiplications += shape.layers * (4 * width * width + 2 * width * hidden);
        multiplications += shape.layers * 2 * width * attended; // q K and P V
    }
    multiplications += width * shape.vocab; // the head, for the last token
    auto const cost = tfm_program::cost_of_pass(in_fp32(shape), sessions, past, tokens);
    EXPECT_EQ(cost.flops, static_cast<double>(2 * sessions * multiplications));
}

TEST_P(ForwardCost, ReadsWeightsOnceAndEveryCache)
{
    tfm::DecoderShape const& shape = GetParam();
    std::size_t const width = shape.width;
    std::size_t const hidden = shape.hidden();
    std::size_t const block = 4 * width * width + 2 * width * hidden + 9 * width + hidden;
    std::size_t const weight_count = shape.layers * block + width * shape.vocab + 2 * width;
    auto const one = tfm_program::cost_of_pass(in_fp32(shape), 1, 0, 1);
    EXPECT_EQ(one.bytes, static_cast<double>(4 * weight_count));
    auto const batch = tfm_program::cost_of_pass(in_fp32(shape), 3, 7, 1);
    EXPECT_EQ(batch.bytes - one.bytes, static_cast<double>(4 * 3 * 7 * 2 * shape.layers * width));
}

TEST_P(ForwardCost, CountsNumbersByTheirSize)
{
    using tfm::Dtype;
    tfm::DecoderShape const& shape = GetParam();
    auto const bytes = [&](const tfm::Precision& precision, std::size_t past) {
        return tfm_program::cost_of_pass({shape, precision}, 1, past, 1).bytes;
    };
    std::size_t const matrices =
        shape.layers * shape.width * (4 * shape.width + 2 * shape.hidden()) +
        shape.width * shape.vocab;
    auto const elements = static_cast<double>(matrices);
    tfm::Precision const fp32 = tfm::precision::fp32;
    EXPECT_EQ(bytes(fp32, 0) - bytes({Dtype::bf16, Dtype::bf16, Dtype::fp32}, 0), 2 * elements);
    EXPECT_EQ(bytes(fp32, 0) - bytes({Dtype::int8, Dtype::fp32, Dtype::fp32}, 0), 3 * elements);
    std::size_t const cached = shape.width + 4 * shape.heads; // and a scale for each head
    EXPECT_EQ(bytes({Dtype::fp32, Dtype::fp32, Dtype::int8}, 7) - bytes(fp32, 0),
              static_cast<double>(7 * 2 * shape.layers * cached));
}

TEST_P(ForwardCost, OfStepsIsTheirSum)
{
    auto const steps = tfm_program::cost_of_decoding(in_fp32(GetParam()), 2, 10, 2);
    auto const first = tfm_program::cost_of_pass(in_fp32(GetParam()), 2, 10, 1);
    auto const second = tfm_program::cost_of_pass(in_fp32(GetParam()), 2, 11, 1);
    EXPECT_EQ(steps.bytes, first.bytes + second.bytes);
    EXPECT_EQ(steps.flops, first.flops + second.flops);
    EXPECT_EQ(steps.pass_bytes(), (first.bytes + second.bytes) / 2);
}

/// Four heads of 12 features share two heads of keys and values; the MLP is gated.
constexpr tfm::DecoderShape grouped{.vocab = 97,
                                    .context = 64,
                                    .width = 40,
                                    .heads = 4,
                                    .layers = 3,
                                    .mlp_width = 70,
                                    .tied_head = false,
                                    .kv_heads = 2,
                                    .head_dim = 12,
                                    .gated_mlp = true,
                                    .norm = tfm::Norm::rms_norm,
                                    .positions = tfm::Positions::rotary,
                                    .biases = {.qkv = false, .projection = false, .mlp = false}};
constexpr std::size_t grouped_matrices =
    3 * (40 * 48 + 2 * 40 * 24 + 48 * 40 + 3 * 40 * 70); // q; k and v; projection; the MLP's three

TEST(ForwardCostOfLlama, CountsGroupedHeadsAndTheGate)
{
    auto const one = tfm_program::cost_of_pass(in_fp32(grouped), 1, 9, 1);
    EXPECT_EQ(one.flops, 2.0 * (grouped_matrices + 97 * 40 + 3 * 2 * 48 * 10));
    // Norms have gains alone: two of each block and the last.
    EXPECT_EQ(one.bytes, 4.0 * (grouped_matrices + 97 * 40 + 7 * 40 + 9 * 3 * 2 * 24));
}

TEST(ForwardCostOfMistral, ReachesNoFurtherThanTheWindow)
{
    tfm::DecoderShape windowed = grouped;
    windowed.window = 8;
    auto const cost = [&](std::size_t past, std::size_t tokens) {
        return tfm_program::cost_of_pass(in_fp32(windowed), 1, past, tokens);
    };
    // Tokens 6 to 10 see 7, 8, 8, 8 and 8 positions, and read the 6 before them.
    EXPECT_EQ(cost(6, 5).flops,
              2.0 * (5.0 * grouped_matrices + 97 * 40 + 3 * 2 * 48 * (7 + 4 * 8)));
    EXPECT_EQ(cost(6, 5).bytes - cost(0, 5).bytes, 4.0 * 6 * 3 * 2 * 24);
    EXPECT_EQ(cost(40, 1).flops, 2.0 * (grouped_matrices + 97 * 40 + 3 * 2 * 48 * 8));
    EXPECT_EQ(cost(40, 1).bytes - cost(0, 1).bytes, 4.0 * 7 * 3 * 2 * 24);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ForwardCost,
                         ::testing::Values(tfm::gpt2::small, tfm::gpt2::tales,
                                           tfm::DecoderShape{.vocab = 11,
                                                             .context = 16,
                                                             .width = 8,
                                                             .heads = 2,
                                                             .layers = 3,
                                                             .mlp_width = 20,
                                                             .tied_head = false}));

} // namespace
