#include <cstdio>
#include <vector>

#include <tfm/any/model.hpp>

int main(int, char** arguments)
try {
    auto const precision = tfm::precision_named(arguments[2]).value();
    auto const model = tfm::any::load_decoder(arguments[1], precision);
    std::vector<tfm::Token> const prompt{37, 291, 599, 2706, 259, 1151}; // Far away beyond the sea
    model->make_batch()->generate(0, prompt, {.max_new_tokens = 6, .temperature = 0},
                                  [](tfm::Token token) { return std::printf("%d ", token) > 0; });
} catch (const tfm::Error& error) {
    std::puts(error.what());
}
