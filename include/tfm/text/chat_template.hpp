#pragma once

/// \file
/// Which format a folder's chat template writes. Templates are programs in Jinja; tfm runs none,
/// but knows those that models of its families come with.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/json.hpp"
#include "../io/text_file.hpp"
#include "chat_format.hpp"
#include "tokenizer.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A published template, by the hash of its text, and the name of the format that it writes.
struct KnownTemplate {
    std::uint64_t hash;
    std::size_t size;
    std::string_view format;
};

/// Made by tools/make_chat_references.py. A template whose text differs in anything is not among
/// them: it may write something else.
inline constexpr std::array known_templates{
    KnownTemplate{0x17FDE6ECDA9C7C01U, 294, "ChatML"},
    KnownTemplate{0x1A0F10E13FD59B39U, 194, "ChatML"},
    KnownTemplate{0x25244C242A447D2DU, 191, "ChatML"},
    KnownTemplate{0x773D13E188AFC917U, 291, "ChatML"},
    KnownTemplate{0x88BF4138D5C826F0U, 196, "ChatML"},
    KnownTemplate{0xA41D6BAE9B9141BCU, 199, "ChatML"},
    KnownTemplate{0x0287F57FF3522B77U, 809, "Llama-2"},
    KnownTemplate{0x4D1512049817743DU, 811, "Llama-2"},
    KnownTemplate{0x54F74C2DB3C2B5B9U, 813, "Llama-2"},
    KnownTemplate{0xF344EECF1BD3A427U, 815, "Llama-2"},
    KnownTemplate{0x0E60067A5537498EU, 389, "Llama-3"},
    KnownTemplate{0xC730ACC029CE6EE0U, 477, "Mistral v0.1"},
    KnownTemplate{0x44349DC7FE75377BU, 471, "Mistral v0.2"},
    KnownTemplate{0x8C734B90B4F8D84DU, 470, "Mistral v0.2"},
    KnownTemplate{0x09EB1999B1FCF65FU, 3956, "Mistral v0.3"},
    KnownTemplate{0x2487E6E79D6345CFU, 3958, "Mistral v0.3"},
    KnownTemplate{0x75E88977B2787CD7U, 333, "Qwen2"},
    KnownTemplate{0x8A87094E0E1E24C5U, 328, "Qwen2"},
    KnownTemplate{0x11D394755CEF9355U, 2474, "Qwen2.5"},
    KnownTemplate{0xE642CE246D7F2E3DU, 2506, "Qwen2.5"},
    KnownTemplate{0x09B5156A5CF6ABFCU, 373, "SmolLM2"},
    KnownTemplate{0x45EC583D4D25BC3AU, 368, "SmolLM2"},
    KnownTemplate{0xCD8B49000DB02C2CU, 410, "Zephyr"},
};

/// FNV-1a in 64 bits.
constexpr std::uint64_t text_hash(std::string_view text) noexcept
{
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash;
}

/// A template as Jinja reads it: lines end in \n, and one at the end is dropped.
inline std::string normalised_template(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (is_pair) continue;
        result += text[i] == '\r' ? '\n' : text[i];
    }
    if (result.ends_with('\n')) result.pop_back();
    return result;
}

/// The template in the value of `chat_template`: a string, or the one called "default" in a list
/// of {"name": ..., "template": ...}.
inline std::string default_template(const Json& value, const std::string& where)
{
    if (auto const text = value.string()) return std::string(*text);
    for (const JsonItem item : value.items()) {
        auto const name = item.value.find("name");
        auto const text = item.value.find("template");
        if (!name || name->string() != "default") continue;
        if (text && text->string()) return std::string(*text->string());
    }
    fail(where +
         ": expected a template as a string, or a list with one that is called 'default'; "
         "found " +
         describe(value));
}

/// A folder's chat template, and where it stands.
struct ChatTemplate {
    std::string where;
    std::string text;
};

} // namespace detail

/// The format that a chat template writes; none where the template is not one of those that tfm
/// knows.
inline std::optional<ChatFormat> find_chat_format(std::string_view template_text)
{
    std::string const text = detail::normalised_template(template_text);
    std::uint64_t const hash = detail::text_hash(text);
    for (const detail::KnownTemplate& known : detail::known_templates) {
        if (known.hash != hash || known.size != text.size()) continue;
        for (const ChatFormat& format : chat_formats)
            if (format.name == known.format) return format;
    }
    return std::nullopt;
}

namespace detail {

/// FOLDER/chat_template.jinja, or else `chat_template` of tokenizer_config.json, in transformers'
/// order; none where the folder has neither.
inline std::optional<ChatTemplate> read_chat_template(const std::filesystem::path& folder)
{
    if (auto file = read_text_file_if_present(folder / "chat_template.jinja"))
        return ChatTemplate{std::move(file->name), std::move(file->text)};
    auto const file = read_text_file_if_present(folder / "tokenizer_config.json");
    if (!file) return std::nullopt;
    JsonDocument const document = tfm::parse_json_object(file->text, file->name);
    auto const value = document.root().find("chat_template");
    if (!value) return std::nullopt;
    std::string where = file->name + ": field 'chat_template'";
    std::string text = default_template(*value, where);
    return ChatTemplate{std::move(where), std::move(text)};
}

} // namespace detail

/// The format of a folder's chat template; none where it has none.
/// \throws tfm::Error naming the file where the template is none of those that tfm knows
inline std::optional<ChatFormat> read_chat_format(const std::filesystem::path& folder)
{
    auto const found = detail::read_chat_template(folder);
    if (!found) return std::nullopt;
    auto format = find_chat_format(found->text);
    if (format) return format;
    std::string names;
    for (const ChatFormat& known : chat_formats)
        names.append(names.empty() ? "" : ", ").append(known.name);
    fail(found->where + ": expected a template that tfm knows, which are those published with " +
         names + "; found another of " + std::to_string(found->text.size()) +
         " bytes, and tfm runs no templates: write the conversation as text or ids");
}

/// The tokens of a conversation, as transformers' `apply_chat_template` gives them; but special
/// tokens are recognised only where the format writes them, so that nobody's message can end a
/// turn.
inline std::vector<std::int32_t> encode_chat(const Tokenizer& tokenizer, const ChatText& chat)
{
    return tokenizer.encode(chat.text, {.special_text = SpecialTokenText::recognise,
                                        .add_special_tokens = false,
                                        .as_text = chat.contents});
}

/// The tokens that formats write, as a tokenizer's files spell them; empty where it has none.
inline ChatTokens chat_tokens_of(const Tokenizer& tokenizer)
{
    auto const text = [&](std::optional<std::int32_t> id) {
        return std::string(id ? tokenizer.token(*id) : std::string_view());
    };
    return {text(tokenizer.begin_of_text()), text(tokenizer.end_of_text())};
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
