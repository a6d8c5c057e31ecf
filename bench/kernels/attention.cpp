#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <tfm/kernels/append.hpp>
#include <tfm/kernels/attention.hpp>

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

    explicit Heads(const Shape& shape)
        : count(shape["heads"]), width(shape["width"]), context(shape["context"])
    {
    }

    Packed<> keys() const { return {width, context}; }
    Packed<> values() const { return {context, width}; }
    template <class T>
    std::size_t keys_size() const
    {
        return keys().required_size<T>();
    }
    template <class T>
    std::size_t values_size() const
    {
        return values().required_size<T>();
    }
    /// The columns of one head in rows of all heads.
    template <class T>
    auto columns(View<T, tfm::RowMajor<>> rows, std::size_t head) const
    {
        return column_range(rows, head * width, width);
    }
};

/// Rows of queries as a cache of T is multiplied with them.
template <class T>
class Queries {
    using Element = std::conditional_t<std::is_same_v<T, tfm::bf16>, tfm::Bf16Input, T>;
    static constexpr bool is_split = std::is_same_v<T, std::int8_t>;
    static constexpr std::size_t rows_each = is_split ? 2 : 1;

public:
    Queries(std::size_t m, const Heads& heads)
        : m_(m), values_({heads.count * rows_each * m, heads.width}),
          scales_(tfm::Vec<>(heads.count * m))
    {
        Rows const rows = random_rows(heads.count * m, heads.width);
        if constexpr (is_split) {
            tfm::split_rows(rows.view(), values_.view(), scales_.view());
        } else if constexpr (std::is_same_v<Element, tfm::bf16>) {
            tfm::convert_rows(rows.view(), values_.view());
        } else {
            std::copy_n(rows.data(), rows.size(), values_.data());
        }
    }

    /// A head's.
    auto of(std::size_t head) const
    {
        auto const part = row_range(values_.view(), head * rows_each * m_, rows_each * m_);
        if constexpr (is_split) {
            return tfm::SplitRows<>{part, scales_.data() + head * m_};
        } else {
            return part;
        }
    }

private:
    std::size_t m_;
    tfm::Tensor<Element, tfm::RowMajor<>> values_;
    tfm::Tensor<float, tfm::Vec<>> scales_;
};

/// Cells of T as a head's keys or values; in int8 with these scales.
template <class T>
auto cache_of(T* cells, Packed<> layout, float* scales)
{
    if constexpr (std::is_same_v<T, std::int8_t>) {
        return tfm::QuantizedCache<Packed<>>{{cells, layout}, scales};
    } else {
        static_cast<void>(scales);
        return View(cells, layout);
    }
}

template <class T>
Call call_of(std::string_view kernel, const Shape& shape, double operations, double cached)
{
    double const others =
        2.0 * static_cast<double>(shape["m"] * shape["heads"] * shape["width"]) * sizeof(float);
    return {kernel, precision<T>, shape, operations, cached * sizeof(T) + others};
}

/// m queries of every head over a full cache of T, each of which sees `scores` / m of it on
/// average. `attend(q, keys, values, out)` does it for one head.
template <class T, class Attend>
void add_attention(Suite& suite, std::string_view kernel, const Shape& shape, std::size_t scores,
                   Attend attend)
{
    std::size_t const m = shape["m"];
    Heads const heads(shape);
    std::size_t const features = heads.count * heads.width;
    Call const call =
        call_of<T>(kernel, shape, static_cast<double>(heads.count * scores * (4 * heads.width + 5)),
                   static_cast<double>(2 * heads.context * features));
    suite.add(call, [=](Timer& timer) {
        Queries<T> const q(m, heads);
        tfm::Tensor<float, tfm::Vec<>> scales(tfm::Vec<>(heads.context + tfm::panel_width));
        std::fill_n(scales.data(), scales.size(), 1e-4F);
        Rows out({m, features});
        std::size_t const keys_size = heads.keys_size<T>();
        std::size_t const size = keys_size + heads.values_size<T>();
        timer.run_with_weights<T>(heads.count * size, [&](tfm::Team team, T* cache) {
            tfm::IndexRange const mine = team.share(heads.count);
            for (std::size_t head = mine.begin; head < mine.end; ++head) {
                T* const keys = cache + head * size;
                attend(q.of(head), cache_of(keys, heads.keys(), scales.data()),
                       cache_of(keys + keys_size, heads.values(), scales.data()),
                       heads.columns(out.view(), head));
            }
        });
    });
}

