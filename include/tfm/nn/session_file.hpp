#pragma once

/// \file
/// Sessions kept in files, so that a text is continued later, or by another process, without
/// computing its keys and values again.
///
/// A file is safetensors: `tokens`, I32 (positions), and per layer `layers.0.keys` and
/// `layers.0.values`, (heads, positions, head width) in the cache's element type, and where that is
/// int8 `layers.0.keys.scales` and `layers.0.values.scales`, (heads, positions) in F32. So a file
/// depends neither on an instruction set nor on how many positions the session had room for.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "../diagnostics.hpp"
#include "../io/safetensors.hpp"
#include "../io/safetensors_entry.hpp"
#include "../io/safetensors_writer.hpp"
#include "session.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The metadata field "format" of a session's file.
inline constexpr const char* session_format = "tfm session 2";

/// What a file keeps of a layer.
enum class SessionPart : std::uint8_t { keys, values, key_scales, value_scales };

/// One part of one layer of a session that has got as far as `positions`.
template <Dtype D>
struct SessionTensor {
    using Element = typename KvCache<D>::Element;

    SessionPart part;
    std::size_t layer;
    std::size_t positions;

    bool is_scales() const noexcept { return part >= SessionPart::key_scales; }

    TensorDeclaration declaration(const CacheShape& shape) const
    {
        constexpr std::array names{".keys", ".values", ".keys.scales", ".values.scales"};
        TensorDeclaration tensor{"layers." + std::to_string(layer) +
                                     names[static_cast<std::size_t>(part)],
                                 is_scales() ? FileDType::F32 : file_dtype_of<Element>,
                                 {shape.heads, positions}};
        if (!is_scales()) tensor.shape.push_back(shape.head_width);
        return tensor;
    }

    /// Calls `use` with each element or scale in the cache, in the order of the file.
    template <class Cache, class Use>
    void visit(Cache& cache, Use&& use) const
    {
        for (std::size_t head = 0; head < cache.shape().heads; ++head) {
            auto const keys = cache.key_cells(layer, head);
            auto const values = cache.value_cells(layer, head);
            for (std::size_t p = 0; p < positions; ++p) {
                if (part == SessionPart::key_scales) {
                    use(cache.key_scales(layer, head)[p]);
                } else if (part == SessionPart::value_scales) {
                    use(cache.value_scales(layer, head)[p]);
                } else {
                    for (std::size_t i = 0; i < cache.shape().head_width; ++i)
                        use(part == SessionPart::keys ? keys(i, p) : values(p, i));
                }
            }
        }
    }
};

/// Everything that a file keeps, in its order.
template <Dtype D>
std::vector<SessionTensor<D>> session_tensors(const CacheShape& shape, std::size_t positions)
{
    std::vector<SessionTensor<D>> tensors;
    for (std::size_t layer = 0; layer < shape.layers; ++layer) {
        tensors.push_back({SessionPart::keys, layer, positions});
        tensors.push_back({SessionPart::values, layer, positions});
        if constexpr (KvCache<D>::has_scales) {
            tensors.push_back({SessionPart::key_scales, layer, positions});
            tensors.push_back({SessionPart::value_scales, layer, positions});
        }
    }
    return tensors;
}

/// Whether kernels may meet such elements or scales: all finite, and no -128 in int8.
template <class T>
bool are_valid_in_cache(std::span<const std::byte> bytes) noexcept
{
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(T)) {
        T number;
        std::memcpy(&number, bytes.data() + i, sizeof(T));
        if constexpr (std::is_same_v<T, std::int8_t>) {
            if (number == -128) return false;
        } else {
            if (!std::isfinite(static_cast<float>(number))) return false;
        }
    }
    return true;
}

/// The tokens of a session that has got as far as `positions`.
inline TensorDeclaration token_declaration(std::size_t positions)
{
    return {"tokens", FileDType::I32, {positions}};
}

/// `save_session` for a model of any sizes.
template <Dtype D>
void save_sequence(const Sequence<D>& sequence, const std::filesystem::path& path)
{
    using TFM_BUILD_NAMESPACE::detail::tensor_bytes;
    sequence.require_whole();
    KvCache<D> const& cache = sequence.cache();
    auto const tensors = session_tensors<D>(cache.shape(), sequence.position());
    std::vector<TensorDeclaration> declarations{token_declaration(sequence.position())};
    for (auto const& tensor : tensors) declarations.push_back(tensor.declaration(cache.shape()));
    SafeTensorsWriter writer(path, declarations, {{"format", session_format}});
    writer.append(declarations[0].name, std::as_bytes(sequence.tokens()));
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        TensorDeclaration const& declaration = declarations[i + 1];
        bytes.resize(tensor_bytes(declaration.shape, declaration.dtype).value());
        std::byte* to = bytes.data();
        tensors[i].visit(cache, [&](const auto& number) {
            std::memcpy(to, &number, sizeof(number));
            to += sizeof(number);
        });
        writer.append(declaration.name, bytes);
    }
    writer.finish();
}

