#pragma once

/// \file
/// The scores of the tokens that may come next, while the steps of sampling change them and rule
/// tokens out.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "../config.hpp"
#include "../kernels/softmax.hpp"
#include "../nn/tokens.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Copies scores. Returns whether there is a finite one and none is NaN or plus infinity.
inline bool copy_scores(std::span<const float> from, float* to) noexcept
{
    using namespace simd;
    vec zero = broadcast(0.0F); // times NaN or infinity it is NaN, and stays so
    for_each_vec(from.size(), [&](std::size_t i, auto load, auto store) {
        vec const score = load(from.data() + i);
        store(to + i, score);
        // Minus infinity is no fault.
        zero = fma(max(broadcast(std::numeric_limits<float>::lowest()), score), zero, zero);
    });
    return reduce_add(zero) == 0.0F &&
           row_max(to, from.size()) > -std::numeric_limits<float>::infinity();
}

} // namespace detail

/// The tokens that may come next, by ascending id, and their scores: at first the logits of all
/// tokens, of which steps leave fewer and fewer. Allocates nothing after construction.
class TokenScores {
public:
    /// For rows of so many logits at most.
    explicit TokenScores(std::size_t vocab) : scores_(vocab), weights_(vocab), ids_(vocab)
    {
        keys_.reserve(vocab);
        order_.reserve(vocab);
    }

    /// Takes a row of logits, of which all tokens are left. Throws `tfm::Error` for more than the
    /// vocabulary has or none, and where one of them is NaN or plus infinity or none is finite.
    void assign(std::span<const float> logits)
    {
        require(!logits.empty() && logits.size() <= scores_.size(), [&] {
            return "tfm::TokenScores: expected 1 to " + std::to_string(scores_.size()) +
                   " logits, found " + std::to_string(logits.size());
        });
        require(detail::copy_scores(logits, scores_.data()), [] {
            return "tfm::TokenScores: a logit is NaN or plus infinity, or none is finite";
        });
        size_ = logits.size();
        is_whole_ = true;
    }

    /// Tokens that are left.
    std::size_t size() const noexcept { return size_; }
    /// Their scores; a token with minus infinity is not drawn.
    std::span<float> scores() noexcept { return {scores_.data(), size_}; }
    /// The same, to read.
    std::span<const float> scores() const noexcept { return {scores_.data(), size_}; }
    /// The token of a number. \pre index < size()
    Token id(std::size_t index) const noexcept
    {
        return is_whole_ ? static_cast<Token>(index) : ids_[index];
    }

    /// The score of a token; null where it is not left.
    float* find(Token token) noexcept
    {
        if (token < 0) return nullptr;
        if (is_whole_)
            return static_cast<std::size_t>(token) < size_
                       ? &scores_[static_cast<std::size_t>(token)]
                       : nullptr;
        auto const end = ids_.begin() + static_cast<std::ptrdiff_t>(size_);
        auto const at = std::lower_bound(ids_.begin(), end, token);
        return at == end || *at != token ? nullptr
                                         : &scores_[static_cast<std::size_t>(at - ids_.begin())];
    }

    /// Rules a token out, if it is left.
    void ban(Token token) noexcept
    {
        if (float* const score = find(token)) *score = -std::numeric_limits<float>::infinity();
    }

    /// The greatest score.
    float largest() const noexcept { return detail::row_max(scores_.data(), size_); }

    /// Writes exp(score - largest) of each token to `weights()` and returns their sum.
    double weigh() noexcept
    {
        detail::exp_row(scores_.data(), size_, 1.0F, largest(), weights_.data());
        double sum = 0.0;
        for (std::size_t i = 0; i < size_; ++i) sum += static_cast<double>(weights_[i]);
        return sum;
    }
    /// What `weigh` wrote.
    std::span<const float> weights() const noexcept { return {weights_.data(), size_}; }

