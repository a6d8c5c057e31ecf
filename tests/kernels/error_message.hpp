#pragma once

/// \file
/// What a failing call says.

#include <string>

#include <tfm/config.hpp>

namespace tfm::test {

/// The message of the `tfm::Error` that `call` throws; empty when it throws none.
template <class Call>
std::string error_message(Call&& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

} // namespace tfm::test
