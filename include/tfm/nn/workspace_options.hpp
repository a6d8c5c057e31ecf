#pragma once

/// \file
/// What the memory of a forward pass is made for.

#include <cstddef>

namespace tfm {

/// What a `Workspace` is made for.
struct WorkspaceOptions {
    std::size_t max_rows = 512;  ///< rows of one chunk; longer inputs take several
    std::size_t threads = 0;     ///< threads of a forward pass; 0: OpenMP's setting
    std::size_t logit_rows = 32; ///< rows of logits handed to a callback at once
};

/// What a `BlockWorkspace` or a `LinearWorkspace` is made for.
struct BlockWorkspaceOptions {
    std::size_t max_rows = 512; ///< rows of one chunk; longer inputs take several
    std::size_t threads = 0;    ///< threads of a forward pass; 0: OpenMP's setting
};

/// What an `EncoderWorkspace` is made for.
struct EncoderWorkspaceOptions {
    std::size_t max_rows = 512; ///< tokens of one chunk of a batch; a sequence may have no more
    std::size_t threads = 0;    ///< threads of a forward pass; 0: OpenMP's setting
};

} // namespace tfm
