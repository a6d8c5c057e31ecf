/// \file
/// `Block`, `Attention`, `Mlp`, `Linear` and the norms on buffers of exactly the size they need,
/// against plain double loops.

#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load_block.hpp>
#include <tfm/models/random_model.hpp>
#include <tfm/nn/attention.hpp>
#include <tfm/nn/block.hpp>
#include <tfm/nn/linear.hpp>
#include <tfm/nn/mlp.hpp>
#include <tfm/nn/norm.hpp>

#include "../kernels/error_message.hpp"
#include "block_by_hand.hpp"
#include "llama_block.hpp"
#include "relative_difference.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// GPT-2's, with sizes that follow from width and heads.
constexpr BlockShape gpt2{.width = 30, .heads = 3};
/// GPT-J's: interleaved pairs in part of a head, one norm, a window.
constexpr BlockShape gptj{.width = 32,
                          .heads = 2,
                          .mlp_width = 47,
                          .rotary_width = 6,
                          .window = 9,
                          .mlp = {Activation::relu, false},
                          .residual = Residual::parallel_one_norm,
                          .biases = {false, false, true},
                          .rotary = {.base = 500.0F, .pairing = RotaryPairing::interleaved}};
/// GPT-NeoX's.
constexpr BlockShape gpt_neox{.width = 24,
                              .heads = 3,
                              .rotary_width = 4,
                              .mlp = {Activation::gelu, true},
                              .residual = Residual::parallel};
/// BERT's.
constexpr BlockShape bert{.width = 33,
                          .heads = 3,
                          .mlp_width = 50,
                          .mlp = {Activation::gelu, false},
                          .norm_epsilon = 1e-12F,
                          .norm_placement = NormPlacement::after};
/// Without norms.
constexpr BlockShape plain{.width = 20,
                           .heads = 5,
                           .mlp = {Activation::relu, false},
                           .norm_placement = NormPlacement::none};

constexpr std::size_t positions = 75;

template <Precision P>
double tolerance()
{
    if (P == precision::fp32) return 2e-5;
    if (P == precision::bf16) return 0.05;
    return P == precision::int8_weights ? 0.1 : 0.15;
}

/// Calls in chunks, by threads and in pieces, which must all agree with the loops.
template <BlockShape S, Precision P, class Part, class Forward>
void expect_rows(const Part& part, const std::vector<float>& x, const Matrix& expected,
                 Forward forward)
{
    for (BlockWorkspaceOptions const options :
         {BlockWorkspaceOptions{.max_rows = 512, .threads = 1},
          {.max_rows = 100, .threads = 2},
          {.max_rows = 20, .threads = 2},
          {.max_rows = 1, .threads = 1}}) {
        typename Part::Workspace workspace(options);
        std::vector<float> out(x.size());
        forward(part, workspace, ConstRowsOf<S.width>(x, {x.size() / S.width, S.width}),
                RowsOf<S.width>(out, {x.size() / S.width, S.width}));
        EXPECT_LT(relative_difference(values_of(expected), out), tolerance<P>())
            << options.max_rows << " rows, " << options.threads << " threads";
    }
}

template <BlockShape S, Precision P>
void expect_parts()
{
    BlockArrays const arrays = random_arrays(S, 7);
    BlockByHand const by_hand(S, arrays);
    std::vector<float> const x = numbers(row_count * S.width, 99);
    Matrix const x_rows = matrix_of(x, S.width);
    auto const with_cache = [](const auto& part, auto& workspace, auto in, auto out) {
        typename std::remove_cvref_t<decltype(part)>::Cache cache(positions);
        part.forward(workspace, cache, in, out);
        EXPECT_EQ(cache.position(), in.rows());
    };
    Block<S, P> block;
    load_parameters(arrays.state(), block_names, block);
    expect_rows<S, P>(block, x, by_hand.block(x_rows, true), with_cache);
    Attention<S, P> attention;
    load_parameters(arrays.state(), block_names, attention);
    expect_rows<S, P>(attention, x, by_hand.attention(x_rows, true), with_cache);
    Mlp<S, P> mlp;
    load_parameters(arrays.state(), block_names, mlp);
    expect_rows<S, P>(mlp, x, by_hand.mlp(x_rows),
                      [](const auto& part, auto& workspace, auto in, auto out) {
                          part.forward(workspace, in, out);
                      });
}

