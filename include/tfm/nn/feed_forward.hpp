#pragma once

/// \file
/// The MLP of a layer: the one part of a block whose code depends on the block's form.

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "../kernels/epilogue.hpp"
#include "block_weights.hpp"
#include "scratch.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The step of a matmul that applies A.
template <Activation A>
using ActivationStep =
    std::conditional_t<A == Activation::gelu_tanh, GeluTanh,
                       std::conditional_t<A == Activation::gelu, Gelu,
                                          std::conditional_t<A == Activation::silu, Silu, Relu>>>;

/// Inner features of an MLP in precision P.
template <Precision P>
using HiddenView = View<typename SharedScratch<P>::HiddenElement, Strided<>>;

/// Inner features from number `first` on of a block's rows: act(up x), or act(gate x) * up x, in
/// the panels of `panels`. A model carries the function of its form, so that all else of a forward
/// pass is compiled once for a precision, whatever the models.
template <Precision P>
using InnerFeatures = void (*)(const BlockWeights<P.weights>& block,
                               typename MatmulInputs<P>::Rows x, PanelRange panels,
                               std::size_t first, HiddenView<P> hidden);

/// The `InnerFeatures` of a form.
template <MlpForm F, Precision P>
void inner_features(const BlockWeights<P.weights>& block, typename MatmulInputs<P>::Rows x,
                    PanelRange panels, std::size_t first, HiddenView<P> hidden)
{
    using Step = ActivationStep<F.activation>;
    auto const& up = block.matmul(Role::mlp_up);
    if constexpr (F.gated) {
        up.forward(x, panels, hidden, first);
        block.matmul(Role::mlp_gate)
            .forward(x, panels, hidden, first, Step{}, MultiplyBy(hidden, first));
    } else {
        up.forward(x, panels, hidden, first, Step{});
    }
}

/// x += down(hidden) for a block's rows and their inner features from number `first` on, a slice of
/// `width` at a time.
template <Precision P>
void add_slices(const LinearWeights<P.weights>& down, HiddenView<P> hidden, std::size_t first,
                std::size_t width, View<float, Strided<>> x, ConvertedScratch<P>& converted,
                const Schedule& schedule)
{
    std::size_t const slices = divide_up(hidden.cols(), width);
    auto const inputs = [&](std::size_t slice, IndexRange rows) {
        std::size_t const begin = slice * width;
        return converted.hidden_inputs[slice].convert(
            column_range(hidden, begin, std::min(width, hidden.cols() - begin)), rows);
    };
    IndexRange const mine = schedule.conversions(hidden.rows());
    for (std::size_t slice = 0; slice < slices; ++slice) inputs(slice, mine);
    if constexpr (!MatmulInputs<P>::template takes<typename SharedScratch<P>::HiddenElement>)
        schedule.sync_conversion();
    // Few rows are bound by reading the weight, which is fastest one group of panels after another.
    IndexRange const all = schedule.panels(down.panels());
    std::size_t const group = hidden.rows() < 16 ? max_tile_columns / panel_width : all.size();
    for (std::size_t begin = all.begin; begin < all.end; begin += group) {
        IndexRange const panels{begin, std::min(begin + group, all.end)};
        for (std::size_t slice = 0; slice < slices; ++slice)
            down.add_forward(inputs(slice, {0, 0}), first + slice * width, panels, x);
    }
}

/// x += mlp(normed) for a block's rows, which `normed` holds as inputs of a matmul.
///
/// Many rows of one thread go through a slice of the inner features at a time: these stay in L2
/// beside x, which each slice adds to. Few rows have all of them at once. But for fp32 they are
/// then cut into the same slices: a row has the same scales and sums in any company.
template <Precision P>
void feed_forward(InnerFeatures<P> inner, const BlockWeights<P.weights>& block,
                  const BlockShape& shape, typename MatmulInputs<P>::Rows normed,
                  View<float, Strided<>> x, SharedScratch<P>& shared,
                  ConvertedScratch<P>& converted, const Schedule& schedule)
{
    bool const slices = !schedule.by_columns() && x.rows() >= RowBlocks<P>::min_sliced_rows;
    std::size_t const slice = RowBlocks<P>::slice(shape);
    std::size_t const width = slices ? slice : shape.mlp_width;
    auto const& down = block.matmul(Role::mlp_down);
    for (std::size_t first = 0; first < shape.mlp_width; first += width) {
        std::size_t const count = std::min(width, shape.mlp_width - first);
        auto const hidden = shared.hidden(x.rows(), count);
        PanelRange panels = schedule.panels(divide_up(count, panel_width));
        panels = {panels.begin + first / panel_width, panels.end + first / panel_width};
        inner(block, normed, panels, first, hidden);
        schedule.sync_block();
        add_slices<P>(down, hidden, first, P.weights == Dtype::fp32 ? width : slice, x, converted,
                      schedule);
        schedule.sync_block();
    }
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
