#include <tfm/kernels/gelu.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

template <class Kernel>
void add_gelu(Suite& suite, std::string_view name, double operations, Kernel kernel)
{
    for (const Shape& shape :
         suite.shapes({"m", "n"}, {{1, 3072}, {16, 3072}, {128, 3072}, {512, 3072}},
                      {{1, 3072}, {5, 3072}})) {
        std::size_t const m = shape["m"];
        std::size_t const n = shape["n"];
        auto const elements = static_cast<double>(m * n);
        Call const call{name, precision<float>, shape, operations * elements,
                        2 * sizeof(float) * elements};
        suite.add(call, [=](Timer& timer) {
            Rows const x = random_rows(m, n);
            Rows out({m, n});
            timer.run([&](tfm::Team team) {
                kernel(own_rows(x.view(), team), own_rows(out.view(), team));
            });
        });
    }
}

Benchmarks const gelu([](Suite& suite) {
    add_gelu(suite, "gelu", 4, [](auto x, auto out) { tfm::gelu(x, out); });
    add_gelu(suite, "gelu_tanh", 8, [](auto x, auto out) { tfm::gelu_tanh(x, out); });
});

} // namespace