template <BlockShape S>
void expect_in_every_precision()
{
    expect_parts<S, precision::fp32>();
    expect_parts<S, precision::bf16>();
    expect_parts<S, precision::int8_weights>();
    expect_parts<S, precision::int8>();
    expect_parts<S, precision::int8_kv8>();
}

TEST(Block, OfLlamasChoices) { expect_in_every_precision<llama>(); }
TEST(Block, OfGpt2sChoices) { expect_in_every_precision<gpt2>(); }
TEST(Block, OfGptJsChoices) { expect_in_every_precision<gptj>(); }
TEST(Block, OfGptNeoXsChoices) { expect_in_every_precision<gpt_neox>(); }
TEST(Block, OfBertsChoices) { expect_in_every_precision<bert>(); }
TEST(Block, WithoutNorms) { expect_in_every_precision<plain>(); }

/// Without a mask every row sees all, as in an encoder.
TEST(Block, WithoutMask)
{
    BlockArrays const arrays = random_arrays(bert, 3);
    std::vector<float> const x = numbers(row_count * bert.width, 5);
    Matrix const expected = BlockByHand(bert, arrays).block(matrix_of(x, bert.width), false);
    Block<bert> block;
    load_parameters(arrays.state(), block_names, block);
    for (std::size_t const threads : {1U, 2U}) {
        Block<bert>::Workspace workspace({.max_rows = row_count, .threads = threads});
        Block<bert>::Cache cache(row_count);
        std::vector<float> out = x; // in place
        RowsOf<bert.width> const in_place(out, {row_count, bert.width});
        block.forward(workspace, cache, in_place, in_place, AttentionKind::bidirectional);
        EXPECT_LT(relative_difference(values_of(expected), out), 2e-5);
    }
}

TEST(Block, OfSizesKnownAtRunTime)
{
    constexpr BlockShape form = llama.form();
    BlockArrays const arrays = random_arrays(llama, 21);
    std::vector<float> const x = numbers(row_count * llama.width, 22);
    Matrix const expected = BlockByHand(llama, arrays).block(matrix_of(x, llama.width), true);
    Block<form> block(llama);
    load_parameters(arrays.state(), block_names, block);
    Block<form>::Workspace workspace(block, {.threads = 1});
    Block<form>::Cache cache(block, row_count);
    Tensor<float, RowMajor<>> out({row_count, llama.width});
    block.forward(workspace, cache, View<const float, RowMajor<>>(x, {row_count, llama.width}),
                  out);
    EXPECT_LT(relative_difference(values_of(expected), {out.data(), out.data() + out.size()}),
              2e-5);
    EXPECT_GT(block.weight_bytes(), 0U);
    BlockShape other = llama;
    other.norm = Norm::layer_norm;
    EXPECT_EQ(test::error_message([&] { Block<form>{other}; }),
              "tfm::BlockPart: expected a shape of the sizes and choices that the type states");
}

/// Rows of a wider matrix in and out: the columns beside them stay as they are.
TEST(Mlp, OfPartOfAMatrix)
{
    BlockArrays const arrays = random_arrays(gpt2, 31);
    constexpr std::size_t stride = gpt2.width + 5;
    std::vector<float> const x = numbers(row_count * stride, 32);
    std::vector<float> out(row_count * stride, 7.0F);
    Mlp<gpt2> mlp;
    load_parameters(arrays.state(), block_names, mlp);
    Mlp<gpt2>::Workspace workspace({.threads = 1});
    mlp.forward(workspace, View<const float, Strided<>>(x.data(), {row_count, gpt2.width, stride}),
                View<float, Strided<>>(out.data() + 5, {row_count, gpt2.width, stride}));
    Matrix x_rows = matrix_of(x, stride);
    for (auto& row : x_rows) row.resize(gpt2.width);
    Matrix got = matrix_of(out, stride);
    for (auto& row : got) {
        for (std::size_t j = 0; j < 5; ++j) EXPECT_EQ(row[j], 7.0);
        row.erase(row.begin(), row.begin() + 5);
    }
    EXPECT_LT(relative_difference(values_of(BlockByHand(gpt2, arrays).mlp(x_rows)), values_of(got)),
              2e-5);
}

