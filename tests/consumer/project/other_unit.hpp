#pragma once

#include <array>
#include <string_view>

/// What the second unit that includes tfm was compiled for.
std::string_view isa_of_other_unit();

/// x (2, 3) times weight (3, 2), row by row, computed in the second unit.
std::array<float, 4> product_in_other_unit(const std::array<float, 6>& x,
                                           const std::array<float, 6>& weight);
