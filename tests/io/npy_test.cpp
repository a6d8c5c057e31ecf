#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include <tfm/io/npy.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/ranges.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace tfm;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

/// A .npy file as numpy writes one.
std::string npy(const std::string& header, const std::string& data)
{
    std::string text = std::string("\x93NUMPY\x01\0", 8);
    text += static_cast<char>(header.size() & 0xFFU);
    text += static_cast<char>(header.size() >> 8U);
    return text + header + data;
}

/// Runs Python in `folder`; skips where it has no numpy.
bool numpy_agrees(const ScratchFolder& folder, const std::string& program)
{
    std::string const command = "cd '" + folder.path().string() + "' && " + TFM_PYTHON + " -c '" +
                                "import numpy as np\n" + program + "'";
    return std::system(command.c_str()) == 0;
}

bool has_numpy()
{
    return std::system((std::string(TFM_PYTHON) + " -c 'import numpy' 2>/dev/null").c_str()) == 0;
}

TEST(Npy, FilesComeBackAsTheyWere)
{
    ScratchFolder const folder;
    Tensor<float, Padded<3, 5>> x;
    random_normal(x, 1);
    save_npy(folder / "x.npy", x);
    auto const same = load_npy<Tensor<float, RowMajor<>>>(folder / "x.npy");
    EXPECT_TRUE(equal(same, x));
    auto const half = load_npy<Tensor<bf16, Dense<dyn, 5>>>(folder / "x.npy");
    EXPECT_EQ(half(2, 4), bf16(x(2, 4)));
    save_npy(folder / "turned.npy", transpose(x.view()));
    EXPECT_EQ((load_npy<Tensor<double, RowMajor<5, 3>>>(folder / "turned.npy")(4, 2)),
              static_cast<double>(x(2, 4)));
    Tensor<std::int32_t, Vec<>> const none;
    save_npy(folder / "none.npy", none);
    EXPECT_EQ((load_npy<Tensor<std::int32_t, Vec<>>>(folder / "none.npy").size()), 0U);
}

TEST(Npy, NumpyReadsAndWritesThem)
{
    if (!has_numpy()) GTEST_SKIP() << "no numpy";
    ScratchFolder const folder;
    Tensor<float, Dense<2, 3, 4>> x;
    float next = 0;
    for (float& value : elements(x.view())) value = next++ / 8;
    save_npy(folder / "x.npy", x);
    Tensor<std::uint8_t, Vec<3>> bytes;
    fill(bytes, 200);
    save_npy(folder / "bytes.npy", bytes);
    ASSERT_TRUE(numpy_agrees(folder, R"(
x = np.load("x.npy")
assert x.dtype == np.float32 and x.shape == (2, 3, 4)
assert (x == np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8).all()
b = np.load("bytes.npy")
assert b.dtype == np.uint8 and b.tolist() == [200, 200, 200]
np.save("fortran.npy", np.asfortranarray(np.arange(12.0).reshape(3, 4)))
np.save("ints.npy", np.array([[1, -2], [3, 400000]], dtype=np.int32))
np.save("half.npy", np.zeros(3, dtype=np.float16))
)"));
    auto const fortran = load_npy<Tensor<float, RowMajor<3, 4>>>(folder / "fortran.npy");
    EXPECT_EQ(fortran(1, 2), 6.0F);
    EXPECT_EQ(fortran(2, 3), 11.0F);
    auto const ints = load_npy<Tensor<std::int32_t, Padded<>>>(folder / "ints.npy");
    EXPECT_EQ(ints(1, 1), 400000);
    EXPECT_EQ(ints(0, 1), -2);
    EXPECT_NE(error_of([&] { load_npy<Tensor<float, Vec<>>>(folder / "half.npy"); }).find("'<f2'"),
              std::string::npos);
}

TEST(Npy, BadFilesAreRefused)
{
    ScratchFolder const folder;
    auto const refusal = [&](const std::string& text) {
        auto const file = folder.write("bad.npy", text);
        return error_of([&] { load_npy<Tensor<float, RowMajor<dyn, 2>>>(file); });
    };
    std::string const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";
    EXPECT_EQ(refusal(npy(good, "01234567")), "");
    EXPECT_EQ(refusal(npy("{'shape':(1,2),'descr':\"<f4\",'fortran_order':True}", "01234567")), "");
    EXPECT_NE(refusal(npy(good, "0123456")).find("needs 8 bytes, found 7"), std::string::npos);
    EXPECT_NE(refusal(npy(good, "012345678")), "");
    EXPECT_NE(refusal(""), "");
    EXPECT_NE(refusal(std::string("\x93NUMPY\x01\0\xFF\xFF", 10)), "");
    EXPECT_NE(refusal(std::string("\x93NUMPY\x02\0\x01", 9)), "");
    EXPECT_NE(refusal(std::string("\x93NUMPY\x02\0\xFF\xFF", 10)), "");
    for (std::string const header :
         {"{", "{'descr': '<f4'", "{'descr': '<f4', 'shape': (1, 2)}", "{'descr': '<f4",
          "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1, -2)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'x': 'y'}",
          "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} x",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (400000000000000000, "
          "400000000000000000)}"})
        EXPECT_NE(refusal(npy(header, "01234567")), "") << header;
    EXPECT_NE(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "01234567"))
                  .find("expected any x 2, found 2"),
              std::string::npos);
    EXPECT_NE(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}", "01234567")),
              "");
}

} // namespace
