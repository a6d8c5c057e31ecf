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
    constexpr float lowest = std::numeric_limits<float>::lowest();
    vec largest = broadcast(lowest);
    vec nothing = broadcast(0.0F); // times NaN or infinity it is NaN, and stays so
    for_each_vec(from.size(), [&](std::size_t i, auto load, auto store) {
        vec const score = load(from.data() + i);
        store(to + i, score);
        vec const raised = max(broadcast(lowest), score); // minus infinity is no fault
        nothing = fma(raised, nothing, nothing);
        largest = max(largest, raised);
    });
    if (reduce_add(nothing) != 0.0F) return false;
    if (reduce_max(largest) > lowest) return true;
    return std::any_of(from.begin(), from.end(),
                       [](float score) { return score >= std::numeric_limits<float>::lowest(); });
}

} // namespace detail

/// The tokens that may come next, by ascending id, and their scores: at first the logits of all, of
/// which steps leave fewer and fewer. Equal tokens are left on every machine, but for those that
/// the last digit of an exponential decides on. Allocates nothing after construction.
class TokenScores {
public:
    /// For rows of so many logits at most.
    explicit TokenScores(std::size_t vocab)
        : scores_(vocab), weights_(vocab), keys_(vocab), ids_(vocab), order_(vocab)
    {
        keys_.resize(0);
        order_.resize(0);
    }

    /// Takes a row of logits. Throws `tfm::Error` for more than the vocabulary has or none, and
    /// where one of them is NaN or plus infinity or none is finite.
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
            return static_cast<std::size_t>(token) < size_ ? &scores_[static_cast<std::size_t>(token)]
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

    /// Leaves the tokens of which `keep(index)` says so, at least one.
    template <class Keep>
    void keep_if(Keep&& keep)
    {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i)
            if (keep(i)) move(i, kept++);
        shrink(kept);
    }

    /// Leaves the tokens with this score and above, at least one.
    void keep_from(float least)
    {
        std::size_t kept = 0;
        for (std::size_t begin = 0; begin < size_; begin += block) {
            std::size_t const end = std::min(size_, begin + block);
            if (detail::row_max(&scores_[begin], end - begin) < least) continue;
            for (std::size_t i = begin; i < end; ++i)
                if (scores_[i] >= least) move(i, kept++);
        }
        shrink(kept);
    }

    /// The k-th greatest score. \pre 0 < k <= size()
    float kth_largest(std::size_t k)
    {
        auto const nth = [&] {
            auto const at = keys_.begin() + static_cast<std::ptrdiff_t>(k - 1);
            std::nth_element(keys_.begin(), at, keys_.end(), std::greater<>());
            return *at;
        };
        // As many blocks have a score of at least the k-th greatest of their maxima.
        keys_.clear();
        for (std::size_t begin = 0; begin < size_; begin += block)
            keys_.push_back(detail::row_max(&scores_[begin], std::min(block, size_ - begin)));
        float const least =
            k <= keys_.size() ? nth() : -std::numeric_limits<float>::infinity();
        keys_.clear();
        for (std::size_t begin = 0; begin < size_; begin += block) {
            std::size_t const end = std::min(size_, begin + block);
            if (detail::row_max(&scores_[begin], end - begin) < least) continue;
            for (std::size_t i = begin; i < end; ++i)
                if (scores_[i] >= least) keys_.push_back(scores_[i]);
        }
        return nth();
    }
