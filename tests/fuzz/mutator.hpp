#pragma once

/// \file
/// Changes of an input that random ones would hardly make: lengths that are right again, and other
/// weights under a header that is whole.

#include <cstddef>
#include <cstdint>

namespace tfm_fuzz {

/// libFuzzer's own change of `size` bytes at `data`, which has room for `most`.
using Mutate = std::size_t (*)(std::uint8_t* data, std::size_t size, std::size_t most);

/// Changes an input: a third of the time as `mutate` does, a third so that the headers of the
/// safetensors files in it then state their own lengths, and a third in the weights alone.
std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed,
                   Mutate mutate);

} // namespace tfm_fuzz