/// How far a saved session had got, from the shape of its first tensor.
inline std::size_t saved_positions(const SafeTensors& file, std::size_t max_positions)
{
    auto const format = file.metadata().find("format");
    require(format != file.metadata().end() && format->second == session_format, [&] {
        return file.path().string() + ": expected a file of save_session ('" + session_format +
               "'), found another";
    });
    TensorInfo const& keys = file.at("layers.0.keys");
    std::size_t const positions = keys.shape.size() == 3 ? keys.shape[1] : 0;
    require(positions <= max_positions, [&] {
        return file.path().string() + ": a session of " + std::to_string(positions) +
               " positions; expected at most the " + std::to_string(max_positions) +
               " that the session to load into has room for";
    });
    return positions;
}

/// A tensor of a file as it must be. Throws `tfm::Error` where it is another.
inline const TensorInfo& saved_tensor(const SafeTensors& file, const TensorDeclaration& wanted)
{
    using TFM_BUILD_NAMESPACE::detail::in_quotes;
    using TFM_BUILD_NAMESPACE::detail::shape_text;
    TensorInfo const& found = file.at(wanted.name);
    require(found.dtype == wanted.dtype && found.shape == wanted.shape, [&] {
        return file.path().string() + ": tensor " + in_quotes(wanted.name) + ": expected " +
               std::string(name(wanted.dtype)) + " " + shape_text(wanted.shape) + ", found " +
               dtype_name(found) + " " + shape_text(found.shape) +
               "; it is a session of another model or precision";
    });
    return found;
}

/// Throws `tfm::Error` unless a file has one part of a session as it must be.
template <Dtype D>
void check_saved(const SafeTensors& file, const SessionTensor<D>& tensor, const CacheShape& shape)
{
    using TFM_BUILD_NAMESPACE::detail::in_quotes;
    auto const declaration = tensor.declaration(shape);
    TensorInfo const& found = saved_tensor(file, declaration);
    bool const is_valid = tensor.is_scales()
                              ? are_valid_in_cache<float>(found.bytes)
                              : are_valid_in_cache<typename KvCache<D>::Element>(found.bytes);
    require(is_valid, [&] {
        return file.path().string() + ": tensor " + in_quotes(found.name) +
               ": expected finite numbers, and none of -128 in int8, found others";
    });
}

/// `load_session` for a model of any sizes.
template <Dtype D>
void load_sequence(const std::filesystem::path& path, Sequence<D>& sequence)
{
    sequence.require_whole();
    SafeTensors const file = SafeTensors::open(path);
    KvCache<D>& cache = sequence.cache();
    std::size_t const positions = saved_positions(file, sequence.max_positions());
    auto const tensors = session_tensors<D>(cache.shape(), positions);
    for (auto const& tensor : tensors) check_saved(file, tensor, cache.shape());
    auto const declaration = token_declaration(positions);
    TensorInfo const& saved_tokens = saved_tensor(file, declaration);
    std::vector<Token> tokens(positions);
    if (positions > 0)
        std::memcpy(tokens.data(), saved_tokens.bytes.data(), positions * sizeof(Token));
    sequence.rewind(0);
    for (auto const& tensor : tensors) {
        const std::byte* from = file.at(tensor.declaration(cache.shape()).name).bytes.data();
        tensor.visit(cache, [&](auto& number) {
            std::memcpy(&number, from, sizeof(number));
            from += sizeof(number);
        });
    }
    sequence.advance(tokens);
}

} // namespace detail

/// Writes a session's tokens, keys and values to a file, which replaces the one that was there when
/// it is whole. The sampler's state is not part of it, and neither is the token that was generated
/// last and is in no cache yet: it begins the next prompt, as ever, or is in the text that
/// `continue_text` is given.
/// Throws `tfm::Error` naming the file where it cannot be written.
template <DecoderShape S, Precision P>
void save_session(const Session<S, P>& session, const std::filesystem::path& path)
{
    detail::save_sequence(session.sequence(), path);
}

/// Reads a session's tokens, keys and values back into one of the same model and precision,
/// whatever room it has beyond them; continuing it gives the same bits as continuing the one that
/// was saved. Throws `tfm::Error` naming the file and the tensor, what was expected and what was
/// found; the session is then what it was.
template <DecoderShape S, Precision P>
void load_session(const std::filesystem::path& path, Session<S, P>& session)
{
    detail::load_sequence(path, session.sequence());
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
