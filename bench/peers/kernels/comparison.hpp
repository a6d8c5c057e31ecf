#pragma once

/// \file
/// Checking the libraries against each other and timing them, round by round.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cases.hpp"
#include "contestant.hpp"
#include "library.hpp"

namespace kernel_peers {

/// What the machine can do at most, measured between the libraries' turns.
struct Limits {
    std::optional<Spread> operations; ///< per second; none where nothing measures the dtype's
    Spread read_bytes;                ///< per second

    /// What bounds a case, and the least seconds that it can take.
    struct Bound {
        std::string what;
        double seconds;
    };
    Bound bound(const Case& measured) const;
};

struct Measurement {
    Case measured;
    Limits limits;
    std::vector<Result> results; ///< tfm first where it has the dtype

    /// The time of the fastest peer by that of tfm, and who that is; none where one is missing.
    struct Ratio {
        std::string peer;
        double value;
    };
    std::optional<Ratio> best_peer_by_tfm() const;
};

/// Runs a group of cases with the libraries that have their dtype on this CPU and hands out each
/// measurement when it is made. Throws `WrongProduct`.
void compare(const CaseGroup& group, const std::vector<Library>& libraries, const Method& method,
             const std::function<void(const Measurement&)>& on_measurement);

} // namespace kernel_peers
