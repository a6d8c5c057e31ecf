#pragma once

/// \file
/// What a transformer block is: its sizes and choices, without vocabulary, context, depth or head.

#include <algorithm>
#include <cstddef>
#include <limits>

#include "../tensor/layout.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// The non-linearity between the two matmuls of an MLP.
enum class Activation {
    gelu_tanh, ///< GELU's tanh approximation (`gelu_new`, `gelu_pytorch_tanh`)
    gelu,      ///< GELU by the error function
    silu,      ///< x / (1 + exp(-x)), also called Swish
    relu,      ///< max(x, 0)
};

/// What brings the residual stream to a common scale.
enum class Norm {
    layer_norm, ///< by mean and variance, with a gain and a bias (Ba et al. 2016)
    rms_norm,   ///< by the root mean square, with a gain (Zhang and Sennrich 2019)
};

/// Where a block's norms stand.
enum class NormPlacement {
    before, ///< x + f(norm(x)), and a norm before the head (GPT-2)
    after,  ///< norm(x + f(x)) (Vaswani et al. 2017)
    none,   ///< x + f(x)
};

/// How a token's position reaches the attention.
enum class Positions {
    learned, ///< a table that is added to the token embedding
    rotary,  ///< queries and keys are turned by an angle for each position: see `Rotary`
    none,    ///< not at all
};

/// Which features of a head turn together.
enum class RotaryPairing {
    halves,      ///< i and i + width / 2 (GPT-NeoX, Llama)
    interleaved, ///< 2i and 2i + 1 (Su et al. 2021, GPT-J)
};

/// How rotary angles are stretched to more positions than a model was first trained for.
enum class RotaryScaling {
    none,
    linear, ///< all angles divided by `factor`
    llama3, ///< slow angles divided by `factor`, fast ones kept, those between blended
};

/// Rotary position embedding (Su et al. 2021): pair i of a head's features turns by position *
/// base^(-2i / width).
struct Rotary {
    float base = 10000.0F;                         ///< theta of the papers
    std::size_t width = 0;                         ///< features of a head that turn; 0 means all
    RotaryPairing pairing = RotaryPairing::halves; ///< which features turn together
    RotaryScaling scaling = RotaryScaling::none;   ///< to longer contexts
    float factor = 1.0F;                           ///< of the scaling
    float low_frequency_factor = 1.0F;             ///< llama3: angles turning less often over
    float high_frequency_factor = 4.0F;            ///< `original_context` are slow, more often fast
    std::size_t original_context = 8192;           ///< llama3: positions of the first training

    friend constexpr bool operator==(const Rotary&, const Rotary&) = default;
};

/// Which of a block's projections add a bias.
struct Biases {
    bool qkv = true;        ///< queries, keys and values
    bool projection = true; ///< of the attention's output
    bool mlp = true;        ///< up, gate and down

    friend constexpr bool operator==(const Biases&, const Biases&) = default;
};

/// How attention and MLP share the residual stream.
enum class Residual {
    sequential,        ///< the MLP reads what attention has added
    parallel,          ///< both read the same x, each behind its own norm (GPT-NeoX)
    parallel_one_norm, ///< both read the attention's norm of x (GPT-J)
};

/// The non-linear part of an MLP: all of a block that is compiled, while the rest is data.
struct MlpForm {
    Activation activation = Activation::gelu_tanh; ///< between the matmuls of the MLP
    bool gated = false; ///< down(act(gate x) * up x) (Shazeer 2020), not down(act(up x))

    friend constexpr bool operator==(const MlpForm&, const MlpForm&) = default;
};

/// A window that hides nothing.
inline constexpr std::size_t unlimited_window = std::numeric_limits<std::size_t>::max();

