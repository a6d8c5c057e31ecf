/// \file
/// What tfm says of input that makes no sense: one line, exit status 2, nothing on stdout.

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
namespace fs = std::filesystem;

class TfmBadInput : public TfmProgram {
protected:
    /// A copy of the random model to be spoilt.
    static fs::path copy()
    {
        fs::path const folder = scratch("spoilt");
        fs::remove_all(folder);
        fs::create_directory(folder);
        for (const char* const name : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(random()) / name, folder / name);
        return folder;
    }

    static ProgramResult generate(const fs::path& model, const std::string& tokens = "1,2")
    {
        return run_tfm({"generate", "--model", model.string(), "--tokens", tokens, "-n", "1"});
    }

    /// A model whose config.json has this field changed.
    static ProgramResult generate_with(const std::string& field, const nlohmann::json& value)
    {
        fs::path const folder = copy();
        auto config = nlohmann::json::parse(file_text(folder / "config.json"));
        config[field] = value;
        std::ofstream(folder / "config.json") << config;
        return generate(folder);
    }

    /// A model whose safetensors file has `before` replaced by `after`, of the same length.
    static ProgramResult generate_replaced(const std::string& before, const std::string& after)
    {
        fs::path const folder = copy();
        std::string text = file_text(folder / "model.safetensors");
        std::size_t const at = text.find(before);
        EXPECT_NE(at, std::string::npos);
        text.replace(at, after.size(), after);
        std::ofstream(folder / "model.safetensors", std::ios::binary) << text;
        return generate(folder);
    }
};

TEST_F(TfmBadInput, NoSuchFolderOrFile)
{
    expect_bad_input(generate(scratch("none")), {"--model", "none", "found nothing"});
    expect_bad_input(generate(fs::path(random()) / "config.json"), {"--model", "something else"});
    fs::path folder = copy();
    fs::remove(folder / "model.safetensors");
    expect_bad_input(generate(folder), {"spoilt/model.safetensors"});
    folder = copy();
    fs::remove(folder / "config.json");
    expect_bad_input(generate(folder), {"spoilt/config.json"});
    expect_bad_input(run_tfm({"generate", "--model", with_tokenizer(), "--prompt-file", "none"}),
                     {"none: cannot be opened"});
    expect_bad_input(run_tfm({"tokenize"}, "", {{"TFM_MODEL", "none"}}), {"TFM_MODEL", "none"});
}

TEST_F(TfmBadInput, MalformedWeights)
{
    fs::path const folder = copy();
    auto const file = folder / "model.safetensors";
    std::size_t const size = fs::file_size(file);
    for (std::size_t const left : {size - 1, size / 2, std::size_t{100}, std::size_t{7}}) {
        fs::resize_file(file, left);
        expect_bad_input(generate(folder), {"spoilt/model.safetensors", "found"});
        ProgramResult const info = run_tfm({"info", "--model", folder.string()});
        EXPECT_EQ(info.status, 2);
        EXPECT_NE(info.err.find("model.safetensors"), std::string::npos) << info.err;
    }
    fs::resize_file(file, 0);
    expect_bad_input(generate(folder), {"spoilt/model.safetensors", "empty"});
    std::string const norm = R"("transformer.ln_f.weight":{"dtype":")";
    expect_bad_input(generate_replaced(norm + "F32", norm + "I32"),
                     {"transformer.ln_f.weight", "expected F64, F32, F16 or BF16, found I32"});
    expect_bad_input(generate_replaced("transformer.wpe.weight", "transformer.wpe.WEIGHT"),
                     {"wpe.weight", "found neither"});
    expect_bad_input(generate_replaced(R"("shape":[4096,256])", R"("shape":[2048,512])"),
                     {"transformer.wte.weight", "[4096, 256]", "[2048, 512]"});
}

TEST_F(TfmBadInput, WeightsThatAreTooLong)
{
    fs::path const folder = copy();
    std::ofstream(folder / "model.safetensors", std::ios::app) << "x";
    expect_bad_input(generate(folder), {"spoilt/model.safetensors", "expected", "found"});
}

