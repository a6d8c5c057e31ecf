#pragma once

/// \file
/// One tensor of a safetensors file in one call.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "../diagnostics.hpp"
#include "safetensors.hpp"
#include "safetensors_writer.hpp"
#include "tensor_bytes.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The tensor called `name` of a safetensors file as one of type X, `Tensor<float, RowMajor<>>` for
/// one: of as many axes, of its extents where X has static ones. Elements are converted as
/// `convert` does. Throws `tfm::Error` naming the file, the tensor and what was expected.
template <class X>
X load_tensor(const std::filesystem::path& path, std::string_view name)
{
    SafeTensors const file = SafeTensors::open(path);
    TensorInfo const& tensor = file.at(name);
    return detail::tensor_of_bytes<typename X::value_type, typename X::layout_type>(
        tensor.bytes, tensor.dtype, tensor.shape, false,
        path.string() + ": " + detail::in_quotes(name));
}

/// Writes a tensor of any layout as the only one of a safetensors file, which replaces the one that
/// was there when it is whole.
template <TensorLike X>
void save_tensor(const std::filesystem::path& path, std::string_view name, const X& x)
{
    auto const elements = detail::contiguous_copy(tensor_detail::view_of(x));
    auto const& extents = elements.layout().extents();
    SafeTensorsWriter writer(path, {{std::string(name), file_dtype_of<tensor_detail::ValueOf<X>>,
                                     std::vector<std::size_t>(extents.begin(), extents.end())}});
    writer.append(name, detail::bytes_of_elements(elements.data(), elements.size()));
    writer.finish();
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
