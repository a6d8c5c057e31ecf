#pragma once

/// \file
/// Safetensors files put together by hand, right or wrong.

#include <cstdint>
#include <string>
#include <string_view>

namespace tfm_test {

/// The 8 bytes that say how long the header is.
inline std::string header_length(std::uint64_t length)
{
    std::string bytes;
    for (unsigned shift = 0; shift < 64; shift += 8)
        bytes += static_cast<char>(length >> shift & 0xFFU);
    return bytes;
}

/// A whole file with a true header length.
inline std::string safetensors_text(std::string_view header, std::string_view data)
{
    return header_length(header.size()) + std::string(header) + std::string(data);
}

} // namespace tfm_test