TEST_F(TfmBadInput, ConfigurationThatIsNoJson)
{
    fs::path const folder = copy();
    for (const char* const text : {"{", "[]", "hello", "{\"n_embd\": }", "\n\n"}) {
        std::ofstream(folder / "config.json") << text;
        expect_bad_input(generate(folder), {"spoilt/config.json", "expected", "found"});
    }
}

TEST_F(TfmBadInput, ShapeThatTheWeightsAreNotOf)
{
    expect_bad_input(generate_with("n_layer", 9), {"model.safetensors", "h.8.ln_1.weight"});
    expect_bad_input(generate_with("n_inner", 1000),
                     {"model.safetensors", "mlp.c_fc.weight", "[256, 1000]", "[256, 1024]"});
    expect_bad_input(generate_with("tie_word_embeddings", false), {"lm_head.weight"});
    expect_bad_input(generate_with("n_head", 7),
                     {"config.json", "n_head", "a divisor of n_embd (256)", "found 7"});
}

TEST_F(TfmBadInput, FieldThatIsNotImplemented)
{
    expect_bad_input(generate_with("activation_function", "quick_gelu"),
                     {"activation_function", "quick_gelu"});
    expect_bad_input(generate_with("scale_attn_by_inverse_layer_idx", true),
                     {"config.json", "scale_attn_by_inverse_layer_idx"});
    expect_bad_input(generate_with("model_type", "bert"), {"model_type", "'gpt2'", "'bert'"});
}

TEST_F(TfmBadInput, Prompt)
{
    expect_bad_input(generate(random(), "1,4096"), {"4096", "out of range", "0 to 4095"});
    expect_bad_input(generate(random(), "-1"), {"-1", "out of range"});
    expect_bad_input(generate(random(), "1,two"), {"--tokens", "'two'"});
    expect_bad_input(generate(random(), "\x1b[31m\n"), {"--tokens"});
    expect_bad_input(generate(random(), ""), {"--tokens"});
    for (const char* const ids : {"1,,2", "1,", ",1", ",", "1 , , 2"})
        expect_bad_input(generate(random(), ids), {"--tokens", "expected"});
    expect_bad_input(
        run_tfm({"generate", "--model", with_tokenizer(), "--prompt-file", "/dev/zero"}),
        {"/dev/zero", "at most 524288 bytes", "context"});
    std::string long_prompt = "1";
    for (int i = 1; i < 513; ++i) long_prompt += ",1";
    expect_bad_input(generate(random(), long_prompt), {"at most 512", "found 513"});
    expect_bad_input(run_tfm({"logits", "--model", random(), "--tokens", long_prompt, "--output",
                              scratch("x").string()}),
                     {"at most 512", "found 513"});
    EXPECT_FALSE(fs::exists(scratch("x")));
    expect_bad_input(run_tfm({"generate", "--model", with_tokenizer()}, std::string(4000, '\n')),
                     {"standard input", "at most 512"});
    expect_bad_input(run_tfm({"generate", "--model", random(), "--prompt", "x"}),
                     {random(), "vocab.json", "--tokens"});
    expect_bad_input(run_tfm({"generate", "--model", random()}, "x"), {random(), "vocab.json"});
    expect_bad_input(run_tfm({"logits", "--model", with_tokenizer(), "--prompt", "", "--output",
                              scratch("x").string()}),
                     {"--prompt", "found nothing"});
}

#if !TFM_SANITIZED
TEST_F(TfmBadInput, MoreThreadsThanTheSystemCanStart)
{
    // A thread's stack takes 8 MB of the address space, whatever the number of CPUs.
    std::string const command = "ulimit -s 8192; ulimit -v 2000000; exec " TFM_PROGRAM
                                " generate --tokens 1 -n 1 --threads 1000 --model " +
                                random() + " 2>" + scratch("err").string();
    int const status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 2);
    std::string const error = file_text(scratch("err"));
    EXPECT_TRUE(error.starts_with("tfm: error: --threads: expected threads that the system can "
                                  "start, which are "))
        << error;
    EXPECT_TRUE(error.ends_with(" at present, found 1000\n")) << error;
}
#endif

