#pragma once

/// \file
/// `Reproducer`: the command that makes one row of results again.

#include <cstddef>
#include <string>
#include <vector>

#include "settings.hpp"

namespace tfm::bench {

class Reproducer {
public:
    /// `arguments` are those of the program, its name and Google Benchmark's options among them;
    /// `settings`, made of them, outlive this.
    Reproducer(const std::vector<std::string>& arguments, const Settings& settings);

    /// One line for a shell, for the benchmark of this name.
    std::string command(const std::string& name, const Shape& shape, std::size_t threads) const;

private:
    std::string program_;
    std::string options_; ///< that decide how every row is measured
    bool names_shapes_;   ///< the shapes are the user's
};

} // namespace tfm::bench
