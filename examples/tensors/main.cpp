/// \file
/// Tensors without any model: parts and other orders in place, arithmetic, reductions, conversions,
/// interop, and layouts of one's own. Everything it prints is what numpy prints of the same.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <span>
#include <vector>

#include <tfm/io/npy.hpp>
#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/print.hpp>
#include <tfm/tensor/quantize.hpp>
#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/reduce.hpp>
#include <tfm/tensor/reshape.hpp>
#include <tfm/tensor/slices.hpp>
#include <tfm/tensor/tensor.hpp>
#include <tfm/tensor/top_k.hpp>

#include "my_layouts.hpp"

namespace {

using tfm::Dense;
using tfm::dyn;
using tfm::RowMajor;
using tfm::Tensor;
using tfm::Vec;
using tfm::View;

template <class X>
void show(const char* name, const X& x)
{
    std::printf("%s\n", name);
    tfm::print(x);
}

/// A vector of 24 numbers as (4, 6), and what can be had of it without a copy.
void parts_in_place()
{
    std::vector<float> numbers(24);
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    View const x(numbers, RowMajor<4, 6>()); // throws if the vector is smaller
    show("every second row", tfm::every<0>(x, 2));
    show("columns 1 and 2, transposed", tfm::transpose(tfm::columns<2>(x, 1)));
    show("as (2, 3, 4): (batch, head, time)", tfm::reshape(x, Dense<2, 3, 4>()));
    show("its head 1", tfm::select<1>(tfm::reshape(x, Dense<2, 3, 4>()), 1));
    std::span<float, 6> const last = tfm::row(x, 3);
    last[0] = -1; // in the vector, too
    std::printf("%g\n", static_cast<double>(numbers[18]));
}

void arithmetic_and_rows()
{
    Tensor<float, RowMajor<2, 5>> a;
    Tensor<float, RowMajor<2, 5>> b;
    tfm::copy(View<const float, RowMajor<2, 5>>(
                  std::array<float, 10>{3, 1, 4, 1, 5, 9, 2, 6, 5, 3}.data()),
              a);
    tfm::fill(b, 0.5F);
    tfm::mul(a, b, b);
    tfm::add(a, b, b); // 1.5 a
    show("1.5 a", b);
    tfm::map(a, b, [](float x) { return x > 4 ? x : 0; });
    show("a, but 0 up to 4", b);

    Tensor<float, Vec<2>> sums;
    Tensor<std::int32_t, Vec<2>> places;
    tfm::sum_rows(a, sums);
    tfm::argmax_rows(a, places);
    show("sums of rows", sums);
    show("places of the greatest", places);
    Tensor<float, RowMajor<2, 3>> best;
    Tensor<std::int32_t, RowMajor<2, 3>> columns;
    tfm::top_k_rows(a, best, columns);
    show("the three greatest", best);
    show("their columns", columns);
    std::printf("mean %g, norm %.6f\n", tfm::mean(a), tfm::norm(a));
}

void conversions()
{
    Tensor<float, RowMajor<2, 3>> x;
    for (float value = 1; float& element : tfm::elements(x)) element = value /= 3;
    Tensor<tfm::bf16, tfm::Padded<3, 2>> narrow; // another layout, another type
    tfm::copy(tfm::transpose(x), narrow);
    show("bf16, transposed", narrow);
    Tensor<float, RowMajor<2, 3>> back;
    tfm::copy(tfm::transpose(narrow), back);
    auto const close = tfm::allclose(back, x, {.relative = 1.0 / 256});
    std::printf("%s\n", close.report().c_str());

    Tensor<std::int8_t, RowMajor<2, 3>> values;
    Tensor<float, Vec<2>> scales;
    tfm::quantize(x, values, scales, tfm::ScalePer::row);
    show("int8", values);
}

void files()
{
    auto const file = std::filesystem::temp_directory_path() / "tfm_tensors_example.npy";
    Tensor<std::int32_t, RowMajor<>> x({2, 2});
    tfm::fill(tfm::column(x, 1), 7);
    tfm::save_npy(file, x);
    auto const again = tfm::load_npy<Tensor<float, RowMajor<dyn, 2>>>(file);
    std::filesystem::remove(file);
    show("from a .npy file", again);
}

/// A kernel takes rows of contiguous elements: given the tensor `columns` itself, the compiler says
/// "kernels take contiguous rows: copy to RowMajor first".
void layouts_of_ones_own()
{
    Tensor<float, ColumnMajor<2, 3>> columns;
    for (std::size_t j = 0; j < 3; ++j) columns(0, j) = static_cast<float>(j);
    show("column after column", columns);
    Tensor<float, RowMajor<2, 3>> rows;
    tfm::copy(columns, rows);
    tfm::softmax(rows.view(), rows.view());
    tfm::copy(rows, columns);
    std::printf("its softmax: %.6f %.6f\n", static_cast<double>(columns(0, 2)),
                static_cast<double>(columns(1, 2)));
    Tensor<float, Blocked<2>> blocks({3, 3});
    tfm::fill(blocks, 1);
    std::printf("3 x 3 in blocks of 2 x 2: %zu elements of memory, sum %g\n", blocks.size(),
                tfm::sum(blocks));
}

} // namespace

int main()
try {
    parts_in_place();
    arithmetic_and_rows();
    conversions();
    files();
    layouts_of_ones_own();
} catch (const tfm::Error& error) {
    std::fprintf(stderr, "tensors: error: %s\n", error.what());
    return 1;
}
