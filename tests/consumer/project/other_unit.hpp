#pragma once

#include <string_view>

/// What the second unit that includes tfm was compiled for.
std::string_view isa_of_other_unit();
