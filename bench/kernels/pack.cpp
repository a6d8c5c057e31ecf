#include <tfm/kernels/pack.hpp>

#include "suite.hpp"

namespace {

using namespace tfm::bench;
using tfm::Orientation;
using tfm::Packed;
using tfm::RowMajor;
using tfm::View;

/// A run of panels, and the columns of the plain matrix that they hold.
struct Columns {
    std::size_t first;
    std::size_t count;

    Columns(tfm::Team team, const Packed<>& layout)
    {
        tfm::IndexRange const panels = team.share(layout.panels());
        first = panels.begin * tfm::panel_width;
        count = std::min(panels.end * tfm::panel_width, layout.extent_cols()) - first;
    }

    template <class T>
    View<T, Packed<>> of(View<T, Packed<>> packed) const
    {
        using Value = std::remove_const_t<T>;
        return {packed.data() + packed.layout().template offset<Value>(0, first),
                {packed.rows(), count}};
    }
};

Call call_of(std::string_view kernel, const Precision& precision, const Shape& shape,
             std::size_t size)
{
    return {kernel, precision, shape, 0, 2 * static_cast<double>(shape["k"] * shape["n"] * size)};
}

template <tfm::Element T>
void add_pack(Suite& suite, const Shape& shape)
{
    Packed<> const layout(shape["k"], shape["n"]);
    suite.add(call_of("pack", precision<T>, shape, sizeof(T)), [=](Timer& timer) {
        tfm::Tensor<T, Packed<>> packed(layout);
        RowMajor<> const rows(layout.extent_rows(), layout.extent_cols());
        timer.run_with_weights<T>(rows.required_size<T>(), [&](tfm::Team team, const T* source) {
            Columns const mine(team, layout);
            tfm::pack(column_range(View(source, rows), mine.first, mine.count),
                      mine.of(packed.view()));
        });
    });
    suite.add(call_of("pack_transposed", precision<T>, shape, sizeof(T)), [=](Timer& timer) {
        tfm::Tensor<T, Packed<>> packed(layout);
        RowMajor<> const rows(layout.extent_cols(), layout.extent_rows());
        timer.run_with_weights<T>(rows.required_size<T>(), [&](tfm::Team team, const T* source) {
            Columns const mine(team, layout);
            tfm::pack(row_range(View(source, rows), mine.first, mine.count), mine.of(packed.view()),
                      Orientation::out_in);
        });
    });
    suite.add(call_of("unpack", precision<T>, shape, sizeof(T)), [=](Timer& timer) {
        tfm::Tensor<T, RowMajor<>> rows({layout.extent_rows(), layout.extent_cols()});
        timer.run_with_weights<T>(layout.required_size<T>(), [&](tfm::Team team, const T* cells) {
            Columns const mine(team, layout);
            tfm::unpack(mine.of(View(cells, layout)),
                        column_range(rows.view(), mine.first, mine.count));
        });
    });
}

Benchmarks const pack([](Suite& suite) {
    for (const Shape& shape : suite.shapes({"k", "n"}, {{768, 768}, {768, 3072}}, {{48, 40}})) {
        add_pack<float>(suite, shape);
    }
});

} // namespace