template <Precision P>
void expect_linear()
{
    constexpr std::size_t inputs = 37;
    constexpr std::size_t outputs = 21;
    BlockArrays arrays;
    arrays.add_linear("l", inputs, outputs, true, 41);
    std::vector<float> const& weight = arrays.values.at("l.weight");
    std::vector<float> const& bias = arrays.values.at("l.bias");
    std::vector<float> const x = numbers(row_count * inputs, 42);
    Matrix const expected = BlockByHand(gpt2, arrays).linear("l", matrix_of(x, inputs));
    Linear<inputs, outputs, P> linear;
    linear.fill(View<const float, RowMajor<outputs, inputs>>(weight), bias, Orientation::out_in);
    Linear<dyn, dyn, P> sized(inputs, outputs);
    sized.fill(View<const float, RowMajor<>>(weight, {outputs, inputs}), bias, Orientation::out_in);
    for (std::size_t const threads : {1U, 2U}) {
        std::vector<float> out(row_count * outputs);
        typename Linear<inputs, outputs, P>::Workspace workspace(
            {.max_rows = 17, .threads = threads});
        linear.forward(workspace, ConstRowsOf<inputs>(x, {row_count, inputs}),
                       RowsOf<outputs>(out, {row_count, outputs}));
        EXPECT_LT(relative_difference(values_of(expected), out), tolerance<P>());
        std::vector<float> again(out.size());
        typename Linear<dyn, dyn, P>::Workspace sized_workspace(
            inputs, {.max_rows = 17, .threads = threads});
        sized.forward(sized_workspace, ConstRowsOf<inputs>(x, {row_count, inputs}),
                      RowsOf<outputs>(again, {row_count, outputs}));
        EXPECT_EQ(out, again);
    }
}

TEST(Linear, InEveryPrecision)
{
    expect_linear<precision::fp32>();
    expect_linear<precision::bf16>();
    expect_linear<precision::int8_weights>();
    expect_linear<precision::int8>();
}

TEST(Norms, OnRowsOfOnesOwn)
{
    constexpr std::size_t width = 30;
    BlockArrays arrays;
    arrays.add_norm("n", width, true, 51);
    std::vector<float> const x = numbers(row_count * width, 52);
    BlockShape shape{.width = width};
    std::vector<float> out(x.size());
    LayerNorm<width> layer_norm;
    layer_norm.forward(ConstRowsOf<width>(x, {row_count, width}),
                       RowsOf<width>(out, {row_count, width}));
    BlockArrays untouched;
    untouched.add("n.weight", {width}, std::vector<float>(width, 1.0F));
    untouched.add("n.bias", {width}, std::vector<float>(width, 0.0F));
    Matrix const x_rows = matrix_of(x, width);
    EXPECT_LT(relative_difference(values_of(BlockByHand(shape, untouched).norm("n", x_rows)), out),
              1e-6);
    copy(View(arrays.values.at("n.weight")), layer_norm.gain);
    copy(View(arrays.values.at("n.bias")), layer_norm.bias);
    layer_norm.forward(ConstRowsOf<width>(x, {row_count, width}),
                       RowsOf<width>(out, {row_count, width}));
    EXPECT_LT(relative_difference(values_of(BlockByHand(shape, arrays).norm("n", x_rows)), out),
              1e-6);
    RmsNorm<> rms_norm(width, 1e-5F);
    copy(View(arrays.values.at("n.weight")), rms_norm.gain);
    rms_norm.forward(ConstRowsOf<width>(x, {row_count, width}),
                     RowsOf<width>(out, {row_count, width}));
    shape.norm = Norm::rms_norm;
    EXPECT_LT(relative_difference(values_of(BlockByHand(shape, arrays).norm("n", x_rows)), out),
              1e-6);
}

