#pragma once

/// \file
/// How models for conversations want them written: a table of formats, and a conversation as text.

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "special_token_text.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// What somebody says in a conversation.
struct ChatMessage {
    std::string role;    ///< "system", "user" or "assistant"
    std::string content; ///< any text
};

/// The texts of a tokenizer's own tokens, which some formats write.
struct ChatTokens {
    std::string begin; ///< `bos_token`
    std::string end;   ///< `eos_token`
};

/// A conversation as text. Special tokens are meant where the format writes them, and nowhere in
/// what people wrote.
struct ChatText {
    std::string text;                ///< all of it
    std::vector<TextRange> contents; ///< what came from messages, in order
};

/// How a family writes conversations. In its texts {role}, {content}, {system}, {bos} and {eos}
/// stand for what they say, and {trimmed} for the content without white space at its ends.
struct ChatFormat {
    std::string_view name;            ///< such as "ChatML"
    std::string_view begin = {};      ///< before all messages
    std::string_view system = {};     ///< a message of the system; empty: it has no turn of its own
    std::string_view user = {};       ///< a message of the user
    std::string_view assistant = {};  ///< a message of the assistant
    std::string_view generation = {}; ///< where the assistant's next message begins
    std::string_view default_system = {}; ///< where the first message is none of the system's
    std::string_view user_and_system =
        {};                        ///< the content of the user's message that has the system's
    bool system_goes_last = false; ///< that message is the last one rather than the first
    bool alternates = false;       ///< user and assistant take turns, the user first
};

namespace chat_detail {

/// A format that writes the messages of all roles alike.
constexpr ChatFormat alike(std::string_view name, std::string_view turn,
                           std::string_view generation, std::string_view default_system = {})
{
    ChatFormat format{.name = name};
    format.system = format.user = format.assistant = turn;
    format.generation = generation;
    format.default_system = default_system;
    return format;
}

constexpr ChatFormat chat_ml(std::string_view name, std::string_view default_system = {})
{
    return alike(name, "<|im_start|>{role}\n{content}<|im_end|>\n", "<|im_start|>assistant\n",
                 default_system);
}

/// Llama-3, whose messages are all alike behind one token.
constexpr ChatFormat llama_3()
{
    ChatFormat format =
        alike("Llama-3", "<|start_header_id|>{role}<|end_header_id|>\n\n{trimmed}<|eot_id|>",
              "<|start_header_id|>assistant<|end_header_id|>\n\n");
    format.begin = "{bos}";
    return format;
}

} // namespace chat_detail

