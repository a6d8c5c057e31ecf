/// \file
/// What gpt2 says of input that makes no sense: one line, exit status 2, nothing on stdout.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gpt2_program.hpp"

namespace {

using namespace tfm_test;
namespace fs = std::filesystem;

class Gpt2BadInput : public Gpt2Program {
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
        return run_gpt2({"generate", "--model", model.string(), "--tokens", tokens, "-n", "1"});
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

TEST_F(Gpt2BadInput, NoSuchFolderOrFile)
{
    expect_bad_input(generate(scratch("none")), {"--model", "none", "found nothing"});
    expect_bad_input(generate(fs::path(random()) / "config.json"), {"--model", "something else"});
    fs::path folder = copy();
    fs::remove(folder / "model.safetensors");
    expect_bad_input(generate(folder), {"spoilt/model.safetensors"});
    folder = copy();
    fs::remove(folder / "config.json");
    expect_bad_input(generate(folder), {"spoilt/config.json"});
    expect_bad_input(run_gpt2({"generate", "--model", with_tokenizer(), "--prompt-file", "none"}),
                     {"none: cannot be opened"});
    expect_bad_input(run_gpt2({"tokenize"}, "", {{"TFM_MODEL", "none"}}), {"TFM_MODEL", "none"});
}

TEST_F(Gpt2BadInput, MalformedWeights)
{
    fs::path const folder = copy();
    auto const file = folder / "model.safetensors";
    std::size_t const size = fs::file_size(file);
    for (std::size_t const left : {size - 1, size / 2, std::size_t{100}, std::size_t{7}}) {
        fs::resize_file(file, left);
        expect_bad_input(generate(folder), {"spoilt/model.safetensors", "found"});
        expect_bad_input(run_gpt2({"info", "--model", folder.string()}), {"model.safetensors"});
    }
    fs::resize_file(file, 0);
    expect_bad_input(generate(folder), {"spoilt/model.safetensors", "empty"});
    std::string const norm = R"("transformer.ln_f.weight":{"dtype":")";
    expect_bad_input(generate_replaced(norm + "F32", norm + "I32"),
                     {"transformer.ln_f.weight", "expected F32, F16 or BF16, found I32"});
    expect_bad_input(generate_replaced("transformer.wpe.weight", "transformer.wpe.WEIGHT"),
                     {"wpe.weight", "found neither"});
    expect_bad_input(generate_replaced(R"("shape":[4096,256])", R"("shape":[2048,512])"),
                     {"transformer.wte.weight", "[4096, 256]", "[2048, 512]"});
}

TEST_F(Gpt2BadInput, WeightsThatAreTooLong)
{
    fs::path const folder = copy();
    std::ofstream(folder / "model.safetensors", std::ios::app) << "x";
    expect_bad_input(generate(folder), {"spoilt/model.safetensors", "expected", "found"});
}

TEST_F(Gpt2BadInput, ConfigurationThatIsNoJson)
{
    fs::path const folder = copy();
    for (const char* const text : {"{", "[]", "hello", "{\"n_embd\": }", "\n\n"}) {
        std::ofstream(folder / "config.json") << text;
        expect_bad_input(generate(folder), {"spoilt/config.json", "expected", "found"});
    }
}

TEST_F(Gpt2BadInput, ShapeThatIsNotCompiledIn)
{
    std::string const names = "small, medium, large, xl, distil, tales";
    expect_bad_input(generate_with("n_layer", 9),
                     {"config.json", names, "tales", "n_layer: expected 8, found 9"});
    expect_bad_input(generate_with("layer_norm_epsilon", 1e-6), {"layer_norm_epsilon"});
    expect_bad_input(generate_with("activation_function", "relu"),
                     {"activation_function: expected \"gelu_new\", found \"relu\""});
    expect_bad_input(generate_with("tie_word_embeddings", false),
                     {"tie_word_embeddings: expected true, found false"});
    for (const auto& entry : fs::directory_iterator(fs::path(TFM_TEST_DATA) / "gpt2")) {
        if (fs::exists(entry.path() / "config.json"))
            expect_bad_input(generate(entry.path(), "0"),
                             {"config.json", "not compiled in", names});
    }
}

TEST_F(Gpt2BadInput, FieldThatIsNotImplemented)
{
    expect_bad_input(generate_with("activation_function", "quick_gelu"),
                     {"activation_function", "quick_gelu"});
    expect_bad_input(generate_with("scale_attn_by_inverse_layer_idx", true),
                     {"config.json", "scale_attn_by_inverse_layer_idx"});
    expect_bad_input(generate_with("model_type", "llama"), {"model_type", "llama"});
    expect_bad_input(generate_with("n_inner", 1000), {"n_inner: expected 1024, found 1000"});
}

TEST_F(Gpt2BadInput, Prompt)
{
    expect_bad_input(generate(random(), "1,4096"), {"4096", "out of range", "0 to 4095"});
    expect_bad_input(generate(random(), "-1"), {"-1", "out of range"});
    expect_bad_input(generate(random(), "1,two"), {"--tokens", "'two'"});
    expect_bad_input(generate(random(), "\x1b[31m\n"), {"--tokens"});
    expect_bad_input(generate(random(), ""), {"--tokens"});
    std::string long_prompt = "1";
    for (int i = 1; i < 513; ++i) long_prompt += ",1";
    expect_bad_input(generate(random(), long_prompt), {"at most 512", "found 513"});
    expect_bad_input(run_gpt2({"logits", "--model", random(), "--tokens", long_prompt, "--output",
                               scratch("x").string()}),
                     {"at most 512", "found 513"});
    EXPECT_FALSE(fs::exists(scratch("x")));
    expect_bad_input(run_gpt2({"generate", "--model", with_tokenizer()}, std::string(4000, '\n')),
                     {"standard input", "at most 512"});
    expect_bad_input(run_gpt2({"generate", "--model", random(), "--prompt", "x"}),
                     {random(), "vocab.json", "--tokens"});
    expect_bad_input(run_gpt2({"generate", "--model", random()}, "x"), {random(), "vocab.json"});
    expect_bad_input(run_gpt2({"logits", "--model", with_tokenizer(), "--prompt", "", "--output",
                               scratch("x").string()}),
                     {"--prompt", "found nothing"});
}

TEST_F(Gpt2BadInput, Options)
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
    };
    for (const auto& [arguments, word] : cases) expect_bad_input(run_gpt2(arguments), {word});
}

