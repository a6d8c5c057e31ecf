#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/embedding.hpp>
#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/reference.hpp>

#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;

template <class LP, class LW>
void expect_every_token(std::size_t width)
{
    constexpr std::size_t vocab = 37;
    constexpr std::size_t context = 9;
    test::Numbers numbers(2);
    ExactMatrix<RowMajor<>> table(vocab, width);
    table.fill([&] { return numbers.uniform(); });
    ExactMatrix<LP> positions(context, width);
    positions.fill([&] { return numbers.uniform(); });
    ExactMatrix<LW> packed(width, vocab);
    pack(table.view(), packed.view(), Orientation::out_in);
    for (std::size_t token = 0; token < vocab; ++token) {
        std::size_t const position = token % context;
        std::vector<float> out(width);
        std::vector<float> expected(width);
        embed(packed.view(), positions.view(), token, position, out.data());
        reference::embed(table.view(), positions.view(), token, position, expected.data());
        EXPECT_EQ(out, expected) << "token " << token << ", width " << width;
    }
}

TEST(Embedding, LooksUpEveryTokenAndPosition)
{
    for (std::size_t const width : {1U, 15U, 16U, 17U, 64U}) {
        expect_every_token<RowMajor<>, Packed<>>(width);
        expect_every_token<Padded<>, Packed<>>(width);
        expect_every_token<Strided<>, Packed<>>(width);
    }
    expect_every_token<RowMajor<9, 33>, Packed<33, 37>>(33);
}

} // namespace
