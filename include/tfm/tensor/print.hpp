#pragma once

/// \file
/// Tensors as text, as numpy prints arrays: 8 digits at most, columns under each other, the edges
/// of what has more than 1000 elements.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "convert.hpp"
#include "lines.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// Fraction digits at most, and elements shown at either end of a long axis.
inline constexpr std::size_t print_precision = 8;
inline constexpr std::size_t print_edge = 3;
inline constexpr std::size_t print_width = 75;

/// A number around its point: "-12", "5", "e-07".
struct NumberText {
    std::string whole;
    std::string fraction;
    std::string exponent;
};

/// The fewest digits that mean `value` among the numbers of its type, 8 of a fraction at most.
template <class T>
NumberText number_text(T value, std::chars_format format)
{
    char buffer[400];
    auto const text_of = [&](auto... precision) {
        auto const end =
            std::to_chars(buffer, buffer + sizeof(buffer), value, format, precision...);
        return std::string(buffer, end.ptr);
    };
    auto const split = [](const std::string& text) {
        NumberText parts;
        std::size_t const exponent = std::min(text.find('e'), text.size());
        std::size_t const point = std::min(text.find('.'), exponent);
        parts.whole = text.substr(0, point);
        if (point < exponent) parts.fraction = text.substr(point + 1, exponent - point - 1);
        parts.exponent = text.substr(exponent);
        return parts;
    };
    NumberText parts = split(text_of());
    if (parts.fraction.size() > print_precision)
        parts = split(text_of(static_cast<int>(print_precision)));
    while (!parts.fraction.empty() && parts.fraction.back() == '0') parts.fraction.pop_back();
    return parts;
}

/// Floats as words of one width.
template <class T>
std::vector<std::string> float_words(const std::vector<T>& values)
{
    T least = 0;
    T most = 0;
    bool all_finite = true;
    bool negative_infinity = false;
    for (T const value : values) {
        if (!std::isfinite(value)) {
            all_finite = false;
            negative_infinity = negative_infinity || value < 0;
        } else if (value != 0) {
            most = std::max(most, std::abs(value));
            least = least == 0 ? std::abs(value) : std::min(least, std::abs(value));
        }
    }
    bool const scientific =
        most >= T(1e8) ||
        (most > 0 && (static_cast<double>(least) < 0.0001 || most / least > T(1000)));
    auto const format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
    std::vector<NumberText> parts(values.size());
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t exponent = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) continue;
        parts[i] = number_text(values[i], format);
        left = std::max(left, parts[i].whole.size());
        right = std::max(right, parts[i].fraction.size());
        exponent = std::max(exponent, parts[i].exponent.size());
    }
    std::size_t const after = right + exponent + 1; // the point included
    if (!all_finite) {
        std::size_t const longest = negative_infinity ? 4 : 3;
        if (longest > after) left = std::max(left, longest - after);
    }
    std::vector<std::string> words;
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::string word;
        if (!std::isfinite(values[i])) {
            word = std::isnan(values[i]) ? "nan" : values[i] < 0 ? "-inf" : "inf";
            word.insert(0, left + after - word.size(), ' ');
        } else {
            NumberText& number = parts[i];
            // Exponents of unlike lengths: "e+07" is "e+007" beside "e+100".
            if (scientific) number.exponent.insert(2, exponent - number.exponent.size(), '0');
            word = std::string(left - number.whole.size(), ' ') + number.whole + '.' +
                   number.fraction +
                   std::string(right - number.fraction.size(), scientific ? '0' : ' ') +
                   number.exponent;
        }
        words.push_back(word);
    }
    return words;
}

/// Integers as words of one width.
inline std::vector<std::string> integer_words(const std::vector<long long>& values)
{
    std::vector<std::string> words;
    std::size_t width = 0;
    for (long long const value : values) {
        words.push_back(std::to_string(value));
        width = std::max(width, words.back().size());
    }
    for (std::string& word : words) word.insert(0, width - word.size(), ' ');
    return words;
}

/// The words between brackets, `word` the next of them.
struct Brackets {
    const std::vector<std::string>& words;
    const std::vector<std::size_t>& extents;
    bool is_shortened;
    std::size_t word = 0;

