#include <tfm/kernels/rms_norm.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

Benchmarks const rms_norm([](Suite& suite) {
    for (std::size_t const m : suite.shapes<std::size_t>({1, 16, 128, 512}, {1, 5})) {
        std::size_t const n = 768;
        auto const elements = static_cast<double>(m * n);
        Call const call{"rms_norm",
                        precision<float>,
                        {{"m", m}, {"n", n}},
                        4 * elements,
                        sizeof(float) * (2 * elements + static_cast<double>(n))};
        suite.add(call, [=](Timer& timer) {
            Rows const x = random_rows(m, n);
            Rows const gain = random_rows(1, n);
            Rows out({m, n});
            timer.run([&](tfm::Team team) {
                tfm::rms_norm(own_rows(x.view(), team), tfm::View(gain.data(), tfm::Vec<>(n)),
                              1e-5F, own_rows(out.view(), team));
            });
        });
    }
});

} // namespace
