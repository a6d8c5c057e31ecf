/// \file
/// The names, bytes and codes of element types, as safetensors
/// (https://huggingface.co/docs/safetensors) and PyTorch have them.

#include <cstdint>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>
#include <tfm/tensor/dtype.hpp>

namespace {

using tfm::Dtype;
using tfm::FileDType;

struct Known {
    FileDType dtype;
    std::string_view code;
    std::string_view torch_name;
    std::size_t size;
};

constexpr Known known[]{{FileDType::F64, "F64", "float64", 8},
                        {FileDType::F32, "F32", "float32", 4},
                        {FileDType::F16, "F16", "float16", 2},
                        {FileDType::BF16, "BF16", "bfloat16", 2},
                        {FileDType::I64, "I64", "int64", 8},
                        {FileDType::I32, "I32", "int32", 4},
                        {FileDType::I16, "I16", "int16", 2},
                        {FileDType::I8, "I8", "int8", 1},
                        {FileDType::U64, "U64", "uint64", 8},
                        {FileDType::U32, "U32", "uint32", 4},
                        {FileDType::U16, "U16", "uint16", 2},
                        {FileDType::U8, "U8", "uint8", 1},
                        {FileDType::BOOL, "BOOL", "bool", 1},
                        {FileDType::C64, "C64", "complex64", 8},
                        {FileDType::F8_E4M3, "F8_E4M3", "float8_e4m3fn", 1},
                        {FileDType::F8_E5M2, "F8_E5M2", "float8_e5m2", 1},
                        {FileDType::F8_E8M0, "F8_E8M0", "float8_e8m0fnu", 1},
                        {FileDType::F8_E4M3FNUZ, "F8_E4M3FNUZ", "float8_e4m3fnuz", 1},
                        {FileDType::F8_E5M2FNUZ, "F8_E5M2FNUZ", "float8_e5m2fnuz", 1},
                        {FileDType::unknown, "unknown", "unknown", 0}};

TEST(FileDType, IsNamedAsInFiles)
{
    for (const Known& entry : known) {
        EXPECT_EQ(name(entry.dtype), entry.code);
        EXPECT_EQ(torch_name(entry.dtype), entry.torch_name);
        EXPECT_EQ(size_of(entry.dtype), entry.size);
        EXPECT_EQ(tfm::file_dtype(entry.code), entry.dtype);
        EXPECT_EQ(tfm::torch_dtype(entry.torch_name), entry.dtype);
    }
    EXPECT_EQ(tfm::file_dtype("F4"), std::nullopt);
    EXPECT_EQ(tfm::file_dtype("float32"), std::nullopt);
    EXPECT_EQ(tfm::torch_dtype("auto"), std::nullopt);
}

template <class T>
void expect_element(Dtype dtype, FileDType in_files, std::string_view name,
                    std::string_view torch_name)
{
    EXPECT_EQ(tfm::dtype_traits<T>::dtype, dtype);
    EXPECT_EQ(tfm::dtype_traits<T>::name, torch_name);
    EXPECT_EQ(tfm::file_dtype(dtype), in_files);
    EXPECT_EQ(tfm::name(dtype), name);
    EXPECT_EQ(size_of(dtype), sizeof(T));
}

TEST(Dtype, IsOneOfThoseOfFiles)
{
    expect_element<float>(Dtype::fp32, FileDType::F32, "fp32", "float32");
    expect_element<tfm::bf16>(Dtype::bf16, FileDType::BF16, "bf16", "bfloat16");
    expect_element<std::int8_t>(Dtype::int8, FileDType::I8, "int8", "int8");
}

} // namespace