    std::string text(std::size_t axis)
    {
        if (axis == extents.size()) return words[word++];
        std::size_t const extent = extents[axis];
        bool const skips = is_shortened && extent > 2 * print_edge;
        bool const innermost = axis + 1 == extents.size();
        std::string const indent(axis + 1, ' ');
        std::string const separator(extents.size() - axis - 1, '\n');
        std::string all;
        std::string line = indent;
        auto const extend = [&](const std::string& part, bool is_last) {
            if (!innermost) {
                all += indent + part + (is_last ? "" : separator);
                return;
            }
            // One place for each bracket that closes behind the line.
            if (line.size() + part.size() > print_width - extents.size() &&
                line.size() > indent.size()) {
                line.resize(line.find_last_not_of(' ') + 1);
                all += line + '\n';
                line = indent;
            }
            line += part + (is_last ? "" : " ");
        };
        std::size_t const shown = skips ? 2 * print_edge : extent;
        for (std::size_t i = 0; i < shown; ++i) {
            if (skips && i == print_edge) extend("...", false);
            extend(text(axis + 1), i + 1 == shown);
        }
        if (innermost) all += line;
        return '[' + all.substr(indent.size()) + ']';
    }
};

/// Calls `take(element)` for each that is shown.
template <class T, class L, class Take, class... Index>
void take_shown(View<T, L> x, bool is_shortened, Take&& take, Index... index)
{
    if constexpr (sizeof...(Index) == L::rank) {
        take(x(index...));
    } else {
        std::size_t const extent = x.extent(sizeof...(Index));
        bool const skips = is_shortened && extent > 2 * print_edge;
        for (std::size_t i = 0; i < extent; ++i) {
            if (skips && i == print_edge) i = extent - print_edge;
            take_shown(x, is_shortened, take, index..., i);
        }
    }
}

} // namespace tensor_detail

/// The elements as numpy's `str(x)` has them.
template <TensorLike X>
std::string to_text(const X& x)
{
    using namespace tensor_detail;
    auto const view = view_of(x);
    constexpr std::size_t rank = decltype(view)::layout_type::rank;
    std::vector<std::size_t> extents;
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        extents.push_back(view.extent(axis));
        count *= view.extent(axis);
    }
    if (count == 0) return "[]";
    bool const is_shortened = count > 1000;
    using Wide = decltype(widen(ValueOf<X>{}));
    std::vector<std::conditional_t<std::is_integral_v<Wide>, long long, Wide>> values;
    take_shown(view, is_shortened, [&](auto value) { values.push_back(widen(value)); });
    std::vector<std::string> words;
    if constexpr (std::is_integral_v<Wide>)
        words = integer_words(values);
    else
        words = float_words(values);
    return Brackets{words, extents, is_shortened}.text(0);
}

namespace tensor_detail {

/// `to_text(x)`, and a line of its shape and element type.
template <class X>
std::string description(const X& x)
{
    auto const view = view_of(x);
    std::string text = to_text(x) + "\n(";
    for (std::size_t axis = 0; axis < decltype(view)::layout_type::rank; ++axis)
        text += (axis == 0 ? "" : ", ") + std::to_string(view.extent(axis));
    return text + (rank_of<const X> == 1 ? ",) " : ") ") +
           std::string(torch_name(file_dtype_of<ValueOf<X>>)) + '\n';
}

} // namespace tensor_detail

/// `to_text(x)`, and a line of its shape and element type.
template <TensorLike X>
void print(std::ostream& stream, const X& x)
{
    stream << tensor_detail::description(x);
}

/// The same to the standard output.
template <TensorLike X>
void print(const X& x)
{
    std::fputs(tensor_detail::description(x).c_str(), stdout);
}

/// `to_text(x)`.
template <class T, Layout L>
std::ostream& operator<<(std::ostream& stream, View<T, L> x)
{
    return stream << to_text(x);
}
/// `to_text(x)`.
template <class T, Layout L>
std::ostream& operator<<(std::ostream& stream, const Tensor<T, L>& x)
{
    return stream << to_text(x);
}

} // namespace tfm

#include "../restore_macros.hpp"
