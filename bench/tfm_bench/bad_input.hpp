#pragma once

/// \file
/// `BadInput`: a command line that asks for what there is not.

#include <stdexcept>

namespace tfm::bench {

/// Says which option, what was expected and what was found. Ends the program with 2.
class BadInput : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace tfm::bench
