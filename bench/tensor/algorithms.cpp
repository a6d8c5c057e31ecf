/// \file
/// What the algorithms of tfm/tensor take beside loops of xsimd written by hand for the same work:
/// `sum/tfm/1024` and `sum/xsimd/1024` are a pair. One thread.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include <tfm/simd/vec.hpp>
#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/reduce.hpp>

namespace {

using namespace tfm;
using simd::lanes;
using simd::vec;

template <class T>
using Row = Tensor<T, Vec<>>;

template <class T = float>
Row<T> random_row(std::size_t count)
{
    Row<T> x{Vec<>(count)};
    random_normal(x, count);
    return x;
}

/// \name By hand. The numbers of elements are multiples of four registers' lanes.
/// @{

/// Four accumulators, which hide most of an operation's latency.
template <class Accumulator, class Take, class Join>
Accumulator reduced(const float* x, std::size_t count, Accumulator none, Take&& take, Join&& join)
{
    Accumulator a = none, b = none, c = none, d = none;
    for (std::size_t i = 0; i < count; i += 4 * lanes) {
        a = take(a, simd::load(x + i));
        b = take(b, simd::load(x + i + lanes));
        c = take(c, simd::load(x + i + 2 * lanes));
        d = take(d, simd::load(x + i + 3 * lanes));
    }
    return join(join(a, b), join(c, d));
}

float sum_by_hand(const float* x, std::size_t count)
{
    auto const add = [](vec a, vec b) { return a + b; };
    return simd::reduce_add(reduced(x, count, simd::broadcast(0.0F), add, add));
}

struct Greatest {
    vec most;
    vec total; ///< a NaN once one was met, which simd::max passes over
};

/// A NaN where there is one.
float max_by_hand(const float* x, std::size_t count)
{
    Greatest const none{simd::broadcast(x[0]), simd::broadcast(0.0F)};
    Greatest const all = reduced(
        x, count, none,
        [](Greatest a, vec b) {
            return Greatest{simd::max(a.most, b), a.total + b};
        },
        [](Greatest a, Greatest b) {
            return Greatest{simd::max(a.most, b.most), a.total + b.total};
        });
    float const total = simd::reduce_add(all.total);
    if (total == total) return simd::reduce_max(all.most);
    for (std::size_t i = 0; i < count; ++i)
        if (x[i] != x[i]) return x[i];
    return simd::reduce_max(all.most);
}

std::size_t argmax_by_hand(const float* x, std::size_t count)
{
    float const most = max_by_hand(x, count);
    std::size_t i = 0;
    while (x[i] != most) ++i;
    return i;
}

template <class From, class To, class Work>
void map_by_hand(const From* x, std::size_t count, To* out, Work&& work)
{
    for (std::size_t i = 0; i < count; i += lanes) simd::store(out + i, work(simd::load(x + i), i));
}

bool allclose_by_hand(const float* x, const float* y, std::size_t count)
{
    vec const relative = simd::broadcast(1e-5F);
    vec const absolute = simd::broadcast(1e-8F);
    vec worst = simd::broadcast(-1.0F);
    for (std::size_t i = 0; i < count; i += lanes) {
        vec const b = simd::load(y + i);
        vec const excess = simd::abs(simd::load(x + i) - b) - (absolute + relative * simd::abs(b));
        worst = simd::max(worst, excess);
    }
    return simd::reduce_max(worst) <= 0;
}
/// @}

/// Times `work()`, which takes `count` elements and reads and writes `bytes`.
template <class Work>
void add(const std::string& name, std::size_t count, std::size_t bytes, Work work)
{
    benchmark::RegisterBenchmark(
        (name + '/' + std::to_string(count)).c_str(), [=](benchmark::State& state) mutable {
            for (auto _ : state) {
                static_cast<void>(_);
                work();
                benchmark::ClobberMemory();
            }
            auto const iterations = static_cast<std::int64_t>(state.iterations());
            state.SetBytesProcessed(iterations * static_cast<std::int64_t>(bytes));
        });
}

/// Rows live as long as the program.
template <class T>
Row<T>& kept(Row<T>&& row)
{
    return *new Row<T>(std::move(row)); // NOLINT(cppcoreguidelines-owning-memory)
}

void add_reductions(std::size_t n)
{
    auto const& x = kept(random_row(n));
    std::size_t const bytes = n * sizeof(float);
    add("sum/tfm", n, bytes, [&] { benchmark::DoNotOptimize(sum(x)); });
    add("sum/xsimd", n, bytes, [&, n] { benchmark::DoNotOptimize(sum_by_hand(x.data(), n)); });
    add("max/tfm", n, bytes, [&] { benchmark::DoNotOptimize(max(x)); });
    add("max/xsimd", n, bytes, [&, n] { benchmark::DoNotOptimize(max_by_hand(x.data(), n)); });

    auto& place = kept(Row<std::int32_t>(Vec<>(1)));
    add("argmax/tfm", n, bytes, [&] { argmax_rows(x, place); });
    add("argmax/xsimd", n, bytes,
        [&, n] { benchmark::DoNotOptimize(argmax_by_hand(x.data(), n)); });

    // Rows of 1024 elements.
    std::size_t const rows = n / 1024;
    auto& out = kept(Row<float>(Vec<>(rows)));
    View<const float, RowMajor<>> const matrix(x.data(), {rows, 1024});
    add("sum_rows/tfm", n, bytes, [&, matrix] { sum_rows(matrix, out); });
    add("sum_rows/xsimd", n, bytes, [&, matrix] {
        for (std::size_t i = 0; i < matrix.rows(); ++i)
            out(i) = sum_by_hand(matrix.row(i), matrix.cols());
    });
    add("max_rows/tfm", n, bytes, [&, matrix] { max_rows(matrix, out); });
    add("max_rows/xsimd", n, bytes, [&, matrix] {
        for (std::size_t i = 0; i < matrix.rows(); ++i)
            out(i) = max_by_hand(matrix.row(i), matrix.cols());
    });
}

void add_elementwise(std::size_t n)
{
    auto const& x = kept(random_row(n));
    auto const& y = kept(x.clone());
    auto const& narrow = kept(random_row<bf16>(n));
    auto& out = kept(Row<float>(Vec<>(n)));
    auto& rounded = kept(Row<bf16>(Vec<>(n)));
    std::size_t const four = n * sizeof(float);
    add("add/tfm", n, 3 * four, [&] { tfm::add(x, y, out); });
    add("add/xsimd", n, 3 * four, [&, n] {
        map_by_hand(x.data(), n, out.data(),
                    [&](vec a, std::size_t i) { return a + simd::load(y.data() + i); });
    });
    add("scale/tfm", n, 2 * four, [&] { scale(x, 0.7F, out); });
    add("scale/xsimd", n, 2 * four, [&, n] {
        vec const factor = simd::broadcast(0.7F);
        map_by_hand(x.data(), n, out.data(), [=](vec a, std::size_t) { return a * factor; });
    });
    add("copy_to_bf16/tfm", n, four + four / 2, [&] { copy(x, rounded); });
    add("copy_to_bf16/xsimd", n, four + four / 2,
        [&, n] { map_by_hand(x.data(), n, rounded.data(), [](vec a, std::size_t) { return a; }); });
    add("copy_from_bf16/tfm", n, four + four / 2, [&] { copy(narrow, out); });
    add("copy_from_bf16/xsimd", n, four + four / 2, [&, n] {
        map_by_hand(narrow.data(), n, out.data(), [](vec a, std::size_t) { return a; });
    });
    add("allclose/tfm", n, 2 * four,
        [&] { benchmark::DoNotOptimize(static_cast<bool>(allclose(x, y))); });
    add("allclose/xsimd", n, 2 * four,
        [&, n] { benchmark::DoNotOptimize(allclose_by_hand(x.data(), y.data(), n)); });
}

} // namespace

int main(int count, char** arguments)
{
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
    for (std::size_t const n : {std::size_t{1} << 10, std::size_t{1} << 16, std::size_t{1} << 20}) {
        add_reductions(n);
        add_elementwise(n);
    }
    benchmark::RunSpecifiedBenchmarks();
}
