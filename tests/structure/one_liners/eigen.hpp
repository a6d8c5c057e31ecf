#pragma once

/// \file
/// Prints what a line of docs/coming-from.md leaves in Eigen's column, as a line of JSON.

#include <array>
#include <cstdio>
#include <exception>
#include <type_traits>
#include <vector>

#include <Eigen/Dense>
#include <nlohmann/json.hpp>

template <class T>
using MatrixOf = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using VectorOf = Eigen::Matrix<T, Eigen::Dynamic, 1>;
using Matrix = MatrixOf<float>;
using Vector = VectorOf<float>;

template <class X>
nlohmann::json to_json(const Eigen::DenseBase<X>& x)
{
    MatrixOf<typename X::Scalar> const y = x;
    nlohmann::json values = nlohmann::json::array();
    for (Eigen::Index i = 0; i < y.size(); ++i) values.push_back(static_cast<double>(y.data()[i]));
    nlohmann::json shape = {y.rows(), y.cols()};
    if (X::IsVectorAtCompileTime) shape = {y.size()};
    return {{"shape", shape}, {"values", values}};
}

template <class X>
requires std::is_arithmetic_v<X> nlohmann::json to_json(X x) { return x; }
