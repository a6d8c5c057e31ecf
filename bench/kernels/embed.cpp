#include <tfm/kernels/embedding.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

Benchmarks const embed([](Suite& suite) {
    for (const Shape& shape :
         suite.shapes({"m", "width", "vocab"}, {{1, 768, 50257}, {128, 768, 50257}},
                      {{1, 48, 100}, {5, 48, 100}})) {
        std::size_t const m = shape["m"]; // tokens
        std::size_t const width = shape["width"];
        std::size_t const vocab = shape["vocab"];
        auto const elements = static_cast<double>(m * width);
        Call const call{"embed", precision<float>, shape, elements, 3 * sizeof(float) * elements};
        suite.add(call, [=](Timer& timer) {
            tfm::Packed<> const layout(width, vocab);
            Rows const positions = random_rows(m, width);
            Rows out({m, width});
            timer.run_with_weights<float>(
                layout.required_size<float>(),
                [&](tfm::Team team, const float* cells, std::size_t count) {
                    tfm::IndexRange const mine = team.share(m);
                    for (std::size_t i = mine.begin; i < mine.end; ++i) {
                        std::size_t const token = (count * m + i) * 7919 % vocab;
                        tfm::embed(tfm::View(cells, layout), positions.view(), token, i,
                                   out.view().row(i));
                    }
                });
        });
    }
});

} // namespace
