/// \file
/// What somebody who drops the headers in might do first: a matmul on buffers of their own.
/// With MIXED_FLAGS the other units are compiled for another instruction set and without
/// exceptions.

#include <array>
#include <cstdio>
#include <string>

#include "other_unit.hpp"
#include "product.hpp"
#include "without_exceptions.hpp"

#if defined(ALONE)
#include "other_unit.cpp"
#endif

#if !defined(EXPECTED_VERSION)
#define EXPECTED_VERSION TFM_VERSION_STRING
#endif

#if defined(MIXED_FLAGS)
constexpr bool one_isa = false;
int last_step() { return fail_without_exceptions(); }
#else
constexpr bool one_isa = true;
int last_step() { return 0; }
#endif

int main()
{
    std::array<float, 6> const x{1, 2, 3, 4, 5, 6};
    std::array<float, 6> const weight{1, 0, 0, 1, 1, 1};
    std::array<float, 4> const expected{4, 5, 10, 11};
    std::string const version = std::to_string(TFM_VERSION_MAJOR) + "." +
                                std::to_string(TFM_VERSION_MINOR) + "." +
                                std::to_string(TFM_VERSION_PATCH);

    constexpr tfm::BuildInfo build = tfm::build_info();
    bool const right = product(x, weight) == expected &&
                       product_in_other_unit(x, weight) == expected &&
                       (isa_of_other_unit() == build.isa) == one_isa &&
                       version == EXPECTED_VERSION && build.version == version;
    std::printf("tfm %s, %s and %s: %s\n", build.version.data(), build.isa.data(),
                isa_of_other_unit().data(), right ? "ok" : "wrong");
    return right ? last_step() : 1;
}
