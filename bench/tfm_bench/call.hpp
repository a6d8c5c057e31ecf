#pragma once

/// \file
/// `Call`: what one benchmark calls.

#include <string_view>

#include "precision.hpp"
#include "shape.hpp"

namespace tfm::bench {

/// One call of a kernel.
struct Call {
    std::string_view kernel;
    Precision precision;
    Shape shape;
    double operations; ///< additions, multiplications and functions; 0 where it only moves data
    double bytes;      ///< that must be read and written at least, each once
};

} // namespace tfm::bench
