#pragma once

/// \file
/// `Shape`: the sizes of a kernel's axes, by their names.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tfm::bench {

/// One axis of a shape and its size: `m:128`.
struct Extent {
    std::string axis;
    std::size_t size;
};

/// The sizes of a kernel's axes, in the order in which the kernel names them.
struct Shape {
    std::vector<Extent> extents;

    /// The size of an axis. Throws `tfm::Error` where the shape lacks it.
    std::size_t operator[](std::string_view axis) const;

    /// "m:128,k:768", with another separator where one is given.
    std::string text(char separator = ',') const;
};

/// The shape that "m:7,k:640,n:1920" stands for; throws `BadInput` for anything else.
Shape parse_shape(const std::string& text);

/// The sizes of `shape` for these axes, in their order; empty where its axes are others.
std::vector<std::size_t> sizes_of(const Shape& shape, const std::vector<const char*>& axes);

} // namespace tfm::bench
