#include <tfm/kernels/softmax.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

Benchmarks const softmax([](Suite& suite) {
    for (const Shape& shape :
         suite.shapes({"m", "n"}, {{1, 1024}, {128, 1024}, {1, 50257}}, {{1, 40}, {5, 40}})) {
        std::size_t const m = shape["m"];
        std::size_t const n = shape["n"];
        auto const elements = static_cast<double>(m * n);
        Call const call{"softmax", precision<float>, shape, 5 * elements,
                        2 * sizeof(float) * elements};
        suite.add(call, [=](Timer& timer) {
            Rows const x = random_rows(m, n);
            Rows out({m, n});
            timer.run([&](tfm::Team team) {
                tfm::softmax(own_rows(x.view(), team), own_rows(out.view(), team));
            });
        });
    }
});

} // namespace
