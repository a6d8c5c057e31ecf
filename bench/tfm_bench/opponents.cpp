#include "opponents.hpp"

#include <algorithm>
#include <cctype>

#include "bad_input.hpp"

namespace tfm::bench {

namespace {

using namespace kernel_peers;

bool same_letters(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

/// The library of this name among those that are there.
Library named(const std::vector<Library>& there, const std::string& wanted)
{
    for (const Library& library : there) {
        if (same_letters(library.name, wanted)) return library;
    }
    for (const AbsentLibrary& absent : absent_libraries()) {
        if (same_letters(absent.name, wanted))
            throw BadInput("--vs " + wanted + ": this tfm_bench was built without " + absent.name +
                           ": " + absent.remedy);
    }
    throw BadInput("--vs " + wanted + ": expected eigen, onednn or openblas");
}

/// A call as the libraries know it; none where it is no matmul.
std::optional<Case> case_of(const Call& call, std::size_t threads)
{
    if (call.kernel != "matmul") return std::nullopt;
    for (auto const dtype :
         {kernel_peers::Dtype::fp32, kernel_peers::Dtype::bf16, kernel_peers::Dtype::int8}) {
        if (kernel_peers::name(dtype) == call.precision.name)
            return Case{dtype, call.shape["m"], {call.shape["k"], call.shape["n"]}, threads};
    }
    return std::nullopt;
}

bool has(const Library& library, kernel_peers::Dtype dtype)
{
    return std::any_of(library.kernels.begin(), library.kernels.end(), [&](const Kernel& kernel) {
        return kernel.dtype == dtype && kernel.unsupported.empty();
    });
}

} // namespace

Opponents::Opponents(const Settings& settings)
    : method_{.sample_seconds = bench::turn_seconds(settings),
              .cold_mib = cold_bytes(settings) / mib,
              .warm = settings.warm}
{
    if (settings.vs.empty()) return;
    std::vector<Library> const there = peers();
    for (const std::string& wanted : settings.vs) libraries_.push_back(named(there, wanted));
}

std::string Opponents::description() const
{
    std::string text;
    for (const Library& library : libraries_) {
        text.append(text.empty() ? "" : "; ").append(library.name).append(" ");
        text.append(library.description);
    }
    return text;
}

std::string Opponents::what_they_have() const
{
    std::string text;
    for (const Library& library : libraries_) {
        for (const Kernel& kernel : library.kernels) {
            text.append(text.empty() ? "" : ", ").append(library.name).append(" in ");
            text.append(kernel_peers::name(kernel.dtype));
            if (!kernel.unsupported.empty()) text.append(" (not here: " + kernel.unsupported + ")");
        }
    }
    return text;
}

std::vector<std::string> Opponents::names() const
{
    std::vector<std::string> names;
    for (const Library& library : libraries_) names.push_back(library.name);
    return names;
}

bool Opponents::have(const Call& call) const
{
    auto const wanted = case_of(call, 1);
    return wanted && std::any_of(libraries_.begin(), libraries_.end(), [&](const Library& library) {
               return has(library, wanted->dtype);
           });
}

void Opponents::make_match(const Case& first)
{
    match_.reset(); // its memory goes before the next one's comes
    OwnedMatrix weight =
        random_matrix(first.weight.k, first.weight.n, first.dtype, Operand::weight);
    auto oracle = make_oracle(weight.view());
    auto contestants =
        make_contestants(first, libraries_, weight.view(), count_copies(first, method_));
    match_.emplace(Match{first, std::move(weight), std::move(oracle), std::move(contestants)});
}

std::span<Contestant> Opponents::prepare(const Call& call, std::size_t threads)
{
    if (!have(call)) return {};
    Case const wanted = *case_of(call, threads);
    if (!match_ || !shares_weight(match_->first, wanted)) make_match(wanted);
    x_ = random_matrix(wanted.m, wanted.weight.k, wanted.dtype, Operand::x);
    prepare_all(match_->contestants, *match_->oracle, wanted, x_.view());
    for (Contestant& contestant : match_->contestants) contestant.warm_up(method_.sample_seconds);
    return match_->contestants;
}

} // namespace tfm::bench
