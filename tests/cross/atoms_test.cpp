/// \file
/// What the atoms on vector registers have in common on every processor, at every size of tile.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/simd/atoms/bf16.hpp>
#include <tfm/simd/atoms/fp32.hpp>
#include <tfm/simd/atoms/int8.hpp>

#include "../kernels/exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

/// Operands of one tile and its sums.
template <class Atom>
struct Tile {
    using Sum = typename Atom::sum_type;

    std::size_t rows;
    std::size_t panels;
    ExactMatrix<Strided<>, typename Atom::input_type> x;
    ExactMatrix<Packed<>, typename Atom::weight_type> w;
    std::size_t stride;
    std::vector<Sum> sums;

    Tile(std::size_t rows_, std::size_t panels_, std::size_t k)
        : rows(rows_), panels(panels_), x(rows, k), w(k, panels * panel_width),
          stride(panels * panel_width + 3), sums((rows - 1) * stride + panels * panel_width)
    {
    }

    void run()
    {
        Atom::multiply(rows, panels, x.view().data(), x.view().row_stride(), w.view().data(),
                       w.layout().template panel_stride<typename Atom::weight_type>(), k(),
                       sums.data(), stride);
    }

    std::size_t k() const { return w.layout().extent_rows(); }
    double sum(std::size_t m, std::size_t n) const
    {
        return static_cast<double>(sums[m * stride + n]);
    }
    double product(std::size_t m, std::size_t k, std::size_t n) const
    {
        return static_cast<double>(static_cast<float>(x.view()(m, k))) *
               static_cast<double>(static_cast<float>(w.view()(k, n)));
    }
};

/// Calls `body(rows, panels)` for each size of tile.
template <class Atom, class Body>
void for_each_tile(Body&& body)
{
    for (int rows = 1; rows <= Atom::max_rows; ++rows) {
        for (int panels = 1; panels <= Atom::panels_for(rows); panels *= 2)
            body(static_cast<std::size_t>(rows), static_cast<std::size_t>(panels));
    }
}

template <class Atom>
class RegisterAtoms : public testing::Test {
};
using Atoms = testing::Types<simd::Fp32Atom, simd::Bf16Atom, simd::Int8Atom>;
TYPED_TEST_SUITE(RegisterAtoms, Atoms);

// Whole numbers that every type holds, -128 among the inputs, and whose sums fp32 does.
TYPED_TEST(RegisterAtoms, AreExactOnWholeNumbers)
{
    for_each_tile<TypeParam>([](std::size_t rows, std::size_t panels) {
        for (std::size_t const k : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 64U, 65U, 67U}) {
            Tile<TypeParam> tile(rows, panels, k);
            Numbers numbers(static_cast<std::uint32_t>(rows * 1009 + panels * 101 + k));
            tile.x.fill([&] { return std::fmod(numbers.whole(255), 128.0F) - 1.0F; });
            tile.w.fill([&] { return numbers.whole(127); });
            tile.run();
            for (std::size_t m = 0; m < rows; ++m) {
                for (std::size_t n = 0; n < panels * panel_width; ++n) {
                    double expected = 0.0;
                    for (std::size_t i = 0; i < k; ++i) expected += tile.product(m, i, n);
                    ASSERT_EQ(tile.sum(m, n), expected)
                        << "row " << m << " of " << rows << ", column " << n << " of "
                        << panels * panel_width << ", k " << k;
                }
            }
        }
    });
}

// However an instruction groups and rounds the products, the bound is that of as many additions
// in fp32.
TEST(Bf16Atom, ErrsAsSumsOfFp32Do)
{
    using Atom = simd::Bf16Atom;
    for (std::size_t const k : {1U, 2U, 3U, 4U, 16U, 17U, 1000U}) {
        Tile<Atom> tile(Atom::max_rows, 1, k);
        Numbers numbers(static_cast<std::uint32_t>(k));
        auto const any = [&] {
            return std::ldexp(numbers.uniform(), static_cast<int>(numbers.below(20)));
        };
        tile.x.fill(any);
        tile.w.fill(any);
        tile.run();
        for (std::size_t m = 0; m < tile.rows; ++m) {
            for (std::size_t n = 0; n < panel_width; ++n) {
                double expected = 0.0;
                double magnitude = 0.0;
                for (std::size_t i = 0; i < k; ++i) {
                    expected += tile.product(m, i, n);
                    magnitude += std::abs(tile.product(m, i, n));
                }
                double const bound = 1.001 * static_cast<double>(k + 1) * 0x1p-24 * magnitude;
                ASSERT_NEAR(tile.sum(m, n), expected, bound) << m << ", " << n << ", k " << k;
            }
        }
    }
}

} // namespace
