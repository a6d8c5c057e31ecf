#pragma once

/// \file
/// numpy's .npy files: one array each (numpy.lib.format: a magic, a version, a header that is a
/// Python dictionary, the elements).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../diagnostics.hpp"
#include "mapped_file.hpp"
#include "output_file.hpp"
#include "tensor_bytes.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// What the header of a .npy file says.
struct NpyHeader {
    std::string_view type; ///< such as "<f4"
    bool fortran_order = false;
    std::vector<std::size_t> shape;
    std::size_t data = 0; ///< where the elements begin
};

/// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", fields in any order.
class NpyHeaderReader {
public:
    explicit NpyHeaderReader(std::string_view text) : text_(text) {}

    bool read(NpyHeader& header)
    {
        if (!take("{")) return false;
        unsigned found = 0;
        while (!take("}")) {
            std::string_view const key = quoted();
            if (!take(":")) return false;
            if (key == "descr") {
                header.type = quoted();
                found |= 1U;
            } else if (key == "fortran_order") {
                header.fortran_order = take("True");
                if (!header.fortran_order && !take("False")) return false;
                found |= 2U;
            } else if (key == "shape") {
                if (!shape(header.shape)) return false;
                found |= 4U;
            } else {
                return false;
            }
            if (!take(",") && !text_.starts_with('}')) return false;
        }
        return found == 7U && text_.empty();
    }

private:
    void skip_space()
    {
        std::size_t const next = text_.find_first_not_of(" \n");
        text_.remove_prefix(next == std::string_view::npos ? text_.size() : next);
    }
    bool take(std::string_view token)
    {
        skip_space();
        if (!text_.starts_with(token)) return false;
        text_.remove_prefix(token.size());
        skip_space();
        return true;
    }
    std::string_view quoted()
    {
        skip_space();
        char const quote = text_.empty() ? '\0' : text_.front();
        std::size_t const end = text_.find(quote, 1);
        if ((quote != '\'' && quote != '"') || end == std::string_view::npos) return {};
        std::string_view const value = text_.substr(1, end - 1);
        text_.remove_prefix(end + 1);
        return value;
    }
    bool shape(std::vector<std::size_t>& extents)
    {
        if (!take("(")) return false;
        while (!take(")")) {
            std::size_t extent = 0;
            std::size_t digits = 0;
            for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits)
                extent = extent * 10 + static_cast<std::size_t>(text_[digits] - '0');
            if (digits == 0 || digits > 18) return false;
            text_.remove_prefix(digits);
            extents.push_back(extent);
            if (!take(",") && !text_.starts_with(')')) return false;
        }
        return true;
    }

    std::string_view text_;
};

/// Element types by numpy's letters; those of one byte have no order.
inline FileDType npy_dtype(std::string_view type) noexcept
{
    if (type == "<f4") return FileDType::F32;
    if (type == "<f8") return FileDType::F64;
    if (type == "<i4") return FileDType::I32;
    if (type == "|i1") return FileDType::I8;
    if (type == "|u1") return FileDType::U8;
    return FileDType::unknown;
}

inline NpyHeader read_npy_header(std::string_view file, const std::string& path)
{
    require(file.size() >= 10 && file.starts_with(npy_magic), [&] {
        return path + ": expected a .npy file, which begins with \\x93NUMPY, and found other bytes";
    });
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(file[i]); };
    unsigned const version = byte(6);
    require(version >= 1 && version <= 3, [&] {
        return path + ": a .npy file of version " + std::to_string(version) +
               "; versions 1 to 3 are known";
    });
    std::size_t const begin = version == 1 ? 10 : 12;
    std::size_t length = byte(8) | static_cast<std::size_t>(byte(9)) << 8U;
    if (version > 1 && file.size() >= begin)
        length |= static_cast<std::size_t>(byte(10)) << 16U | static_cast<std::size_t>(byte(11))
                                                                  << 24U;
    require(file.size() >= begin && length <= file.size() - begin,
            [&] { return path + ": the header of this .npy file is cut off"; });
    std::string_view const text = file.substr(begin, length);
    NpyHeader header;
    require(NpyHeaderReader(text).read(header), [&] {
        return path + ": the header of this .npy file is " + in_quotes(text) +
               "; expected a dictionary of descr, fortran_order and shape";
    });
    header.data = begin + length;
    return header;
}

/// The bytes before the elements, a multiple of 64.
inline std::string npy_header_text(FileDType dtype, std::span<const std::size_t> shape)
{
    std::string text = "{'descr': '";
    for (std::string_view const type : {"<f4", "<f8", "<i4", "|i1", "|u1"})
        if (npy_dtype(type) == dtype) text += type;
    text += "', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ' ';
        text += std::to_string(shape[i]);
        if (i + 1 < shape.size() || i == 0) text += ',';
    }
    text += "), }";
    std::size_t const length = round_up(10 + text.size() + 1, 64) - 10;
    text.resize(length - 1, ' ');
    text += '\n';
    std::string head(npy_magic);
    head += '\x01';
    head += '\0';
    head += static_cast<char>(length & 0xFFU);
    head += static_cast<char>(length >> 8U);
    return head + text;
}

} // namespace detail

/// The array of a .npy file as a tensor of type X, `Tensor<float, RowMajor<>>` for one: of as many
/// axes as the array, of its extents where X has static ones. Elements are converted as `convert`
/// does; float32, float64, int32, int8 and uint8 are read, in C's order or Fortran's.
/// Throws `tfm::Error` naming the file and what was expected.
template <class X>
X load_npy(const std::filesystem::path& path)
{
    MappedFile const file = MappedFile::open(path);
    std::string const where = path.string();
    auto const bytes = file.bytes();
    detail::NpyHeader const header =
        detail::read_npy_header({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
    FileDType const dtype = detail::npy_dtype(header.type);
    require(dtype != FileDType::unknown, [&] {
        return where + ": elements of type " + detail::in_quotes(header.type) +
               "; those of float32, float64, int32, int8 and uint8, little-endian, can be read";
    });
    std::size_t needed = size_of(dtype);
    bool fits = true;
    bool is_empty = false;
    for (std::size_t const extent : header.shape) is_empty = is_empty || extent == 0;
    for (std::size_t const extent : header.shape) {
        fits = fits && (is_empty || extent <= SIZE_MAX / needed);
        if (fits) needed *= is_empty ? 1 : extent;
    }
    if (is_empty) needed = 0;
    auto const data = bytes.subspan(header.data);
    require(fits && data.size() == needed, [&] {
        return where + ": an array of " + detail::extents_text(header.shape) + " elements needs " +
               (fits ? std::to_string(needed) : "too many") + " bytes, found " +
               std::to_string(data.size());
    });
    return detail::tensor_of_bytes<typename X::value_type, typename X::layout_type>(
        data, dtype, header.shape, header.fortran_order, where);
}

/// Writes a tensor of any layout as a .npy file, which replaces the one that was there when it is
/// whole. numpy has no bf16: copy such a tensor to one of float first.
template <TensorLike X>
void save_npy(const std::filesystem::path& path, const X& x)
{
    static_assert(!std::is_same_v<tensor_detail::ValueOf<X>, bf16>,
                  "tfm: numpy has no bf16: tfm::copy the tensor to one of float first.");
    auto const elements = detail::contiguous_copy(tensor_detail::view_of(x));
    OutputFile file(path);
    file.write(detail::npy_header_text(file_dtype_of<tensor_detail::ValueOf<X>>,
                                       elements.layout().extents()));
    file.write(detail::bytes_of_elements(elements.data(), elements.size()));
    file.commit();
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
