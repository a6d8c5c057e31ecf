/// \file
/// A decoder of your own in three steps: write its shape, load its weights, generate.
///
///     custom_decoder [FOLDER [PROMPT]]

#include <iostream>
#include <vector>

#include <tfm/tfm.hpp>

namespace {

/// The choices of the model's training. Change one, and the compiler or `load` says what disagrees.
constexpr tfm::DecoderShape my_shape{
    .vocab = 4096,
    .context = 512,
    .width = 256,
    .heads = 8,
    .layers = 8,
    .activation = tfm::Activation::gelu_tanh,
    .norm = tfm::Norm::layer_norm,
    .positions = tfm::Positions::learned,
};
using MyDecoder = tfm::Decoder<my_shape>;

void tell(const char* folder, const char* prompt)
{
    MyDecoder const model = MyDecoder::load(folder);
    auto const tokenizer = tfm::BytePairEncoder::load(folder);
    std::vector<tfm::Token> const tokens = tokenizer.encode(prompt);

    // A session is one text with its keys and values; a workspace is scratch memory and threads.
    MyDecoder::Session session(256);
    MyDecoder::Workspace workspace;
    tfm::GenerateOptions const options{.max_new_tokens = 48,
                                       .temperature = 0.8F,
                                       .top_k = 40,
                                       .seed = 1,
                                       .end_of_text = {tokenizer.end_of_text().value_or(-1)}};
    std::cout << prompt;
    tfm::generate(model, workspace, session, tokens, options, [&](tfm::Token token) {
        std::cout << tokenizer.token_bytes(token) << std::flush;
        return true; // false would end the text here
    });
    std::cout << "\n\n"
              << my_shape.parameters() << " parameters, " << session.position() << " positions\n";
}

} // namespace

int main(int count, char** arguments)
try {
    tell(count > 1 ? arguments[1] : TFM_DEFAULT_MODEL,
         count > 2 ? arguments[2] : "Once upon a time");
} catch (const tfm::Error& error) {
    std::cerr << "custom_decoder: error: " << error.what() << '\n';
    return 2;
}
