#include "shape.hpp"

#include <algorithm>
#include <charconv>

#include <tfm/config.hpp>

#include "bad_input.hpp"

namespace tfm::bench {

namespace {

constexpr std::size_t most = std::size_t{1} << 24;
constexpr double most_together = 0x1p40; ///< so that the operands' bytes are numbers

const Extent* find(const Shape& shape, std::string_view axis)
{
    for (const Extent& extent : shape.extents) {
        if (extent.axis == axis) return &extent;
    }
    return nullptr;
}

[[noreturn]] void refuse(const std::string& text, const std::string& expected,
                         std::string_view found)
{
    throw BadInput("--shape " + text + ": expected " + expected + ", found '" + std::string(found) +
                   "'");
}

Extent parse_extent(const std::string& text, std::string_view part)
{
    std::size_t const colon = part.find(':');
    if (colon == std::string_view::npos || colon == 0)
        refuse(text, "AXIS:SIZE,... such as m:7,k:640,n:1920", part);
    std::string_view const digits = part.substr(colon + 1);
    std::size_t size = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    bool const is_whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    if (!is_whole || size == 0 || size > most)
        refuse(text, "a whole number from 1 to " + std::to_string(most), part);
    return {std::string(part.substr(0, colon)), size};
}

} // namespace

std::size_t Shape::operator[](std::string_view axis) const
{
    const Extent* const extent = find(*this, axis);
    require(extent != nullptr,
            [&] { return "no axis '" + std::string(axis) + "' in the shape " + text(); });
    return extent->size;
}

std::string Shape::text(char separator) const
{
    std::string text;
    for (const Extent& extent : extents) {
        if (!text.empty()) text += separator;
        text += extent.axis + ':' + std::to_string(extent.size);
    }
    return text;
}

Shape parse_shape(const std::string& text)
{
    Shape shape;
    double together = 1.0;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const end = std::min(text.find(',', begin), text.size());
        Extent extent = parse_extent(text, std::string_view(text).substr(begin, end - begin));
        if (find(shape, extent.axis) != nullptr) refuse(text, "each axis once", extent.axis);
        together *= static_cast<double>(extent.size);
        shape.extents.push_back(std::move(extent));
        begin = end + 1;
    }
    if (together > most_together) refuse(text, "a product of at most 2^40", text);
    return shape;
}

std::vector<std::size_t> sizes_of(const Shape& shape, const std::vector<const char*>& axes)
{
    std::vector<std::size_t> sizes;
    for (const char* const axis : axes) {
        const Extent* const extent = find(shape, axis);
        if (extent == nullptr || axes.size() != shape.extents.size()) return {};
        sizes.push_back(extent->size);
    }
    return sizes;
}

} // namespace tfm::bench
