/// \file
/// Texts with a GPT-2 of any size: samples, streams and likely words; a session that is continued,
/// batched with another, forked, saved and loaded.
///
///     text [FOLDER]

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tfm/nn/session_file.hpp>
#include <tfm/tensor/top_k.hpp>
#include <tfm/tfm.hpp>

namespace {

using Model = tfm::Decoder<tfm::gpt2::any>;
using Tokens = std::vector<tfm::Token>;

/// A text that grows, and a session that has read most of it.
class Text {
public:
    Text(const Model& model, const tfm::Tokenizer& tokenizer)
        : Text(model, tokenizer, Model::Session(model))
    {
    }

    /// The same text so far, to go on in another way.
    Text fork() const
    {
        Text copy(model_, tokenizer_, session_.fork());
        copy.tokens_ = tokens_;
        return copy;
    }

    /// Appends a prompt and what the model makes of it until a blank line; prints that as it comes.
    std::string ask(std::string_view prompt, tfm::GenerateOptions options)
    {
        for (tfm::Token const token : tokenizer_.encode(prompt)) tokens_.push_back(token);
        options.stop_strings = {"\n\n"};
        std::string answer;
        auto const on_text = [&](std::string_view more) {
            std::cout << more << std::flush;
            answer += more;
            return true;
        };
        tfm::continue_text(model_, workspace_, session_, tokenizer_, tokens_, options, on_text);
        return answer;
    }

    void save(const std::filesystem::path& path) const { tfm::save_session(session_, path); }
    void load(const std::filesystem::path& path, const Tokens& tokens)
    {
        tfm::load_session(path, session_);
        tokens_ = tokens;
    }
    const Tokens& tokens() const { return tokens_; }

private:
    Text(const Model& model, const tfm::Tokenizer& tokenizer, Model::Session session)
        : model_(model), tokenizer_(tokenizer), session_(std::move(session))
    {
    }

    const Model& model_;
    const tfm::Tokenizer& tokenizer_;
    Model::Session session_;
    Model::Workspace workspace_{model_};
    Tokens tokens_;
};

void three_samples(const Model& model, const tfm::Tokenizer& tokenizer)
{
    for (std::uint64_t const seed : {1U, 2U, 3U}) {
        std::cout << "sample " << seed << ": Once upon a time";
        Text(model, tokenizer)
            .ask("Once upon a time",
                 {.max_new_tokens = 16, .temperature = 0.9F, .top_p = 0.95F, .seed = seed});
        std::cout << '\n';
    }
}

/// Two texts in one pass, and the five likeliest tokens after each with their probabilities.
void likely_words(const Model& model, const tfm::Tokenizer& tokenizer)
{
    std::array const texts{"The little dog was very", "She opened the"};
    std::array const tokens{tokenizer.encode(texts[0]), tokenizer.encode(texts[1])};
    std::array sessions{Model::Session(model, 64), Model::Session(model, 64)};
    std::array const rows{Model::Rows{&sessions[0], tokens[0]},
                          Model::Rows{&sessions[1], tokens[1]}};
    Model::Workspace workspace(model);
    tfm::Tensor<float, tfm::RowMajor<>> logits({2, model.sizes().vocab});
    tfm::forward(model, workspace, std::span(rows), logits.view());

    tfm::softmax(logits, logits);
    tfm::Tensor<float, tfm::RowMajor<2, 5>> probabilities;
    tfm::Tensor<std::int32_t, tfm::RowMajor<2, 5>> likeliest;
    tfm::top_k_rows(logits, probabilities, likeliest);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::cout << texts[i] << " ...\n";
        for (std::size_t k = 0; k < 5; ++k)
            std::cout << "  " << probabilities(i, k) << tokenizer.token_bytes(likeliest(i, k))
                      << '\n';
    }
}

/// A conversation in one session; the same again from a file, and a fork that ends otherwise.
void conversation(const Model& model, const tfm::Tokenizer& tokenizer)
{
    tfm::GenerateOptions const greedy{.max_new_tokens = 12, .temperature = 0.0F};
    Text text(model, tokenizer);
    for (std::string_view const turn : {"Tom had a red ball.", " Then his mom said:"}) {
        std::cout << turn;
        text.ask(turn, greedy);
        std::cout << '\n';
    }
    auto const file = std::filesystem::temp_directory_path() / "tfm_text_session";
    text.save(file);
    Tokens const tokens = text.tokens();
    Text fork = text.fork();

    std::cout << "one way:";
    std::string const one_way = text.ask(" In the end", greedy);
    std::cout << "\nanother:";
    fork.ask(" But the ball", greedy);
    Text restored(model, tokenizer);
    restored.load(file, tokens);
    std::filesystem::remove(file);
    std::cout << "\nfrom the file:";
    bool const is_same = restored.ask(" In the end", greedy) == one_way;
    std::cout << (is_same ? "\nthe same" : "\nanother text") << '\n';
}

} // namespace

int main(int count, char** arguments)
try {
    std::filesystem::path const folder = count > 1 ? arguments[1] : TFM_DEFAULT_MODEL;
    Model const model = Model::load(folder);
    auto const tokenizer = tfm::Tokenizer::load(folder);
    three_samples(model, tokenizer);
    likely_words(model, tokenizer);
    conversation(model, tokenizer);
} catch (const tfm::Error& error) {
    std::cerr << "text: error: " << error.what() << '\n';
    return 2;
}
