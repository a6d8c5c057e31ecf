#pragma once

/// \file
/// The precisions that this program links, by name.

#include <string>
#include <string_view>

#include <tfm/nn/precision.hpp>

namespace tfm_program {

/// The one of this name. Throws `tfm::Error` naming `option` and the names there are when there is
/// none.
tfm::Precision precision_named(std::string_view name, std::string_view option);

/// The same for an encoder, which has no cache to be kept in int8.
tfm::Precision encoder_precision_named(std::string_view name, std::string_view option);

/// The names, separated by commas.
std::string precision_names();

/// The names of those that encoders have.
std::string encoder_precision_names();

} // namespace tfm_program
