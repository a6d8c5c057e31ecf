/// \file
/// Models packed into a file and used from there.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../io/scratch_folder.hpp"
#include "../kernels/error_message.hpp"
#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = odd_shape;

template <Precision P>
Decoder<shape, P> map(const std::filesystem::path& path)
{
    return map_packed_file<shape, P>(SafeTensors::open(path));
}

class PackedFile : public ::testing::Test {
protected:
    tfm_test::ScratchFolder folder;
    std::filesystem::path path = folder.path() / packed_file_name;
    std::vector<Token> tokens = random_tokens<shape>(40, 3);

    template <Precision P>
    void expect_same_logits()
    {
        auto model = random_decoder<shape, P>(1);
        write_packed_file(model, path);
        auto const expected = all_logits<shape>(model, tokens);
        auto const mapped = [&] { // moved while its memory is the file's
            auto first = map<P>(path);
            return first;
        }();
        EXPECT_EQ(all_logits<shape>(mapped, tokens), expected);
    }

    /// What opening says when `from` in the file is replaced by `to`, as long as it.
    std::string error_after(const std::string& from, const std::string& to)
    {
        auto model = random_decoder<shape, precision::int8>(1);
        write_packed_file(model, path);
        std::string bytes = tfm_test::file_text(path);
        std::size_t const at = bytes.find(from);
        if (at == std::string::npos) return "the file lacks " + from;
        folder.write(packed_file_name, bytes.replace(at, from.size(), to));
        return test::error_message([&] { map<precision::int8>(path); });
    }
};

TEST_F(PackedFile, HoldsTheModelInEveryPrecision)
{
    expect_same_logits<precision::fp32>();
    expect_same_logits<precision::bf16>();
    expect_same_logits<precision::int8_weights>();
    expect_same_logits<precision::int8>();
}

TEST_F(PackedFile, AlignsEveryTensor)
{
    auto model = random_decoder<shape, precision::int8>(1);
    write_packed_file(model, path);
    SafeTensors const file = SafeTensors::open(path);
    EXPECT_GT(file.tensors().size(), 30U);
    for (const TensorInfo& tensor : file.tensors())
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % 64, 0U) << tensor.name;
}

TEST_F(PackedFile, ReportsProgressAndLeavesNothingWhenStopped)
{
    auto model = random_decoder<shape, precision::bf16>(1);
    std::size_t last = 0;
    std::size_t all = 0;
    write_packed_file(model, path, [&](std::size_t written, std::size_t total) {
        EXPECT_GT(written, last);
        last = written;
        all = total;
    });
    EXPECT_EQ(last, all);
    std::filesystem::remove(path);
    EXPECT_EQ(test::error_message([&] {
                  write_packed_file(model, path, [](std::size_t, std::size_t) { fail("stopped"); });
              }),
              "stopped");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(PackedFile, RefusesWhatItCannotUse)
{
    EXPECT_NE(error_after("\"version\":\"1\"", "\"version\":\"2\"")
                  .find("version: expected '1', found '2'; pack the model again"),
              std::string::npos);
    EXPECT_NE(error_after("\"format\":\"tfm\"", "\"format\":\"pt!\"").find("expected 'tfm'"),
              std::string::npos);
    EXPECT_NE(error_after("blocks.1.mlp.up.weight\"", "blocks.9.mlp.up.weight\"")
                  .find("'blocks.1.mlp.up.weight'"),
              std::string::npos);
    auto model = random_decoder<shape, precision::bf16>(1);
    write_packed_file(model, path);
    std::string const other = test::error_message([&] { map<precision::int8>(path); });
    EXPECT_NE(other.find("weights: expected 'int8', found 'bf16'"), std::string::npos) << other;
    constexpr DecoderShape wider{
        .vocab = 53, .context = 320, .width = 36, .heads = 3, .layers = 2, .mlp_width = 80};
    std::string const shaped = test::error_message(
        [&] { map_packed_file<wider, precision::bf16>(SafeTensors::open(path)); });
    EXPECT_NE(shaped.find("mlp_width 80', found"), std::string::npos) << shaped;
}

TEST_F(PackedFile, IsFoundInTheFolderOfAModel)
{
    auto const tales = std::filesystem::path(TFM_MODELS_DIR) / "tales";
    auto model = Decoder<gpt2::tales, precision::int8>::load(tales);
    write_packed_file(model, path);
    std::filesystem::copy_file(tales / "config.json", folder.path() / "config.json");
    auto const some = random_tokens<gpt2::tales>(20, 1);
    auto const expected = all_logits<gpt2::tales>(model, some);
    auto const packed = Decoder<gpt2::tales, precision::int8>::load(folder.path());
    EXPECT_EQ(all_logits<gpt2::tales>(packed, some), expected);
    std::string const other =
        test::error_message([&] { Decoder<gpt2::tales, precision::bf16>::load(folder.path()); });
    EXPECT_NE(other.find("weights: expected 'bf16', found 'int8'"), std::string::npos) << other;
}

} // namespace
