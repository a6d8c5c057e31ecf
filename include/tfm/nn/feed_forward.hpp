#pragma once

/// \file
/// A thread's part in the MLP of a layer.

#include <algorithm>
#include <cstddef>

#include "activation.hpp"
#include "block.hpp"
#include "block_scratch.hpp"
#include "schedule.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// x += mlp(normed) for a block's rows, which `normed` holds as inputs of a matmul.
///
/// Many rows of one thread go through a slice of the inner features at a time: these stay in L2
/// beside x, which each slice adds to.
/// \param shared of the block's rows, for the inner features.
/// \param own    of this thread or shared, as `Schedule::conversion_slot` says.
template <DecoderShape S, Precision P, class Inputs>
void feed_forward(const Mlp<S, P.weights>& mlp, Inputs normed, View<float, Strided<dyn, S.width>> x,
                  BlockScratch<S, P>& shared, BlockScratch<S, P>& own, const Schedule& schedule)
{
    using Extents = BlockExtents<S, P>;
    bool const slices = !schedule.by_columns() && x.rows() >= Extents::min_sliced_rows;
    std::size_t const width = slices ? Extents::slice : S.hidden();
    for (std::size_t first = 0; first < S.hidden(); first += width) {
        std::size_t const count = std::min(width, S.hidden() - first);
        auto const hidden = shared.hidden_view(x.rows(), count);
        PanelRange panels = schedule.panels(divide_up(count, panel_width));
        panels = {panels.begin + first / panel_width, panels.end + first / panel_width};
        if constexpr (S.gated_mlp) {
            mlp.up.forward_to(normed, panels, hidden, first);
            mlp.gate.forward_to(normed, panels, hidden, first, ActivationStep<S.activation>{},
                                MultiplyBy(hidden, first));
        } else {
            mlp.up.forward_to(normed, panels, hidden, first, ActivationStep<S.activation>{});
        }
        schedule.sync_block();
        auto const inputs = convert_together(own.hidden_inputs, hidden, schedule);
        mlp.down.add_forward(inputs, first, schedule.panels(mlp.down.panels), x);
        schedule.sync_block();
    }
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
