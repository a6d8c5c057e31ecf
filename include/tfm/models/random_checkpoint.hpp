#pragma once

/// \file
/// A Hugging Face folder of a GPT-2 with random parameters, so that speed and memory can be
/// measured where nothing can be downloaded.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../io/safetensors_writer.hpp"
#include "../nn/decoder_shape.hpp"
#include "../parallel.hpp"
#include "gpt2.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Told how many of the bytes of a checkpoint are written. What it throws ends the writing, and no
/// file is left behind.
using CheckpointProgress = std::function<void(std::size_t written, std::size_t total)>;

namespace detail {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the result depends on
/// every bit of `x`.
constexpr std::uint64_t mix64(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

/// Nearly normal numbers of mean 0, each a function of seed, stream and index alone: any number of
/// threads makes them in any order, and every compiler and machine makes the same ones, because all
/// is integer arithmetic up to one multiplication. (The standard library's distributions differ
/// between its implementations, and a logarithm between mathematical libraries.)
class NormalStream {
public:
    NormalStream(std::uint64_t seed, std::uint64_t stream, double deviation) noexcept
        : origin_(mix64(seed + increment * mix64(stream + 1))),
          scale_(deviation / (std::sqrt(coins_variance + dither_variance) * unit))
    {
    }

    float operator()(std::uint64_t index) const noexcept
    {
        // 64 coins are binomial, nearly normal but for their steps of one; the difference of two
        // uniform numbers, which is triangular, fills the steps linearly.
        std::uint64_t const coins = bits(2 * index);
        std::uint64_t const dither = bits(2 * index + 1);
        auto const heads = static_cast<std::int64_t>(std::popcount(coins)) - 32;
        auto const offset = static_cast<std::int64_t>(dither >> 32U) -
                            static_cast<std::int64_t>(dither & 0xFFFFFFFFU);
        std::int64_t const fixed_point = heads * (std::int64_t{1} << 32U) + offset;
        return static_cast<float>(static_cast<double>(fixed_point) * scale_);
    }

private:
    static constexpr std::uint64_t increment = 0x9E3779B97F4A7C15U; // 2^64 / golden ratio
    static constexpr double unit = 0x1p32;
    static constexpr double coins_variance = 16.0;
    static constexpr double dither_variance = 1.0 / 6.0;

    std::uint64_t bits(std::uint64_t counter) const noexcept
    {
        return mix64(origin_ + increment * counter);
    }

    std::uint64_t origin_;
    double scale_;
};

/// A tensor to be made up: normal around 0, or the same number throughout.
struct RandomTensor {
    TensorDeclaration declaration;
    double deviation; ///< 0: all elements are `constant`
    float constant;
};

/// The tensors of a GPT-2 with the values that its training began with (Radford et al.
/// 2019): weights of standard deviation 0.02, those that write to the residual stream less, by the
/// root of how many do; norms that do nothing; biases of zero.
class RandomGpt2 {
public:
    explicit RandomGpt2(const DecoderShape& shape)
    {
        std::size_t const width = shape.width;
        add_weight(gpt2_names.token_embedding, {shape.vocab, width}, deviation);
        add_weight(gpt2_names.position_embedding, {shape.context, width}, deviation);
        for (std::size_t i = 0; i < shape.layers; ++i) add_block(shape, i);
        add_norm(std::string(gpt2_names.final_norm), width);
        // Not under the prefix: the head is beside the transformer, not in it.
        if (!shape.tied_head)
            tensors_.push_back(
                {{std::string(gpt2_names.head), FileDType::F32, {shape.vocab, width}},
                 deviation,
                 0.0F});
    }

    std::vector<RandomTensor> take() && noexcept { return std::move(tensors_); }

private:
    static constexpr double deviation = 0.02;

    void add_block(const DecoderShape& shape, std::size_t index)
    {
        auto const name = [index](std::string_view pattern) { return block_name(pattern, index); };
        std::size_t const width = shape.width;
        double const residual = deviation / std::sqrt(2.0 * static_cast<double>(shape.layers));
        add_norm(name(gpt2_names.attention_norm), width);
        add_linear(name(gpt2_names.qkv), width, 3 * width, deviation);
        add_linear(name(gpt2_names.attention_projection), width, width, residual);
        add_norm(name(gpt2_names.mlp_norm), width);
        add_linear(name(gpt2_names.mlp_up), width, shape.hidden(), deviation);
        add_linear(name(gpt2_names.mlp_down), shape.hidden(), width, residual);
    }

    void add_norm(const std::string& name, std::size_t width)
    {
        add_constant(name + ".weight", width, 1.0F);
        add_constant(name + ".bias", width, 0.0F);
    }

    void add_linear(const std::string& name, std::size_t inputs, std::size_t outputs, double spread)
    {
        static_assert(gpt2_names.orientation == Orientation::in_out);
        add_weight(name + ".weight", {inputs, outputs}, spread);
        add_constant(name + ".bias", outputs, 0.0F);
    }

    void add_weight(std::string_view name, std::vector<std::size_t> shape, double spread)
    {
        tensors_.push_back({{prefixed(name), FileDType::F32, std::move(shape)}, spread, 0.0F});
    }

    void add_constant(std::string_view name, std::size_t size, float value)
    {
        tensors_.push_back({{prefixed(name), FileDType::F32, {size}}, 0.0, value});
    }

    static std::string prefixed(std::string_view name)
    {
        return std::string(gpt2_names.prefix).append(name);
    }

    std::vector<RandomTensor> tensors_;
};

/// Elements [first, first + values.size()) of tensor number `stream`, on all threads.
inline void fill_random(const RandomTensor& tensor, std::uint64_t seed, std::size_t stream,
                        std::size_t first, std::span<float> values) noexcept
{
    NormalStream const normal(seed, stream, tensor.deviation);
    parallel(default_threads(), [&](Team team) {
        IndexRange const share = team.share(values.size());
        for (std::size_t i = share.begin; i < share.end; ++i)
            values[i] = tensor.deviation == 0.0 ? tensor.constant : normal(first + i);
    });
}

inline std::size_t element_count(const RandomTensor& tensor) noexcept
{
    std::size_t count = 1;
    for (std::size_t const extent : tensor.declaration.shape) count *= extent;
    return count;
}

inline void write_random_tensors(const std::filesystem::path& file,
                                 std::span<const RandomTensor> tensors, std::uint64_t seed,
                                 const CheckpointProgress& progress)
{
    std::vector<TensorDeclaration> declarations;
    std::size_t total = 0;
    for (const RandomTensor& tensor : tensors) {
        declarations.push_back(tensor.declaration);
        total += element_count(tensor) * sizeof(float);
    }
    SafeTensorsWriter writer(file, std::move(declarations), {{"format", "pt"}});
    std::vector<float> buffer(std::size_t{1} << 20U);
    std::size_t written = 0;
    for (std::size_t stream = 0; stream < tensors.size(); ++stream) {
        std::size_t const count = element_count(tensors[stream]);
        for (std::size_t first = 0; first < count; first += buffer.size()) {
            std::span const values(buffer.data(), std::min(buffer.size(), count - first));
            fill_random(tensors[stream], seed, stream, first, values);
            writer.append(tensors[stream].declaration.name, std::as_bytes(values));
            written += values.size_bytes();
            if (progress) progress(written, total);
        }
    }
    writer.finish();
}

} // namespace detail

/// Writes FOLDER/config.json and FOLDER/model.safetensors (F32) of a GPT-2 of this shape with the
/// random values that training would begin with, and makes the folder where there is none. Equal
/// seeds give equal files, on every machine; files of these names are replaced.
/// Throws `tfm::Error` for a shape no decoder can have, and when a file cannot be written.
inline void write_random_checkpoint(const std::filesystem::path& folder, const DecoderShape& shape,
                                    std::uint64_t seed, const CheckpointProgress& progress = {})
{
    require(shape.vocab > 0 && shape.context > 0 && shape.layers > 0 && shape.heads > 0 &&
                shape.width > 0 && shape.width % shape.heads == 0,
            [&] {
                return folder.string() + ": expected a shape of sizes from 1 up whose heads " +
                       "divide its width, found another";
            });
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    require(std::filesystem::is_directory(folder), [&] {
        return folder.string() + ": cannot be made a folder" +
               (error ? " (" + error.message() + ")" : std::string());
    });
    // The configuration last: a folder that has one is complete.
    detail::write_random_tensors(folder / "model.safetensors", detail::RandomGpt2(shape).take(),
                                 seed, progress);
    // Its last token ends a text, as in GPT-2's own vocabulary.
    write_gpt2_config(folder, shape, shape.vocab - 1, FileDType::F32);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
