#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/io/tensor_index.hpp>

#include "safetensors_text.hpp"
#include "scratch_folder.hpp"

namespace {

using tfm::SafeTensors;
using tfm::TensorIndex;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

/// A file of tensors of one byte each.
SafeTensors file_of(const ScratchFolder& folder, const std::string& file,
                    const std::vector<std::string>& names)
{
    std::string header;
    for (std::size_t i = 0; i < names.size(); ++i)
        header += (i == 0 ? "{\"" : ",\"") + names[i] +
                  R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
                  std::to_string(i + 1) + "]}";
    return SafeTensors::open(folder.write(
        file, tfm_test::safetensors_text(header + "}", std::string(names.size(), 'x'))));
}

TEST(TensorIndex, FindsTensorsInWhicheverFileTheyAre)
{
    ScratchFolder const folder;
    std::vector<SafeTensors> files;
    files.push_back(file_of(folder, "1.safetensors", {"b", "model.c"}));
    files.push_back(file_of(folder, "2.safetensors", {"a"}));
    TensorIndex const index(files);
    EXPECT_EQ(index.size(), 3U);
    EXPECT_EQ(index.bytes(), 3U);
    ASSERT_NE(index.find("a"), nullptr);
    EXPECT_EQ(index.find("a")->file, &files[1]);
    EXPECT_EQ(index.find("b")->file, &files[0]);
    EXPECT_EQ(index.find("c"), nullptr);
    EXPECT_EQ(index.find("c", "model.")->info->name, "model.c");
    EXPECT_EQ(index.find("a")->where(), (folder / "2.safetensors").string() + ": tensor 'a': ");
    EXPECT_TRUE(TensorIndex({}).find("a") == nullptr);
}

TEST(TensorIndex, DropsTheNamesOfWrappers)
{
    ScratchFolder const folder;
    std::array const files{
        file_of(folder, "f",
                {"_orig_mod.a", "module.b", "module.module.c", "_orig_mod.module.d",
                 "module._orig_mod.e", "x._orig_mod.f", "x._orig_mod.y._orig_mod.g",
                 "module.h._orig_mod._orig_mod.i", "my_orig_mod.j", "x.module.k", "submodule.l"})};
    TensorIndex const index(files);
    for (const char* const name : {"a", "b", "c", "d", "e", "x.f", "x.y.g", "h.i", "my_orig_mod.j",
                                   "x.module.k", "submodule.l"})
        EXPECT_NE(index.find(name), nullptr) << name;
    // As the file has it, too.
    EXPECT_NE(index.find("_orig_mod.a"), nullptr);
    EXPECT_NE(index.find("module.b"), nullptr);
    EXPECT_NE(index.find("f", "x._orig_mod."), nullptr);
    EXPECT_EQ(index.find("j"), nullptr);
    EXPECT_EQ(index.find("k"), nullptr);
    EXPECT_EQ(index.find("l"), nullptr);
}

TEST(TensorIndex, RefusesTwoOfOneName)
{
    ScratchFolder const folder;
    std::vector<SafeTensors> files;
    files.push_back(file_of(folder, "1", {"a"}));
    files.push_back(file_of(folder, "2", {"a"}));
    EXPECT_EQ(error_of([&] { TensorIndex const index(files); }),
              (folder / "1").string() + ": tensor 'a': expected one of its name, found 'a' in " +
                  (folder / "2").string());
    std::array const one{file_of(folder, "3", {"a", "_orig_mod.a"})};
    EXPECT_NE(error_of([&] { TensorIndex const index(one); }), "");
}

} // namespace
