#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/io/safetensors.hpp>

#include "safetensors_text.hpp"
#include "scratch_folder.hpp"

namespace {

using tfm_test::error_of;
using tfm_test::header_length;
using tfm_test::safetensors_text;

/// A file that must be refused, and how the message (after the path) begins.
struct Hostile {
    const char* name;
    std::string content;
    std::string message;
};

void PrintTo(const Hostile& hostile, std::ostream* stream) { *stream << hostile.name; }

/// One tensor "t" with this JSON for its value, and `data_size` bytes of data.
std::string one(const std::string& value, std::size_t data_size = 8)
{
    return safetensors_text("{\"t\":" + value + "}", std::string(data_size, 'x'));
}

/// The value of a tensor with these three fields.
std::string fields(const std::string& dtype, const std::string& shape, const std::string& offsets)
{
    return "{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

std::string f32(const std::string& shape, const std::string& offsets)
{
    return fields("\"F32\"", shape, offsets);
}

/// Two tensors of eight data bytes in all, given their ranges.
std::string two(const std::string& first, const std::string& second, std::size_t data_size = 8)
{
    return safetensors_text("{\"a\":" + f32("[1]", first) + ",\"b\":" + f32("[1]", second) + "}",
                            std::string(data_size, 'x'));
}

const std::string good = f32("[2]", "[0,8]");
const std::string text_found = "expected JSON in UTF-8, found other text at line 1, column ";
const std::string end_found =
    "expected JSON in UTF-8, found the end of the text at line 1, column ";

const std::vector<Hostile> broken_frames{
    {"OneByte", "x", "expected a safetensors file of at least 8 bytes, found 1"},
    {"SevenBytes", "1234567", "expected a safetensors file of at least 8 bytes, found 7"},
    {"LengthAlone", header_length(2), "expected a safetensors header of 2 bytes, found 0 bytes"},
    {"TruncatedHeader", one(good).substr(0, 30), "expected a safetensors header of "},
    {"TruncatedInTheLength", one(good).substr(0, 5), "expected a safetensors file of at least"},
    {"LengthOverTheLimit", header_length(100'000'001) + "{}",
     "expected a safetensors header of at most 100000000 bytes, found a length of 100000001"},
    {"LengthOfAllOnes", header_length(~0ULL) + "{}",
     "expected a safetensors header of at most 100000000 bytes, found a length of "
     "18446744073709551615"},
    {"LengthThatWraps", header_length(~0ULL - 7) + "{}",
     "expected a safetensors header of at most 100000000 bytes"},
    {"BigEndianLength", std::string(7, '\0') + "\x02{}",
     "expected a safetensors header of at most"},
    {"EmptyHeader", header_length(0),
     "expected a safetensors file, found zeros, as of a download that was not finished; download "
     "the file again"},
    {"Zeros", std::string(4096, '\0'), "expected a safetensors file, found zeros"},
    {"TorchSave", "PK\x03\x04 a zip file, as torch.save writes",
     "expected a safetensors file, found a zip archive, as torch.save writes; convert it with "
     "tools/convert_state_dict.py"},
    {"LfsPointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 548105171\n",
     "expected a safetensors file, found a Git LFS pointer to the file; fetch the file itself with "
     "'git lfs pull'"},
    {"Html", "\n<!DOCTYPE html><html>",
     "expected a safetensors file, found an HTML page; download"},
    {"Gguf", std::string("GGUF\3\0\0\0", 8), "expected a safetensors file, found a GGUF file"},
    {"ServersAnswer", "Entry not found\n",
     "expected a safetensors file, found text that begins with 'Entry not found', as a server "
     "answers in place of a file; download the file again"},
    {"JsonAlone", "{\"t\":" + good + "}",
     "expected a safetensors file, found text that begins with '{\"t\":"},
};

const std::vector<Hostile> broken_json{
    {"NotJson", safetensors_text("{hello}", ""), text_found + "2 of the header"},
    {"List", safetensors_text("[]", ""), "expected a safetensors header that begins with '{'"},
    {"LeadingSpace", safetensors_text(" {}", ""), "expected a safetensors header that begins"},
    {"ByteOrderMark", safetensors_text("\xEF\xBB\xBF{}", ""),
     "expected a safetensors header that begins with '{'"},
    {"UnclosedObject", safetensors_text("{\"t\":" + good, ""), end_found},
    {"UnclosedString", safetensors_text("{\"t", ""), end_found},
    {"TwoValues", safetensors_text("{}{}", ""), text_found},
    {"TrailingComma", safetensors_text("{\"t\":" + good + ",}", "12345678"), text_found},
    {"Comment", safetensors_text("{/* */}", ""), text_found},
    {"ZeroPadding", safetensors_text(std::string("{}\0\0", 4), ""),
     "expected JSON in UTF-8, found a zero byte at line 1, column 3 of the header"},
    {"HiddenBehindAZeroByte", safetensors_text(std::string("{}\0{\"t\":1}", 10), ""),
     "expected JSON in UTF-8, found a zero byte at line 1, column 3 of the header"},
    {"BadUtf8", safetensors_text("{\"\xFF\":" + good + "}", "12345678"), text_found},
    {"OverlongUtf8", safetensors_text("{\"\xC0\x80\":" + good + "}", "12345678"), text_found},
    {"LoneSurrogate", safetensors_text("{\"\\ud800\":" + good + "}", "12345678"), text_found},
    {"RawNewlineInName", safetensors_text("{\"a\nb\":" + good + "}", "12345678"), text_found},
    {"HugeNumber", one(f32("[1e999]", "[0,8]")), text_found},
    {"DeepNesting", safetensors_text("{\"t\":" + std::string(1'000'000, '['), ""),
     "tensor 't': expected an object, found a list"},
};

std::string metadata_of(std::size_t entries)
{
    std::string header = "{\"__metadata__\":{";
    for (std::size_t i = 0; i < entries; ++i)
        header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
    return safetensors_text(header + "}}", "");
}

const std::vector<Hostile> broken_types{
    {"EndlessMetadata", metadata_of(65537),
     "__metadata__: expected at most 65536 entries, found more"},
    {"TensorIsNull", one("null"), "tensor 't': expected an object, found null"},
    {"TensorIsNumber", one("3"), "tensor 't': expected an object, found a number"},
    {"TensorIsString", one("\"F32\""), "tensor 't': expected an object, found a string"},
    {"TensorIsBoolean", one("true"), "tensor 't': expected an object, found a boolean"},
    {"TensorIsEmpty", one("{}"), "tensor 't': field dtype is missing"},
    {"NoDType", one("{\"shape\":[2],\"data_offsets\":[0,8]}"),
     "tensor 't': field dtype is missing"},
    {"NoShape", one("{\"dtype\":\"F32\",\"data_offsets\":[0,8]}"),
     "tensor 't': field shape is missing"},
    {"NoOffsets", one("{\"dtype\":\"F32\",\"shape\":[2]}"),
     "tensor 't': field data_offsets is missing"},
    {"UnknownField", one("{\"dtype\":\"F32\",\"scale\":2}"),
     "tensor 't': expected dtype, shape and data_offsets, found field 'scale'"},
    {"FieldTwice", one("{\"dtype\":\"F32\",\"dtype\":\"F32\"}"),
     "tensor 't': field dtype is given twice"},
    {"DTypeIsNumber", one(fields("32", "[2]", "[0,8]")),
     "tensor 't': dtype: expected a string, found a number"},
    {"SizeOfAKnownDType", one(fields("\"F8_E4M3\"", "[2]", "[0,8]")),
     "tensor 't': F8_E4M3 [2] takes 2 bytes, found data_offsets [0, 8]"},
    {"OffsetsOfAnUnknownDType", one(fields("\"F4\"", "[16]", "[8,0]")),
     "tensor 't': data_offsets: expected begin <= end, found [8, 0]"},
    {"EndOfAnUnknownDType", one(fields("\"F4\"", "[16]", "[0,9]")),
     "tensor 't' ends at byte 9 of the data, found only 8 bytes; the file is cut short"},
    {"ShapeIsNumber", one(f32("2", "[0,8]")),
     "tensor 't': shape: expected a list of numbers, found a number"},
    {"ShapeIsObject", one(f32("{}", "[0,8]")),
     "tensor 't': shape: expected a list of numbers, found an object"},
    {"NegativeExtent", one(f32("[-2]", "[0,8]")),
     "tensor 't': shape: expected a number from 0 up, found a negative number"},
    {"FractionalExtent", one(f32("[2.0]", "[0,8]")),
     "tensor 't': shape: expected a number from 0 up, found the number '2.0'"},
    {"ExtentBeyond64Bits", one(f32("[18446744073709551616]", "[0,8]")),
     "tensor 't': shape: expected a number from 0 up, found the number '18446744073709551616'"},
    {"NestedShape", one(f32("[[2]]", "[0,8]")),
     "tensor 't': shape: expected a number from 0 up, found a list"},
    {"StringExtent", one(f32("[\"2\"]", "[0,8]")),
     "tensor 't': shape: expected a number from 0 up, found a string"},
    {"OffsetsAreObject", one(f32("[2]", "{}")),
     "tensor 't': data_offsets: expected a list of two numbers, found an object"},
    {"NoOffset", one(f32("[2]", "[]")),
     "tensor 't': data_offsets: expected [begin, end], found 0 numbers"},
    {"OneOffset", one(f32("[2]", "[8]")),
     "tensor 't': data_offsets: expected [begin, end], found 1 numbers"},
    {"ThreeOffsets", one(f32("[2]", "[0,8,8]")),
     "tensor 't': data_offsets: expected [begin, end], found more numbers"},
    {"NegativeOffset", one(f32("[2]", "[-8,0]")),
     "tensor 't': expected a number from 0 up, found a negative number"},
    {"MinusZero", one(f32("[2]", "[-0,8]")),
     "tensor 't': expected a number from 0 up, found a negative number"},
    {"MetadataIsList", safetensors_text("{\"__metadata__\":[]}", ""),
     "__metadata__: expected an object, found a list"},
    {"MetadataIsString", safetensors_text("{\"__metadata__\":\"pt\"}", ""),
     "__metadata__: expected an object, found a string"},
    {"MetadataOfNumbers", safetensors_text("{\"__metadata__\":{\"step\":3}}", ""),
     "__metadata__ 'step': expected a string, found a number"},
    {"MetadataOfNull", safetensors_text("{\"__metadata__\":{\"step\":null}}", ""),
     "__metadata__ 'step': expected a string, found null"},
    {"NestedMetadata", safetensors_text("{\"__metadata__\":{\"step\":{}}}", ""),
     "__metadata__ 'step': expected a string, found an object"},
    {"MetadataKeyTwice", safetensors_text("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", ""),
     "__metadata__ has a key twice"},
    {"MetadataTwice", safetensors_text("{\"__metadata__\":{},\"__metadata__\":{}}", ""),
     "__metadata__ is given twice"},
};

const std::string max64 = "18446744073709551615";

const std::vector<Hostile> broken_ranges{
    {"TruncatedData", one(good, 7), "tensor 't' ends at byte 8 of the data, found only 7 bytes"},
    {"NoData", one(good, 0), "tensor 't' ends at byte 8 of the data, found only 0 bytes"},
    {"TrailingData", one(good, 9), "expected 8 bytes of data, found 9"},
    {"DataWithoutTensors", safetensors_text("{}", "x"), "expected 0 bytes of data, found 1"},
    {"EndBeforeBegin", one(f32("[2]", "[8,0]")),
     "tensor 't': data_offsets: expected begin <= end, found [8, 0]"},
    {"RangeTooShort", one(f32("[3]", "[0,8]")),
     "tensor 't': F32 [3] takes 12 bytes, found data_offsets [0, 8]"},
    {"RangeTooLong", one(f32("[1]", "[0,8]")),
     "tensor 't': F32 [1] takes 4 bytes, found data_offsets [0, 8]"},
    {"ScalarOfTwo", one(f32("[]", "[0,8]")), "tensor 't': F32 [] takes 4 bytes"},
    {"EmptyWithData", one(f32("[0]", "[0,8]")), "tensor 't': F32 [0] takes 0 bytes"},
    {"RangeAtTheEndOfMemory", one(f32("[1]", "[18446744073709551611," + max64 + "]")),
     "tensor 't' leaves a gap before it: expected its data at 0, found it at"},
    {"ShapeOverflows", one(f32("[4294967296,4294967296]", "[0,8]")),
     "tensor 't': shape [4294967296, 4294967296] has too many elements"},
    {"BytesOverflow", one(f32("[4611686018427387904]", "[0,0]"), 0),
     "tensor 't': shape [4611686018427387904] has too many elements"},
    {"OverflowToASmallNumber", one(f32("[4611686018427387905]", "[0,4]"), 4),
     "tensor 't': shape [4611686018427387905] has too many elements"},
    {"Gap", two("[0,4]", "[8,12]", 12),
     "tensor 'b' leaves a gap before it: expected its data at 4, found it at 8"},
    {"GapAtTheBegin", one(f32("[2]", "[4,12]"), 12),
     "tensor 't' leaves a gap before it: expected its data at 0, found it at 4"},
    {"Overlap", two("[0,4]", "[2,6]", 6),
     "tensor 'b' overlaps the tensor before it: expected its data at 4, found it at 2"},
    {"SharedRange", two("[0,4]", "[0,4]", 4), "tensor 'b' overlaps the tensor before it"},
    {"OverlapInReverse", two("[2,6]", "[0,4]", 6),
     "tensor 'a' overlaps the tensor before it: expected its data at 4, found it at 2"},
    {"NameTwice",
     safetensors_text("{\"t\":" + f32("[1]", "[0,4]") + ",\"t\":" + f32("[1]", "[4,8]") + "}",
                      "12345678"),
     "tensor 't' is given twice"},
    {"NameTwiceByEscape",
     safetensors_text("{\"t\":" + f32("[1]", "[0,4]") + ",\"\\u0074\":" + f32("[1]", "[4,8]") + "}",
                      "12345678"),
     "tensor 't' is given twice"},
    {"ControlCharactersInAName", safetensors_text("{\"a\\n\\u001b[31m\\u0000\":null}", ""),
     "tensor 'a\\x0a\\x1b[31m\\x00': expected an object, found null"},
    {"EndlessName", safetensors_text("{\"" + std::string(100'000, 'n') + "\":null}", ""),
     "tensor '" + std::string(96, 'n') + "...': expected an object, found null"},
};

class HostileSafeTensors : public testing::TestWithParam<Hostile> {};

TEST_P(HostileSafeTensors, IsRefusedInOneLine)
{
    tfm_test::ScratchFolder const folder;
    auto const path = folder.write("hostile.safetensors", GetParam().content);
    auto const message = error_of([&] { tfm::SafeTensors::open(path); });
    EXPECT_TRUE(message.starts_with(path.string() + ": " + GetParam().message)) << message;
    EXPECT_LT(message.size(), path.string().size() + 250);
    EXPECT_TRUE(std::ranges::none_of(message, [](char c) { return c >= 0 && c < ' '; })) << message;
}

std::string name_of(const testing::TestParamInfo<Hostile>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Frame, HostileSafeTensors, testing::ValuesIn(broken_frames), name_of);
INSTANTIATE_TEST_SUITE_P(Json, HostileSafeTensors, testing::ValuesIn(broken_json), name_of);
INSTANTIATE_TEST_SUITE_P(Types, HostileSafeTensors, testing::ValuesIn(broken_types), name_of);
INSTANTIATE_TEST_SUITE_P(Ranges, HostileSafeTensors, testing::ValuesIn(broken_ranges), name_of);

} // namespace
