#pragma once

/// \file
/// What the commands say about themselves: build, memory, numbers for people, one JSON object.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <tfm/nn/decoder_shape.hpp>
#include <tfm/nn/encoder_shape.hpp>

#include "json_object.hpp"

namespace tfm_program {

/// Prints an object in one line.
void print_json(const JsonObject& object);

/// Adds version, isa, threading, compiler and threads, the number a team of `threads` gets (0: the
/// default), and what decided that number.
void add_build(JsonObject& object, std::size_t threads);

/// The fields of a shape.
JsonObject shape_json(const tfm::DecoderShape& shape);
JsonObject shape_json(const tfm::EncoderShape& shape);

/// The build in one line for people.
std::string describe_build();

/// Threads that a team gets when asked for so many; 0: the default.
std::size_t team_size(std::size_t threads);

/// What decides how many: the option, or else one of `tfm::ThreadLimits`.
std::string_view threads_decided_by(std::size_t threads);

/// The most memory this process has had resident.
std::size_t peak_resident_bytes();

/// Such as "31.2 MB" (10^6 bytes).
std::string human_bytes(std::size_t bytes);

/// Such as "124.4 M".
std::string human_count(std::size_t count);

/// `value` with so many decimals.
std::string fixed(double value, int decimals);

/// `value` with so many significant digits, such as "3.2e-06".
std::string significant(double value, int digits);

/// Time since it was made.
class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
    double milliseconds() const { return 1e3 * seconds(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point begin_ = Clock::now();
};

} // namespace tfm_program
