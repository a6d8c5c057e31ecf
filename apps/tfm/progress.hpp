#pragma once

/// \file
/// A line on the terminal that says how far long work has got.

#include <chrono>
#include <cstddef>
#include <string>

namespace tfm_program {

/// Shows "LABEL 42 %" on standard error while it lives, where that is a terminal, and wipes it at
/// the end. Work that is over at once shows nothing.
class Progress {
public:
    explicit Progress(std::string label);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// For work that cannot say how far it is: shows the label alone, at once.
    void show();

    /// Shows done / total, a few times a second.
    void update(std::size_t done, std::size_t total);

private:
    using Clock = std::chrono::steady_clock;

    void write(const std::string& line);

    std::string label_;
    bool enabled_;
    bool visible_ = false;
    Clock::time_point next_; // when the line may be written again
};

} // namespace tfm_program
