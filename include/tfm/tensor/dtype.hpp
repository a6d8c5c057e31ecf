#pragma once

/// \file
/// The one home of element types: what kernels compute with, what tensors and files may hold
/// besides, and the names, bytes and codes of each.

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tfm {

/// The upper half of an IEEE 754 single: 1 sign, 8 exponent and 7 fraction bits. Storage only: it
/// converts explicitly and has no arithmetic, since every kernel accumulates in `float`.
struct bf16 {
    std::uint16_t bits; ///< as they are in memory

    bf16() = default;

    /// Rounds to nearest, ties to even; NaN stays NaN (made quiet), subnormals are kept.
    explicit constexpr bf16(float value) noexcept : bits(round(std::bit_cast<std::uint32_t>(value)))
    {
    }

    /// Exact: every bf16 is a float.
    explicit constexpr operator float() const noexcept
    {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }

    /// The number whose representation is `bits`.
    static constexpr bf16 from_bits(std::uint16_t bits) noexcept
    {
        bf16 result(0.0F);
        result.bits = bits;
        return result;
    }

    friend constexpr bool operator==(bf16 a, bf16 b) noexcept
    {
        return static_cast<float>(a) == static_cast<float>(b);
    }

private:
    static constexpr std::uint16_t round(std::uint32_t single) noexcept
    {
        bool const is_nan = (single & 0x7FFFFFFFU) > 0x7F800000U;
        if (is_nan) return static_cast<std::uint16_t>((single >> 16) | 0x0040U);
        // Adding half a unit less one, plus the lowest kept bit, carries exactly when round to
        // nearest even goes up.
        std::uint32_t const ties_to_even = (single >> 16) & 1U;
        return static_cast<std::uint16_t>((single + 0x7FFFU + ties_to_even) >> 16);
    }
};

static_assert(sizeof(bf16) == 2);

/// Types that kernels compute with.
template <class T>
concept KernelElement =
    std::same_as<T, float> || std::same_as<T, bf16> || std::same_as<T, std::int8_t>;

/// Types a tensor may hold, and that the algorithms of tensor/ take.
template <class T>
concept Element = KernelElement<T> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::uint8_t>;

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
    BOOL,
    C64,
    F8_E4M3,
    F8_E5M2,
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    unknown ///< any other; such a tensor can be carried along, not read
};

/// How a model's numbers are stored: the types of files that a tensor may hold. An enumeration of
/// its own, since its values are template arguments (see `Precision`): of a type that only files
/// have, every template on it would need a rule against it.
enum class Dtype : std::uint8_t {
    fp32 = static_cast<std::uint8_t>(FileDType::F32),
    bf16 = static_cast<std::uint8_t>(FileDType::BF16),
    int8 = static_cast<std::uint8_t>(FileDType::I8)
};

namespace dtype_detail {

/// What is known of one type.
struct Entry {
    FileDType dtype;
    std::string_view code;       ///< in a safetensors header
    std::string_view name;       ///< for people
    std::string_view torch_name; ///< in PyTorch and config.json
    std::size_t size;            ///< bytes; 0 where that is not known
};

inline constexpr std::array entries{
    Entry{FileDType::F64, "F64", "fp64", "float64", 8},
    Entry{FileDType::F32, "F32", "fp32", "float32", 4},
    Entry{FileDType::F16, "F16", "fp16", "float16", 2},
    Entry{FileDType::BF16, "BF16", "bf16", "bfloat16", 2},
    Entry{FileDType::I64, "I64", "int64", "int64", 8},
    Entry{FileDType::I32, "I32", "int32", "int32", 4},
    Entry{FileDType::I16, "I16", "int16", "int16", 2},
    Entry{FileDType::I8, "I8", "int8", "int8", 1},
    Entry{FileDType::U64, "U64", "uint64", "uint64", 8},
    Entry{FileDType::U32, "U32", "uint32", "uint32", 4},
    Entry{FileDType::U16, "U16", "uint16", "uint16", 2},
    Entry{FileDType::U8, "U8", "uint8", "uint8", 1},
    Entry{FileDType::BOOL, "BOOL", "bool", "bool", 1},
    Entry{FileDType::C64, "C64", "complex64", "complex64", 8},
    Entry{FileDType::F8_E4M3, "F8_E4M3", "fp8 e4m3", "float8_e4m3fn", 1},
    Entry{FileDType::F8_E5M2, "F8_E5M2", "fp8 e5m2", "float8_e5m2", 1},
    Entry{FileDType::F8_E8M0, "F8_E8M0", "fp8 e8m0", "float8_e8m0fnu", 1},
    Entry{FileDType::F8_E4M3FNUZ, "F8_E4M3FNUZ", "fp8 e4m3fnuz", "float8_e4m3fnuz", 1},
    Entry{FileDType::F8_E5M2FNUZ, "F8_E5M2FNUZ", "fp8 e5m2fnuz", "float8_e5m2fnuz", 1},
    Entry{FileDType::unknown, "unknown", "unknown", "unknown", 0},
};

constexpr bool entries_are_in_order()
{
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (static_cast<std::size_t>(entries[i].dtype) != i) return false;
    return true;
}
static_assert(entries_are_in_order(), "entries is indexed by FileDType");

constexpr const Entry& entry_of(FileDType dtype) noexcept
{
    return entries[static_cast<std::size_t>(dtype)];
}

} // namespace dtype_detail

