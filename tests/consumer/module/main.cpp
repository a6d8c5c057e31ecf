#include <iostream>
#include <string>

import tfm;

constexpr tfm::DecoderShape tales{
    .vocab = 4096, .context = 512, .width = 256, .heads = 8, .layers = 8};

int main(int, char** arguments)
{
    auto const model = tfm::Decoder<tales>::load(arguments[1]);
    auto const tokenizer = tfm::Tokenizer::load(arguments[1]);
    std::cout << "Once upon a time"
              << tfm::generate(model, tokenizer, "Once upon a time", {.max_new_tokens = 16})
              << '\n';
}
