#include <tfm/kernels/embedding.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

struct Shape {
    std::size_t m; ///< tokens
    std::size_t width;
    std::size_t vocab;
};

Benchmarks const embed([](Suite& suite) {
    for (Shape const shape :
         suite.shapes<Shape>({{1, 768, 50257}, {128, 768, 50257}}, {{1, 48, 100}, {5, 48, 100}})) {
        auto const elements = static_cast<double>(shape.m * shape.width);
        Call const call{"embed",
                        precision<float>,
                        {{"m", shape.m}, {"width", shape.width}, {"vocab", shape.vocab}},
                        elements,
                        3 * sizeof(float) * elements};
        suite.add(call, [=](Timer& timer) {
            tfm::Packed<> const layout(shape.width, shape.vocab);
            Rows const positions = random_rows(shape.m, shape.width);
            Rows out({shape.m, shape.width});
            timer.run_with_weights<float>(
                layout.required_size<float>(),
                [&](tfm::Team team, const float* cells, std::size_t count) {
                    tfm::IndexRange const mine = team.share(shape.m);
                    for (std::size_t i = mine.begin; i < mine.end; ++i) {
                        std::size_t const token = (count * shape.m + i) * 7919 % shape.vocab;
                        tfm::embed(tfm::View(cells, layout), positions.view(), token, i,
                                   out.view().row(i));
                    }
                });
        });
    }
});

} // namespace
