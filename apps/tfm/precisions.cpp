#include "precisions.hpp"

#include <algorithm>

#include <tfm/any/model.hpp>
#include <tfm/config.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

tfm::Precision precision_named(std::string_view name, std::string_view option)
{
    auto const linked = tfm::any::linked_precisions();
    auto const precision = tfm::precision_named(name);
    if (precision && std::find(linked.begin(), linked.end(), *precision) != linked.end())
        return *precision;
    tfm::fail(std::string(option) + ": expected one of " + precision_names() + ", found " +
              in_quotes(name));
}

std::string precision_names()
{
    std::string names;
    for (const tfm::Precision& precision : tfm::any::linked_precisions())
        names.append(names.empty() ? "" : ", ").append(tfm::name(precision));
    return names;
}

} // namespace tfm_program
