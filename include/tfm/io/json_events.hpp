#pragma once

/// \file
/// JSON of untrusted origin, event by event.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../config.hpp"

namespace tfm {

/// What a JSON value is. A whole number is `natural`, with a minus `integer`; `fraction` is a
/// number with a point or an exponent, one too large for 64 bits, or one that is not finite.
enum class JsonKind : std::uint8_t {
    null,     ///< `null`
    boolean,  ///< `true` or `false`
    natural,  ///< up to 2^64 - 1
    integer,  ///< down to -2^63
    fraction, ///< a `double`
    string,   ///< in UTF-8
    list,     ///< `[...]`
    object    ///< `{...}`
};

/// What a message calls a value of this kind.
constexpr std::string_view name(JsonKind kind) noexcept
{
    constexpr std::string_view names[]{"null",       "a boolean", "a number", "a negative number",
                                       "a fraction", "a string",  "a list",   "an object"};
    return names[static_cast<std::size_t>(kind)];
}

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A value that holds no other: the member that `kind` names is set.
struct JsonScalar {
    JsonKind kind = JsonKind::null;
    bool boolean = false;
    std::uint64_t natural = 0;
    std::int64_t integer = 0;
    double fraction = 0.0;
    std::string_view text; ///< a string in UTF-8, or a number as written; valid during the event
};

/// What hears of a text's events. Each returns whether to go on.
class JsonListener {
public:
    virtual bool scalar(const JsonScalar& value) = 0; ///< any value but a list or an object
    virtual bool key(std::string_view key) = 0;       ///< before each value of an object
    virtual bool begin_object() = 0;                  ///< `{`
    virtual bool end_object() = 0;                    ///< `}`
    virtual bool begin_list() = 0;                    ///< `[`
    virtual bool end_list() = 0;                      ///< `]`

    /// Why the listener stopped; empty when it did not.
    const std::string& problem() const noexcept { return problem_; }

protected:
    JsonListener() = default;
    JsonListener(const JsonListener&) = default;
    JsonListener& operator=(const JsonListener&) = default;
    ~JsonListener() = default;

    /// For an event to return when what it hears of is wrong.
    bool stop(std::string problem)
    {
        problem_ = std::move(problem);
        return false;
    }

private:
    std::string problem_;
};

/// Objects and lists inside each other: bounds the recursion of the parser.
inline constexpr std::size_t max_json_depth = 64;

/// Bytes a text may have: the parser counts a number's digits in an `int`.
inline constexpr std::size_t max_json_size = 200'000'000;

/// Sends the events of `text` to `listener`. It must be one JSON value in UTF-8 as RFC 8259 has it,
/// without numbers beyond the range of `double`; one below that range is 0. What Python writes and
/// reads besides is read, too: NaN, Infinity, -Infinity, and a byte order mark before the value.
/// \return what was wrong, or an empty string. `place` follows line and column, both from 1 up.
std::string parse_json_events(std::string_view text, JsonListener& listener,
                              std::string_view place = "");

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "json_events.inl.hpp"
#endif
