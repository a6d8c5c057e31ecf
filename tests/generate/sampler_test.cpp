/// \file
/// The sampler's distribution against probabilities worked out here from the definitions.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/sampler.hpp>

namespace {

using tfm::Sampler;
using tfm::SamplingOptions;

const std::vector<float> logits{1.5F, -0.3F, 2.1F, 0.0F, 2.0F, -4.0F, 1.5F};

/// softmax(logits / temperature), cut to the k most likely, renormalised, cut to the fewest that
/// reach p, renormalised: the order in which transformers applies its warpers.
std::vector<double> expected_probabilities(double temperature, std::size_t top_k, double top_p)
{
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    order.resize(top_k == 0 ? order.size() : std::min(top_k, order.size()));
    auto const weight = [&](std::size_t token) {
        return std::exp(static_cast<double>(logits[token]) / temperature);
    };
    double sum = 0.0;
    for (std::size_t const token : order) sum += weight(token);
    std::vector<double> probabilities(logits.size());
    double reached = 0.0;
    double kept = 0.0;
    for (std::size_t const token : order) {
        if (reached >= top_p) break;
        probabilities[token] = weight(token);
        kept += weight(token);
        reached += weight(token) / sum;
    }
    for (double& p : probabilities) p /= kept;
    return probabilities;
}

TEST(Sampler, DrawsFromTheStatedDistribution)
{
    struct Case {
        float temperature;
        std::size_t top_k;
        float top_p;
    };
    constexpr std::size_t draws = 40000;
    for (Case const& c : {Case{1.0F, 0, 1.0F}, Case{0.7F, 0, 1.0F}, Case{1.3F, 3, 1.0F},
                          Case{1.0F, 0, 0.6F}, Case{0.8F, 4, 0.85F}, Case{1.0F, 100, 0.05F}}) {
        SamplingOptions const options{c.temperature, c.top_k, c.top_p, 7};
        Sampler sampler(options, logits.size());
        std::vector<std::size_t> counts(logits.size());
        for (std::size_t i = 0; i < draws; ++i) {
            ++counts[static_cast<std::size_t>(sampler.sample(logits))];
        }
        auto const expected = expected_probabilities(static_cast<double>(c.temperature), c.top_k,
                                                     static_cast<double>(c.top_p));
        for (std::size_t token = 0; token < logits.size(); ++token) {
            double const p = expected[token];
            double const five_sigma = 5.0 * std::sqrt(draws * p * (1.0 - p));
            EXPECT_NEAR(static_cast<double>(counts[token]), draws * p, five_sigma)
                << "token " << token << ", temperature " << c.temperature << ", top_k " << c.top_k
                << ", top_p " << c.top_p;
        }
    }
}

TEST(Sampler, ZeroTemperatureTakesTheFirstMostLikely)
{
    SamplingOptions const options{.temperature = 0.0F};
    Sampler sampler(options, 4);
    EXPECT_EQ(sampler.sample(std::vector<float>{0.0F, 3.0F, 3.0F, 1.0F}), 1);
    SamplingOptions const top_one{.top_k = 1};
    EXPECT_EQ(Sampler(top_one, 4).sample(std::vector<float>{0.0F, 3.0F, 3.0F, 1.0F}), 1);
}

TEST(Sampler, EqualSeedsDrawEqualTokens)
{
    std::vector<std::int32_t> first;
    std::vector<std::int32_t> second;
    std::vector<std::int32_t> other;
    Sampler a({.seed = 5}, logits.size());
    Sampler b({.seed = 5}, logits.size());
    Sampler c({.seed = 6}, logits.size());
    for (std::size_t i = 0; i < 100; ++i) {
        first.push_back(a.sample(logits));
        second.push_back(b.sample(logits));
        other.push_back(c.sample(logits));
    }
    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
}

TEST(Sampler, NeverDrawsMinusInfinity)
{
    constexpr float never = -std::numeric_limits<float>::infinity();
    Sampler sampler({}, 3);
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(sampler.sample(std::vector<float>{never, 1.0F, never}), 1);
    }
}

TEST(Sampler, RefusesWhatItCannotDrawFrom)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(Sampler({.temperature = -1.0F}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.temperature = nan}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.top_p = 0.0F}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.top_p = 1.5F}, 3), tfm::Error);
    Sampler sampler({}, 3);
    EXPECT_THROW(sampler.sample(std::vector<float>{0.0F, nan, 1.0F}), tfm::Error);
    EXPECT_THROW(sampler.sample(std::vector<float>{}), tfm::Error);
    EXPECT_THROW(sampler.sample(std::vector<float>{1.0F, 2.0F, 3.0F, 4.0F}), tfm::Error);
    float const never = -std::numeric_limits<float>::infinity();
    EXPECT_THROW(sampler.sample(std::vector<float>{never, never, never}), tfm::Error);
}

} // namespace
