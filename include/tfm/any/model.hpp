#pragma once

/// \file
/// A model behind one interface, chosen at run time: no template in the user's code.
///
/// This header includes no kernel. What it declares is defined where <tfm/any/instantiate.hpp> is
/// included: in one unit of the user's own, or in the library that `tfm_add_any` makes.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "../function_ref.hpp"
#include "../generate/options.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "../nn/precision.hpp"
#include "../nn/session_rows.hpp"
#include "../nn/workspace_options.hpp"

namespace tfm::any {

/// Called with rows of logits, (n, vocab) side by side, the first of which is number `first` of
/// those asked for; they are valid during the call.
using OnLogits = FunctionRef<void(std::size_t first, std::span<const float> logits)>;

/// Bytes in memory.
struct MemoryUse {
    std::size_t weights;   ///< packed
    std::size_t sessions;  ///< keys and values of one session over the positions asked for
    std::size_t workspace; ///< activations of a pass
};

/// Sessions of one model that go forward together, with the memory for it. Serves one caller at a
/// time, while the model lives.
class Batch {
public:
    Batch() = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    virtual ~Batch() = default;

    /// What is to be appended to one session.
    struct Rows {
        std::size_t session;           ///< its number
        std::span<const Token> tokens; ///< at least one
        Logits logits = Logits::last;  ///< which are wanted
    };

    /// Sessions there are.
    virtual std::size_t sessions() const noexcept = 0;
    /// Tokens of a session so far. Throws `tfm::Error` where there is no such session.
    virtual std::size_t position(std::size_t session) const = 0;
    /// Forgets a session's tokens from `position` on. Throws `tfm::Error` when it has fewer.
    virtual void rewind(std::size_t session, std::size_t position = 0) = 0;
    /// `tfm::forward` of these sessions. Throws what it throws, before anything is changed.
    virtual void forward(std::span<const Rows> rows, OnLogits on_logits) = 0;
    /// `tfm::generate` in one session.
    virtual StopReason generate(std::size_t session, std::span<const Token> prompt,
                                const GenerateOptions& options,
                                FunctionRef<bool(Token)> on_token) = 0;
};

/// What a `Batch` is made for.
struct BatchOptions {
    std::size_t sessions = 1;       ///< how many
    std::size_t positions = 0;      ///< of each session; 0: the model's context
    WorkspaceOptions workspace = {}; ///< of their passes
};

/// A decoder of any family, size and precision that the program links. Immutable, and shared by any
/// number of threads and batches.
class Decoder {
public:
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    /// Sizes and choices, every size a number.
    virtual const DecoderShape& shape() const noexcept = 0;
    /// What its parts are stored and computed in.
    virtual Precision precision() const noexcept = 0;
    /// New sessions of this model. Throws `tfm::Error` for options that no session can have.
    virtual std::unique_ptr<Batch> make_batch(const BatchOptions& options = {}) const = 0;
    /// Writes a packed file, which `load_decoder` maps; see models/packed_file.hpp.
    virtual void pack(const std::filesystem::path& file,
                      FunctionRef<void(std::size_t written, std::size_t total)> progress = {}) = 0;
};

/// An encoder of any family, size and precision that the program links.
class Encoder {
public:
    Encoder() = default;
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    virtual ~Encoder() = default;

    /// Sizes and choices, every size a number.
    virtual const EncoderShape& shape() const noexcept = 0;
    /// What its blocks are stored and computed in.
    virtual Precision precision() const noexcept = 0;
    /// `tfm::encode`, `encode_pooled` and `classify` in memory made for the call. `out` has a row of
    /// `width` or `labels` floats for each token or sequence. Throw what those throw.
    virtual void encode(std::span<const EncoderInput> batch, std::span<float> out,
                        const EncoderWorkspaceOptions& options = {}) const = 0;
    virtual void encode_pooled(std::span<const EncoderInput> batch, std::span<float> out,
                               const EncoderWorkspaceOptions& options = {}) const = 0;
    virtual void classify(std::span<const EncoderInput> batch, std::span<float> out,
                          const EncoderWorkspaceOptions& options = {}) const = 0;
    /// Writes a packed file.
    virtual void pack(const std::filesystem::path& file,
                      FunctionRef<void(std::size_t written, std::size_t total)> progress = {}) = 0;
};

/// Reads a folder as `tfm::Decoder<shape, precision>::load` does. Throws `tfm::Error` also where the
/// program does not link the precision or the folder's form, and says which it links.
std::unique_ptr<Decoder> load_decoder(const std::filesystem::path& folder,
                                      Precision precision = precision::fp32);

/// The same of an encoder, with what the task needs on top of it.
std::unique_ptr<Encoder> load_encoder(const std::filesystem::path& folder,
                                      Precision precision = precision::fp32,
                                      Pooling pooling = Pooling::first,
                                      Pooler pooler = Pooler::none, std::size_t labels = 0);

/// Bytes that a decoder of a shape and `options.workspace` would take, where the program links the
/// precision; `threads` must be given.
MemoryUse memory_use(const DecoderShape& shape, Precision precision, const BatchOptions& options);

/// The precisions that the program links.
std::span<const Precision> linked_precisions() noexcept;
/// The forms that the program links.
std::span<const MlpForm> linked_forms() noexcept;

} // namespace tfm::any
