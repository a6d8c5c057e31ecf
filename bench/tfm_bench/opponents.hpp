#pragma once

/// \file
/// `Opponents`: other libraries that take turns with tfm, in the matmuls that they have.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "call.hpp"
#include "contestant.hpp"
#include "random_matrix.hpp"
#include "settings.hpp"

namespace tfm::bench {

class Opponents {
public:
    /// Those that `settings.vs` names. Throws `BadInput` for one that was not built in.
    explicit Opponents(const Settings& settings);

    /// Name and version of each.
    std::string description() const;
    /// Their products: "Eigen in fp32; ...", and why one has none on this CPU.
    std::string what_they_have() const;
    /// Their names.
    std::vector<std::string> names() const;
    /// Seconds that a library computes before another one's turn.
    double turn_seconds() const noexcept { return method_.sample_seconds; }

    /// Whether one of them has this call.
    bool have(const Call& call) const;

    /// Those that have this call, ready to take turns until the next call of this function. Throws
    /// `kernel_peers::WrongProduct` where one disagrees with tfm.
    std::span<kernel_peers::Contestant> prepare(const Call& call, std::size_t threads);

private:
    /// The copies of one weight, which benchmarks one after the other share.
    struct Match {
        kernel_peers::Case first;
        kernel_peers::OwnedMatrix weight;
        std::unique_ptr<kernel_peers::Matmul> oracle;
        std::vector<kernel_peers::Contestant> contestants;
    };

    void make_match(const kernel_peers::Case& first);

    kernel_peers::Method method_;
    std::vector<kernel_peers::Library> libraries_;
    std::optional<Match> match_;
    kernel_peers::OwnedMatrix x_{};
};

} // namespace tfm::bench
