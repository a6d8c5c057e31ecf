#include <tfm/kernels/rope.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

/// Six multiplications and additions turn a pair; the angles are read, the rows read and written.
Benchmarks const rope([](Suite& suite) {
    for (std::size_t const m : suite.shapes<std::size_t>({1, 16, 128, 512}, {1, 5})) {
        std::size_t const n = 64;
        auto const elements = static_cast<double>(m * n);
        Call const call{"rope",
                        precision<float>,
                        {{"m", m}, {"n", n}},
                        3 * elements,
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
