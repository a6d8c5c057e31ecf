/// \file
/// Conversations as text, against what jinja2 makes of the published templates
/// (tools/make_chat_references.py), and the recognition of a folder's template.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/text/chat_template.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using namespace tfm;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

nlohmann::json read_json(const std::filesystem::path& file)
{
    return nlohmann::json::parse(tfm_test::file_text(file));
}

nlohmann::json data(const char* name)
{
    return read_json(std::filesystem::path(TFM_TEST_DATA) / "chat" / name);
}

const ChatFormat& format_named(std::string_view name)
{
    auto const found = std::find_if(chat_formats.begin(), chat_formats.end(),
                                    [&](const ChatFormat& format) { return format.name == name; });
    EXPECT_NE(found, chat_formats.end()) << name;
    return *found;
}

std::vector<ChatMessage> messages_of(const nlohmann::json& conversation)
{
    std::vector<ChatMessage> messages;
    for (auto const& message : conversation)
        messages.push_back({message["role"], message["content"]});
    return messages;
}

const ChatTokens tokens{"<s>", "</s>"};

/// What transformers' templates accept, and tfm refuses: roles that a template leaves out.
bool is_left_out(std::string_view format, const nlohmann::json& conversation)
{
    bool const folds = format == "Llama-2" || format == "Mistral v0.3";
    return folds && conversation.size() == 1 && conversation[0]["role"] == "system";
}

TEST(ChatFormat, WritesWhatTheTemplatesWrite)
{
    auto const references = data("references.json");
    EXPECT_EQ(references["texts"].size(), chat_formats.size()) << "each format has a witness";
    for (auto const& [name, texts] : references["texts"].items()) {
        const ChatFormat& format = format_named(name);
        std::size_t i = 0;
        for (auto const& conversation : references["conversations"]) {
            auto const messages = messages_of(conversation);
            for (bool const generation : {false, true}) {
                auto const& text = texts[i++];
                auto const write = [&] {
                    return apply_chat_format(format, messages, tokens, generation);
                };
                if (text.is_null() || is_left_out(name, conversation))
                    EXPECT_THROW(write(), Error) << name << conversation;
                else
                    EXPECT_EQ(write().text, text.get<std::string>()) << name << conversation;
            }
        }
        EXPECT_EQ(i, texts.size());
    }
}

TEST(ChatFormat, KnowsWhichBytesPeopleWrote)
{
    for (const ChatFormat& format : chat_formats) {
        std::vector<ChatMessage> const messages{
            {"user", " one\n"}, {"assistant", "two"}, {"user", "{bos}three{role}"}};
        ChatText const chat = apply_chat_format(format, messages, tokens);
        ASSERT_EQ(chat.contents.size(), 3U) << format.name;
        for (std::size_t i = 0; i < 3; ++i) {
            auto const [begin, end] = chat.contents[i];
            auto const found = chat.text.substr(begin, end - begin);
            EXPECT_NE(messages[i].content.find(found), std::string::npos) << format.name;
            EXPECT_GE(found.size(), 3U) << format.name;
        }
    }
    std::vector<ChatMessage> const folded{{"system", "A"}, {"user", "B "}};
    ChatText const chat = apply_chat_format(format_named("Llama-2"), folded, tokens);
    EXPECT_EQ(chat.text, "<s>[INST] <<SYS>>\nA\n<</SYS>>\n\nB [/INST]");
    ASSERT_EQ(chat.contents.size(), 2U);
    EXPECT_EQ(chat.text.substr(chat.contents[0].begin, 1), "A");
    EXPECT_EQ(chat.text.substr(chat.contents[1].begin, 1), "B");
    EXPECT_EQ(chat.contents[1].end - chat.contents[1].begin, 1U);
}

TEST(ChatFormat, RefusesRolesByMessage)
{
    auto const error = [](std::string_view format, const std::vector<ChatMessage>& messages) {
        return error_of([&] { apply_chat_format(format_named(format), messages, tokens); });
    };
    EXPECT_EQ(error("ChatML", {}),
              "chat format ChatML: message 0: expected at least one message, found none");
    EXPECT_EQ(error("ChatML", {{"user", ""}, {"tool\n", ""}}),
              "chat format ChatML: message 1: expected the role 'system', 'user' or 'assistant', "
              "found 'tool\\x0a'");
    EXPECT_EQ(error("Mistral v0.1", {{"system", ""}, {"user", ""}}),
              "chat format Mistral v0.1: message 0: expected the role 'user' or 'assistant', found "
              "'system'");
    EXPECT_EQ(error("Llama-2", {{"user", ""}, {"user", ""}}),
              "chat format Llama-2: message 1: expected the role 'assistant', since user and "
              "assistant take turns, found 'user'");
    EXPECT_EQ(error("Llama-2", {{"system", ""}}),
              "chat format Llama-2: message 1: expected the user's message after the system's, "
              "found none");
}

