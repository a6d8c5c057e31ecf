#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/slices.hpp>

#include "suite.hpp"
#include "thread_workspace.hpp"

namespace {

using namespace tfm::bench;

/// m queries and as many keys. Threads take heads each.
template <class T>
void add_attention(Suite& suite, const Shape& shape, bool is_causal)
{
    std::size_t const heads = shape["heads"];
    std::size_t const m = shape["m"];
    std::size_t const width = shape["width"];
    auto const scores = static_cast<double>(heads * (is_causal ? m * (m + 1) / 2 : m * m));
    Call const call{is_causal ? "causal_sdpa" : "sdpa", precision<T>, shape,
                    scores * (4 * static_cast<double>(width) + 5),
                    4 * sizeof(T) * static_cast<double>(heads * m * width)};
    suite.add(call, [=](Timer& timer) {
        using Heads = tfm::Dense<tfm::dyn, tfm::dyn, tfm::dyn>;
        tfm::Tensor<T, Heads> qkv(Heads(3 * heads, m, width));
        tfm::Tensor<T, Heads> out(Heads(heads, m, width));
        tfm::random_normal(qkv, 1);
        timer.run([&](tfm::Team team) {
            tfm::IndexRange const mine = team.share(heads);
            auto const part = [&](std::size_t first) {
                return tfm::slice<0>(qkv.view(), first + mine.begin, mine.size());
            };
            tfm::scaled_dot_product_attention(
                part(0), part(heads), part(2 * heads),
                tfm::slice<0>(out.view(), mine.begin, mine.size()), {.is_causal = is_causal},
                thread_workspace(tfm::attention_workspace_bytes<T>(m, m, width, width)));
        });
    });
}

Benchmarks const attention([](Suite& suite) {
    for (const Shape& shape : suite.shapes({"heads", "m", "width"}, {{12, 128, 64}, {12, 512, 64}},
                                           {{2, 5, 16}, {2, 1, 16}})) {
        for (bool const is_causal : {false, true}) {
            add_attention<float>(suite, shape, is_causal);
            add_attention<tfm::bf16>(suite, shape, is_causal);
        }
    }
});

} // namespace
