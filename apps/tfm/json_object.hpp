#pragma once

/// \file
/// JSON as the commands print it.

#include <nlohmann/json.hpp>

namespace tfm_program {

/// One object whose fields keep their order.
using JsonObject = nlohmann::ordered_json;
/// One value, or a list of them.
using JsonValue = nlohmann::ordered_json;

} // namespace tfm_program
