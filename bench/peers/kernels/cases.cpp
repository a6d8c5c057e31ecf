#include "cases.hpp"

#include <regex>

#include <tfm/config.hpp>

namespace kernel_peers {

std::string Case::name() const
{
    return std::string(kernel_peers::name(dtype)) + "/m:" + std::to_string(m) +
           "/k:" + std::to_string(weight.k) + "/n:" + std::to_string(weight.n) +
           "/threads:" + std::to_string(threads);
}

double Case::operations() const noexcept
{
    return 2.0 * static_cast<double>(m) * static_cast<double>(weight.k) *
           static_cast<double>(weight.n);
}

double Case::bytes() const noexcept
{
    return static_cast<double>(element_size(dtype) * weight.k * (m + weight.n));
}

bool shares_weight(const Case& a, const Case& b) noexcept
{
    return a.dtype == b.dtype && a.weight.k == b.weight.k && a.weight.n == b.weight.n;
}

namespace {

std::regex compile_filter(const std::string& filter)
{
    try {
        return std::regex(filter);
    } catch (const std::regex_error& error) {
        tfm::fail("--filter '" + filter + "': expected a regular expression: " + error.what());
    }
}

} // namespace

std::vector<CaseGroup> group_cases(const CaseChoice& choice)
{
    std::regex const filter = compile_filter(choice.filter);
    std::vector<CaseGroup> groups;
    for (Dtype const dtype : {Dtype::fp32, Dtype::bf16, Dtype::int8}) {
        for (WeightShape const weight : choice.weights) {
            CaseGroup group;
            for (std::size_t const threads : choice.threads) {
                for (std::size_t const m : choice.rows) {
                    Case const candidate{dtype, m, weight, threads};
                    if (std::regex_search(candidate.name(), filter)) group.push_back(candidate);
                }
            }
            if (!group.empty()) groups.push_back(group);
        }
    }
    return groups;
}

} // namespace kernel_peers
