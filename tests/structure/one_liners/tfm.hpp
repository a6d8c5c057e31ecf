#pragma once

/// \file
/// Prints what a line of docs/coming-from.md leaves in tfm's column, as a line of JSON.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/kernels/quantize.hpp>
#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/tensor/print.hpp>
#include <tfm/tfm.hpp>

template <class Range>
nlohmann::json numbers(const Range& range)
{
    nlohmann::json values = nlohmann::json::array();
    for (auto const value : range) values.push_back(tfm::convert<double>(value));
    return values;
}

template <tfm::TensorLike X>
nlohmann::json to_json(const X& x)
{
    auto const view = tfm::tensor_detail::view_of(x);
    nlohmann::json shape = nlohmann::json::array();
    for (std::size_t axis = 0; axis < decltype(view)::layout_type::rank; ++axis)
        shape.push_back(view.extent(axis));
    return {{"shape", shape}, {"values", numbers(tfm::elements(view))}};
}

template <class T, std::size_t N>
nlohmann::json to_json(std::span<T, N> x)
{
    return {{"shape", {x.size()}}, {"values", numbers(x)}};
}

inline nlohmann::json to_json(const tfm::Closeness& x) { return x.is_close; }
inline nlohmann::json to_json(const std::string& x) { return x; }

template <class X>
requires std::is_arithmetic_v<X> nlohmann::json to_json(X x) { return x; }
