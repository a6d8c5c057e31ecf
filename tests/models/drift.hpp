#pragma once

/// \file
/// How far reduced precisions are from a witness's exact numbers: a table of models and bounds. The
/// models are random ones of some forty features, which feel a rounding more than trained ones do.

#include <functional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace tfm::testing {

/// Largest differences over the standard deviation of what is exact.
struct Drifts {
    double bf16;
    double int8_weights;
    double int8;
};

struct DriftCase {
    std::string name;
    std::function<Drifts()> measure;
    Drifts bounds;

    friend std::ostream& operator<<(std::ostream& out, const DriftCase& drift)
    {
        return out << drift.name;
    }
};

class Drift : public ::testing::TestWithParam<DriftCase> {};

TEST_P(Drift, IsBounded)
{
    Drifts const found = GetParam().measure();
    Drifts const& bounds = GetParam().bounds;
    auto const expect_between = [](const char* precision, double drift, double bound) {
        EXPECT_LT(drift, bound) << precision;
        EXPECT_GT(drift, 1e-4) << precision << ": no nearer than fp32's bound";
        RecordProperty(precision, std::to_string(drift));
    };
    expect_between("bf16", found.bf16, bounds.bf16);
    expect_between("int8_weights", found.int8_weights, bounds.int8_weights);
    expect_between("int8", found.int8, bounds.int8);
}

inline std::string case_name(const ::testing::TestParamInfo<DriftCase>& info)
{
    return info.param.name;
}

} // namespace tfm::testing
