#pragma once

/// \file
/// The rate of an instruction that adds to a register.

#include <cstddef>
#include <cstring>

#include <tfm/parallel.hpp>
#include <tfm/simd/atoms/fp32.hpp>

#include "timing.hpp"

namespace tfm::bench {

/// Keeps every byte of a value alive.
template <class T>
void keep_bytes(const T& value)
{
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    unsigned char all = 0;
    for (unsigned char const byte : bytes) all = static_cast<unsigned char>(all ^ byte);
    unsigned char volatile sink = all;
    static_cast<void>(sink);
}

/// Steps per second of so many threads, each of which takes `sum = step(sum)` in independent
/// chains: enough of them to fill the latency of two units. Nothing is loaded or stored.
template <class Register, class Step>
double measure_chains(std::size_t threads, Register first, Step step)
{
    constexpr std::size_t steps = 4'000'000;
    constexpr std::size_t chains = simd::vector_registers == 32 ? 16 : 12;
    double const begin = now();
    parallel(threads, [&](Team) {
        Register sums[chains];
        for (Register& sum : sums) sum = opaque(first);
        Step const local = step;
        for (std::size_t i = 0; i < steps; ++i) {
            TFM_UNROLL
            for (Register& sum : sums) sum = local(sum);
        }
        keep_bytes(sums);
    });
    return static_cast<double>(threads * steps * chains) / (now() - begin);
}

} // namespace tfm::bench
