#pragma once

/// \file
/// A model behind one interface, chosen at run time: no template in the user's code.
///
/// This header includes no kernel. What it declares is compiled where a program says which models
/// it links: in units that CMake's `tfm_add_any` makes, or in one of the user's own that includes
/// <tfm/any/instantiate.hpp>.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "../config.hpp"
#include "../function_ref.hpp"
#include "../generate/options.hpp"
#include "../nn/decoder_shape.hpp"
#include "../nn/encoder_shape.hpp"
#include "../nn/precision.hpp"
#include "../nn/tokens.hpp"
#include "../nn/workspace_options.hpp"

namespace tfm::any {

/// Takes rows of logits, (n, vocab) side by side, from number `first` of those asked for; they are
/// valid during the call.
using OnLogits = FunctionRef<void(std::size_t first, std::span<const float> logits)>;

/// Takes a token that was generated, or its id alone, and returns whether to go on.
using OnToken = FunctionRef<bool(const GeneratedToken& token)>;

/// Told how many of the bytes of a packed file are written.
using OnProgress = FunctionRef<void(std::size_t written, std::size_t total)>;

/// What is to be appended to one session of a batch.
struct Rows {
    std::size_t session;           ///< its number
    std::span<const Token> tokens; ///< at least one
    Logits logits = Logits::last;  ///< which are wanted
};

/// What a `Batch` is made for.
struct BatchOptions {
    std::size_t sessions = 1;        ///< how many
    std::size_t positions = 0;       ///< of each session; 0: the model's context
    WorkspaceOptions workspace = {}; ///< of their passes
};

/// Sessions of one model that go forward together, and the memory for it. Serves one caller at a
/// time, and may outlive the `Decoder` that made it.
class Batch {
public:
    Batch() = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    virtual ~Batch() = default;

    /// Sessions there are.
    virtual std::size_t sessions() const noexcept = 0;
    /// The tokens of a session so far. Throws `tfm::Error` where there is no such session.
    virtual std::span<const Token> tokens(std::size_t session) const = 0;
    /// How many they are. Throws `tfm::Error` where there is no such session.
    virtual std::size_t position(std::size_t session) const = 0;
    /// Forgets a session's tokens from `position` on. Throws `tfm::Error` where it has fewer.
    virtual void rewind(std::size_t session, std::size_t position = 0) = 0;
    /// `tfm::forward` of some sessions. Throws what it throws, before anything is changed.
    virtual void forward(std::span<const Rows> rows, OnLogits on_logits) = 0;
    /// `tfm::generate` in one session. Throws what it throws.
    virtual StopReason generate(std::size_t session, std::span<const Token> prompt,
                                const GenerateOptions& options, OnToken on_token) = 0;
    /// `tfm::continue_text` in one session. Throws what it throws.
    virtual StopReason continue_text(std::size_t session, std::vector<Token>& text,
                                     const GenerateOptions& options, OnToken on_token) = 0;
};

/// A decoder of any family and size, in a precision that the program links. Immutable, and shared
/// by any number of threads and batches.
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
    /// Bytes of all parameters, padding of the packed layout included.
    virtual std::size_t weight_bytes() const noexcept = 0;
    /// New sessions. Throws `tfm::Error` for options that no session can have.
    virtual std::unique_ptr<Batch> make_batch(const BatchOptions& options = {}) const = 0;
    /// Writes a packed file, which `load_decoder` maps; see models/packed_file.hpp. Throws
    /// `tfm::Error` where it cannot be written; it then does not exist.
    virtual void pack(const std::filesystem::path& file, OnProgress on_progress = {}) const = 0;
};

/// An encoder of any family and size, in a precision that the program links. Immutable, and shared
/// by any number of threads.
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
    /// Bytes of all parameters, padding of the packed layout included.
    virtual std::size_t weight_bytes() const noexcept = 0;
    /// `tfm::encode` in memory made for the call, of at most `options.max_rows` rows. `out` has
    /// `width` floats for each token. Throws what it throws.
    virtual void encode(std::span<const EncoderInput> batch, std::span<float> out,
                        const EncoderWorkspaceOptions& options = {}) const = 0;
    /// `tfm::encode_pooled` likewise, with `width` floats for each sequence.
    virtual void encode_pooled(std::span<const EncoderInput> batch, std::span<float> out,
                               const EncoderWorkspaceOptions& options = {}) const = 0;
    /// `tfm::classify` likewise, with `labels` floats for each sequence. Throws `tfm::Error` also
    /// where the encoder has no labels.
    virtual void classify(std::span<const EncoderInput> batch, std::span<float> out,
                          const EncoderWorkspaceOptions& options = {}) const = 0;
    /// Writes a packed file, which `load_encoder` maps. Throws `tfm::Error` where it cannot be
    /// written; it then does not exist.
    virtual void pack(const std::filesystem::path& file, OnProgress on_progress = {}) const = 0;
};

/// What stands on top of an encoder's blocks, which belongs to a task and is in no config.json.
struct EncoderTask {
    Pooling pooling = Pooling::first; ///< what stands for a whole sequence
    Pooler pooler = Pooler::none;     ///< what it passes through
    std::size_t labels = 0;           ///< outputs of the classifier; 0 for none
};

/// Reads a folder as `tfm::Decoder<shape, precision>::load` does. Throws `tfm::Error` also where
/// the program does not link the precision or the folder's form, and says which it links.
std::unique_ptr<Decoder> load_decoder(const std::filesystem::path& folder,
                                      Precision precision = precision::fp32);

/// The same of an encoder.
std::unique_ptr<Encoder> load_encoder(const std::filesystem::path& folder,
                                      Precision precision = precision::fp32,
                                      const EncoderTask& task = {});

/// Bytes in memory.
struct MemoryUse {
    std::size_t weights;   ///< packed
    std::size_t sessions;  ///< keys and values of all sessions asked for
    std::size_t workspace; ///< activations of a pass
};

/// What a decoder of a shape and a `Batch` of it would take. Throws `tfm::Error` for a shape that
/// breaks a rule and where the program does not link the precision.
MemoryUse memory_use(const DecoderShape& shape, Precision precision,
                     const BatchOptions& options = {});

/// The precisions that the program links.
std::span<const Precision> linked_precisions();

/// The forms that the program links in a precision; none where it does not link that.
std::span<const MlpForm> linked_forms(Precision precision);

} // namespace tfm::any
