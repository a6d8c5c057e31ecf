#pragma once

/// \file
/// Running the program tfm: what it prints and how it ends.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../io/scratch_folder.hpp"

// Whether a sanitizer is on, whose shadow memory counts as the program's. GCC defines a macro for
// each, clang 14 has a feature test.
#if defined(__has_feature)
#define TFM_CLANG_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TFM_CLANG_SANITIZER 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || TFM_CLANG_SANITIZER
#define TFM_SANITIZED 1
#else
#define TFM_SANITIZED 0
#endif

namespace tfm_test {

/// What a program that ended left behind.
struct ProgramResult {
    int status = 0; ///< exit status; 128 + n where signal n ended it
    std::string out;
    std::string err;
};

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

inline bool has_tfm_program() { return std::string_view(TFM_PROGRAM) != ""; }

/// A tfm that runs. Its streams are files, so that neither side waits for the other.
class RunningProgram {
public:
    explicit RunningProgram(const Arguments& arguments, std::string_view input = "",
                            const Environment& environment = {})
    {
        auto const in = scratch_.write("in", input);
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        int const write_new = O_WRONLY | O_CREAT | O_TRUNC;
        posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, 1, (scratch_ / "out").c_str(), write_new, 0600);
        posix_spawn_file_actions_addopen(&files, 2, (scratch_ / "err").c_str(), write_new, 0600);
        std::vector<std::string> words{TFM_PROGRAM};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<std::string> variables = changed_environment(environment);
        int const error = posix_spawn(&process_, words[0].c_str(), &files, nullptr,
                                      pointers(words).data(), pointers(variables).data());
        posix_spawn_file_actions_destroy(&files);
        if (error != 0) throw std::runtime_error("cannot run " + words[0]);
    }

    void send(int signal) const { ::kill(process_, signal); }

    ProgramResult wait()
    {
        int status = 0;
        ::waitpid(process_, &status, 0);
        return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
                file_text(scratch_ / "out"), file_text(scratch_ / "err")};
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts)
    {
        std::vector<char*> result;
        for (auto& text : texts) result.push_back(text.data());
        result.push_back(nullptr);
        return result;
    }

    /// This process's variables without TFM_MODEL, and the given ones.
    static std::vector<std::string> changed_environment(const Environment& changes)
    {
        std::vector<std::string> variables;
        for (char** variable = environ; *variable != nullptr; ++variable) {
            if (!std::string_view(*variable).starts_with("TFM_MODEL="))
                variables.emplace_back(*variable);
        }
        for (const auto& [name, value] : changes) variables.push_back(name + "=" + value);
        return variables;
    }

    ScratchFolder scratch_;
    pid_t process_ = 0;
};

inline ProgramResult run_tfm(const Arguments& arguments, std::string_view input = "",
                             const Environment& environment = {})
{
    return RunningProgram(arguments, input, environment).wait();
}

/// The one object that the program printed. Fails the test when it did not end well.
inline nlohmann::json run_tfm_json(Arguments arguments, std::string_view input = "")
{
    arguments.emplace_back("--json");
    ProgramResult const result = run_tfm(arguments, input);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(result.out.ends_with("}\n")) << result.out;
    auto object = nlohmann::json::parse(result.out, nullptr, false);
    EXPECT_TRUE(object.is_object()) << result.out;
    return object;
}

/// Fails the test unless the program ended for bad input with one line that says so and has all of
/// `words` in it.
inline void expect_bad_input(const ProgramResult& result, const std::vector<std::string>& words)
{
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with("tfm: error: ")) << result.err;
    EXPECT_EQ(result.err.find('\n') + 1, result.err.size()) << result.err;
    for (const std::string& word : words)
        EXPECT_NE(result.err.find(word), std::string::npos) << word << "\n" << result.err;
}

/// The shipped model; the tests that need it skip where it is missing.
inline std::filesystem::path shipped_model()
{
    return std::filesystem::path(TFM_MODELS_DIR) / "tales";
}

/// Skips where the program was not built. The folder `random` has a model of the shipped one's
/// shape with random weights and no tokenizer; `with_tokenizer` has the same and a tokenizer of
/// 1156 tokens, fewer than the model's 4096.
class TfmProgram : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        if (!has_tfm_program()) return;
        scratch_ = new ScratchFolder;
        ASSERT_EQ(run_tfm({"init", "--shape", "tales", "--seed", "3", "--output", random()}).status,
                  0);
        namespace fs = std::filesystem;
        fs::create_directory(with_tokenizer());
        for (const char* const name : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(random()) / name, fs::path(with_tokenizer()) / name);
        for (const char* const name : {"vocab.json", "merges.txt"})
            fs::copy_file(fs::path(TFM_TEST_DATA) / "tokenizer/shuffled" / name,
                          fs::path(with_tokenizer()) / name);
    }

    static void TearDownTestSuite()
    {
        delete scratch_;
        scratch_ = nullptr;
    }

    void SetUp() override
    {
        if (!has_tfm_program()) GTEST_SKIP() << "the program tfm is not built";
    }

    static std::string random() { return (*scratch_ / "random").string(); }
    static std::string with_tokenizer() { return (*scratch_ / "with-tokenizer").string(); }
    /// A place for what a test writes.
    static std::filesystem::path scratch(std::string_view name) { return *scratch_ / name; }

private:
    static inline ScratchFolder* scratch_ = nullptr;
};

} // namespace tfm_test
