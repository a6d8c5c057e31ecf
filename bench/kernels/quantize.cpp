#include <tfm/kernels/quantize.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;

/// What converts rows of activations: `convert(x, values, scales)` to `values_each` rows of T.
template <class T, class Convert>
void add(Suite& suite, std::string_view kernel, std::size_t rows_each, Convert convert)
{
    for (const Shape& shape : suite.shapes({"m", "k"}, {{1, 3072}, {128, 3072}}, {{5, 40}})) {
        std::size_t const m = shape["m"];
        std::size_t const k = shape["k"];
        auto const elements = static_cast<double>(m * k);
        Call const call{kernel, precision<T>, shape,
                        4 * elements, // magnitude, maximum, scale, round
                        elements * static_cast<double>(sizeof(float) + rows_each * sizeof(T))};
        suite.add(call, [=](Timer& timer) {
            Rows const x = random_rows(m, k);
            tfm::Tensor<T, tfm::RowMajor<>> values({m * rows_each, k});
            tfm::Tensor<float, tfm::Vec<>> scales{tfm::Vec<>(m)};
            timer.run([&](tfm::Team team) {
                tfm::IndexRange const mine = team.share(m);
                convert(row_range(x.view(), mine.begin, mine.size()),
                        row_range(values.view(), mine.begin * rows_each, mine.size() * rows_each),
                        tfm::View(scales.data() + mine.begin, tfm::Vec<>(mine.size())));
            });
        });
    }
}

Benchmarks const quantize([](Suite& suite) {
    add<std::int8_t>(suite, "quantize_rows", 1, [](auto x, auto values, auto scales) {
        tfm::quantize_rows(x, values, scales);
    });
    add<std::int8_t>(suite, "split_rows", 2,
                     [](auto x, auto values, auto scales) { tfm::split_rows(x, values, scales); });
    add<tfm::Bf16Input>(suite, "convert_rows", 1,
                        [](auto x, auto values, auto) { tfm::convert_rows(x, values); });
});

} // namespace