/// The queries are those of the last positions.
template <class T>
void add_causal_attention(Suite& suite, const Shape& shape)
{
    std::size_t const m = shape["m"];
    std::size_t const first = shape["context"] - m;
    add_attention<T>(suite, "causal_attention", shape, m * first + m * (m + 1) / 2,
                     [first](auto q, auto keys, auto values, auto out) {
                         tfm::causal_attention(q, keys, values, first, out);
                     });
}

/// Rows written to some positions of the cache. `append(rows, cache, position)` writes one head's.
template <class Append>
void add_append(Suite& suite, std::string_view kernel, const Shape& shape, std::size_t size,
                Append append)
{
    std::size_t const m = shape["m"];
    Heads const heads(shape);
    std::size_t const features = heads.count * heads.width;
    suite.add(call_of<float>(kernel, shape, 0, 0), [=](Timer& timer) {
        Rows const rows = random_rows(m, features);
        timer.run_with_weights<float>(
            heads.count * size, [&](tfm::Team team, float* cache, std::size_t count) {
                std::size_t const position = count * 16 % (heads.context - m + 1);
                tfm::IndexRange const mine = team.share(heads.count);
                for (std::size_t head = mine.begin; head < mine.end; ++head) {
                    append(heads.columns(rows.view(), head), cache + head * size, position);
                }
            });
    });
}

const std::vector<const char*> axes{"m", "heads", "width", "context"};
constexpr Condition fits{"m of at most context",
                         [](const Shape& shape) { return shape["m"] <= shape["context"]; }};

Benchmarks const attention([](Suite& suite) {
    for (const Shape& shape : suite.shapes(axes,
                                           {{1, 12, 64, 256},
                                            {1, 12, 64, 1024},
                                            {128, 12, 64, 128},
                                            {128, 12, 64, 1024},
                                            {512, 12, 64, 512}},
                                           {{1, 2, 16, 20}, {5, 2, 16, 20}}, fits)) {
        add_causal_attention<float>(suite, shape);
        add_causal_attention<tfm::bf16>(suite, shape);
        add_causal_attention<std::int8_t>(suite, shape);
    }
    for (const Shape& shape : suite.shapes(axes, {{128, 12, 64, 128}}, {{5, 2, 16, 5}})) {
        std::size_t const positions = shape["context"];
        add_attention<float>(suite, "bidirectional_attention", shape, shape["m"] * positions,
                             [positions](auto q, auto keys, auto values, auto out) {
                                 tfm::bidirectional_attention(q, keys, values, positions, out);
                             });
    }
    for (const Shape& shape :
         suite.shapes(axes, {{1, 12, 64, 1024}, {16, 12, 64, 1024}, {128, 12, 64, 1024}},
                      {{5, 2, 16, 20}}, fits)) {
        Heads const heads(shape);
        add_append(suite, "append_keys", shape, heads.keys_size<float>(),
                   [layout = heads.keys()](auto rows, float* cache, std::size_t position) {
                       tfm::append_keys(rows, View(cache, layout), position);
                   });
        add_append(suite, "append_values", shape, heads.values_size<float>(),
                   [layout = heads.values()](auto rows, float* cache, std::size_t position) {
                       tfm::append_values(rows, View(cache, layout), position);
                   });
    }
});

} // namespace