/// The formats there are.
inline constexpr std::array<ChatFormat, 10> chat_formats{{
    chat_detail::chat_ml("ChatML"),
    chat_detail::chat_ml("SmolLM2",
                         "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
    chat_detail::chat_ml("Qwen2", "You are a helpful assistant."),
    chat_detail::chat_ml("Qwen2.5",
                         "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    chat_detail::alike("Zephyr", "<|{role}|>\n{content}{eos}\n", "<|assistant|>\n"),
    chat_detail::llama_3(),
    {.name = "Llama-2",
     .user = "{bos}[INST] {trimmed} [/INST]",
     .assistant = " {trimmed} {eos}",
     .user_and_system = "<<SYS>>\n{system}\n<</SYS>>\n\n{content}",
     .alternates = true},
    {.name = "Mistral v0.1",
     .begin = "{bos}",
     .user = "[INST] {content} [/INST]",
     .assistant = "{content}{eos} ",
     .alternates = true},
    {.name = "Mistral v0.2",
     .begin = "{bos}",
     .user = "[INST] {content} [/INST]",
     .assistant = "{content}{eos}",
     .alternates = true},
    {.name = "Mistral v0.3",
     .begin = "{bos}",
     .user = "[INST] {content}[/INST]",
     .assistant = " {trimmed}{eos}",
     .user_and_system = "{system}\n\n{content}",
     .system_goes_last = true,
     .alternates = true},
}};

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The white space of Python's str.strip, which templates trim by, in UTF-8.
inline constexpr std::string_view python_white_space[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1C",         "\x1D",         "\x1E",         "\x1F",         " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

/// Bytes of white space at the beginning, or at the end, of a text.
inline std::size_t white_space(std::string_view text, bool at_end)
{
    std::string_view rest = text;
    for (bool found = true; found;) {
        found = false;
        for (std::string_view const space : python_white_space) {
            if (!(at_end ? rest.ends_with(space) : rest.starts_with(space))) continue;
            at_end ? rest.remove_suffix(space.size()) : rest.remove_prefix(space.size());
            found = true;
        }
    }
    return text.size() - rest.size();
}

/// A text without the white space at its ends.
inline ChatText trimmed(const ChatText& text)
{
    std::size_t const begin = white_space(text.text, false);
    std::size_t const end = text.text.size() - white_space(text.text, true);
    if (begin >= end) return {};
    ChatText result{text.text.substr(begin, end - begin), {}};
    for (auto const [from, to] : text.contents) {
        std::size_t const first = std::max(from, begin);
        std::size_t const last = std::min(to, end);
        if (first < last) result.contents.push_back({first - begin, last - begin});
    }
    return result;
}

/// A name of a format's text and what it stands for.
using ChatValue = std::pair<std::string_view, ChatText>;

/// Appends a format's text, with values for the names in braces.
inline void append(ChatText& chat, std::string_view pattern,
                   std::initializer_list<ChatValue> values)
{
    while (!pattern.empty()) {
        auto const found = std::find_if(values.begin(), values.end(), [&](const ChatValue& value) {
            return pattern.starts_with(value.first);
        });
        if (found == values.end()) {
            chat.text += pattern.front();
            pattern.remove_prefix(1);
            continue;
        }
        for (auto const [begin, end] : found->second.contents)
            chat.contents.push_back({chat.text.size() + begin, chat.text.size() + end});
        chat.text += found->second.text;
        pattern.remove_prefix(found->first.size());
    }
}

/// Text that somebody wrote.
inline ChatText content_of(const std::string& text) { return {text, {{0, text.size()}}}; }

/// Writes one conversation.
class ChatWriter {
public:
    ChatWriter(const ChatFormat& format, const ChatTokens& tokens)
        : format_(format), bos_{tokens.begin, {}}, eos_{tokens.end, {}}
    {
    }

    ChatText write(std::span<const ChatMessage> messages, bool add_generation_prompt)
    {
        check_roles(messages);
        bool const has_system = messages.front().role == "system";
        std::string_view const usual = format_.default_system;
        append(chat_, format_.begin, {{"{bos}", bos_}});
        if (!has_system && !usual.empty()) write_turn("system", {std::string(usual), {}});
        const ChatMessage* system = nullptr;
        if (has_system && format_.system.empty()) {
            system = &messages.front();
            messages = messages.subspan(1);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            ChatText content = content_of(messages[i].content);
            bool const takes_system = i == (format_.system_goes_last ? messages.size() - 1 : 0);
            if (system != nullptr && takes_system && messages[i].role == "user")
                content = with_system(*system, content);
            write_turn(messages[i].role, content);
        }
        if (add_generation_prompt) append(chat_, format_.generation, {});
        return std::move(chat_);
    }

private:
    [[noreturn]] void refuse(std::size_t i, std::string_view expected, std::string_view found) const
    {
        fail("chat format " + std::string(format_.name) + ": message " + std::to_string(i) +
             ": expected " + std::string(expected) + ", found " + std::string(found));
    }

    void check_roles(std::span<const ChatMessage> messages) const
    {
        if (messages.empty()) refuse(0, "at least one message", "none");
        bool const folds = format_.system.empty() && !format_.user_and_system.empty();
        std::size_t const first = folds && messages.front().role == "system" ? 1 : 0;
        if (first == messages.size()) refuse(1, "the user's message after the system's", "none");
        for (std::size_t i = first; i < messages.size(); ++i) {
            std::string_view const role = messages[i].role;
            bool const is_known = role == "user" || role == "assistant" ||
                                  (role == "system" && !format_.system.empty());
            if (!is_known)
                refuse(i,
                       folds ? "the role 'user' or 'assistant', or 'system' at the beginning"
                       : format_.system.empty() ? "the role 'user' or 'assistant'"
                                                : "the role 'system', 'user' or 'assistant'",
                       in_quotes(role));
            std::string_view const turn = (i - first) % 2 == 0 ? "user" : "assistant";
            if (format_.alternates && role != turn)
                refuse(i, "the role " + in_quotes(turn) + ", since user and assistant take turns",
                       in_quotes(role));
        }
    }

    ChatText with_system(const ChatMessage& system, const ChatText& content) const
    {
        ChatText both;
        append(both, format_.user_and_system,
               {{"{system}", content_of(system.content)}, {"{content}", content}});
        return both;
    }

    void write_turn(std::string_view role, const ChatText& content)
    {
        std::string_view const turn = role == "system" ? format_.system
                                      : role == "user" ? format_.user
                                                       : format_.assistant;
        append(chat_, turn,
               {{"{role}", {std::string(role), {}}},
                {"{content}", content},
                {"{trimmed}", trimmed(content)},
                {"{bos}", bos_},
                {"{eos}", eos_}});
    }

    const ChatFormat& format_;
    ChatText bos_;
    ChatText eos_;
    ChatText chat_;
};

} // namespace detail

/// A conversation as a format writes it: the text that transformers' `apply_chat_template` gives.
/// \param add_generation_prompt whether the assistant's next message is begun
/// \throws tfm::Error naming the message for no messages, and for roles that the format lacks or
/// that do not take turns where it wants them to
inline ChatText apply_chat_format(const ChatFormat& format, std::span<const ChatMessage> messages,
                                  const ChatTokens& tokens, bool add_generation_prompt = true)
{
    return detail::ChatWriter(format, tokens).write(messages, add_generation_prompt);
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
