#pragma once

/// \file
/// Element types as safetensors files name them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tfm {

/// The type of a tensor's elements in a file. A wider set than the kernels compute in: a loader
/// converts, or says which ones it takes.
enum class FileDType : std::uint8_t {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    BOOL
};

namespace file_dtype_detail {

struct FileDTypeEntry {
    FileDType dtype;
    std::string_view name;
    std::size_t size;
};

inline constexpr std::array file_dtypes{
    FileDTypeEntry{FileDType::F64, "F64", 8},   FileDTypeEntry{FileDType::F32, "F32", 4},
    FileDTypeEntry{FileDType::F16, "F16", 2},   FileDTypeEntry{FileDType::BF16, "BF16", 2},
    FileDTypeEntry{FileDType::I64, "I64", 8},   FileDTypeEntry{FileDType::I32, "I32", 4},
    FileDTypeEntry{FileDType::I16, "I16", 2},   FileDTypeEntry{FileDType::I8, "I8", 1},
    FileDTypeEntry{FileDType::U64, "U64", 8},   FileDTypeEntry{FileDType::U32, "U32", 4},
    FileDTypeEntry{FileDType::U16, "U16", 2},   FileDTypeEntry{FileDType::U8, "U8", 1},
    FileDTypeEntry{FileDType::BOOL, "BOOL", 1},
};

constexpr bool file_dtypes_are_in_order()
{
    for (std::size_t i = 0; i < file_dtypes.size(); ++i)
        if (static_cast<std::size_t>(file_dtypes[i].dtype) != i) return false;
    return true;
}
static_assert(file_dtypes_are_in_order(), "file_dtypes is indexed by FileDType");

} // namespace file_dtype_detail

/// Its name in a safetensors header, such as "BF16".
constexpr std::string_view name(FileDType dtype) noexcept
{
    return file_dtype_detail::file_dtypes[static_cast<std::size_t>(dtype)].name;
}

/// Bytes of one element.
constexpr std::size_t size_of(FileDType dtype) noexcept
{
    return file_dtype_detail::file_dtypes[static_cast<std::size_t>(dtype)].size;
}

/// The dtype that a safetensors header calls `text`; none for a name that is not known.
constexpr std::optional<FileDType> file_dtype(std::string_view text) noexcept
{
    for (const auto& entry : file_dtype_detail::file_dtypes)
        if (entry.name == text) return entry.dtype;
    return std::nullopt;
}

} // namespace tfm