TEST_F(TfmBadInput, Options)
{
    std::vector<std::pair<Arguments, std::string>> const cases{
        {{}, "expected a command"},
        {{"dream"}, "dream"},
        {{"generate", "--dream"}, "--dream"},
        {{"generate", "dream"}, "dream"},
        {{"generate", "-n", "-1"}, "--max-tokens"},
        {{"generate", "-n", "many"}, "'many'"},
        {{"generate", "-n", "1e3"}, "'1e3'"},
        {{"generate", "-n", "99999999999999999999"}, "99999999999999999999"},
        {{"generate", "--temperature", "-0.5"}, "--temperature"},
        {{"generate", "--temperature", "nan"}, "--temperature"},
        {{"generate", "--temperature", "inf"}, "--temperature"},
        {{"generate", "--temperature", "1x"}, "'1x'"},
        {{"generate", "--top-k", "-1"}, "--top-k"},
        {{"generate", "--top-p", "0"}, "--top-p"},
        {{"generate", "--top-p", "1.5"}, "--top-p"},
        {{"generate", "--top-p", "1e-300"}, "--top-p"},
        {{"generate", "--seed", "18446744073709551616"}, "--seed"},
        {{"generate", "--threads", "0"}, "--threads"},
        {{"generate", "--threads", "1000000"}, "--threads"},
        {{"generate", "--precision", "fp8"}, "expected one of fp32"},
        {{"generate", "--greedy", "--top-k", "3"}, "--greedy"},
        {{"generate", "--tokens", "1", "--prompt", "x"}, "excludes"},
        {{"generate", "--prompt"}, "--prompt"},
        {{"logits", "--tokens", "1"}, "--output"},
        {{"info", "--shape", "huge"}, "'huge'"},
        {{"init", "--shape", "huge", "--output", "x"}, "'huge'"},
        {{"init", "--output", "x"}, "--shape"},
        {{"init", "--shape", "tales"}, "--output"},
        {{"init", "--shape", "tales", "--config", "x", "--output", "x"}, "excludes"},
        {{"init", "--config", "shape.json", "--output", "x"}, "expected a config.json"},
        {{"classify", "--model", random(), "--tokens", "1"}, "expected 'bert' or 'distilbert'"},
        {{"embed", "--model", random(), "--tokens", "1"}, "expected 'bert' or 'distilbert'"},
        {{"embed", "--pooling", "max", "--tokens", "1"}, "'max'"},
        {{"classify", "--types", "0"}, "--tokens"},
    };
    for (const auto& [arguments, word] : cases) expect_bad_input(run_tfm(arguments), {word});
}

TEST_F(TfmBadInput, OutputThatCannotBeWritten)
{
    fs::path const file = scratch("a-file");
    std::ofstream(file) << "x";
    expect_bad_input(run_tfm({"init", "--shape", "tales", "--output", (file / "folder").string()}),
                     {"a-file/folder"});
    std::string const command =
        "'" TFM_PROGRAM "' info --shape tales >/dev/full 2>'" + scratch("errors").string() + "'";
    EXPECT_NE(std::system(command.c_str()), 0);
    EXPECT_TRUE(file_text(scratch("errors")).starts_with("tfm: error: standard output"));
}

class TfmHelp : public TfmProgram {};

TEST_F(TfmHelp, IsThereForEveryCommandWithAnExample)
{
    for (std::string const command :
         {"generate", "tokenize", "detokenize", "logits", "perplexity", "compare", "info", "init",
          "bench", "pack", "classify", "embed"}) {
        ProgramResult const result = run_tfm({command, "--help"});
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.err, "");
        EXPECT_NE(result.out.find("--json"), std::string::npos) << command;
        EXPECT_NE(result.out.find("Example:"), std::string::npos) << command;
        EXPECT_NE(run_tfm({"--help"}).out.find(command), std::string::npos);
    }
    ProgramResult const version = run_tfm({"--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_TRUE(version.out.starts_with("tfm ")) << version.out;
}

} // namespace
