/// \file
/// A second unit that includes everything: the headers define nothing twice.

#include "other_unit.hpp"

#include <tfm/tfm.hpp>

std::string_view isa_of_other_unit() { return tfm::build_info().isa; }
