#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/io/safetensors_shards.hpp>

#include "safetensors_text.hpp"
#include "scratch_folder.hpp"

namespace {

using tfm::open_safetensors_shards;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

const std::string index_name = "model.safetensors.index.json";

/// A file with one tensor of four bytes.
std::string file_with(const std::string& tensor)
{
    return tfm_test::safetensors_text(
        "{\"" + tensor + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234");
}

/// A folder with two shards of a tensor each, a file above them, and an index.
struct Checkpoint {
    ScratchFolder outer;
    std::filesystem::path folder = outer / "model";

    explicit Checkpoint(const std::string& index)
    {
        outer.write("outside.safetensors", file_with("a"));
        std::filesystem::create_directories(folder / "sub");
        outer.write("model/sub/inside.safetensors", file_with("a"));
        outer.write("model/1.safetensors", file_with("a"));
        outer.write("model/2.safetensors", file_with("b"));
        outer.write("model/" + index_name, index);
    }
};

TEST(SafeTensorsShards, AreOpenedInTheOrderOfTheirNames)
{
    Checkpoint const checkpoint(
        R"({"weight_map": {"b": "2.safetensors", "a": "1.safetensors"}, "metadata": null})");
    auto const files = open_safetensors_shards(checkpoint.folder / index_name);
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].path(), checkpoint.folder / "1.safetensors");
    EXPECT_NE(files[0].find("a"), nullptr);
    EXPECT_NE(files[1].find("b"), nullptr);
}

/// An index that must be refused, and how the message goes on after naming it.
struct Hostile {
    const char* name;
    std::string index;
    std::string message;
};

void PrintTo(const Hostile& hostile, std::ostream* stream) { *stream << hostile.index; }

std::string of_a(const std::string& file) { return R"({"weight_map": {"a": )" + file + "}}"; }

const std::string other_place =
    "tensor 'a': expected the name of a safetensors file in the same folder, found ";

const std::vector<Hostile> hostile{
    {"NoObject", "[]", "expected a JSON object, found a list of 0"},
    {"NoMap", "{}", "field 'weight_map': expected an object from tensors to files, found nothing"},
    {"EmptyMap", R"({"weight_map": {}})",
     "field 'weight_map': expected an object from tensors to files, found an object"},
    {"MapOfAnotherKind", R"({"weight_map": ["1.safetensors"]})",
     "field 'weight_map': expected an object from tensors to files, found a list of 1"},
    {"FileOfAnotherKind", of_a("1"), other_place + "1"},
    {"NoName", of_a("\"\""), other_place + "''"},
    {"FolderAbove", of_a(R"("../outside.safetensors")"), other_place + "'../outside.safetensors'"},
    {"FolderAboveBackwards", of_a(R"("..\\outside.safetensors")"), other_place + "'..\\out"},
    {"Absolute", of_a(R"("/etc/passwd.safetensors")"), other_place + "'/etc/passwd.safetensors'"},
    {"Drive", of_a(R"("C:1.safetensors")"), other_place + "'C:1.safetensors'"},
    {"FolderBelow", of_a(R"("sub/inside.safetensors")"), other_place + "'sub/inside.safetensors'"},
    {"ThisFolder", of_a(R"("./1.safetensors")"), other_place + "'./1.safetensors'"},
    {"ZeroByte", of_a(R"("1.safetensors\u0000.safetensors")"), other_place + "'1.safetensors\\x00"},
    {"EndingAlone", of_a(R"(".safetensors")"), other_place + "'.safetensors'"},
    {"OtherFile", of_a("\"" + index_name + "\""), other_place + "'model.safetensors.index.json'"},
    {"TensorTwice", R"({"weight_map": {"a": "1.safetensors", "a": "2.safetensors"}})",
     "field 'a' is given twice"},
    {"MissingShard", of_a(R"("3.safetensors")"),
     "expected the file '3.safetensors' in the same folder, found none; download it"},
    {"TensorOfAnotherShard", of_a(R"("2.safetensors")"),
     "expected tensor 'a' in '2.safetensors', found none; index and file belong to different "
     "checkpoints"},
};

class HostileShards : public testing::TestWithParam<Hostile> {};

TEST_P(HostileShards, AreRefusedInOneLine)
{
    Checkpoint const checkpoint(GetParam().index);
    auto const path = checkpoint.folder / index_name;
    auto const message = error_of([&] { open_safetensors_shards(path); });
    EXPECT_TRUE(message.starts_with(path.string() + ": " + GetParam().message)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Index, HostileShards, testing::ValuesIn(hostile),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SafeTensorsShards, MustBeFilesThatTheFormatAllows)
{
    Checkpoint const checkpoint(R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
    auto const error = [&] {
        return error_of([&] { open_safetensors_shards(checkpoint.folder / index_name); });
    };
    std::filesystem::resize_file(checkpoint.folder / "2.safetensors", file_with("b").size() - 1);
    EXPECT_EQ(error(), (checkpoint.folder / "2.safetensors").string() +
                           ": tensor 'b' ends at byte 4 of the data, found only 3 bytes; the file "
                           "is cut short, as by a download that was not finished: download it "
                           "again");
    checkpoint.outer.write("model/2.safetensors",
                           "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    EXPECT_NE(error().find("2.safetensors: expected a safetensors file, found a Git LFS pointer"),
              std::string::npos);
}

} // namespace
