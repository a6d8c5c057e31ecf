#include "suite.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bad_input.hpp"

namespace tfm::bench {

namespace {

std::string joined(const std::vector<std::string>& texts, const std::string& separator)
{
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : separator) + text;
    return all;
}

Shape shape_of(const std::vector<const char*>& axes, const std::vector<std::size_t>& sizes)
{
    Shape shape;
    for (std::size_t i = 0; i < axes.size(); ++i) shape.extents.push_back({axes[i], sizes.at(i)});
    return shape;
}

} // namespace

std::vector<Shape> Suite::shapes(const std::vector<const char*>& axes,
                                 const std::vector<std::vector<std::size_t>>& full,
                                 const std::vector<std::vector<std::size_t>>& tiny,
                                 Condition condition)
{
    std::vector<Shape> shapes;
    auto const add = [&](const std::vector<std::size_t>& sizes) {
        Shape const shape = shape_of(axes, sizes);
        bool const suits = condition.holds == nullptr || condition.holds(shape);
        if (suits) shapes.push_back(shape);
        return suits;
    };
    if (settings_.shapes.empty()) {
        for (auto const& sizes : settings_.tiny ? tiny : full) add(sizes);
        return shapes;
    }
    std::string accepted = joined({axes.begin(), axes.end()}, ",");
    if (condition.text != nullptr) accepted.append(" with ").append(condition.text);
    if (std::find(axes_.begin(), axes_.end(), accepted) == axes_.end()) axes_.push_back(accepted);
    for (std::size_t i = 0; i < settings_.shapes.size(); ++i) {
        std::vector<std::size_t> const sizes = sizes_of(settings_.shapes[i], axes);
        if (!sizes.empty() && add(sizes)) is_taken_[i] = true;
    }
    return shapes;
}

bool Suite::wants(const Call& call)
{
    auto const& dtypes = settings_.dtypes;
    if (!dtypes.empty() &&
        std::find(dtypes.begin(), dtypes.end(), call.precision.name) == dtypes.end())
        return false;
    ++calls_;
    has_opponents_call_ = has_opponents_call_ || opponents_.have(call);
    return true;
}

void Suite::check() const
{
    for (std::size_t i = 0; i < is_taken_.size(); ++i) {
        if (!is_taken_[i])
            throw BadInput("--shape " + settings_.shapes[i].text() +
                           ": expected the axes of a kernel: " + joined(axes_, "; "));
    }
    if (calls_ == 0)
        throw BadInput("--dtype " + joined(settings_.dtypes, ",") +
                       ": expected one that a kernel with the axes of --shape is timed in");
    if (!settings_.vs.empty() && !has_opponents_call_)
        throw BadInput("--vs " + joined(settings_.vs, ",") +
                       ": expected a matmul in one of their precisions to run: " +
                       opponents_.what_they_have());
}

/// Google Benchmark ends the program where a row of CSV has a counter that the first has not.
void Suite::add_missing_columns(benchmark::State& state) const
{
    std::vector<std::string> names{"flops"};
    for (const char* const rate : {"GFLOP/s", "GOP/s"}) {
        names.emplace_back(rate);
        for (const std::string& library : opponents_.names()) names.push_back(library + "_" + rate);
    }
    for (const std::string& library : opponents_.names()) names.push_back(library + "/tfm");
    for (const std::string& name : names) state.counters.try_emplace(name, NAN);
}

std::string Suite::name_of(const Call& call, std::size_t threads)
{
    std::string name(call.kernel);
    name.append("/").append(call.precision.name).append("/").append(call.shape.text('/'));
    return name + "/threads:" + std::to_string(threads);
}

void Suite::add(const std::string& name,
                [[maybe_unused]] const std::function<void(benchmark::State&)>& run)
{
#ifndef __clang_analyzer__ // takes what Google Benchmark comes to own for a leak
    benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
#endif
}

} // namespace tfm::bench
