#pragma once

/// \file
/// `Linear<K, N, precision>`: y = x W + b, or y = x W, on rows of one's own.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "../kernels/pack.hpp"
#include "../parallel.hpp"
#include "caller_rows.hpp"
#include "linear_weights.hpp"
#include "matmul_inputs.hpp"
#include "workspace_options.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Memory for the rows of one `Linear` of K inputs at a time.
template <std::size_t K, Precision P>
class LinearWorkspace {
public:
    /// Where K is a number. Throws `tfm::Error` when `max_rows` is 0.
    explicit LinearWorkspace(BlockWorkspaceOptions options = {}) requires(K != dyn)
        : LinearWorkspace(K, options)
    {
    }
    /// For layers of so many inputs. Throws the same.
    explicit LinearWorkspace(std::size_t inputs, BlockWorkspaceOptions options = {})
        : inputs_({options.max_rows, inputs}), columns_(inputs), max_rows_(options.max_rows),
          threads_(options.threads == 0 ? default_threads() : options.threads)
    {
        require(max_rows_ > 0,
                [] { return "tfm::LinearWorkspace: max_rows must be at least 1, found 0"; });
    }

    /// Inputs it was made for.
    std::size_t inputs() const noexcept { return columns_; }
    /// Rows of one chunk.
    std::size_t max_rows() const noexcept { return max_rows_; }
    /// Threads of a call.
    std::size_t threads() const noexcept { return threads_; }
    /// Rows as weights are multiplied with them.
    MatmulInputs<P>& converted() noexcept { return inputs_; }

private:
    MatmulInputs<P> inputs_;
    std::size_t columns_;
    std::size_t max_rows_;
    std::size_t threads_;
};

/// A fully connected layer of K inputs and N outputs with its weight in precision P;
/// `torch.nn.Linear(K, N)`. K and N are numbers or `dyn`.
template <std::size_t K = dyn, std::size_t N = dyn, Precision P = precision::fp32>
class Linear {
    static_assert(SupportedPrecision<P>::value);

public:
    static constexpr Precision precision = P; ///< of the weight and of what it is multiplied with
    using Workspace = LinearWorkspace<K, P>;  ///< memory for calls of `forward`

    /// Not filled yet.
    Linear() requires(K != dyn && N != dyn) : Linear(K, N) {}
    /// The same of extents known at run time, which are K and N where those are numbers.
    Linear(std::size_t inputs, std::size_t outputs) { allocate(inputs, outputs); }

    /// Packs a weight, (K, N) or as `orientation` says, rounded or quantised to what P stores, and
    /// takes a copy of the bias, (N) or empty. Throws `tfm::Error` where extents differ.
    template <TensorLike W>
    void fill(const W& weight, std::span<const float> bias = {},
              Orientation orientation = Orientation::in_out)
    {
        auto const source = tensor_detail::view_of(weight);
        using L = typename decltype(source)::layout_type;
        static_assert(RowsOfFloats<typename decltype(source)::element_type, L>::value);
        require(bias.empty() || bias.size() == outputs(), [&] {
            return "tfm::Linear: a bias of " + std::to_string(bias.size()) +
                   " numbers; expected the " + std::to_string(outputs()) + " outputs, or none";
        });
        if constexpr (P.weights == Dtype::int8) {
            pack(source, weights_.weight, orientation);
        } else {
            pack(source, weights_.weight.view(), orientation);
        }
        weights_.bias = Tensor<float, Vec<>>(Vec<>(bias.size()));
        std::copy(bias.begin(), bias.end(), weights_.bias.data());
        is_filled_ = true;
    }

    /// K.
    std::size_t inputs() const noexcept { return weights_.weight.rows(); }
    /// N.
    std::size_t outputs() const noexcept { return weights_.weight.cols(); }
    /// The packed weight.
    WeightView<P.weights, K, N> weight() const noexcept
    {
        return nn_detail::with_extents<K, N>(weights_.weight.view());
    }

    /// out = x W + b for x (n, K) and out (n, N), rows of floats that do not overlap. Throws
    /// `tfm::Error` for extents that differ, a workspace for other inputs and a layer that nobody
    /// has filled.
    template <TensorLike X, TensorLike Out>
    void forward(Workspace& workspace, const X& x, Out&& out) const
    {
        run(workspace, detail::input_rows<K>(x), detail::output_rows<N>(out));
    }

private:
    void allocate(std::size_t inputs, std::size_t outputs)
    {
        require(inputs > 0 && outputs > 0 && compatible_extents(K, inputs) &&
                    compatible_extents(N, outputs),
                [&] {
                    return "tfm::Linear: " + std::to_string(inputs) + " inputs and " +
                           std::to_string(outputs) +
                           " outputs; expected at least 1, and what the type states";
                });
        nn_detail::allocate(weights_.weight,
                            {Role::query, ParameterKind::weight, 0, inputs, outputs});
    }

    void run(Workspace& workspace, detail::InputRows x, detail::OutputRows out) const
    {
        require(is_filled_, [] {
            return "tfm::Linear::forward: nobody has filled its weight; call fill(weight, bias)";
        });
        detail::check_rows("tfm::Linear", x, inputs(), out, outputs());
        require(workspace.inputs() == inputs(), [&] {
            return "tfm::Linear::forward: the workspace was made for " +
                   std::to_string(workspace.inputs()) + " inputs; expected " +
                   std::to_string(inputs());
        });
        for (std::size_t first = 0; first < x.rows(); first += workspace.max_rows()) {
            std::size_t const count = std::min(workspace.max_rows(), x.rows() - first);
            parallel(workspace.threads(), [&](Team team) {
                auto const rows =
                    workspace.converted().convert(row_range(x, first, count), team.share(count));
                team.barrier();
                weights_.forward(rows, team.share(weights_.panels()), row_range(out, first, count),
                                 0);
            });
        }
    }

    LinearWeights<P.weights> weights_;
    bool is_filled_ = false;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
