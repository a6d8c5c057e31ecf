#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/print.hpp>
#include <tfm/tensor/reshape.hpp>

namespace {

using namespace tfm;

/// One array of tests/data/tensor/numpy_prints.txt, as tools/make_print_references.py writes it.
struct Case {
    std::string type;
    std::vector<std::size_t> shape;
    std::string elements;
    std::string text; ///< what numpy prints
};

bool read(std::istream& file, Case& next)
{
    next = {};
    std::string line;
    if (!std::getline(file, line)) return false;
    std::istringstream head(line);
    std::string shape;
    head >> next.type >> shape;
    std::istringstream extents(shape);
    for (std::string extent; std::getline(extents, extent, ',');)
        next.shape.push_back(std::stoul(extent));
    std::getline(file, next.elements);
    while (std::getline(file, line) && line != "end")
        next.text += (next.text.empty() ? "" : "\n") + line;
    return true;
}

template <class T>
std::string print_as(const Case& given)
{
    std::size_t count = 1;
    for (std::size_t const extent : given.shape) count *= extent;
    Tensor<T, Vec<>> x{Vec<>(count)};
    std::istringstream elements(given.elements);
    for (std::size_t i = 0; i < count; ++i) {
        std::string word;
        if (given.elements == "sequence") {
            auto const value = static_cast<double>(i * 7919 % 1009);
            x(i) =
                std::is_integral_v<T>
                    ? static_cast<T>(static_cast<std::int64_t>(value)) // wraps around, as numpy's
                    : static_cast<T>(value / 8);
        } else {
            elements >> word;
            x(i) = static_cast<T>(std::strtod(word.c_str(), nullptr));
        }
    }
    auto const& s = given.shape;
    switch (s.size()) {
    case 1:
        return to_text(x);
    case 2:
        return to_text(reshape(x.view(), Dense<dyn, dyn>(s[0], s[1])));
    case 3:
        return to_text(reshape(x.view(), Dense<dyn, dyn, dyn>(s[0], s[1], s[2])));
    default:
        return to_text(reshape(x.view(), Dense<dyn, dyn, dyn, dyn>(s[0], s[1], s[2], s[3])));
    }
}

TEST(Print, IsWhatNumpyPrints)
{
    std::ifstream file(std::string(TFM_TEST_DATA) + "/tensor/numpy_prints.txt");
    std::size_t count = 0;
    for (Case next; read(file, next); ++count) {
        std::string const text = next.type == "float32"   ? print_as<float>(next)
                                 : next.type == "float64" ? print_as<double>(next)
                                 : next.type == "int32"   ? print_as<std::int32_t>(next)
                                 : next.type == "int8"    ? print_as<std::int8_t>(next)
                                                          : print_as<std::uint8_t>(next);
        EXPECT_EQ(text, next.text) << next.type << ' ' << next.elements;
    }
    EXPECT_EQ(count, 30U);
}

TEST(Print, NamesShapeAndTypeAndTakesAnyLayout)
{
    Tensor<bf16, Packed<2, 3>> x;
    fill(x, 0.5F);
    std::ostringstream stream;
    print(stream, x);
    EXPECT_EQ(stream.str(), "[[0.5 0.5 0.5]\n [0.5 0.5 0.5]]\n(2, 3) bfloat16\n");
    testing::internal::CaptureStdout();
    print(x);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), stream.str());
    stream.str("");
    Tensor<std::int8_t, Vec<2>> const vector;
    stream << vector << ' ' << vector.view();
    EXPECT_EQ(stream.str(), "[0 0] [0 0]");
    stream.str("");
    print(stream, vector);
    EXPECT_EQ(stream.str(), "[0 0]\n(2,) int8\n");
}

} // namespace
