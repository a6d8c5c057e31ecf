#include "suite.hpp"

#include <string>

namespace tfm::bench {

namespace {

std::string name_of(const Call& call, std::size_t threads)
{
    std::string name(call.kernel);
    name.append("/").append(call.precision.name);
    for (const Extent& extent : call.shape) {
        name.append("/").append(extent.name).append(":").append(std::to_string(extent.size));
    }
    return name + "/threads:" + std::to_string(threads);
}

} // namespace

void Suite::add(const Call& call, std::size_t threads,
                [[maybe_unused]] const std::function<void(benchmark::State&)>& run)
{
    std::string const name = name_of(call, threads);
#ifndef __clang_analyzer__ // takes what Google Benchmark comes to own for a leak
    benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
#endif
}

} // namespace tfm::bench