TEST(Block, NobodyHasFilledIsRefused)
{
    std::vector<float> x(gpt2.width);
    RowsOf<gpt2.width> const row(x, {1, gpt2.width});
    Block<gpt2>::Workspace workspace;
    Block<gpt2>::Cache cache(4);
    Block<gpt2> block;
    std::string const rest =
        ": nobody has filled the parameters, which are all zero; load a folder, or call "
        "load_parameters (tfm/models/load_arrays.hpp), init_random (tfm/models/random_model.hpp) "
        "or, to "
        "fill them by hand, parameters_of";
    EXPECT_EQ(test::error_message([&] { block.forward(workspace, cache, row, row); }),
              "tfm::Block" + rest);
    init_random(block, 1);
    block.forward(workspace, cache, row, row);
    Block<gpt2> by_hand;
    EXPECT_FALSE(parameters_of(by_hand).empty());
    by_hand.forward(workspace, cache, row, row);
    Linear<4, 4> linear;
    Linear<4, 4>::Workspace linear_workspace;
    std::vector<float> four(4);
    EXPECT_EQ(
        test::error_message([&] {
            linear.forward(linear_workspace, RowsOf<4>(four, {1, 4}), RowsOf<4>(four, {1, 4}));
        }),
        "tfm::Linear::forward: nobody has filled its weight; call fill(weight, bias)");
}

TEST(Block, RefusesWhatACallerGetsWrong)
{
    constexpr BlockShape form = gpt2.form();
    Block<form> block(gpt2);
    init_random(block, 1);
    Block<form>::Workspace workspace(block, {.max_rows = 3, .threads = 1});
    Block<form>::Cache cache(block, 4);
    Tensor<float, RowMajor<>> x({2, gpt2.width});
    Tensor<float, RowMajor<>> narrow({2, 7});
    Tensor<float, RowMajor<>> many({5, gpt2.width});
    auto const run = [&](auto& memory, auto& seen, auto& in, auto& out,
                         AttentionKind mask = AttentionKind::causal) {
        return test::error_message([&] { block.forward(memory, seen, in, out, mask); });
    };
    EXPECT_EQ(run(workspace, cache, narrow, x),
              "tfm::Block::forward: x is 2 x 7 and the output 2 x 30; expected 30 and 30 columns, "
              "and as many rows");
    EXPECT_EQ(run(workspace, cache, x, many),
              "tfm::Block::forward: x is 2 x 30 and the output 5 x 30; expected 30 and 30 columns, "
              "and as many rows");
    EXPECT_EQ(run(workspace, cache, x, x), "");
    EXPECT_EQ(run(workspace, cache, many, many),
              "tfm::Block::forward: 5 rows do not fit; the cache has 2 of its 4 positions in use");
    EXPECT_EQ(test::error_message([&] { cache.rewind(3); }),
              "tfm::BlockCache: cannot rewind to position 3; the cache has 2 rows");
    EXPECT_EQ(cache.position(), 2U);
    EXPECT_EQ(cache.max_positions(), 4U);
    Block<form>::Cache longer(block, 9);
    EXPECT_EQ(run(workspace, longer, many, many, AttentionKind::bidirectional),
              "tfm::Block::forward: 5 rows that all see each other; the workspace was made for 3: "
              "give it more max_rows");
    Block<form> other({.width = 20, .heads = 5});
    Block<form>::Workspace other_workspace(other);
    Block<form>::Cache other_cache(other, 4);
    EXPECT_EQ(run(other_workspace, cache, x, x),
              "tfm::Block::forward: the workspace was made for other sizes; make one for this: "
              "Workspace(options), or Workspace(block, options)");
    EXPECT_EQ(run(workspace, other_cache, x, x),
              "tfm::Block::forward: the cache was made for other heads; make one for this: "
              "Cache(positions), or Cache(block, positions)");
    EXPECT_EQ(test::error_message([&] { Block<form>::Workspace(block, {.max_rows = 0}); }),
              "tfm::BlockWorkspace: max_rows must be at least 1, found 0");
    EXPECT_EQ(test::error_message([&] { Block<form>::Cache(block, 0); }),
              "tfm::BlockCache: expected room for at least 1 position, found 0");
}

