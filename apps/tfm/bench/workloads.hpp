#pragma once

/// \file
/// What `tfm bench` times on a loaded model.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/any/model.hpp>

#include "forward_cost.hpp"

namespace tfm_program {

/// Does the work once and returns the seconds that are reported.
using TimedRun = std::function<double()>;

/// Work with a name.
struct Workload {
    std::string name;
    std::string_view unit; ///< of the reported time, "ms" or "s"
    std::size_t positions; ///< of the model's context that it takes
    std::size_t tokens;    ///< that the model takes or makes in the reported time
    ForwardCost cost;      ///< of what is reported
    std::function<TimedRun(const tfm::any::Decoder&, std::size_t threads)> prepare;
    bool on_request = false; ///< takes so long that it has to be asked for
};

/// All of it: prompts, decoding, batches, generating, and on request long batches.
std::vector<Workload> model_workloads(const ModelKind& model);

/// So many different tokens of a model's vocabulary.
std::vector<std::int32_t> some_tokens(std::size_t count, std::size_t vocab);

} // namespace tfm_program
