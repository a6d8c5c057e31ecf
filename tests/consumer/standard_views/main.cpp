/// \file
/// Tensors in `std::format` and as `std::mdspan`, and back.

#include <array>
#include <cstdio>
#include <format>
#include <mdspan>
#include <string>
#include <type_traits>
#include <vector>

#include <tfm/tensor/format.hpp>
#include <tfm/tensor/mdspan.hpp>
#include <tfm/tensor/tensor.hpp>

#if !defined(__cpp_lib_format) || !defined(__cpp_lib_mdspan)
#error "this standard library lacks std::format or std::mdspan"
#endif

namespace {

int failures = 0;

void expect(bool holds, const char* what)
{
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "not so: %s\n", what);
}

void tensors_are_formatted()
{
    tfm::Tensor<float, tfm::RowMajor<2, 3>> x;
    x(1, 2) = 5;
    expect(std::format("{}", x) == "[[0. 0. 0.]\n [0. 0. 5.]]", "a tensor's text");
    expect(std::format("{:*^12}", tfm::select<1>(x, 2)) == "**[0. 5.]***", "a view's, in a width");
}

void tensors_are_mdspans()
{
    tfm::Tensor<float, tfm::Padded<2, tfm::dyn>> x({2, 3});
    x(1, 2) = 5;
    auto const same = tfm::to_mdspan(x);
    expect(same.static_extent(0) == 2 && same.static_extent(1) == std::dynamic_extent &&
               same.extent(1) == 3 && same.stride(0) == x.view().row_stride(),
           "extents and strides are the tensor's");
    same[0, 1] = 4;
    expect(x(0, 1) == 4, "an mdspan writes to the tensor");
    auto const turned = tfm::to_mdspan(tfm::transpose(x));
    expect(turned.extent(0) == 3 && turned[2, 1] == 5, "a transposed view");
    tfm::Tensor<float, tfm::RowMajor<2, 3>> const fixed;
    auto const read = tfm::to_mdspan(fixed);
    static_assert(std::is_same_v<decltype(read)::element_type, const float>);
    static_assert(decltype(read)::rank_dynamic() == 0);
}

void mdspans_are_views()
{
    std::vector<float> memory(24);
    for (std::size_t i = 0; i < 24; ++i) memory[i] = static_cast<float>(i);
    // Fortran's order: the first axis is the fastest.
    std::mdspan<float, std::extents<int, 2, 3, std::dynamic_extent>, std::layout_left> const given(
        memory.data(), 4);
    auto const view = tfm::to_view(given);
    static_assert(
        std::is_same_v<decltype(view), const tfm::View<float, tfm::Dense<2, 3, tfm::dyn>>>);
    bool all = view.extent(2) == 4;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k)
                all = all && view(i, j, k) == given[i, j, k] &&
                      &view(i, j, k) == &memory[static_cast<std::size_t>(i + 2 * j + 6 * k)];
    expect(all, "each element has its place");
    expect(tfm::to_mdspan(view).mapping() == given.mapping(), "there and back");
}

} // namespace

int main()
{
    tensors_are_formatted();
    tensors_are_mdspans();
    mdspans_are_views();
    return failures == 0 ? 0 : 1;
}
