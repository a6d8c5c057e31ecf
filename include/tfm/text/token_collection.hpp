#pragma once

/// \file
/// The tokens of a tokenizer's files brought together: those of the model and the added ones.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "added_tokens.hpp"
#include "limits.hpp"
#include "token_table.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// An added token as a file gives it.
struct StatedToken {
    AddedToken token;
    std::optional<std::int64_t> id{};
    std::string file{};      ///< that names it
    bool is_mention = false; ///< only its content is given: what is known of it stays
};

/// Collects tokens and gives each an id, as Hugging Face's tokenizers do. The ids of the model may
/// have gaps. Added tokens that the model does not have are numbered from the number of its tokens
/// on, whatever their file says. Fails, naming file and token, where
/// a token or an id would be there twice, or the files disagree.
class TokenCollection {
public:
    /// The tokens of a model's vocabulary.
    TokenCollection(const std::string& file, std::vector<TokenEntry> entries,
                    std::size_t added_tokens)
        : file_(file), by_content_(entries.size() + added_tokens, size_of(entries), file),
          id_limit_(detail::id_limit(entries.size() + added_tokens))
    {
        require(!entries.empty(), [&] { return file + ": holds no token"; });
        for (TokenEntry& entry : entries) {
            check_length(file, entry.content);
            require(by_content_.find(entry.content) == no_token,
                    [&] { return file + ": token " + in_quotes(entry.content) + " is repeated"; });
            put(file, std::move(entry.content), entry.id);
        }
        model_size_ = tokens_.size();
        next_id_ = static_cast<std::int64_t>(model_size_);
    }

    /// Adds a token, or says more of one that is there.
    void add(const StatedToken& stated)
    {
        std::string const& content = stated.token.content;
        const auto where = [&] { return stated.file + ": special token " + in_quotes(content); };
        require(!content.empty(), [&] { return where() + " is empty"; });
        require(content.size() <= longest_added_token, [&] {
            return where() + ": expected at most " + std::to_string(longest_added_token) +
                   " bytes, found " + std::to_string(content.size());
        });
        std::int32_t number = by_content_.find(content);
        if (number == no_token) {
            require(!stated.id || !is_taken(*stated.id), [&] {
                return where() + ": id " + std::to_string(*stated.id) + " is taken by token " +
                       in_quotes(tokens_[owners_[static_cast<std::size_t>(*stated.id)]].content);
            });
            stated_ids_.push_back(stated.id.value_or(next_id_));
            number = put(stated.file, content, next_id_);
        } else {
            auto const i = static_cast<std::size_t>(number);
            // An added token has its id from Hugging Face's count, whatever its file says.
            std::int64_t const known =
                i < model_size_ ? tokens_[i].id : stated_ids_[i - model_size_];
            require(!stated.id || *stated.id == known, [&] {
                return where() + " has id " + std::to_string(*stated.id) + ", but " +
                       std::to_string(known) + (i < model_size_ ? " in " + file_ : " before");
            });
        }
        remember(static_cast<std::size_t>(number), stated);
    }

    /// The file of the vocabulary.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    /// The added tokens and their ids.
    [[nodiscard]] const std::vector<AddedTokens::Token>& added() const noexcept { return added_; }

    /// The tokens of the model, numbered by id, of which `all` are these and the added ones.
    [[nodiscard]] TokenTable model(const TokenTable& all) const
    {
        return tokens_.size() == model_size_ ? all : numbered(model_size_);
    }
    /// All tokens, numbered by id.
    [[nodiscard]] TokenTable all() const { return numbered(tokens_.size()); }

private:
    struct Token {
        std::string content;
        std::int32_t id;
    };

    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

    static std::size_t size_of(const std::vector<TokenEntry>& entries)
    {
        std::size_t size = 0;
        for (const TokenEntry& entry : entries) size += entry.content.size();
        return size;
    }

    [[nodiscard]] bool is_taken(std::int64_t id) const
    {
        return id >= 0 && id < static_cast<std::int64_t>(owners_.size()) &&
               owners_[static_cast<std::size_t>(id)] != nobody;
    }

    /// Adds a new token and returns its number.
    std::int32_t put(const std::string& file, std::string content, std::int64_t id)
    {
        const auto where = [&] {
            return file + ": token " + in_quotes(content) + ": id " + std::to_string(id);
        };
        require(id >= 0 && id < id_limit_, [&] {
            return where() + " is out of range: expected 0 to " + std::to_string(id_limit_ - 1);
        });
        auto const i = static_cast<std::size_t>(id);
        if (owners_.size() <= i) owners_.resize(i + 1, nobody);
        require(owners_[i] == nobody, [&] {
            return where() + " is taken by token " + in_quotes(tokens_[owners_[i]].content);
        });
        owners_[i] = tokens_.size();
        added_numbers_.push_back(nobody);
        std::int32_t const number = by_content_.add(content);
        tokens_.push_back({std::move(content), static_cast<std::int32_t>(id)});
        return number;
    }

    void remember(std::size_t number, const StatedToken& stated)
    {
        std::int32_t const id = tokens_[number].id;
        if (added_numbers_[number] == nobody) {
            added_numbers_[number] = added_.size();
            added_.emplace_back(stated.token, id);
            if (number >= model_size_) next_id_ = id + 1;
        } else if (!stated.is_mention) {
            added_[added_numbers_[number]].first = stated.token;
        }
    }

    /// The first `count` tokens, numbered by id.
    [[nodiscard]] TokenTable numbered(std::size_t count) const
    {
        std::size_t size = 0;
        for (std::size_t i = 0; i < count; ++i) size += tokens_[i].content.size();
        TokenTable table(count, size, file_);
        std::size_t left = count;
        for (std::size_t id = 0; id < owners_.size() && left > 0; ++id) {
            if (owners_[id] >= count) { // nobody, too
                table.skip();
                continue;
            }
            table.add(tokens_[owners_[id]].content);
            --left;
        }
        return table;
    }

    std::string file_;
    TokenTable by_content_;
    std::vector<Token> tokens_;              // the model's, then those that were added
    std::vector<std::size_t> added_numbers_; // of each token in `added_`, or nobody
    std::vector<std::size_t> owners_;        // of each id
    std::vector<std::int64_t> stated_ids_;   // of those that were added to the model's
    std::vector<AddedTokens::Token> added_;
    std::int64_t id_limit_;
    std::size_t model_size_ = 0;
    std::int64_t next_id_ = 0; // for an added token
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
