#pragma once

/// \file
/// Weights that are not in any cache.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <tfm/tensor/tensor.hpp>

#include "operands.hpp"

namespace tfm::bench {

/// Random numbers for weights and caches of any shape and precision. `next` gives one copy after
/// the other, so that by the time one comes again the others have displaced it from the caches, as
/// the rest of a model does between two tokens; a warm pool always gives the same.
class WeightPool {
public:
    WeightPool(std::size_t bytes, bool warm) : bytes_(bytes), warm_(warm) {}

    /// `count` elements, 64-byte aligned.
    template <Element T>
    T* next(std::size_t count)
    {
        std::size_t const bytes = round_up(count * sizeof(T), alignment);
        if (memory_.size_bytes() < std::max(bytes, bytes_)) fill(std::max(bytes, bytes_));
        if (warm_ || next_ + bytes > memory_.size_bytes()) next_ = 0;
        auto* const copy = reinterpret_cast<T*>(memory_.data() + next_);
        next_ += bytes;
        if (!warm_) ++calls_;
        return copy;
    }

    /// How often `next` was called; always 0 for a warm pool.
    std::size_t calls() const noexcept { return calls_; }

    bool is_warm() const noexcept { return warm_; }
    /// Bytes read before a copy comes again, when each is of so many bytes.
    std::size_t cycle(std::size_t bytes) const noexcept
    {
        return warm_ ? bytes : std::max(bytes_ / bytes, std::size_t{1}) * bytes;
    }

private:
    /// Repeats one random MiB, because drawing takes longer than copying.
    void fill(std::size_t bytes)
    {
        memory_ = Tensor<std::int8_t, Vec<>>(Vec<>(bytes));
        next_ = 0;
        constexpr std::size_t pattern_size = (std::size_t{1} << 20) / sizeof(std::uint32_t);
        Tensor<float, Vec<>> pattern{Vec<>(pattern_size)};
        fill_random(pattern.data(), pattern.size());
        for (std::size_t i = 0; i < bytes; i += pattern.size_bytes()) {
            std::memcpy(memory_.data() + i, pattern.data(),
                        std::min(pattern.size_bytes(), bytes - i));
        }
    }

    std::size_t bytes_;
    bool warm_;
    Tensor<std::int8_t, Vec<>> memory_{};
    std::size_t next_ = 0;
    std::size_t calls_ = 0;
};

} // namespace tfm::bench
