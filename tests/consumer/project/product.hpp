#pragma once

#include <array>

#include <tfm/tfm.hpp>

namespace {

/// x (2, 3) times weight (3, 2), row by row, on the caller's own buffers.
inline std::array<float, 4> product(const std::array<float, 6>& x,
                                    const std::array<float, 6>& weight)
{
    std::array<float, 4> y{};
    tfm::Tensor<float, tfm::Packed<3, 2>> packed;
    tfm::pack(tfm::View<const float, tfm::RowMajor<3, 2>>(weight.data()), packed.view());
    tfm::matmul(tfm::View<const float, tfm::RowMajor<2, 3>>(x.data()), packed.view(),
                tfm::View<float, tfm::RowMajor<2, 2>>(y.data()));
    return y;
}

} // namespace
