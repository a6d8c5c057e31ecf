/// \file
/// The unit that is compiled once per instruction set. The expected logits are PyTorch's.

#include "tiny_model.hpp"

#include <filesystem>
#include <span>
#include <vector>

#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>
#include <tfm/simd/build_info.hpp>

#include "../../models/reference_file.hpp"
#include "../../nn/small_model.hpp"

namespace {

constexpr tfm::DecoderShape shape{.vocab = 97, .context = 19, .width = 36, .heads = 3, .layers = 3};

std::string_view level() { return tfm::build_info().dispatch; }

std::string_view isa() { return tfm::build_info().isa; }

double error(const char* folder)
{
    auto const model = tfm::load_weights<shape>(folder, tfm::gpt2_names);
    auto const reference =
        tfm::testing::read_reference(std::filesystem::path(folder) / "expected.safetensors");
    auto const logits = tfm::testing::all_logits<shape>(model, reference.tokens, {.threads = 2});
    return tfm::testing::relative_difference(
        reference.logits, tfm::testing::select_rows(logits, reference.positions, shape.vocab));
}

} // namespace

TFM_DISPATCH_TABLE(TinyModel, tiny_model) = {level, isa, error};
