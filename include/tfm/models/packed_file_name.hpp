#pragma once

/// \file
/// What a model's packed file is called.

#include <string_view>

namespace tfm {

/// Its name in a model's folder. See packed_file.hpp.
inline constexpr std::string_view packed_file_name = "model.tfm.safetensors";

} // namespace tfm
