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
void add_matmul(Suite& suite, const Epilogue<MakeSink>& epilogue, const Shape& shape)
{
    using T = tfm::ElementOf<P.weights>;
    std::size_t const m = shape["m"];
    std::size_t const k = shape["k"];
    std::size_t const n = shape["n"];
    auto const results = static_cast<double>(m * n);
    Call const call{epilogue.kernel, precision_of(P), shape,
                    results * (2.0 * static_cast<double>(k) + epilogue.operations_per_result),
                    static_cast<double>(m * k + k * n) * sizeof(T) +
                        results * epilogue.accesses_per_result * sizeof(Out)};
    suite.add(call, [=, make_sink = epilogue.sink](Timer& timer) {
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

using Sizes = std::vector<std::size_t>;

/// Each (k, n) with these numbers of rows before it.
std::vector<Sizes> with_rows(const Sizes& rows, const std::vector<Sizes>& weights)
{
    std::vector<Sizes> shapes;
    for (const Sizes& weight : weights) {
        for (std::size_t const m : rows) shapes.push_back({m, weight.at(0), weight.at(1)});
    }
    return shapes;
}

/// GPT-2's: so many columns are logits, which are floats.
constexpr std::size_t vocabulary = 50257;
constexpr Condition is_logits{nullptr, [](const Shape& shape) { return shape["n"] == vocabulary; }};

template <tfm::Precision P>
void add_matmuls(Suite& suite)
{
    auto const add = [&]<class Out>(Out, const std::vector<Sizes>& full, const auto& epilogue,
                                    Condition condition = {}) {
        for (const Shape& shape :
             suite.shapes({"m", "k", "n"}, with_rows({1, 4, 16, 64, 128, 512, 1024}, full),
                          with_rows({1, 5, 50}, {{48, 40}}), condition))
            add_matmul<P, Out>(suite, epilogue, shape);
    };
    // As the inner features of an MLP leave a matmul.
    using Inner = typename tfm::SharedScratch<P>::HiddenElement;
    Epilogue const plain{"matmul", 0, 1, [](auto out, const float*) {
                             return StoreRows(out.data(), out.row_stride());
                         }};
    add(Inner{}, {{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}, {1024, 4096}}, plain,
        {nullptr, [](const Shape& shape) { return !is_logits.holds(shape); }});
    add(float{}, {{768, vocabulary}}, plain, is_logits);
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
