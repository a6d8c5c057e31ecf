/// \file
/// What somebody who drops the headers in might do first: a matmul on buffers of their own.

#include <array>
#include <cstdio>

#include <tfm/tfm.hpp>

#include "other_unit.hpp"

int main()
{
    std::array<float, 6> const x{1, 2, 3, 4, 5, 6};
    std::array<float, 6> const weight{1, 0, 0, 1, 1, 1};
    std::array<float, 4> y{};

    tfm::Tensor<float, tfm::Packed<3, 2>> packed;
    tfm::pack(tfm::View<const float, tfm::RowMajor<3, 2>>(weight.data()), packed.view());
    tfm::matmul(tfm::View<const float, tfm::RowMajor<2, 3>>(x.data()), packed.view(),
                tfm::View<float, tfm::RowMajor<2, 2>>(y.data()));

    bool const right = y == std::array<float, 4>{4, 5, 10, 11};
    bool const one_build = isa_of_other_unit() == tfm::build_info().isa;
    std::printf("tfm %s, %s: %s\n", tfm::build_info().version.data(), tfm::build_info().isa.data(),
                right && one_build ? "ok" : "wrong");
    return right && one_build ? 0 : 1;
}
