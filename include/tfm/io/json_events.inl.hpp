#pragma once

/// \file
/// The JSON parser: the one header that knows RapidJSON.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "foreign_content.hpp"
#include "json_events.hpp"

#include "../hide_macros.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A host may include RapidJSON with switches of its own in one unit and not in another, and
/// RapidJSON's templates then are not the same in both. So each unit has its own, made of types
/// that no other unit can name, and `RAPIDJSON_NAMESPACE` is the host's.
namespace {

// NOLINTBEGIN(readability-identifier-naming): RapidJSON's names.

/// The parser's memory. RapidJSON's own allocator hands out null where there is none, unchecked.
struct JsonParserMemory {
    static constexpr bool kNeedFree = true;

    static void* Malloc(std::size_t size) { return size == 0 ? nullptr : ::operator new(size); }
    static void* Realloc(void* old, std::size_t old_size, std::size_t size)
    {
        void* const memory = Malloc(size);
        if (old != nullptr && memory != nullptr)
            std::memcpy(memory, old, old_size < size ? old_size : size);
        Free(old);
        return memory;
    }
    static void Free(void* memory) { ::operator delete(memory); }
};

/// Whether a number that `double` cannot hold is beyond its range, not below it: by the power of
/// ten of its first digit that is not 0.
inline bool is_beyond_double(std::string_view number)
{
    std::size_t const mark = std::min(number.find_first_of("eE"), number.size());
    std::string_view const digits = number.substr(0, mark);
    std::string_view text = number.substr(std::min(mark + 1, number.size()));
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t exponent = 0;
    // Larger than any count of digits where it does not fit.
    if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec ==
        std::errc::result_out_of_range)
        exponent = text.starts_with('-') ? -(std::int64_t{1} << 62U) : std::int64_t{1} << 62U;
    auto const point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
    auto const first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
    std::int64_t const power = first < point ? point - first - 1 : point - first;
    return exponent > -power;
}

/// The numbers that Python writes as words; none for RapidJSON's others, such as "Inf".
inline std::optional<double> named_number(std::string_view word)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (word == "Infinity") return infinity;
    if (word == "-Infinity") return -infinity;
    return std::nullopt;
}

/// Passes RapidJSON's events on, bounds the depth and converts numbers, which RapidJSON leaves as
/// text: its own conversion overflows on hostile exponents (CVE-2024-38517).
class JsonParserHandler {
public:
    using Ch = char;
    using Size = RAPIDJSON_NAMESPACE::SizeType;

    explicit JsonParserHandler(JsonListener& listener) : listener_(listener) {}

    bool Null() { return listener_.scalar({}); }
    bool Bool(bool value)
    {
        return listener_.scalar({.kind = JsonKind::boolean, .boolean = value, .text = {}});
    }
    bool String(const char* text, Size size, bool)
    {
        return is_utf8({text, size}) &&
               listener_.scalar({.kind = JsonKind::string, .text = {text, size}});
    }
    bool Key(const char* text, Size size, bool)
    {
        return is_utf8({text, size}) && listener_.key({text, size});
    }
    bool StartObject() { return enter() && listener_.begin_object(); }
    bool EndObject(Size) { return leave() && listener_.end_object(); }
    bool StartArray() { return enter() && listener_.begin_list(); }
    bool EndArray(Size) { return leave() && listener_.end_list(); }

    bool RawNumber(const char* text, Size size, bool)
    {
        JsonScalar number{.text = {text, size}};
        const char* const end = text + size;
        if (number.text.find_first_of(".eE") == std::string_view::npos) {
            auto const natural = std::from_chars(text, end, number.natural);
            number.kind = JsonKind::natural;
            if (natural.ec == std::errc() && natural.ptr == end) return listener_.scalar(number);
            auto const integer = std::from_chars(text, end, number.integer);
            number.kind = JsonKind::integer;
            if (integer.ec == std::errc() && integer.ptr == end) return listener_.scalar(number);
        }
        number.kind = JsonKind::fraction;
        char const last = number.text.back();
        if (last < '0' || last > '9') {
            auto const value = named_number(number.text);
            number.fraction = value.value_or(0.0);
            return value && listener_.scalar(number);
        }
        // Out of range are numbers that round to 0, too; RapidJSON has refused most large ones.
        if (std::from_chars(text, end, number.fraction).ec != std::errc()) {
            if (is_beyond_double(number.text)) return false;
            number.fraction = text[0] == '-' ? -0.0 : 0.0;
        }
        return listener_.scalar(number);
    }
    // RapidJSON asks for these and does not call them.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    // NOLINTEND(readability-identifier-naming)

    bool is_too_deep() const noexcept { return depth_ > max_json_depth; }

private:
    /// RapidJSON checks all but this: the escape of half a surrogate pair, such as "\ude00".
    static bool is_utf8(std::string_view text)
    {
        for (auto i = text.find('\xED'); i != text.npos; i = text.find('\xED', i + 1))
            if (static_cast<unsigned char>(text[i + 1]) >= 0xA0) return false;
        return true;
    }

    bool enter() { return ++depth_ <= max_json_depth; }
    bool leave()
    {
        --depth_;
        return true;
    }

    JsonListener& listener_;
    std::size_t depth_ = 0;
};

/// Tells `handler` what is in `text`, as far as it is JSON.
inline RAPIDJSON_NAMESPACE::ParseResult run_json_parser(std::string_view text,
                                                        JsonParserHandler& handler)
{
    using namespace RAPIDJSON_NAMESPACE;
    MemoryStream stream(text.data(), text.size());
    GenericReader<UTF8<>, UTF8<>, JsonParserMemory> reader;
    return reader
        .Parse<kParseValidateEncodingFlag | kParseNumbersAsStringsFlag | kParseNanAndInfFlag>(
            stream, handler);
}

} // namespace

/// "line 3, column 7" of a byte of UTF-8; columns count characters.
inline std::string text_place(std::string_view text, std::size_t position)
{
    std::string_view const before = text.substr(0, position);
    std::string_view const line = before.substr(before.rfind('\n') + 1);
    auto const begins_character = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    };
    return "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) +
           ", column " +
           std::to_string(1 + std::count_if(line.begin(), line.end(), begins_character));
}

TFM_INLINE std::string parse_json_events(std::string_view text, JsonListener& listener,
                                         std::string_view place)
{
    if (text.size() > max_json_size)
        return "expected JSON of at most " + std::to_string(max_json_size) + " bytes, found " +
               std::to_string(text.size());
    std::string_view const byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const auto found = [&](std::string_view what, std::size_t position) {
        return "expected JSON in UTF-8, found " + std::string(what) + " at " +
               text_place(text, position) + std::string(place);
    };
    // The parser would take a zero byte for the end of the text and not look further.
    std::size_t const zero = text.find('\0');
    if (zero != std::string_view::npos) return found("a zero byte", zero);

    JsonParserHandler handler(listener);
    auto const result = run_json_parser(text, handler);
    if (!result.IsError()) return "";
    if (!listener.problem().empty()) return listener.problem();
    if (handler.is_too_deep())
        return "nested more than " + std::to_string(max_json_depth) + " levels deep";
    if (std::string_view const foreign = foreign_content(text); !foreign.empty())
        return "expected JSON, found " + std::string(foreign);
    bool const is_cut = result.Code() != RAPIDJSON_NAMESPACE::kParseErrorTermination &&
                        result.Offset() >= text.size();
    return found(is_cut ? "the end of the text" : "other text", result.Offset());
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
