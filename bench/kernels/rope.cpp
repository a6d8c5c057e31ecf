#include <tfm/kernels/rope.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

/// Six multiplications and additions turn a pair; the angles are read, the rows read and written.
Benchmarks const rope([](Suite& suite) {
    for (const Shape& shape :
         suite.shapes({"m", "n"}, {{1, 64}, {16, 64}, {128, 64}, {512, 64}}, {{1, 64}, {5, 64}},
                      {"an even n", [](const Shape& shape) { return shape["n"] % 2 == 0; }})) {
        std::size_t const m = shape["m"];
        std::size_t const n = shape["n"];
        auto const elements = static_cast<double>(m * n);
        Call const call{"rope", precision<float>, shape, 3 * elements,
                        3 * sizeof(float) * elements};
        suite.add(call, [=](Timer& timer) {
            Rows x = random_rows(m, n);
            // Turns by nothing, so that rows stay in range however often they are turned.
            Rows angles({m, n});
            for (std::size_t i = 0; i < m * n; i += 2) angles.data()[i] = 1.0F;
            timer.run([&](tfm::Team team) {
                tfm::rope(own_rows(x.view(), team), own_rows(angles.view(), team));
            });
        });
    }
});

} // namespace
