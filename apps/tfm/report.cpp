#include "report.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <sys/resource.h>
#include <tfm/models/activation_names.hpp>
#include <tfm/parallel.hpp>
#include <tfm/simd/build_info.hpp>

#include "standard_streams.hpp"
#include "thread_limit.hpp"

namespace tfm_program {

void print_json(const JsonObject& object)
{
    print(object.dump(-1, ' ', false, JsonObject::error_handler_t::replace) + "\n");
    flush_output();
}

void add_build(JsonObject& object, std::size_t threads)
{
    constexpr tfm::BuildInfo build = tfm::build_info();
    object["version"] = build.version;
    object["isa"] = build.isa;
    object["threads"] = team_size(threads);
    object["threads_decided_by"] = threads_decided_by(threads);
    object["threading"] = build.threads;
    object["compiler"] = build.compiler;
}

namespace {

/// What shapes of decoders and encoders have in common.
template <class Shape>
JsonObject common_json(const Shape& shape)
{
    JsonObject object;
    object["vocab"] = shape.vocab;
    object["context"] = shape.context;
    object["width"] = shape.width;
    object["heads"] = shape.heads;
    object["layers"] = shape.layers;
    object["mlp_width"] = shape.hidden();
    object["activation"] = tfm::name(shape.activation);
    return object;
}

} // namespace

JsonObject shape_json(const tfm::DecoderShape& shape)
{
    JsonObject object = common_json(shape);
    object["tied_head"] = shape.tied_head;
    object["kv_heads"] = shape.key_heads();
    object["head_width"] = shape.head_width();
    object["gated_mlp"] = shape.gated_mlp;
    object["window"] = nullptr;
    if (shape.window != 0) object["window"] = shape.window;
    return object;
}

JsonObject shape_json(const tfm::EncoderShape& shape)
{
    JsonObject object = common_json(shape);
    object["token_types"] = shape.token_types;
    return object;
}

std::string describe_build()
{
    constexpr tfm::BuildInfo build = tfm::build_info();
    std::string text = "tfm ";
    return text.append(build.version)
        .append(", ")
        .append(build.isa)
        .append(", threads by ")
        .append(build.threads)
        .append(", ")
        .append(build.compiler);
}

std::size_t team_size(std::size_t threads)
{
    require_threads(threads);
    std::size_t size = 1;
    tfm::parallel(threads == 0 ? tfm::default_threads() : threads, [&](tfm::Team team) {
        if (team.rank() == 0) size = team.size();
    });
    return size;
}

std::string_view threads_decided_by(std::size_t threads)
{
    return threads == 0 ? tfm::thread_limits().decided_by() : "--threads";
}

std::size_t peak_resident_bytes()
{
    // Not getrusage where there is better: its peak includes what a parent had before exec.
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        constexpr std::string_view field = "VmHWM:";
        if (line.starts_with(field)) return 1024 * std::stoull(line.substr(field.size()));
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
    return static_cast<std::size_t>(usage.ru_maxrss);
#else
    return 1024 * static_cast<std::size_t>(usage.ru_maxrss);
#endif
}

std::string human_bytes(std::size_t bytes) { return human_count(bytes) + "B"; }

std::string human_count(std::size_t count)
{
    constexpr std::array units{" ", " k", " M", " G", " T"};
    auto value = static_cast<double>(count);
    std::size_t unit = 0;
    while (value >= 999.95 && unit + 1 < units.size()) {
        value /= 1000.0;
        ++unit;
    }
    return fixed(value, unit == 0 ? 0 : 1) + units[unit];
}

std::string fixed(double value, int decimals)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

std::string significant(double value, int digits)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    return text.data();
}

} // namespace tfm_program
