#pragma once

/// \file
/// `any::Encoder` in one precision, of all sizes and forms.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "../nn/encode.hpp"
#include "linked.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace any_detail {

/// An encoder in precision P.
template <Precision P>
class LoadedEncoder final : public any::FileEncoder {
    using Memory = detail::EncoderPassMemory<P>;

public:
    /// All parameters zero; run by the code of its form.
    LoadedEncoder(const EncoderShape& shape, detail::InnerFeatures<P> inner_features)
        : model_{detail::EncoderWeights<P.weights>(shape), inner_features}
    {
    }

    const EncoderShape& shape() const noexcept override { return model_.weights.shape; }
    Precision precision() const noexcept override { return P; }
    std::size_t weight_bytes() const noexcept override
    {
        return nn_detail::parameter_bytes(shape(), P.weights);
    }

    void encode(std::span<const EncoderInput> batch, std::span<float> out,
                const EncoderWorkspaceOptions& options) const override
    {
        Memory memory(shape(), fitted(batch, options));
        detail::encode(model_, memory, batch, rows_of(out, shape().width));
    }

    void encode_pooled(std::span<const EncoderInput> batch, std::span<float> out,
                       const EncoderWorkspaceOptions& options) const override
    {
        Memory memory(shape(), fitted(batch, options));
        detail::encode_pooled(model_, memory, batch, rows_of(out, shape().width));
    }

    void classify(std::span<const EncoderInput> batch, std::span<float> out,
                  const EncoderWorkspaceOptions& options) const override
    {
        require(shape().labels > 0, [] {
            return "tfm::any::Encoder: expected an encoder with labels to classify, found none; "
                   "load it with EncoderTask{.labels = ...}";
        });
        Memory memory(shape(), fitted(batch, options));
        detail::classify(model_, memory, batch, rows_of(out, shape().labels));
    }

    void
    use_weights(FunctionRef<void(any::StoredWeights<EncoderShape>& weights)> use) const override
    {
        any::lend(model_.weights, use);
    }

private:
    /// Memory is made for each call: no more of it than the batch can use.
    static EncoderWorkspaceOptions fitted(std::span<const EncoderInput> batch,
                                          EncoderWorkspaceOptions options)
    {
        std::size_t rows = Memory::sequence_alignment;
        for (const EncoderInput& input : batch)
            rows += round_up(input.tokens.size(), Memory::sequence_alignment);
        options.max_rows = std::min(options.max_rows, rows);
        return options;
    }

    static View<float, RowMajor<>> rows_of(std::span<float> out, std::size_t columns)
    {
        require(out.size() % columns == 0, [&] {
            return "tfm::any::Encoder: the output has " + std::to_string(out.size()) +
                   " floats; expected rows of " + std::to_string(columns);
        });
        return {out.data(), {out.size() / columns, columns}};
    }

    mutable detail::EncoderModel<P> model_; ///< read only, once it is loaded
};

} // namespace any_detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
