#pragma once

/// \file
/// The JSON parser: the one header that knows RapidJSON.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

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
        // Out of range are numbers that round to 0, too; RapidJSON has refused most large ones.
        if (std::from_chars(text, end, number.fraction).ec != std::errc()) {
            bool const is_small = number.text.find("e-") != std::string_view::npos ||
                                  number.text.find("E-") != std::string_view::npos ||
                                  number.text.find_first_of("eE") == std::string_view::npos;
            if (!is_small) return false;
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
    return reader.Parse<kParseValidateEncodingFlag | kParseNumbersAsStringsFlag>(stream, handler);
}

} // namespace

TFM_INLINE std::string parse_json_events(std::string_view text, JsonListener& listener,
                                         std::string_view place)
{
    if (text.size() > max_json_size)
        return "expected JSON of at most " + std::to_string(max_json_size) + " bytes, found " +
               std::to_string(text.size());
    const auto found = [&](const char* what, std::size_t position) {
        return "expected JSON in UTF-8, found " + std::string(what) + " at byte " +
               std::to_string(position + 1) + std::string(place);
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
    return found("other text", result.Offset());
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
