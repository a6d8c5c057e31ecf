#include "precisions.hpp"

#include <algorithm>
#include <vector>

#include <tfm/any/model.hpp>
#include <tfm/config.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

namespace {

std::vector<tfm::Precision> linked(bool for_encoders)
{
    std::vector<tfm::Precision> precisions;
    for (const tfm::Precision& precision : tfm::any::linked_precisions())
        if (!for_encoders || tfm::is_encoder_precision(precision)) precisions.push_back(precision);
    return precisions;
}

std::string names_of(const std::vector<tfm::Precision>& precisions)
{
    std::string names;
    for (const tfm::Precision& precision : precisions)
        names.append(names.empty() ? "" : ", ").append(tfm::name(precision));
    return names;
}

tfm::Precision find(std::string_view name, std::string_view option, bool for_encoder)
{
    std::vector<tfm::Precision> const choice = linked(for_encoder);
    auto const precision = tfm::precision_named(name);
    if (precision && std::find(choice.begin(), choice.end(), *precision) != choice.end())
        return *precision;
    tfm::fail(std::string(option) + ": expected one of " + names_of(choice) +
              (for_encoder ? " for an encoder" : "") + ", found " + in_quotes(name));
}

} // namespace

tfm::Precision precision_named(std::string_view name, std::string_view option)
{
    return find(name, option, false);
}

tfm::Precision encoder_precision_named(std::string_view name, std::string_view option)
{
    return find(name, option, true);
}

std::string precision_names() { return names_of(linked(false)); }

std::string encoder_precision_names() { return names_of(linked(true)); }

} // namespace tfm_program
