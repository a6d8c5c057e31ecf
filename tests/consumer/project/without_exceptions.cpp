/// \file
/// A unit that is compiled with -fno-exceptions -fno-rtti, where errors go to a handler.

#include "without_exceptions.hpp"

#include <cstdlib>
#include <string_view>

#include <tfm/generate/sampler.hpp>

int fail_without_exceptions()
{
    tfm::set_failure_handler([](std::string_view message) {
        std::exit(message.find("temperature") != std::string_view::npos ? 0 : 1);
    });
    tfm::Sampler const sampler({.temperature = -1.0F}, 10);
    return 1;
}