namespace nn_detail {

/// a * b, where a factor that is known only when a model is loaded makes the product so.
constexpr std::size_t extent_product(std::size_t a, std::size_t b) noexcept
{
    return a == dyn || b == dyn ? dyn : a * b;
}

/// a / b likewise; 0 where there is nothing to divide by, which a rule on shapes refuses.
constexpr std::size_t extent_quotient(std::size_t a, std::size_t b) noexcept
{
    if (a == dyn || b == dyn) return dyn;
    return b == 0 ? 0 : a / b;
}

/// The same; 0 where a is no multiple of b, too.
constexpr std::size_t extent_share(std::size_t a, std::size_t b) noexcept
{
    bool const divides = a == dyn || b == dyn || (b != 0 && a % b == 0);
    return divides ? extent_quotient(a, b) : 0;
}

} // namespace nn_detail

/// What one block of a decoder or an encoder is. Every size is the number that it stands for, and
/// follows from those before it where it is not given. Each is a number or, of a `Block` whose
/// sizes are known at run time, `dyn`.
struct BlockShape {
    std::size_t width;            ///< features of the residual stream
    std::size_t heads = 1;        ///< of queries; divides `width` unless `head_width` is given
    std::size_t kv_heads = heads; ///< of keys and values; divides `heads`
    std::size_t head_width = nn_detail::extent_share(width, heads); ///< features of a head
    std::size_t mlp_width = nn_detail::extent_product(4, width);    ///< between the MLP's matmuls
    std::size_t rotary_width = 0;          ///< features of a head that turn with the position
    std::size_t window = unlimited_window; ///< positions that a token sees, its own among them
    MlpForm mlp = {};                      ///< what stands between the MLP's matmuls
    Norm norm = Norm::layer_norm;          ///< of the residual stream
    float norm_epsilon = 1e-5F;            ///< added to the variance or mean square in norms
    NormPlacement norm_placement = NormPlacement::before; ///< before or after attention and MLP
    Residual residual = Residual::sequential;             ///< of attention and MLP
    Biases biases = {};                                   ///< of the projections
    Rotary rotary = {};                                   ///< where `rotary_width` is not 0

    /// Features of all heads' queries.
    constexpr std::size_t query_width() const noexcept { return heads * head_width; }
    /// Features of all heads' keys, and of all heads' values.
    constexpr std::size_t key_width() const noexcept { return kv_heads * head_width; }
    /// Features of a row's queries, keys and values, side by side.
    constexpr std::size_t qkv_width() const noexcept { return query_width() + 2 * key_width(); }
    /// The most features that a projection but the MLP's last reads.
    constexpr std::size_t input_width() const noexcept { return std::max(width, query_width()); }
    /// Whether the MLP has a norm of its own.
    constexpr bool has_mlp_norm() const noexcept { return residual != Residual::parallel_one_norm; }

    /// Whether every size is a number.
    constexpr bool is_static() const noexcept
    {
        return width != dyn && heads != dyn && kv_heads != dyn && head_width != dyn &&
               mlp_width != dyn && rotary_width != dyn;
    }

    /// The same choices with every size `dyn`: the type of a block whose sizes are known at run
    /// time. Window, epsilon and the rotary numbers are then told with the sizes.
    constexpr BlockShape form() const noexcept
    {
        BlockShape any{.width = dyn, .heads = dyn, .rotary_width = dyn};
        any.mlp = mlp;
        any.norm = norm;
        any.norm_placement = norm_placement;
        any.residual = residual;
        any.biases = biases;
        return any;
    }

    friend constexpr bool operator==(const BlockShape&, const BlockShape&) = default;
};

/// Whether a block of the sizes and choices `found` is one of the kind `stated`: a size of `stated`
/// that is a number is that of `found`, and the choices are the same.
constexpr bool is_kind_of(const BlockShape& stated, const BlockShape& found) noexcept
{
    auto const same = [](std::size_t a, std::size_t b) { return a == dyn || a == b; };
    return stated.is_static()
               ? stated == found
               : same(stated.width, found.width) && same(stated.heads, found.heads) &&
                     same(stated.kv_heads, found.kv_heads) &&
                     same(stated.head_width, found.head_width) &&
                     same(stated.mlp_width, found.mlp_width) &&
                     same(stated.rotary_width, found.rotary_width) && stated.form() == found.form();
}

} // namespace tfm

#include "../restore_macros.hpp"
