#include <tfm/kernels/matmul.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/nn/schedule.hpp>
#include <tfm/nn/scratch.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;
using tfm::AddBias;
using tfm::AddResidual;
using tfm::StoreRows;

/// What happens to each result on its way to memory. `sink(out, bias)` stores rows of results, of
/// type Out.
template <class MakeSink>
struct Epilogue {
    std::string_view kernel;
    double operations_per_result;
    double accesses_per_result; ///< of memory for results
    MakeSink sink;
};

template <class MakeSink>
Epilogue(std::string_view, double, double, MakeSink) -> Epilogue<MakeSink>;

struct Shape {
    std::size_t k;
    std::size_t n;
};

/// Cold cells as a weight of precision P; scales are no part of what is timed cold, being 1/K of
/// it.
template <tfm::Precision P>
auto weight_of(const tfm::ElementOf<P.weights>* cells, tfm::Packed<> layout, const float* scales)
{
    if constexpr (P.weights == tfm::Dtype::int8) {
        return tfm::QuantizedView<tfm::dyn, tfm::dyn>{{cells, layout}, scales};
    } else {
        return tfm::View(cells, layout);
    }
}

template <tfm::Precision P, class Out, class MakeSink>
void add_matmul(Suite& suite, const Epilogue<MakeSink>& epilogue, std::size_t m, Shape shape)
{
    using T = tfm::ElementOf<P.weights>;
    auto const [k, n] = shape;
    auto const results = static_cast<double>(m * n);
    Call const call{epilogue.kernel,
                    precision_of(P),
                    {{"m", m}, {"k", k}, {"n", n}},
                    results * (2.0 * static_cast<double>(k) + epilogue.operations_per_result),
                    static_cast<double>(m * k + k * n) * sizeof(T) +
                        results * epilogue.accesses_per_result * sizeof(Out)};
    suite.add(call, [m, k = k, n = n, make_sink = epilogue.sink](Timer& timer) {
        tfm::Packed<> const layout(k, n);
        Rows const x = random_rows(m, k);
        tfm::MatmulInputs<P> converted({m, k});
        auto const inputs = converted.convert(x.view(), {0, m});
        Rows const bias = random_rows(1, layout.panels() * tfm::panel_width);
        tfm::Tensor<Out, tfm::Padded<>> out({m, n});
        timer.run_with_weights<T>(layout.template required_size<T>(), [&](tfm::Team team,
                                                                          const T* cells) {
            using Blocks = tfm::RowBlocks<P>; // as in a forward pass
            tfm::Schedule const schedule(team, m, Blocks::max_rows, Blocks::min_rows_per_thread);
            for (std::size_t b = 0; b < schedule.blocks(); ++b) {
                tfm::IndexRange const rows = schedule.rows(b);
                auto const to = row_range(out.view(), rows.begin, rows.size());
                tfm::matmul_panels(row_range(inputs, rows.begin, rows.size()),
                                   weight_of<P>(cells, layout, bias.data()),
                                   schedule.panels(layout.panels()), make_sink(to, bias.data()));
            }
        });
    });
}

template <tfm::Precision P>
void add_matmuls(Suite& suite)
{
    auto const rows = suite.shapes<std::size_t>({1, 4, 16, 64, 128, 512, 1024}, {1, 5, 50});
    auto const add = [&]<class Out>(Out, std::initializer_list<Shape> full, const auto& epilogue) {
        for (Shape const shape : suite.shapes<Shape>(full, {{48, 40}})) {
            for (std::size_t const m : rows) add_matmul<P, Out>(suite, epilogue, m, shape);
        }
    };
    // As the inner features of an MLP leave a matmul; logits are floats.
    using Inner = typename tfm::SharedScratch<P>::HiddenElement;
    Epilogue const plain{"matmul", 0, 1, [](auto out, const float*) {
                             return StoreRows(out.data(), out.row_stride());
                         }};
    add(Inner{}, {{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}, {1024, 4096}}, plain);
    for (Shape const head : suite.shapes<Shape>({{768, 50257}}, {})) {
        for (std::size_t const m : rows) add_matmul<P, float>(suite, plain, m, head);
    }
    add(Inner{}, {{768, 3072}}, Epilogue{"matmul_bias", 1, 1, [](auto out, const float* bias) {
                                             return StoreRows(out.data(), out.row_stride(),
                                                              AddBias(bias));
                                         }});
    add(Inner{}, {{768, 3072}}, Epilogue{"matmul_gelu", 4, 1, [](auto out, const float*) {
                                             return StoreRows(out.data(), out.row_stride(),
                                                              tfm::Gelu{});
                                         }});
    add(Inner{}, {{768, 3072}}, Epilogue{"matmul_gelu_tanh", 8, 1, [](auto out, const float*) {
                                             return StoreRows(out.data(), out.row_stride(),
                                                              tfm::GeluTanh{});
                                         }});
    add(float{}, {{3072, 768}}, Epilogue{"matmul_residual", 1, 2, [](auto out, const float*) {
                                             return StoreRows(out.data(), out.row_stride(),
                                                              AddResidual(out));
                                         }});
}

Benchmarks const matmul([](Suite& suite) {
    add_matmuls<tfm::precision::fp32>(suite);
    add_matmuls<tfm::precision::bf16>(suite);
    add_matmuls<tfm::precision::int8_weights>(suite);
    add_matmuls<tfm::precision::int8>(suite);
});

} // namespace
