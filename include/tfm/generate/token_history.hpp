#pragma once

/// \file
/// The tokens of a text so far, as the steps of sampling look at them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../nn/tokens.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// A text so far: what it began with, which tokens it has, and how often each was generated.
class TokenHistory {
public:
    /// Of a model with so many tokens.
    explicit TokenHistory(std::size_t vocab) : generated_counts_(vocab), is_seen_(vocab) {}

    /// Begins with a prompt, in memory for so many tokens more.
    void begin(std::span<const Token> prompt, std::size_t more)
    {
        for (Token const token : distinct_) {
            generated_counts_[index(token)] = 0;
            is_seen_[index(token)] = 0;
        }
        distinct_.clear();
        tokens_.clear();
        tokens_.reserve(prompt.size() + more);
        distinct_.reserve(prompt.size() + more);
        for (Token const token : prompt) append(token);
        prompt_tokens_ = prompt.size();
    }

    /// Adds a token that was generated.
    void add(Token token)
    {
        append(token);
        if (is_known(token)) ++generated_counts_[index(token)];
    }

    /// All of it, the prompt first.
    std::span<const Token> tokens() const noexcept { return tokens_; }
    /// Tokens behind the prompt.
    std::size_t generated() const noexcept { return tokens_.size() - prompt_tokens_; }
    /// Each token of the vocabulary that it has, once.
    std::span<const Token> distinct() const noexcept { return distinct_; }
    /// How often a token was generated. \pre it is one of `distinct()`
    std::uint32_t times_generated(Token token) const noexcept
    {
        return generated_counts_[index(token)];
    }

private:
    static std::size_t index(Token token) noexcept { return static_cast<std::size_t>(token); }
    bool is_known(Token token) const noexcept
    {
        return token >= 0 && index(token) < is_seen_.size();
    }

    void append(Token token)
    {
        tokens_.push_back(token);
        if (!is_known(token) || is_seen_[index(token)] != 0) return;
        is_seen_[index(token)] = 1;
        distinct_.push_back(token);
    }

    std::vector<Token> tokens_;
    std::vector<Token> distinct_;
    std::vector<std::uint32_t> generated_counts_; ///< by token
    std::vector<std::uint8_t> is_seen_;           ///< by token
    std::size_t prompt_tokens_ = 0;
};

} // namespace tfm

#include "../restore_macros.hpp"
