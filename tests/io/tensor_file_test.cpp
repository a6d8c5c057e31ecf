#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <tfm/io/tensor_file.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/random.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace tfm;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

TEST(TensorFile, HoldsOneTensorOfAnyLayoutAndType)
{
    ScratchFolder const folder;
    auto const file = folder / "x.safetensors";
    Tensor<bf16, Padded<3, 5>> x;
    random_normal(x, 1);
    save_tensor(file, "x", transpose(x.view()));
    auto const info = SafeTensors::open(file).at("x");
    EXPECT_EQ(info.dtype, FileDType::BF16);
    EXPECT_EQ(info.shape, (std::vector<std::size_t>{5, 3}));
    EXPECT_TRUE(equal(load_tensor<Tensor<float, RowMajor<>>>(file, "x"), transpose(x.view())));
    EXPECT_TRUE(equal(load_tensor<Tensor<bf16, Packed<5, dyn>>>(file, "x"), transpose(x.view())));

    Tensor<std::int32_t, Dense<2, 1, 2>> numbers;
    fill(numbers, -7);
    save_tensor(file, "numbers", numbers);
    EXPECT_TRUE(equal(load_tensor<Tensor<double, Dense<2, dyn, 2>>>(file, "numbers"), numbers));
    EXPECT_EQ(error_of([&] { load_tensor<Tensor<float, RowMajor<>>>(file, "numbers"); }),
              file.string() + ": 'numbers': expected any x any, found 2 x 1 x 2");
    EXPECT_NE(error_of([&] { load_tensor<Tensor<float, RowMajor<>>>(file, "x"); }), "");
}

TEST(TensorFile, ReadsWhatOthersWroteOrRefusesItsType)
{
    auto const file = std::string(TFM_TEST_DATA) + "/io/every_dtype.safetensors";
    EXPECT_EQ((load_tensor<Tensor<float, Dense<4, dyn, 2>>>(file, "empty").size()), 0U);
    EXPECT_EQ((load_tensor<Tensor<bf16, RowMajor<2, 3>>>(file, "f32").rows()), 2U);
    EXPECT_EQ(error_of([&] { load_tensor<Tensor<float, RowMajor<>>>(file, "f16"); }),
              file + ": 'f16': elements of type F16 cannot be read into a tensor");
    EXPECT_NE(error_of([&] { load_tensor<Tensor<float, Vec<>>>(file, "f64"); }).find("a scalar"),
              std::string::npos);
}

} // namespace