TEST(ChatTemplate, IsRecognisedByItsWholeText)
{
    for (auto const& entry : data("templates.json")) {
        auto const text = entry["template"].get<std::string>();
        auto const found = find_chat_format(text);
        ASSERT_TRUE(found) << text;
        EXPECT_EQ(found->name, entry["format"].get<std::string>());
        EXPECT_TRUE(find_chat_format(text + "\n")) << "Jinja drops one line ending";
        for (std::size_t i = 0; i < text.size(); i += 7) {
            std::string changed = text;
            changed[i] = changed[i] == 'x' ? 'y' : 'x';
            EXPECT_FALSE(find_chat_format(changed)) << changed;
        }
        EXPECT_FALSE(find_chat_format(text + "\n\n"));
        EXPECT_FALSE(find_chat_format(text.substr(1)));
    }
    EXPECT_FALSE(find_chat_format(""));
}

TEST(ChatTemplate, OfPublishedFoldersIsRecognised)
{
    std::filesystem::path const folders = std::filesystem::path(TFM_SHARED_DIR) / "data/tokenizers";
    if (!std::filesystem::exists(folders)) GTEST_SKIP() << "the shared tokenizers are missing";
    auto const name_in = [&](const char* folder) {
        auto const format = read_chat_format(folders / folder);
        return format ? format->name : "none";
    };
    EXPECT_EQ(name_in("llama2"), "Zephyr") << "TinyLlama's";
    EXPECT_EQ(name_in("llama3"), "Llama-3");
    EXPECT_EQ(name_in("mistral"), "Mistral v0.3");
    EXPECT_EQ(name_in("qwen2"), "Qwen2.5");
    EXPECT_EQ(name_in("smollm"), "none");
    EXPECT_EQ(name_in("neox"), "none");
}

/// A folder's tokenizer_config.json and chat_template.jinja; an empty text is no file.
std::string format_in(const std::string& config, const std::string& jinja = "")
{
    ScratchFolder const folder;
    if (!config.empty()) folder.write("tokenizer_config.json", config);
    if (!jinja.empty()) folder.write("chat_template.jinja", jinja);
    auto const format = read_chat_format(folder.path());
    return format ? std::string(format->name) : "none";
}

TEST(ChatTemplate, IsReadFromEitherFile)
{
    auto const templates = data("templates.json");
    std::string const chat_ml = templates[0]["template"];
    std::string const other = templates[3]["template"];
    auto const config = [](const nlohmann::json& value) {
        return nlohmann::json{{"chat_template", value}}.dump();
    };
    auto const named = [](const std::string& name, const std::string& text) {
        return nlohmann::json{{"name", name}, {"template", text}};
    };
    EXPECT_EQ(format_in(""), "none");
    EXPECT_EQ(format_in("{}"), "none");
    EXPECT_EQ(format_in(config(nullptr)), "none");
    EXPECT_EQ(format_in(config(chat_ml)), "ChatML");
    EXPECT_EQ(
        format_in(config(nlohmann::json::array({named("tool_use", "?"), named("default", other)}))),
        "SmolLM2");
    EXPECT_EQ(format_in(config(chat_ml), other), "SmolLM2") << "the file comes first";
    std::string lines = chat_ml;
    for (std::size_t i = 0; (i = lines.find("\\n", i)) != std::string::npos;)
        lines.replace(i, 2, "\r\n");
    EXPECT_EQ(format_in("", lines + "\r\n"), "ChatML");
}

TEST(ChatTemplate, RefusesOthersByFileAndField)
{
    EXPECT_NE(
        error_of([] { format_in(R"({"chat_template": "{{ messages }}"})"); })
            .find("tokenizer_config.json: field 'chat_template': expected a template that tfm "
                  "knows"),
        std::string::npos);
    EXPECT_NE(
        error_of([] { format_in("", "{{ messages }}"); }).find("chat_template.jinja: expected"),
        std::string::npos);
    for (const char* const value : {"3", "[]", R"([{"name": "rag", "template": "x"}])", "{}",
                                    R"([{"name": "default", "template": 3}])"})
        EXPECT_NE(error_of([&] {
                      format_in(R"({"chat_template": )" + std::string(value) + "}");
                  }).find("field 'chat_template': expected a template as a string"),
                  std::string::npos)
            << value;
}

} // namespace
