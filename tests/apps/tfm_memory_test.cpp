/// \file
/// The memory of GPT-2 small: weights once, cache, workspace, and little else.

#include <cstddef>
#include <string>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/nn/decoder.hpp>
#include <tfm/nn/workspace.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;

using Model = tfm::Decoder<tfm::gpt2::small>;

TEST(TfmMemory, PeaksAtTheSumOfItsParts)
{
    if (!has_tfm_program()) GTEST_SKIP() << "the program tfm was not built";
#if TFM_SANITIZED
    GTEST_SKIP() << "a sanitizer's shadow memory counts as the program's";
#endif
    constexpr std::size_t threads = 2;
    ScratchFolder const scratch;
    std::string const folder = (scratch / "small").string();
    ASSERT_EQ(run_tfm({"init", "--shape", "small", "--seed", "1", "--output", folder}).status, 0);
    // A prompt of 512 tokens fills the workspace; half the context of cache comes into use.
    std::string prompt = "1";
    for (int i = 1; i < 512; ++i) prompt += "," + std::to_string(i);
    auto const object = run_tfm_json({"generate", "--model", folder, "--tokens", prompt, "-n", "4",
                                      "--greedy", "--threads", std::to_string(threads)});

    double const parts = static_cast<double>(Model::weight_bytes() +
                                             Model::Session::bytes(tfm::gpt2::small.context) +
                                             Model::Workspace::bytes({.threads = threads}));
    EXPECT_LE(object["peak_rss_bytes"].get<double>(), 1.1 * (parts + 20e6));
}

} // namespace
