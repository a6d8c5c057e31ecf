/// \file
/// GPT-2 medium in bf16, token by token. What it takes is known when it is compiled.
///
///     gpt2_medium FOLDER [PROMPT]

#include <iostream>

#include <tfm/tfm.hpp>

using Medium = tfm::Decoder<tfm::gpt2::medium, tfm::precision::bf16>;
static_assert(Medium::weight_bytes() < 720'000'000);
static_assert(Medium::Session::bytes(256) == 2UL * 24 * 256 * 1024 * sizeof(tfm::bf16));

int main(int count, char** arguments)
try {
    if (count < 2) tfm::fail("expected a folder with GPT-2 medium");
    Medium const model = Medium::load(arguments[1]);
    auto const tokenizer = tfm::Tokenizer::load(arguments[1]);
    Medium::Session session(256);
    Medium::Workspace workspace;
    auto const prompt = tokenizer.encode(count > 2 ? arguments[2] : "The meaning of life is");
    tfm::generate(model, workspace, session, prompt, {.max_new_tokens = 64, .temperature = 0},
                  [&](tfm::Token token) {
                      std::cout << tokenizer.token_bytes(token) << std::flush;
                      return true; // false would end the text here
                  });
} catch (const tfm::Error& error) {
    std::cerr << "gpt2_medium: error: " << error.what() << '\n';
    return 2;
}
