#pragma once

/// \file
/// The tensors of a packed file, written and borrowed; see packed_file.hpp.

#include <filesystem>
#include <span>
#include <string>

#include "../config.hpp"
#include "../function_ref.hpp"
#include "../io/safetensors.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "../nn/parameters.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace packed_detail {

/// What a file must say of its model's sizes.
std::string sizes_of(const DecoderShape& shape);
std::string sizes_of(const EncoderShape& shape);

/// Fails unless a file says that it holds weights of such a model. Padding hides small differences
/// of sizes.
void check_metadata(const SafeTensors& file, const std::string& sizes, Dtype weights);

/// Writes every parameter, telling `progress` the bytes written and those in all.
void write(std::span<const ParameterTensor> parameters, const std::string& sizes, Dtype weights,
           const std::filesystem::path& path,
           FunctionRef<void(std::size_t written, std::size_t total)> progress);

/// Makes every parameter's tensor lie in the file.
void borrow(std::span<const ParameterTensor> parameters, const SafeTensors& file);

} // namespace packed_detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "packed_tensors.inl.hpp"
#endif
