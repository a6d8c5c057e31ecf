#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/io/safetensors.hpp>
#include <tfm/io/safetensors_writer.hpp>

#include "scratch_folder.hpp"

namespace {

using tfm::FileDType;
using tfm::SafeTensors;
using tfm::SafeTensorsWriter;
using tfm::TensorDeclaration;
using tfm_test::bytes_of;
using tfm_test::error_of;
using tfm_test::file_text;
using tfm_test::ScratchFolder;
using tfm_test::text_of;

/// Two tensors, "a" of 8 bytes and "b" of 2.
std::vector<TensorDeclaration> a_and_b()
{
    return {{"a", FileDType::F32, {2}}, {"b", FileDType::I8, {1, 2}}};
}

TEST(SafeTensorsWriter, WritesTheSameBytesAsPython)
{
    ScratchFolder const folder;
    auto const path = folder / "out.safetensors";
    SafeTensorsWriter writer(path,
                             {{"h.0.weight", FileDType::F32, {2, 3}},
                              {"h.0.bi\u00e4s", FileDType::I16, {3}},
                              {"nothing", FileDType::F32, {0}}},
                             {{"format", "pt"}, {"made by", "a \"quoted\" \\ name"}});
    std::vector<float> const weight{1, 2, 3, 4, 5, 6};
    std::vector<std::int16_t> const bias{-1, 0, 1};
    writer.append("h.0.weight", std::as_bytes(std::span(weight).first(1)));
    writer.append("h.0.weight", std::as_bytes(std::span(weight).subspan(1)));
    writer.append("h.0.bi\u00e4s", std::as_bytes(std::span(bias)));
    writer.finish();
    EXPECT_EQ(file_text(path), file_text(TFM_TEST_DATA "/io/aligned.safetensors"));
}

TEST(SafeTensorsWriter, ReadsBackWhatItWrote)
{
    std::vector<TensorDeclaration> declarations;
    std::vector<std::string> contents;
    for (std::size_t i = 0; i < 200; ++i) {
        auto const dtype = static_cast<FileDType>(i % 13);
        std::string const name = "t\"\\\n\x01\u00e9 " + std::to_string(i);
        declarations.push_back({name, dtype, {i % 4, i % 3 + 1, 5}});
        contents.emplace_back((i % 4) * (i % 3 + 1) * 5 * size_of(dtype), static_cast<char>(i));
    }
    ScratchFolder const folder;
    auto const path = folder / "out.safetensors";
    SafeTensorsWriter writer(path, declarations, {{"\t", "\x1f\u20ac"}});
    for (std::size_t i = 0; i < declarations.size(); ++i)
        writer.append(declarations[i].name, bytes_of(contents[i]));
    writer.finish();

    auto const file = SafeTensors::open(path);
    EXPECT_EQ(file.metadata().at("\t"), "\x1f\u20ac");
    ASSERT_EQ(file.tensors().size(), declarations.size());
    for (std::size_t i = 0; i < declarations.size(); ++i) {
        auto const& tensor = file.at(declarations[i].name);
        EXPECT_EQ(tensor.dtype, declarations[i].dtype);
        EXPECT_EQ(tensor.shape, declarations[i].shape);
        EXPECT_EQ(text_of(tensor.bytes), contents[i]);
    }
}

TEST(SafeTensorsWriter, DataBeginsAtAMultipleOfSixtyFour)
{
    ScratchFolder const folder;
    for (std::size_t length = 1; length < 140; ++length) {
        auto const path = folder / "out.safetensors";
        std::string const name(length, 'n');
        SafeTensorsWriter writer(path, {{name, FileDType::U8, {1}}});
        writer.append(name, bytes_of("x"));
        writer.finish();
        EXPECT_EQ(std::filesystem::file_size(path) % 64, 1U);
        EXPECT_EQ(text_of(SafeTensors::open(path).at(name).bytes), "x");
    }
}

TEST(SafeTensorsWriter, WritesAFileWithoutTensors)
{
    ScratchFolder const folder;
    auto const path = folder / "out.safetensors";
    SafeTensorsWriter(path, {}).finish();
    EXPECT_EQ(std::filesystem::file_size(path), 64U);
    EXPECT_TRUE(SafeTensors::open(path).tensors().empty());
}

TEST(SafeTensorsWriter, RefusesBytesInTheWrongOrderOrNumber)
{
    ScratchFolder const folder;
    auto const path = folder / "out.safetensors";
    auto const file = path.string();
    SafeTensorsWriter writer(path, a_and_b());
    EXPECT_EQ(error_of([&] { writer.append("b", bytes_of("xx")); }),
              file + ": tensor 'b': expected data of tensor 'a' first");
    EXPECT_EQ(error_of([&] { writer.append("c", bytes_of("xx")); }),
              file + ": tensor 'c': expected data of tensor 'a' first");
    writer.append("a", bytes_of("12345"));
    EXPECT_EQ(error_of([&] { writer.append("a", bytes_of("6789")); }),
              file + ": tensor 'a': expected at most 3 more bytes, found 4");
    EXPECT_EQ(error_of([&] { writer.finish(); }), file + ": tensor 'a': expected 8 bytes, found 5");
    writer.append("a", bytes_of("678"));
    EXPECT_EQ(error_of([&] { writer.finish(); }), file + ": tensor 'b': expected 2 bytes, found 0");
    writer.append("b", bytes_of("xy"));
    EXPECT_EQ(error_of([&] { writer.append("b", bytes_of("z")); }),
              file + ": tensor 'b': expected the end of the file, found 1 more bytes");
    writer.finish();
    EXPECT_EQ(text_of(SafeTensors::open(path).at("a").bytes), "12345678");
}

TEST(SafeTensorsWriter, LeavesNothingWhenItIsNotFinished)
{
    ScratchFolder const folder;
    {
        SafeTensorsWriter writer(folder / "out.safetensors", a_and_b());
        writer.append("a", bytes_of("12345678"));
    }
    EXPECT_EQ(folder.count(), 0U);
}

TEST(SafeTensorsWriter, RefusesDeclarationsNoReaderWouldTake)
{
    ScratchFolder const folder;
    auto const path = folder / "out.safetensors";
    auto const message = [&](std::vector<TensorDeclaration> tensors) {
        return error_of([&] { SafeTensorsWriter(path, std::move(tensors)); });
    };
    auto const file = path.string();
    EXPECT_EQ(message({{"a", FileDType::F32, {1}}, {"a", FileDType::F32, {1}}}),
              file + ": tensor 'a' is given twice");
    EXPECT_EQ(message({{"a", FileDType::F32, {1ULL << 62U}}}),
              file + ": tensor 'a': shape [4611686018427387904] has too many elements");
    std::size_t const half = 1ULL << 62U;
    EXPECT_EQ(message({{"a", FileDType::U8, {half}}, {"b", FileDType::U8, {half}}}),
              file + ": tensor 'b': shape [4611686018427387904] has too many elements");
    EXPECT_EQ(message({{"__metadata__", FileDType::U8, {1}}}),
              file + ": expected the name of a tensor, found '__metadata__'");
    EXPECT_NE(message({{"\xFF", FileDType::U8, {1}}}), "");
    EXPECT_NE(message({{"deep", FileDType::U8, std::vector<std::size_t>(33, 1)}}), "");
    EXPECT_EQ(folder.count(), 0U);
}

} // namespace
