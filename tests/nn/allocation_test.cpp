/// \file
/// Generating allocates nothing after the first token: every form of `operator new` is counted, and
/// the process's address space, which large tensors take straight from the kernel, must not grow.

#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <tfm/generate/generate.hpp>

#include "../kernels/counted_allocations.hpp"
#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Pages of the process's address space, read without allocating; 0 where there is no /proc.
std::size_t address_space()
{
    std::array<char, 64> text{};
    int const file = ::open("/proc/self/statm", O_RDONLY);
    if (file < 0) return 0;
    ssize_t const count = ::read(file, text.data(), text.size() - 1);
    ::close(file);
    return count <= 0 ? 0 : std::strtoull(text.data(), nullptr, 10);
}

/// The usual steps of sampling, and all of them.
const std::vector<GenerateOptions> options_of_steps{
    {.max_new_tokens = 200, .top_k = 10, .top_p = 0.9F},
    {.max_new_tokens = 200,
     .temperature = 0.9F,
     .top_k = 50,
     .top_p = 0.95F,
     .sequence_bias = {{{1, 2}, 1.0F}},
     .repetition_penalty = 1.1F,
     .presence_penalty = 0.1F,
     .frequency_penalty = 0.1F,
     .no_repeat_ngram_size = 5,
     .bad_words = {{3}},
     .min_p = 0.001F,
     .typical_p = 0.9F,
     .epsilon_cutoff = 1e-5F,
     .own_steps = {{[](auto, auto) {}, SamplingStep::min_p}},
     .logprobs = 5}};

TEST(Allocation, NothingPerToken)
{
    constexpr DecoderShape shape = odd_shape;
    auto const model = random_decoder<shape>(1);
    auto const prompt = random_tokens<shape>(20, 2);
    for (std::size_t const threads : {1U, 2U}) {
        Decoder<shape>::Workspace workspace({.threads = threads});
        Decoder<shape>::Session session;
        std::size_t made = 0;
        std::size_t after_first = 0;
        std::size_t pages_after_first = 0;
        std::size_t after_last = 0;
        generate(model, workspace, session, prompt, options_of_steps[threads - 1], [&](Token) {
            if (++made == 1) pages_after_first = address_space();
            if (made == 2) after_first = allocations;
            if (made == 200) after_last = allocations;
            return true;
        });
        ASSERT_EQ(made, 200U);
        EXPECT_EQ(after_last, after_first);
        EXPECT_EQ(address_space(), pages_after_first);
    }
}

} // namespace
