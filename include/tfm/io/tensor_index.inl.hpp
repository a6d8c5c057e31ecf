#pragma once

/// \file
/// Indexing the tensors of a checkpoint's files.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "../sorted_places.hpp"
#include "diagnostics.hpp"
#include "tensor_index.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A tensor's name without what wrappers of its model have added.
inline std::string unwrapped_name(std::string_view wrapped)
{
    constexpr std::string_view compiled = "_orig_mod.";
    constexpr std::string_view parallel = "module.";
    std::string name(wrapped);
    for (std::size_t at = name.find(compiled); at != std::string::npos;) {
        bool const is_whole = at == 0 || name[at - 1] == '.';
        if (is_whole) name.erase(at, compiled.size());
        at = name.find(compiled, is_whole ? at : at + 1);
    }
    while (name.starts_with(parallel)) name.erase(0, parallel.size());
    return name;
}

} // namespace detail

TFM_INLINE std::string StoredTensor::where() const
{
    return source() + ": tensor " + detail::in_quotes(info->name) + ": ";
}

TFM_INLINE TensorIndex::TensorIndex(std::span<const SafeTensors> files)
{
    for (const SafeTensors& file : files) add(file.tensors(), &file);
    sort();
}

TFM_INLINE TensorIndex TensorIndex::in_memory(std::span<const TensorInfo> tensors)
{
    TensorIndex index(std::span<const SafeTensors>{});
    index.add(tensors, nullptr);
    index.sort();
    return index;
}

TFM_INLINE void TensorIndex::add(std::span<const TensorInfo> tensors, const SafeTensors* file)
{
    for (const TensorInfo& info : tensors)
        entries_.push_back({detail::unwrapped_name(info.name), {&info, file}});
}

TFM_INLINE void TensorIndex::sort()
{
    auto const by_name =
        detail::sorted_places(entries_.size(), [this](std::size_t a, std::size_t b) {
            return entries_[a].name < entries_[b].name;
        });
    detail::put_in_order(entries_, by_name);
    for (std::size_t i = 1; i < entries_.size(); ++i) {
        if (entries_[i - 1].name != entries_[i].name) continue;
        const StoredTensor& other = entries_[i].tensor;
        fail(entries_[i - 1].tensor.where() + "expected one of its name, found " +
             detail::in_quotes(other.info->name) + " in " + other.source());
    }
}

TFM_INLINE const StoredTensor* TensorIndex::find_unwrapped(std::string_view name) const noexcept
{
    auto const entry = std::lower_bound(
        entries_.begin(), entries_.end(), name,
        [](const Entry& before, std::string_view wanted) { return before.name < wanted; });
    return entry != entries_.end() && entry->name == name ? &entry->tensor : nullptr;
}

TFM_INLINE const StoredTensor* TensorIndex::find(std::string_view name,
                                                 std::string_view prefix) const
{
    const StoredTensor* const tensor = find_unwrapped(detail::unwrapped_name(name));
    if (tensor != nullptr || prefix.empty()) return tensor;
    return find_unwrapped(detail::unwrapped_name(std::string(prefix).append(name)));
}

TFM_INLINE std::size_t TensorIndex::bytes() const noexcept
{
    std::size_t sum = 0;
    for (const Entry& entry : entries_) sum += entry.tensor.info->bytes.size();
    return sum;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
