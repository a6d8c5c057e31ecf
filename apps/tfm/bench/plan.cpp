#include "plan.hpp"

#include <array>
#include <utility>

#include <regex.h>
#include <tfm/config.hpp>

#include "../standard_streams.hpp"
#include "first_token_process.hpp"

namespace tfm_program {

namespace {

/// An extended regular expression of POSIX: that of C++ trips over g++ 12's warnings when built
/// with sanitizers (its bug 105562).
class RegularExpression {
public:
    explicit RegularExpression(const std::string& text)
    {
        int const error = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
        if (error == 0) return;
        std::array<char, 128> reason{};
        ::regerror(error, &compiled_, reason.data(), reason.size());
        tfm::fail("--only: expected a regular expression, found " + in_quotes(text) + ": " +
                  reason.data());
    }
    RegularExpression(const RegularExpression&) = delete;
    RegularExpression& operator=(const RegularExpression&) = delete;
    ~RegularExpression() { ::regfree(&compiled_); }

    bool is_in(const std::string& text) const
    {
        return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
    }

private:
    ::regex_t compiled_{};
};

/// Whether a name has what the user wants in it.
class NameFilter {
public:
    explicit NameFilter(const std::optional<std::string>& pattern)
    {
        if (pattern) pattern_.emplace(*pattern);
    }

    /// Remembers the name for `names()`. Without a pattern all match that need no request.
    bool matches(const std::string& name, bool on_request = false)
    {
        names_.append(names_.empty() ? "" : ", ").append(name);
        return pattern_ ? pattern_->is_in(name) : !on_request;
    }

    /// What was asked for, separated by commas.
    const std::string& names() const { return names_; }

private:
    std::optional<RegularExpression> pattern_;
    std::string names_;
};

void plan_process(BenchPlan& plan, NameFilter& filter)
{
    bool const possible = can_start_processes();
    for (auto const& [name, chosen] :
         {std::pair{std::string(start_name), &plan.start},
          std::pair{std::string(peak_memory_name), &plan.peak_memory}}) {
        if (!filter.matches(name)) continue;
        *chosen = possible;
        if (!possible)
            plan.skipped.push_back({name, "this system does not tell a program its "
                                          "own file, to start it anew"});
    }
}

void plan_workloads(BenchPlan& plan, NameFilter& filter, const ModelKind& model)
{
    for (Workload& workload : model_workloads(model)) {
        if (!filter.matches(workload.name, workload.on_request)) continue;
        if (workload.positions <= model.shape.context) {
            plan.workloads.push_back(std::move(workload));
            continue;
        }
        plan.skipped.push_back({workload.name, "it takes " + std::to_string(workload.positions) +
                                                   " positions; the model's context has " +
                                                   std::to_string(model.shape.context)});
    }
}

} // namespace

BenchPlan plan_bench(const ModelKind& model, const std::optional<std::string>& only)
{
    NameFilter filter(only);
    BenchPlan plan;
    plan_process(plan, filter);
    plan_workloads(plan, filter, model);
    if (plan.start || plan.peak_memory || !plan.workloads.empty()) return plan;
    tfm::require(!plan.skipped.empty(), [&] {
        return "--only: expected a part of one of the names " + filter.names() + "; found " +
               in_quotes(only.value_or(""));
    });
    tfm::fail("--only: nothing is left to measure; " + plan.skipped.front().name + ": " +
              plan.skipped.front().reason);
}

} // namespace tfm_program
