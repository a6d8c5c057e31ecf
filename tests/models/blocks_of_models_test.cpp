/// \file
/// Blocks that are filled from a model's file, one behind the other, are the model: the residual
/// stream is the same bit for bit in every precision. The models are those whose logits are
/// transformers' (decoder_reference_test.cpp).

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/gpt_neox.hpp>
#include <tfm/models/load.hpp>
#include <tfm/models/load_block.hpp>
#include <tfm/nn/block.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

template <DecoderShape S, Precision P>
void expect_same_stream(const std::filesystem::path& folder, const DecoderNames& names,
                        std::size_t max_rows, std::size_t threads)
{
    Decoder<S, P> const model = load_weights<S, P>(folder, names);
    std::vector<Token> const tokens = random_tokens<S>(std::min<std::size_t>(S.context, 60), 3);
    std::size_t const count = tokens.size();
    typename Decoder<S, P>::Workspace workspace({.max_rows = max_rows, .threads = threads});
    typename Decoder<S, P>::Session session;
    typename Decoder<S, P>::Rows const rows{&session, tokens, Logits::none};
    forward(model, workspace, std::span(&rows, 1), {nullptr, {0, S.vocab}});

    std::vector<float> x(count * S.width);
    for (std::size_t i = 0; i < count; ++i)
        embed(model.model().weights.token_embedding.view(), static_cast<std::size_t>(tokens[i]),
              x.data() + i * S.width);
    View<float, RowMajor<dyn, S.width>> const stream(x, {count, S.width});
    using Layer = Block<S.block(), P>;
    typename Layer::Workspace memory({.max_rows = max_rows, .threads = threads});
    SafeTensors const file = SafeTensors::open(folder / "model.safetensors");
    for (std::size_t layer = 0; layer < S.layers; ++layer) {
        Layer block;
        load_parameters(file, names, block, layer);
        typename Layer::Cache cache(count);
        block.forward(memory, cache, stream, stream);
    }
    // What the last chunk of the pass has left.
    std::size_t const first = (count - 1) / max_rows * max_rows;
    auto const expected = workspace.memory().chunk.residual.view();
    for (std::size_t i = first; i < count; ++i)
        ASSERT_TRUE(std::equal(stream.row(i), stream.row(i) + S.width, expected.row(i - first)))
            << folder << ": row " << i;
}

template <DecoderShape S>
void expect_same_streams(const char* name, const DecoderNames& names)
{
    auto const in = [&]<Precision P>() {
        expect_same_stream<S, P>(folder_of(name), names, 512, 1);
        expect_same_stream<S, P>(folder_of(name), names, 512, 2);
        expect_same_stream<S, P>(folder_of(name), names, 7, 1);
    };
    in.template operator()<precision::fp32>();
    in.template operator()<precision::bf16>();
    in.template operator()<precision::int8_weights>();
    in.template operator()<precision::int8>();
    in.template operator()<precision::int8_kv8>();
}

TEST(BlocksOfModels, AreTheModel)
{
    expect_same_streams<llama_grouped>("llama_width48_grouped", llama_names);
    expect_same_streams<llama_multi_query>("llama_width40_multi_query", llama_names);
    expect_same_streams<mistral_wide_window>("mistral_width32_window24", llama_names);
    expect_same_streams<gpt_neox_parallel>("gpt_neox_width36_parallel", gpt_neox_names);
    expect_same_streams<gptj_narrow>("gptj_width30_interleaved", gptj_names);
    expect_same_streams<gpt2_no_positions>("gpt2_width33_no_positions", gpt2_names);
}

} // namespace
