#pragma once

/// \file
/// What `tfm bench` measures of a model, chosen by name.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads.hpp"

namespace tfm_program {

/// What is measured of a new process, beside the workloads of a loaded model.
inline constexpr std::string_view start_name = "start_to_first_token";
inline constexpr std::string_view peak_memory_name = "peak_rss";

/// What cannot be measured here.
struct SkippedWorkload {
    std::string name;
    std::string reason;
};

/// What is chosen.
struct BenchPlan {
    bool start = false;
    bool peak_memory = false;
    std::vector<Workload> workloads;
    std::vector<SkippedWorkload> skipped;
};

/// Chooses what has the regular expression `only` in its name, or all. Throws `tfm::Error` when
/// that is none, and when nothing can be measured.
BenchPlan plan_bench(const ModelKind& model, const std::optional<std::string>& only);

} // namespace tfm_program
