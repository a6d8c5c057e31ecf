#pragma once

/// \file
/// Which way round a checkpoint stores a matrix.

namespace tfm {

/// How a checkpoint stores the weight of y = x W.
enum class Orientation {
    in_out, ///< (K, N), as GPT-2's Conv1D has it
    out_in, ///< (N, K), as PyTorch's `nn.Linear` has it
};

} // namespace tfm
