#pragma once

/// \file
/// What the libraries that are compared have in common: y = x W by a weight that each holds in its
/// own layout.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/tensor/view.hpp>

namespace kernel_peers {

/// What is multiplied, and what the product is stored as.
enum class Dtype : std::uint8_t {
    fp32, ///< float x float -> float
    bf16, ///< bfloat16 x bfloat16 -> bfloat16
    int8, ///< unsigned x signed bytes -> 32-bit integers
};

constexpr std::string_view name(Dtype dtype) noexcept
{
    constexpr std::string_view names[] = {"fp32", "bf16", "int8"};
    return names[static_cast<std::size_t>(dtype)];
}

/// Bytes of an element of x and W.
constexpr std::size_t element_size(Dtype dtype) noexcept
{
    constexpr std::size_t sizes[] = {4, 2, 1};
    return sizes[static_cast<std::size_t>(dtype)];
}

/// Matrices as they are handed over: of floats that the dtype holds exactly.
using Matrix = tfm::View<const float, tfm::RowMajor<>>;

/// One library's matmul by one weight (K, N), of which it holds copies in the layout it likes best.
class Matmul {
public:
    Matmul() = default;
    Matmul(const Matmul&) = delete;
    Matmul& operator=(const Matmul&) = delete;
    virtual ~Matmul() = default;

    /// Everything that a program does once for a shape: x (M, K), which must outlive the runs, on
    /// so many threads.
    virtual void prepare(Matrix x, std::size_t threads) = 0;

    /// Multiplies by one copy of the weight: what is timed.
    virtual void run(std::size_t copy) = 0;

    /// The product (M, N) of the last run; valid until the next call.
    virtual Matrix result() = 0;
};

/// A library's kernel for one dtype.
struct Kernel {
    Dtype dtype;
    std::unique_ptr<Matmul> (*make)(Matrix weight, std::size_t copies);
    std::string unsupported = {}; ///< why it cannot run on this CPU; empty where it can
};

/// One library and what is to be known of it: its version, the instruction set it chose.
struct Library {
    std::string name;
    std::string description;
    std::vector<Kernel> kernels;
};

/// \name Each in the file of its name; a peer's exists only where the library was found.
/// @{
Library tfm_library();
Library onednn_library();
Library openblas_library();
Library eigen_library();
/// @}

/// The peers that were built in.
std::vector<Library> peers();

/// A peer that was not found when this was built, and what to do about it.
struct AbsentLibrary {
    std::string name;
    std::string remedy;
};
std::vector<AbsentLibrary> absent_libraries();

} // namespace kernel_peers
