#pragma once

/// \file
/// Between the units of a program that links models: what that of a precision offers to the one
/// that links all. No unit of a precision reads or writes a file.

#include <memory>
#include <span>

#include "../nn/parameters.hpp"
#include "model.hpp"

namespace tfm::any {

/// The parameters of a model in any precision, as loading and packing take them.
template <class Shape>
struct StoredWeights {
    const Shape& shape;                                  ///< every size a number
    const BlockShape& block_shape;                       ///< of every block
    std::shared_ptr<const void>& memory;                 ///< what tensors may be borrowed from
    bool& is_filled;                                     ///< whether parameters are more than zeros
    FunctionRef<TensorPointer(const Parameter&)> tensor; ///< that holds a parameter of the shape
};

/// Lends the parameters of a model, `DecoderWeights` or `EncoderWeights`.
template <class Weights, class Shape>
void lend(Weights& weights, FunctionRef<void(StoredWeights<Shape>& weights)> use)
{
    auto const tensor = [&](const Parameter& parameter) { return weights.tensor(parameter); };
    StoredWeights<Shape> stored{weights.shape, weights.block_shape, weights.memory,
                                weights.is_filled, tensor};
    use(stored);
}

/// A `Decoder` or an `Encoder` whose parameters can be read from a file and written to one.
template <class Model, class Shape>
class FileModel : public Model {
public:
    /// Defined where `TFM_ANY_LINK` stands.
    void pack(const std::filesystem::path& file, OnProgress on_progress) const override;

    /// Lends the parameters, of which nothing but loading changes any.
    virtual void use_weights(FunctionRef<void(StoredWeights<Shape>& weights)> use) const = 0;
};

/// A decoder that has them.
using FileDecoder = FileModel<Decoder, DecoderShape>;
/// An encoder that has them.
using FileEncoder = FileModel<Encoder, EncoderShape>;

extern template class FileModel<Decoder, DecoderShape>;
extern template class FileModel<Encoder, EncoderShape>;

/// What the unit of a precision offers.
struct LinkedPrecision {
    std::span<const MlpForm> forms; ///< that it has code for

    /// A decoder whose parameters are zero. \pre its form is among `forms`
    std::unique_ptr<FileDecoder> (*make_decoder)(const DecoderShape& shape);
    /// The same of an encoder; null where encoders have no kernels for the precision.
    std::unique_ptr<FileEncoder> (*make_encoder)(const EncoderShape& shape);
    /// See `tfm::any::memory_use`.
    MemoryUse (*memory_use)(const DecoderShape& shape, const BatchOptions& options);
};

/// The code of a precision, defined by `TFM_ANY_COMPILE`.
template <Precision P>
const LinkedPrecision& linked_precision() noexcept;

} // namespace tfm::any
