#pragma once

/// \file
/// Tensors in `std::format`, where the standard library has it (`__cpp_lib_format`): `{}` is
/// `to_text(x)`. The header is empty elsewhere.

#include <version>

#if defined(__cpp_lib_format)

#include <format>
#include <string_view>

#include "print.hpp"

namespace tfm::tensor_detail {

/// Writes `to_text(x)`, and takes what a string's format takes: width, fill and alignment.
struct TextFormatter : std::formatter<std::string_view> {
    template <class X, class Context>
    auto format(const X& x, Context& context) const
    {
        return std::formatter<std::string_view>::format(to_text(x), context);
    }
};

} // namespace tfm::tensor_detail

/// `to_text(x)`.
template <class T, tfm::Layout L>
struct std::formatter<tfm::View<T, L>> : tfm::tensor_detail::TextFormatter {
};
/// `to_text(x)`.
template <class T, tfm::Layout L>
struct std::formatter<tfm::Tensor<T, L>> : tfm::tensor_detail::TextFormatter {
};

#endif
