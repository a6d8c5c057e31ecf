#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/io/safetensors.hpp>

#include "safetensors_text.hpp"
#include "scratch_folder.hpp"

namespace {

using tfm::FileDType;
using tfm::SafeTensors;
using tfm::TensorInfo;
using tfm_test::error_of;
using tfm_test::safetensors_text;
using tfm_test::ScratchFolder;
using tfm_test::text_of;
using Shape = std::vector<std::size_t>;

const std::string samples = std::string(TFM_TEST_DATA) + "/io/";

/// The elements of a tensor, which may begin at any byte.
template <class T>
std::vector<T> elements(const TensorInfo& tensor)
{
    EXPECT_EQ(tensor.bytes.size() % sizeof(T), 0U);
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

template <class T>
void expect_tensor(const SafeTensors& file, std::string_view name, FileDType dtype,
                   const Shape& shape, const std::vector<T>& values)
{
    const TensorInfo* const tensor = file.find(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(tensor->name, name);
    EXPECT_EQ(tensor->dtype, dtype) << name;
    EXPECT_EQ(tensor->shape, shape) << name;
    EXPECT_EQ(elements<T>(*tensor), values) << name;
}

// The values are those of tools/make_safetensors_samples.py.
TEST(SafeTensors, ReadsEveryDTypeOfAFileMadeByPython)
{
    auto const file = SafeTensors::open(samples + "every_dtype.safetensors");
    EXPECT_EQ(file.tensors().size(), 15U);
    expect_tensor<std::uint8_t>(file, "flags", FileDType::BOOL, {3}, {1, 0, 1});
    expect_tensor<double>(file, "f64", FileDType::F64, {}, {-0.1});
    expect_tensor<float>(file, "f32", FileDType::F32, {2, 3},
                         {0.5F, -1.0F, 2.25F, 1e-38F, 3e38F, 0.1F});
    // Half precision by its bits: 1.0, -2.5, the largest, and 6e-8, the smallest subnormal.
    expect_tensor<std::uint16_t>(file, "f16", FileDType::F16, {1, 4},
                                 {0x3C00, 0xC100, 0x7BFF, 0x0001});
    expect_tensor<std::uint16_t>(file, "bf16", FileDType::BF16, {2}, {0x3FC0, 0xBC00});
    expect_tensor<std::int64_t>(file, "i64", FileDType::I64, {1}, {INT64_MIN});
    expect_tensor<std::int32_t>(file, "i32", FileDType::I32, {2, 1, 1}, {INT32_MIN, 7});
    expect_tensor<std::int16_t>(file, "i16", FileDType::I16, {2}, {-32768, 32767});
    expect_tensor<std::int8_t>(file, "i8", FileDType::I8, {5}, {-128, -1, 0, 1, 127});
    expect_tensor<std::uint64_t>(file, "u64", FileDType::U64, {1}, {UINT64_MAX});
    expect_tensor<std::uint32_t>(file, "u32", FileDType::U32, {1}, {UINT32_MAX});
    expect_tensor<std::uint16_t>(file, "u16", FileDType::U16, {1}, {65535});
    expect_tensor<std::uint8_t>(file, "u8", FileDType::U8, {2}, {0, 255});
    expect_tensor<float>(file, "empty", FileDType::F32, {4, 0, 2}, {});
    expect_tensor<std::uint8_t>(file, "na\"me\\ \u00e9\U0001f600\n", FileDType::U8, {1}, {42});
    EXPECT_EQ(file.metadata(),
              (std::map<std::string, std::string>{{"format", "pt"}, {"note", "gr\u00fcn \u20ac"}}));
}

TEST(SafeTensors, ListsTensorsInTheOrderOfTheirBytes)
{
    auto const file = SafeTensors::open(samples + "every_dtype.safetensors");
    EXPECT_EQ(file.tensors().front().name, "flags");
    const std::byte* last = nullptr;
    for (const auto& tensor : file.tensors()) {
        if (last != nullptr) {
            EXPECT_EQ(tensor.bytes.data(), last);
        }
        last = tensor.bytes.data() + tensor.bytes.size();
    }
}

TEST(SafeTensors, SaysWhichTensorIsMissing)
{
    auto const path = samples + "aligned.safetensors";
    auto const file = SafeTensors::open(path);
    EXPECT_EQ(file.find("h.0.weigh"), nullptr);
    EXPECT_EQ(file.find(""), nullptr);
    EXPECT_EQ(file.find("zzz"), nullptr);
    EXPECT_EQ(error_of([&] { file.at("wte.weight"); }),
              path + ": expected a tensor 'wte.weight', found none");
    EXPECT_EQ(&file.at("h.0.weight"), file.find("h.0.weight"));
}

TEST(SafeTensors, SurvivesMovesAndReleases)
{
    auto file = SafeTensors::open(samples + "aligned.safetensors");
    auto const before = text_of(file.at("h.0.weight").bytes);
    SafeTensors const moved(std::move(file));
    for (const auto& tensor : moved.tensors()) {
        moved.prefetch(tensor);
        moved.release(tensor);
        moved.release(tensor.bytes.first(tensor.bytes.size() / 2));
    }
    EXPECT_EQ(text_of(moved.at("h.0.weight").bytes), before);
}

TEST(SafeTensors, TakesAFileThatWasReadIntoMemory)
{
    SafeTensors const file(tfm::MappedFile::read(samples + "aligned.safetensors"));
    EXPECT_EQ(elements<float>(file.at("h.0.weight")), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(SafeTensors, TakesFilesWithoutTensorsOrMetadata)
{
    ScratchFolder const folder;
    auto const none = SafeTensors::open(folder.write("none", safetensors_text("{}", "")));
    EXPECT_TRUE(none.tensors().empty());
    EXPECT_TRUE(none.metadata().empty());
    auto const padded = SafeTensors::open(
        folder.write("padded", safetensors_text("{\"__metadata__\":{}}   \n\t ", "")));
    EXPECT_TRUE(padded.tensors().empty());
}

TEST(SafeTensors, TheDeepestShapeIsThirtyTwoDimensions)
{
    ScratchFolder const folder;
    std::string ones = "1";
    for (int i = 1; i < 32; ++i) ones += ",1";
    auto const header = [](const std::string& shape) {
        return "{\"t\":{\"dtype\":\"U8\",\"shape\":[" + shape + "],\"data_offsets\":[0,1]}}";
    };
    auto const file = SafeTensors::open(folder.write("deep", safetensors_text(header(ones), "x")));
    EXPECT_EQ(file.at("t").shape, Shape(32, 1));
    EXPECT_NE(error_of([&] {
                  SafeTensors::open(
                      folder.write("deeper", safetensors_text(header(ones + ",1"), "x")));
              }),
              "");
}

} // namespace
