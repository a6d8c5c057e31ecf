/// \file
/// GPT-2 small in fp32. Its sizes are numbers in its type, and a folder of others is refused.
///
///     gpt2_small FOLDER [PROMPT]

#include <iostream>

#include <tfm/tfm.hpp>

int main(int count, char** arguments)
try {
    if (count < 2) tfm::fail("expected a folder with GPT-2 small");
    const char* const prompt = count > 2 ? arguments[2] : "The meaning of life is";
    auto const model = tfm::Decoder<tfm::gpt2::small>::load(arguments[1]);
    auto const tokenizer = tfm::Tokenizer::load(arguments[1]);
    tfm::GenerateOptions const options{.max_new_tokens = 32, .temperature = 0.8F, .top_k = 40};
    std::cout << prompt << tfm::generate(model, tokenizer, prompt, options) << '\n';
} catch (const tfm::Error& error) {
    std::cerr << "gpt2_small: error: " << error.what() << '\n';
    return 2;
}
