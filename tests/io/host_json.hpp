#pragma once

/// \file
/// Two units of one program that see RapidJSON with other switches, each with the bodies of tfm's
/// readers, and what they make of a text.

// The bodies, also where other tests link them.
#undef TFM_COMPILED

#include <string>
#include <string_view>

#include <tfm/io/json.hpp>

namespace tfm_test {

std::string as_host_reads(std::string_view text);

inline std::string as_text(const tfm::Json& value)
{
    auto const string = value.string();
    return string ? std::string(*string) : tfm::describe(value);
}

/// What is in a list of values, one after the other, or the error.
inline std::string joined_values(std::string_view text)
{
    try {
        auto const document = tfm::parse_json(text, "host.json");
        std::string joined;
        for (auto const& [key, value] : document.root().items())
            joined += std::string(key) + as_text(value) + ";";
        return joined;
    } catch (const tfm::Error& error) {
        return error.what();
    }
}

} // namespace tfm_test
