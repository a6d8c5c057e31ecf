/// \file
/// The parts of a transformer without a model: a layer norm, a linear layer, an MLP, an attention
/// and a block, each filled from arrays of your own and run on rows of your own.

#include <cstddef>
#include <cstdio>
#include <vector>

#include <tfm/models/load_block.hpp>
#include <tfm/nn/linear.hpp>
#include <tfm/nn/norm.hpp>

namespace {

constexpr std::size_t width = 8;
constexpr std::size_t rows = 3;
using Rows = tfm::View<float, tfm::RowMajor<tfm::dyn, width>>;

/// Any numbers will do.
std::vector<float> numbers(std::size_t count)
{
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = 0.1F * static_cast<float>(i * 7 % 19) - 0.9F;
    return values;
}

/// The first and the last element of what was computed.
void print(const char* name, const std::vector<float>& out)
{
    std::printf("%-12s%8.4f%8.4f\n", name, static_cast<double>(out.front()),
                static_cast<double>(out.back()));
}

void layer_norm(std::vector<float> x)
{
    tfm::LayerNorm<width> norm; // a gain of 1 and a bias of 0 until you set them
    norm.forward(Rows(x, {rows, width}), Rows(x, {rows, width}));
    print("layer norm", x);
}

void linear(std::vector<float> x)
{
    std::vector<float> const weight = numbers(4 * width); // (4, 8), as torch.nn.Linear(8, 4) has it
    std::vector<float> const bias = numbers(4);
    std::vector<float> out(rows * 4);
    tfm::Linear<width, 4> layer; // tfm::Linear<width, 4, tfm::precision::int8> for one in int8
    tfm::Linear<width, 4>::Workspace workspace;
    layer.fill(tfm::View<const float, tfm::RowMajor<4, width>>(weight), bias,
               tfm::Orientation::out_in);
    layer.forward(workspace, Rows(x, {rows, width}),
                  tfm::View<float, tfm::RowMajor<tfm::dyn, 4>>(out, {rows, 4}));
    print("linear", out);
}

/// Two heads of queries on one of keys and values, which turn with the position; a gated MLP.
constexpr tfm::BlockShape my_shape{.width = width,
                                   .heads = 2,
                                   .kv_heads = 1,
                                   .mlp_width = 12,
                                   .rotary_width = 4,
                                   .mlp = {tfm::Activation::silu, true},
                                   .norm = tfm::Norm::rms_norm,
                                   .biases = {.qkv = false, .projection = false, .mlp = false}};

/// Arrays by name, matrices (outputs, inputs); the arrays stay yours.
struct MyArrays {
    std::vector<float> gain = std::vector<float>(width, 1.0F);
    std::vector<float> square = numbers(width * width);
    std::vector<float> narrow = numbers(width * 4);
    std::vector<float> wide = numbers(width * 12);

    tfm::StateDict state() const
    {
        tfm::StateDict arrays;
        arrays.add("attention_norm.weight", gain, {width});
        arrays.add("attention.query.weight", square, {width, width});
        arrays.add("attention.key.weight", narrow, {4, width});
        arrays.add("attention.value.weight", narrow, {4, width});
        arrays.add("attention.projection.weight", square, {width, width});
        arrays.add("mlp_norm.weight", gain, {width});
        arrays.add("mlp.up.weight", wide, {12, width});
        arrays.add("mlp.gate.weight", wide, {12, width});
        arrays.add("mlp.down.weight", wide, {width, 12});
        return arrays;
    }
};

void mlp(std::vector<float> x, const MyArrays& arrays)
{
    tfm::Mlp<my_shape> part;
    tfm::Mlp<my_shape>::Workspace workspace;
    tfm::load_parameters(arrays.state(), tfm::block_names, part);
    part.forward(workspace, Rows(x, {rows, width}), Rows(x, {rows, width}));
    print("mlp", x);
}

void attention(std::vector<float> x, const MyArrays& arrays)
{
    tfm::Attention<my_shape> part;
    tfm::Attention<my_shape>::Workspace workspace;
    tfm::Attention<my_shape>::Cache cache(16); // positions
    tfm::load_parameters(arrays.state(), tfm::block_names, part);
    part.forward(workspace, cache, Rows(x, {rows, width}), Rows(x, {rows, width}));
    print("attention", x);
}

void block(std::vector<float> x, const MyArrays& arrays)
{
    tfm::Block<my_shape> layer;
    tfm::Block<my_shape>::Workspace workspace;
    tfm::Block<my_shape>::Cache cache(16);
    tfm::load_parameters(arrays.state(), tfm::block_names, layer);
    for (std::size_t i = 0; i < rows; ++i) { // a row at a time, as in decoding
        Rows const row(x.data() + i * width, {1, width});
        layer.forward(workspace, cache, row, row);
    }
    print("block", x);
}

} // namespace

int main()
try {
    MyArrays const arrays;
    std::vector<float> const x = numbers(rows * width);
    layer_norm(x);
    linear(x);
    mlp(x, arrays);
    attention(x, arrays);
    block(x, arrays);
} catch (const tfm::Error& error) {
    std::fprintf(stderr, "blocks: error: %s\n", error.what());
    return 1;
}