/// What a file calls the elements that a tensor holds.
constexpr FileDType file_dtype(Dtype dtype) noexcept { return static_cast<FileDType>(dtype); }

/// The dtype that a safetensors header calls `code`; none for a code that is not known.
constexpr std::optional<FileDType> file_dtype(std::string_view code) noexcept
{
    for (const auto& entry : dtype_detail::entries)
        if (entry.code == code) return entry.dtype;
    return std::nullopt;
}

/// The dtype that PyTorch and a config.json call `name`; none for a name that is not known.
constexpr std::optional<FileDType> torch_dtype(std::string_view name) noexcept
{
    for (const auto& entry : dtype_detail::entries)
        if (entry.torch_name == name) return entry.dtype;
    return std::nullopt;
}

/// Its code in a safetensors header, such as "BF16".
constexpr std::string_view name(FileDType dtype) noexcept
{
    return dtype_detail::entry_of(dtype).code;
}

/// Its name for people, such as "bf16".
constexpr std::string_view name(Dtype dtype) noexcept
{
    return dtype_detail::entry_of(file_dtype(dtype)).name;
}

/// Its name in PyTorch and in a config.json, such as "bfloat16".
constexpr std::string_view torch_name(FileDType dtype) noexcept
{
    return dtype_detail::entry_of(dtype).torch_name;
}

/// Bytes of one element; 0 of `FileDType::unknown`.
constexpr std::size_t size_of(FileDType dtype) noexcept
{
    return dtype_detail::entry_of(dtype).size;
}

/// Bytes of one element.
constexpr std::size_t size_of(Dtype dtype) noexcept { return size_of(file_dtype(dtype)); }

/// What is known of an element type.
template <KernelElement T>
struct dtype_traits {
    static constexpr Dtype dtype = ///< its value as an enumeration
        std::same_as<T, float>  ? Dtype::fp32
        : std::same_as<T, bf16> ? Dtype::bf16
                                : Dtype::int8;
    static constexpr std::string_view name = torch_name(file_dtype(dtype)); ///< as PyTorch has it
};

/// What a file calls the elements of a tensor of T.
template <Element T>
inline constexpr FileDType file_dtype_of = std::same_as<T, float>          ? FileDType::F32
                                           : std::same_as<T, bf16>         ? FileDType::BF16
                                           : std::same_as<T, std::int8_t>  ? FileDType::I8
                                           : std::same_as<T, double>       ? FileDType::F64
                                           : std::same_as<T, std::int32_t> ? FileDType::I32
                                                                           : FileDType::U8;

/// What is stored for a `Dtype`.
template <Dtype D>
using ElementOf = std::conditional_t<D == Dtype::fp32, float,
                                     std::conditional_t<D == Dtype::bf16, bf16, std::int8_t>>;

/// Values of K that share the 4 bytes of one column in a packed cell: 1 float, 2 bf16 or 4 int8.
template <KernelElement T>
inline constexpr std::size_t k_group = 4 / sizeof(T);

} // namespace tfm
