#include <tfm/kernels/rms_norm.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

Benchmarks const rms_norm([](Suite& suite) {
    for (const Shape& shape : suite.shapes(
             {"m", "n"}, {{1, 768}, {16, 768}, {128, 768}, {512, 768}}, {{1, 768}, {5, 768}})) {
        std::size_t const m = shape["m"];
        std::size_t const n = shape["n"];
        auto const elements = static_cast<double>(m * n);
        Call const call{"rms_norm", precision<float>, shape, 4 * elements,
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
