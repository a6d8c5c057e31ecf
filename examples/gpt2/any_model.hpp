#pragma once

/// \file
/// A model of any of the shapes, behind one interface, so that the commands are no templates.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include <tfm/generate/generate.hpp>
#include <tfm/models/packed_file.hpp>

namespace gpt2_program {

/// Called with each new token; returns whether to go on.
using OnToken = std::function<bool(std::int32_t token)>;

/// Called with the next row of logits, of which there are as many as tokens in the vocabulary.
using OnLogits = std::function<void(std::span<const float> row)>;

/// For passes whose logits nobody looks at.
inline void ignore_logits(std::span<const float>) {}

/// Sessions of a model that go forward together, and the memory for it. Serves one caller at a
/// time, while the model lives.
class AnyBatch {
public:
    AnyBatch() = default;
    AnyBatch(const AnyBatch&) = delete;
    AnyBatch& operator=(const AnyBatch&) = delete;
    virtual ~AnyBatch() = default;

    /// Appends the same tokens to every session, in one forward pass, and hands out the logits
    /// asked for, those of the first session first.
    virtual void forward(std::span<const std::int32_t> tokens, tfm::Logits which,
                         const OnLogits& on_logits) = 0;

    /// Forgets every session's tokens from `position` on.
    virtual void rewind(std::size_t position) = 0;
};

/// What a batch is made for.
struct BatchOptions {
    std::size_t sessions;
    std::size_t positions; ///< of each session
    std::size_t threads;
    std::size_t max_rows = 512; ///< computed at once; with fewer the logits come sooner
};

/// A loaded model.
class AnyModel {
public:
    AnyModel() = default;
    AnyModel(const AnyModel&) = delete;
    AnyModel& operator=(const AnyModel&) = delete;
    virtual ~AnyModel() = default;

    /// `tfm::generate` in a new session.
    virtual tfm::StopReason generate(std::span<const std::int32_t> prompt,
                                     const tfm::GenerateOptions& options,
                                     const OnToken& on_token) const = 0;

    /// Writes FOLDER/model.tfm.safetensors, which `load` maps. What `progress` throws ends it.
    virtual void pack(const std::filesystem::path& file, const tfm::PackProgress& progress) = 0;

    /// New sessions of this model.
    virtual std::unique_ptr<AnyBatch> make_batch(const BatchOptions& options) const = 0;
};

} // namespace gpt2_program
