/// \file
/// A second unit that includes everything: the headers define nothing twice.

#include "other_unit.hpp"

#include "product.hpp"

std::string_view isa_of_other_unit() { return tfm::build_info().isa; }

std::array<float, 4> product_in_other_unit(const std::array<float, 6>& x,
                                           const std::array<float, 6>& weight)
{
    return product(x, weight);
}
