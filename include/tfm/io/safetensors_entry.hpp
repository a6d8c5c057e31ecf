#pragma once

/// \file
/// What a safetensors header holds, and the arithmetic of shapes that cannot be trusted.

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../tensor/dtype.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Bytes a header may have; the format's reference implementation has the same limit.
inline constexpr std::size_t max_safetensors_header = 100'000'000;

/// Entries `__metadata__` may have: a header full of short ones would take ten times its size.
inline constexpr std::size_t max_safetensors_metadata = 65536;

/// Dimensions a tensor may have.
inline constexpr std::size_t max_safetensors_rank = 32;

/// One entry of the header. `begin` and `end` count bytes from the end of the header.
struct SafeTensorsEntry {
    std::string name;
    FileDType dtype = FileDType::F32;
    std::vector<std::size_t> shape;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string unknown_dtype; // what the file calls a type that is not known
};

struct SafeTensorsHeader {
    std::vector<SafeTensorsEntry> entries; // in the order of their bytes
    std::map<std::string, std::string> metadata;
};

/// a * b, or none when it does not fit.
constexpr std::optional<std::size_t> checked_product(std::size_t a, std::size_t b) noexcept
{
    if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b) return std::nullopt;
    return a * b;
}

/// Bytes of a tensor, or none when they do not fit in `std::size_t`.
inline std::optional<std::size_t> tensor_bytes(const std::vector<std::size_t>& shape,
                                               FileDType dtype) noexcept
{
    std::optional<std::size_t> bytes = size_of(dtype);
    for (std::size_t const extent : shape) {
        if (bytes) bytes = checked_product(*bytes, extent);
    }
    return bytes;
}

/// "[2, 3]"; JSON needs no space in `separator`.
inline std::string shape_text(const std::vector<std::size_t>& shape,
                              std::string_view separator = ", ")
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += separator;
        text += std::to_string(shape[i]);
    }
    return text + "]";
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