TEST(Linear, RefusesWhatACallerGetsWrong)
{
    Linear<> linear(4, 3);
    Tensor<float, RowMajor<>> weight({4, 3});
    std::vector<float> const bias(4);
    EXPECT_EQ(test::error_message([&] { linear.fill(weight, bias); }),
              "tfm::Linear: a bias of 4 numbers; expected the 3 outputs, or none");
    EXPECT_NE(test::error_message([&] { linear.fill(weight, {}, Orientation::out_in); }), "");
    EXPECT_EQ(test::error_message([&] { Linear<>(0, 3); }),
              "tfm::Linear: 0 inputs and 3 outputs; expected at least 1, and what the type states");
    linear.fill(weight);
    EXPECT_EQ(linear.inputs(), 4U);
    EXPECT_EQ(linear.outputs(), 3U);
    EXPECT_EQ(linear.weight().cols(), 3U);
    Linear<>::Workspace workspace(5, {.threads = 1});
    Tensor<float, RowMajor<>> x({2, 4});
    Tensor<float, RowMajor<>> out({2, 3});
    EXPECT_EQ(test::error_message([&] { linear.forward(workspace, x, out); }),
              "tfm::Linear::forward: the workspace was made for 5 inputs; expected 4");
    EXPECT_EQ(test::error_message([&] { Linear<>::Workspace(4, {.max_rows = 0}); }),
              "tfm::LinearWorkspace: max_rows must be at least 1, found 0");
}

TEST(BlockShape, ThatBreaksARuleIsRefused)
{
    auto const refused = [](BlockShape shape) {
        return test::error_message([&] { Block<gpt2.form()>{shape}; });
    };
    EXPECT_EQ(refused({.width = 30, .heads = 4}).substr(0, 70),
              "tfm: width, heads, kv_heads, head_width and mlp_width of a BlockShape ");
    EXPECT_EQ(refused({.width = 30, .heads = 3, .kv_heads = 2}).substr(0, 63),
              "tfm: the heads of a shape must be a multiple of its kv_heads; f");
    EXPECT_EQ(refused({.width = 30, .heads = 3, .rotary = {.width = 4}}).substr(0, 44),
              "tfm: rotary_width of a BlockShape says how m");
}

/// Names as families have them, and what a name that is wrong says.
TEST(LoadParameters, OfABlockNamesWhatIsWrong)
{
    BlockArrays arrays = random_arrays(llama, 61);
    Block<llama> block;
    arrays.add("mlp.up.bias", {llama.mlp_width}, numbers(llama.mlp_width, 1));
    EXPECT_EQ(test::error_message([&] { load_parameters(arrays.state(), block_names, block); }),
              "StateDict: tensor 'mlp.up.bias': expected none, since the shape has no such bias "
              "(BlockShape::biases; an RMS norm has none)");
    arrays.values.erase("mlp.up.bias");
    arrays.extents.at("mlp.up.weight") = {llama.width, llama.mlp_width};
    EXPECT_EQ(
        test::error_message([&] { load_parameters(arrays.state(), block_names, block); }),
        "StateDict: tensor 'mlp.up.weight': expected shape [70, 36], found [36, 70]: the other "
        "way round; say so in the names it is loaded with (orientation)");
    arrays.values.erase("mlp.up.weight");
    EXPECT_EQ(test::error_message([&] { load_parameters(arrays.state(), block_names, block); }),
              "StateDict: expected a tensor 'mlp.up.weight', found none among its 8 tensors");
}

} // namespace
