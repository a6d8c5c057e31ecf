#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/bidirectional_attention.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;
using tfm::Packed;
using tfm::View;

/// A layer's heads, which the threads share out.
struct Heads {
    std::size_t count;
    std::size_t width;
    std::size_t context; ///< positions in the cache

    Packed<> keys() const { return {width, context}; }
    Packed<> values() const { return {context, width}; }
    std::size_t keys_size() const { return keys().required_size<float>(); }
    std::size_t values_size() const { return values().required_size<float>(); }
    /// The columns of one head in rows of all heads.
    template <class T>
    auto columns(View<T, tfm::RowMajor<>> rows, std::size_t head) const
    {
        return column_range(rows, head * width, width);
    }
};

Call call_of(std::string_view kernel, std::size_t m, const Heads& heads, double operations,
             double floats)
{
    return {kernel,
            precision<float>,
            {{"m", m}, {"heads", heads.count}, {"width", heads.width}, {"context", heads.context}},
            operations,
            floats * sizeof(float)};
}

/// m queries of every head over a full cache, each of which sees `scores` / m of it on average.
/// `attend(q, keys, values, out)` does it for one head.
template <class Attend>
void add_attention(Suite& suite, std::string_view kernel, std::size_t m, const Heads& heads,
                   std::size_t scores, Attend attend)
{
    std::size_t const features = heads.count * heads.width;
    Call const call =
        call_of(kernel, m, heads, static_cast<double>(heads.count * scores * (4 * heads.width + 5)),
                static_cast<double>(2 * (m + heads.context) * features));
    suite.add(call, [=](Timer& timer) {
        Rows const q = random_rows(m, features);
        Rows out({m, features});
        std::size_t const size = heads.keys_size() + heads.values_size();
        timer.run_with_weights<float>(heads.count * size, [&](tfm::Team team, const float* cache) {
            tfm::IndexRange const mine = team.share(heads.count);
            for (std::size_t head = mine.begin; head < mine.end; ++head) {
                const float* const keys = cache + head * size;
                attend(heads.columns(q.view(), head), View(keys, heads.keys()),
                       View(keys + heads.keys_size(), heads.values()),
                       heads.columns(out.view(), head));
            }
        });
    });
}

/// Rows written to some positions of the cache. `append(rows, cache, position)` writes one head's.
template <class Append>
void add_append(Suite& suite, std::string_view kernel, std::size_t m, const Heads& heads,
                std::size_t size, Append append)
{
    std::size_t const features = heads.count * heads.width;
    suite.add(
        call_of(kernel, m, heads, 0, static_cast<double>(2 * m * features)), [=](Timer& timer) {
            Rows const rows = random_rows(m, features);
            timer.run_with_weights<float>(
                heads.count * size, [&](tfm::Team team, float* cache, std::size_t count) {
                    std::size_t const position = count * 16 % (heads.context - m);
                    tfm::IndexRange const mine = team.share(heads.count);
                    for (std::size_t head = mine.begin; head < mine.end; ++head) {
                        append(heads.columns(rows.view(), head), cache + head * size, position);
                    }
                });
        });
}

Benchmarks const attention([](Suite& suite) {
    struct Shape {
        std::size_t m;
        Heads heads;
    };
    auto const shapes = suite.shapes<Shape>({{1, {12, 64, 256}},
                                             {1, {12, 64, 1024}},
                                             {128, {12, 64, 128}},
                                             {128, {12, 64, 1024}},
                                             {512, {12, 64, 512}}},
                                            {{1, {2, 16, 20}}, {5, {2, 16, 20}}});
    for (auto const& shape : shapes) { // the queries are those of the last positions
        std::size_t const m = shape.m;
        std::size_t const first = shape.heads.context - m;
        add_attention(suite, "causal_attention", m, shape.heads, m * first + m * (m + 1) / 2,
                      [first](auto q, auto keys, auto values, auto out) {
                          tfm::causal_attention(q, keys, values, first, out);
                      });
    }
    for (auto const& shape : suite.shapes<Shape>({{128, {12, 64, 128}}}, {{5, {2, 16, 5}}})) {
        std::size_t const positions = shape.heads.context;
        add_attention(suite, "bidirectional_attention", shape.m, shape.heads, shape.m * positions,
                      [positions](auto q, auto keys, auto values, auto out) {
                          tfm::bidirectional_attention(q, keys, values, positions, out);
                      });
    }

    auto const appended = suite.shapes<Shape>(
        {{1, {12, 64, 1024}}, {16, {12, 64, 1024}}, {128, {12, 64, 1024}}}, {{5, {2, 16, 20}}});
    for (auto const& [m, heads] : appended) {
        add_append(suite, "append_keys", m, heads, heads.keys_size(),
                   [layout = heads.keys()](auto rows, float* cache, std::size_t position) {
                       tfm::append_keys(rows, View(cache, layout), position);
                   });
        add_append(suite, "append_values", m, heads, heads.values_size(),
                   [layout = heads.values()](auto rows, float* cache, std::size_t position) {
                       tfm::append_values(rows, View(cache, layout), position);
                   });
    }
});

} // namespace