TEST_F(Gpt2BadInput, OutputThatCannotBeWritten)
{
    fs::path const file = scratch("a-file");
    std::ofstream(file) << "x";
    expect_bad_input(run_gpt2({"init", "--shape", "tales", "--output", (file / "folder").string()}),
                     {"a-file/folder"});
    std::string const command = "'" TFM_GPT2_BINARY "' info --shape tales >/dev/full 2>'" +
                                scratch("errors").string() + "'";
    EXPECT_NE(std::system(command.c_str()), 0);
    EXPECT_TRUE(file_text(scratch("errors")).starts_with("gpt2: error: standard output"));
}

class Gpt2Help : public Gpt2Program {};

TEST_F(Gpt2Help, IsThereForEveryCommandWithAnExample)
{
    for (std::string const command : {"generate", "tokenize", "detokenize", "logits", "perplexity",
                                      "compare", "info", "init", "bench"}) {
        ProgramResult const result = run_gpt2({command, "--help"});
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.err, "");
        EXPECT_NE(result.out.find("--json"), std::string::npos) << command;
        EXPECT_NE(result.out.find("Example:"), std::string::npos) << command;
        EXPECT_NE(run_gpt2({"--help"}).out.find(command), std::string::npos);
    }
    ProgramResult const version = run_gpt2({"--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_TRUE(version.out.starts_with("gpt2 of tfm ")) << version.out;
}

} // namespace
