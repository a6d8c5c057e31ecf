/// \file
/// A config.json of a few bytes costs no more than the weights beside it: what it describes is
/// compared with the file before there is memory for it.

#include <cstddef>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>

#include "../io/scratch_folder.hpp"
#include "../kernels/error_message.hpp"

namespace {

using namespace tfm;

/// A GPT-2 of two layers whose config.json says something else of one field.
std::string error_with(const std::string& field, const std::string& value)
{
    tfm_test::ScratchFolder const folder;
    auto const source = std::filesystem::path(TFM_TEST_DATA) / "decoders/gpt2_width28_silu";
    std::filesystem::copy_file(source / "model.safetensors", folder / "model.safetensors");
    std::string config = tfm_test::file_text(source / "config.json");
    std::size_t const at = config.find('"' + field + '"');
    if (at == std::string::npos) return "config.json lacks " + field;
    std::size_t const begin = config.find(':', at) + 1;
    folder.write("config.json",
                 config.replace(begin, config.find_first_of(",\n}", begin) - begin, " " + value));
    constexpr DecoderShape any_silu = [] {
        DecoderShape shape = gpt2::any;
        shape.activation = Activation::silu;
        return shape;
    }();
    return test::error_message([&] { (void)Decoder<any_silu>::load(folder.path()); });
}

TEST(LoadLimits, LayersThatTheFileDoesNotHaveAreRefusedFirst)
{
    std::string const error = error_with("n_layer", "16777216");
    EXPECT_NE(error.find("model.safetensors: expected tensors of the 16777216 layers that "
                         "config.json describes, found "),
              std::string::npos)
        << error;
}

TEST(LoadLimits, ParametersThatTheFileCannotHoldAreRefusedFirst)
{
    std::string const error = error_with("vocab_size", "16777216");
    EXPECT_NE(error.find("parameters that config.json describes, found tensors of "),
              std::string::npos)
        << error;
}

TEST(LoadLimits, SizesWhoseProductsOverflowBreakARule)
{
    DecoderShape shape{.vocab = 8, .context = 8, .width = 8, .heads = 2, .layers = 1};
    EXPECT_EQ(test::error_message([&] { Decoder<gpt2::any> const model(shape); }), "");
    for (auto const member :
         {&DecoderShape::vocab, &DecoderShape::context, &DecoderShape::layers}) {
        DecoderShape large = shape;
        large.*member = std::size_t{1} << 31U;
        std::string const error =
            test::error_message([&] { Decoder<gpt2::any> const model(large); });
        EXPECT_NE(error.find("below 2^31"), std::string::npos) << error;
    }
}

} // namespace
