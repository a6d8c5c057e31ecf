#include <tfm/kernels/softmax.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

struct Shape {
    std::size_t m;
    std::size_t n;
};

Benchmarks const softmax([](Suite& suite) {
    for (auto const [m, n] :
         suite.shapes<Shape>({{1, 1024}, {128, 1024}, {1, 50257}}, {{1, 40}, {5, 40}})) {
        auto const elements = static_cast<double>(m * n);
        Call const call{"softmax",
                        precision<float>,
                        {{"m", m}, {"n", n}},
                        5 * elements,
                        2 * sizeof(float) * elements};
        suite.add(call, [m = m, n = n](Timer& timer) {
            Rows const x = random_rows(m, n);
            Rows out({m, n});
            timer.run([&](tfm::Team team) {
                tfm::softmax(own_rows(x.view(), team), own_rows(out.view(), team));
            });
        });
    }
});

} // namespace
