/// \file
/// The kernels on buffers of your own, without any model: a matmul with a fused bias and GELU, a
/// softmax, attention over a key-value cache, and what PyTorch calls `layer_norm`, `linear` and
/// `scaled_dot_product_attention`.

#include <cstddef>
#include <cstdio>
#include <vector>

#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/layer_norm.hpp>
#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/reshape.hpp>
#include <tfm/tensor/tensor.hpp>

namespace {

using tfm::dyn;

/// Any numbers will do.
std::vector<float> numbers(std::size_t count)
{
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = 0.1F * static_cast<float>(i * 7 % 19) - 0.9F;
    return values;
}

void print(const char* name, tfm::View<const float, tfm::RowMajor<>> rows)
{
    std::printf("%s, %zu x %zu:\n", name, rows.rows(), rows.cols());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        for (std::size_t j = 0; j < rows.cols(); ++j)
            std::printf("%8.4f", static_cast<double>(rows(i, j)));
        std::printf("\n");
    }
}

/// out = softmax(gelu(x W + b)): x is yours, W is packed once and then used for any number of x.
void matmul_and_softmax()
{
    constexpr std::size_t inputs = 5;
    constexpr std::size_t outputs = 3;
    std::vector<float> const x = numbers(2 * inputs);
    std::vector<float> const weight = numbers(inputs * outputs);
    std::vector<float> const bias = numbers(outputs);
    std::vector<float> out(2 * outputs);

    // What the types know of a shape the compiler checks: try W of another number of rows.
    tfm::View<const float, tfm::RowMajor<dyn, inputs>> const x_view(x.data(), {2, inputs});
    tfm::View<float, tfm::RowMajor<dyn, outputs>> const out_view(out.data(), {2, outputs});
    tfm::Tensor<float, tfm::Packed<inputs, outputs>> packed;
    tfm::pack(tfm::View<const float, tfm::RowMajor<inputs, outputs>>(weight.data()), packed.view());

    tfm::matmul(x_view, packed.view(), out_view, tfm::AddBias(bias.data()), tfm::Gelu{});
    tfm::softmax(out_view, out_view);
    print("softmax(gelu(x W + b))", {out.data(), {2, outputs}});
}

/// One head over a cache of 8 positions, of which 3 are filled.
void attention()
{
    constexpr std::size_t head_width = 4;
    constexpr std::size_t filled = 3;
    std::vector<float> const rows = numbers(filled * head_width);
    std::vector<float> out(filled * head_width);
    tfm::View<const float, tfm::RowMajor<dyn, head_width>> const qkv(rows.data(),
                                                                     {filled, head_width});
    tfm::Tensor<float, tfm::Packed<head_width, dyn>> keys({head_width, 8});
    tfm::Tensor<float, tfm::Packed<dyn, head_width>> values({8, head_width});
    tfm::append_keys(qkv, keys.view(), 0);
    tfm::append_values(qkv, values.view(), 0);
    tfm::causal_attention(
        qkv, keys.view(), values.view(), 0,
        tfm::View<float, tfm::RowMajor<dyn, head_width>>(out.data(), {filled, head_width}));
    print("causal attention", {out.data(), {filled, head_width}});
}

/// Two heads of three tokens that have no cache: everything is an ordinary tensor, packed inside.
void without_a_cache()
{
    constexpr std::size_t tokens = 3;
    constexpr std::size_t width = 8;
    std::vector<float> x = numbers(tokens * width);
    std::vector<float> const weight = numbers(width * width); // (out, in), as PyTorch's Linear
    std::vector<float> const ones(width, 1);
    std::vector<float> const zeros(width, 0);
    std::vector<float> out(tokens * width);
    tfm::Tensor<float, tfm::RowMajor<tokens, width>> projected;

    tfm::View const rows(x, tfm::RowMajor<tokens, width>());
    tfm::layer_norm(rows, tfm::View(ones), tfm::View(zeros), 1e-5F, rows);
    tfm::matmul_transposed(rows, tfm::View(weight, tfm::RowMajor<width, width>()), projected);

    auto const heads = [](auto view) { // (tokens, width) as (heads, tokens, head width)
        return tfm::permute<1, 0, 2>(tfm::reshape(view, tfm::Dense<tokens, 2, width / 2>()));
    };
    auto const qkv = heads(projected.view());
    tfm::scaled_dot_product_attention(
        qkv, qkv, qkv, heads(tfm::View(out, tfm::RowMajor<tokens, width>())), {.is_causal = true});
    print("attention without a cache", {out.data(), {tokens, width}});
}

} // namespace

int main()
try {
    matmul_and_softmax();
    attention();
    without_a_cache();
} catch (const tfm::Error& error) {
    std::fprintf(stderr, "kernels: error: %s\n", error.what());
    return 1;
}