    /// Leaves the tokens of which `keep(index)` says so, which must be at least one.
    template <class Keep>
    void keep_if(Keep&& keep)
    {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i)
            if (keep(i)) move(i, kept++);
        shrink(kept);
    }

    /// Leaves the tokens with this score and above, which must be at least one.
    void keep_from(float least)
    {
        std::size_t kept = 0;
        for_each_from(least, [&](std::size_t i) { move(i, kept++); });
        shrink(kept);
    }

    /// The k-th greatest score. \pre 0 < k <= size()
    float kth_largest(std::size_t k)
    {
        // The k-th greatest of the maxima of blocks is no greater than what is looked for, and few
        // blocks have a score above it.
        keys_.clear();
        for (std::size_t begin = 0; begin < size_; begin += block)
            keys_.push_back(block_max(begin));
        float const least =
            k <= keys_.size() ? kth_key(k) : -std::numeric_limits<float>::infinity();
        keys_.clear();
        for_each_from(least, [&](std::size_t i) { keys_.push_back(scores_[i]); });
        return kth_key(k);
    }

    /// Takes the tokens in ascending order of `key(index)`, of equal ones the smaller id first,
    /// until their weights add up to `mass`. `order()` then begins with the indices of those taken,
    /// whose number is returned: at least one. `is_worth(index)` says which tokens may be among
    /// them. \pre `weigh()` was called
    template <class Key, class IsWorth>
    std::size_t take(double mass, Key&& key, IsWorth&& is_worth)
    {
        order_.clear();
        for (std::size_t i = 0; i < size_; ++i)
            if (is_worth(i)) order_.push_back(static_cast<std::uint32_t>(i));
        auto const is_before = [&](std::uint32_t a, std::uint32_t b) {
            auto const x = key(a);
            auto const y = key(b);
            return x < y || (x == y && a < b);
        };
        double taken = 0.0;
        // Mostly few are taken, so that only these are sorted.
        for (std::size_t begin = 0, count = 64; begin < order_.size(); begin += count, count *= 4) {
            auto const first = order_.begin() + static_cast<std::ptrdiff_t>(begin);
            auto const last = order_.end() - first > static_cast<std::ptrdiff_t>(count)
                                  ? first + static_cast<std::ptrdiff_t>(count)
                                  : order_.end();
            if (last != order_.end()) std::nth_element(first, last, order_.end(), is_before);
            std::sort(first, last, is_before);
            for (auto at = first; at != last; ++at) {
                taken += static_cast<double>(weights_[*at]);
                if (taken >= mass) return static_cast<std::size_t>(at - order_.begin()) + 1;
            }
        }
        return order_.size();
    }

    /// The indices that `take` put in order.
    std::span<const std::uint32_t> order() const noexcept { return order_; }

    /// Leaves the first `count` tokens of `order()`.
    void keep_taken(std::size_t count)
    {
        auto const end = order_.begin() + static_cast<std::ptrdiff_t>(count);
        std::sort(order_.begin(), end);
        for (std::size_t i = 0; i < count; ++i) move(order_[i], i);
        shrink(count);
    }

private:
    static constexpr std::size_t block = 64; ///< scores looked at together

    float block_max(std::size_t begin) const noexcept
    {
        return detail::row_max(&scores_[begin], std::min(block, size_ - begin));
    }

    /// Calls `use(index)` for each token with this score and above.
    template <class Use>
    void for_each_from(float least, Use&& use)
    {
        for (std::size_t begin = 0; begin < size_; begin += block) {
            if (block_max(begin) < least) continue;
            std::size_t const end = std::min(size_, begin + block);
            for (std::size_t i = begin; i < end; ++i)
                if (scores_[i] >= least) use(i);
        }
    }

    float kth_key(std::size_t k)
    {
        auto const at = keys_.begin() + static_cast<std::ptrdiff_t>(k - 1);
        std::nth_element(keys_.begin(), at, keys_.end(), [](float a, float b) { return a > b; });
        return *at;
    }

    /// \pre to <= from, and nothing from `to` on is needed before `from`
    void move(std::size_t from, std::size_t to) noexcept
    {
        ids_[to] = id(from);
        scores_[to] = scores_[from];
    }

    void shrink(std::size_t kept) noexcept
    {
        is_whole_ = is_whole_ && kept == size_;
        size_ = kept;
    }

    std::vector<float> scores_;
    std::vector<float> weights_;
    std::vector<Token> ids_;
    std::vector<float> keys_;
    std::vector<std::uint32_t> order_;
    std::size_t size_ = 0;
    bool is_whole_ = true; ///< every token is left, and none of `ids_` is needed
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
