/// \file
/// The shipped model in reduced precisions against PyTorch's emulation of the same arithmetic
/// (tools/make_precision_references.py).

#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = gpt2::tales;

/// The largest difference over the standard deviation of the logits.
template <Precision P>
double difference(const std::string& precision)
{
    SafeTensors const file = SafeTensors::open(std::filesystem::path(TFM_TEST_DATA) / "gpt2" /
                                               "tales" / "precisions.safetensors");
    auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    auto const positions = read_numbers<std::size_t, std::int64_t>(file, "positions");
    std::string const inputs = std::is_same_v<Bf16Input, float> ? "float" : "bf16";
    auto const expected = read_numbers<float, float>(file, "logits." + precision + "." + inputs);
    auto const model = Decoder<shape, P>::load(std::filesystem::path(TFM_MODELS_DIR) / "tales");
    double largest = 0.0;
    for (WorkspaceOptions const options :
         {WorkspaceOptions{.threads = 2}, WorkspaceOptions{.max_rows = 3, .threads = 1}}) {
        auto const all = all_logits<shape>(model, tokens, options);
        auto const found = select_rows(all, positions, shape.vocab);
        largest = std::max(largest, relative_difference(expected, found));
    }
    ::testing::Test::RecordProperty("difference_in_thousandths", std::to_string(largest * 1000));
    return largest;
}

// What remains is the order of sums, which moves some numbers to the next of those there are.
TEST(PrecisionReference, Bf16) { EXPECT_LT(difference<precision::bf16>("bf16"), 0.02); }

TEST(PrecisionReference, Int8Weights)
{
    EXPECT_LT(difference<precision::int8_weights>("int8_weights"), 0.02);
}

TEST(PrecisionReference, Int8) { EXPECT_LT(difference<precision::int8>("int8"), 0.06); }

} // namespace
