// Kernels and oracle against results of PyTorch (tools/make_kernel_references.py), which share no
// code with either: PyTorch computed in double and rounded once.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/io/safetensors.hpp>
#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/gelu.hpp>
#include <tfm/kernels/layer_norm.hpp>
#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/kernels/reference.hpp>
#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/algorithms.hpp>

#include "exact_dense.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using Matrix = test::ExactMatrix<RowMajor<>>;
using Parameter = test::ExactMatrix<Vec<>>;
using PackedMatrix = test::ExactMatrix<Packed<>>;

class PyTorch : public testing::Test {
protected:
    /// The cases of a kernel: "softmax.5", "softmax.33" ... for "softmax".
    std::vector<std::string> cases(std::string_view kernel) const
    {
        std::vector<std::string> names;
        for (const TensorInfo& tensor : file_.tensors()) {
            std::string const name = tensor.name.substr(0, tensor.name.rfind('.'));
            if (name.substr(0, name.find('.')) != kernel) continue;
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
        EXPECT_FALSE(names.empty()) << kernel;
        return names;
    }

    template <class Layout = RowMajor<>>
    test::ExactMatrix<Layout> read(const std::string& name) const
    {
        const TensorInfo& tensor = file_.at(name);
        std::size_t const rows = tensor.shape.size() == 2 ? tensor.shape[0] : 1;
        test::ExactMatrix<Layout> matrix(rows, tensor.shape.back());
        const std::byte* from = tensor.bytes.data();
        matrix.fill([&] {
            float value = 0.0F;
            std::memcpy(&value, from, sizeof(value));
            from += sizeof(value);
            return value;
        });
        return matrix;
    }

    /// A tensor of four axes; what PyTorch has as a flag is a number in the file.
    template <class T>
    test::ExactDense<T> read_dense(const std::string& name) const
    {
        const TensorInfo& tensor = file_.at(name);
        test::Extents extents{};
        std::copy_n(tensor.shape.begin(), 4, extents.begin());
        test::ExactDense<T> dense(test::heads_side_by_side(extents, 1));
        const std::byte* from = tensor.bytes.data();
        dense.fill([&] {
            float value = 0.0F;
            std::memcpy(&value, from, sizeof(value));
            from += sizeof(value);
            return value;
        });
        return dense;
    }

    bool has(const std::string& name) const { return file_.find(name) != nullptr; }

    /// Errors are relative to the largest result of the case. The oracle rounds once, so it may be
    /// off by one unit of 2^-24 of a result where PyTorch's double lay beside a tie.
    void expect_close(const Matrix& kernel, const Matrix& oracle, const std::string& expected_name,
                      double tolerance = 1e-6)
    {
        Matrix const expected = read(expected_name);
        double largest = 0.0;
        for (std::size_t i = 0; i < expected.view().rows(); ++i) {
            for (std::size_t j = 0; j < expected.view().cols(); ++j) {
                largest = std::max(largest, std::abs(static_cast<double>(expected.view()(i, j))));
            }
        }
        double const error = test::largest_error(kernel, expected) / largest;
        worst_ = std::max(worst_, error);
        EXPECT_LE(error, tolerance) << expected_name << ", kernel";
        EXPECT_LE(test::largest_error(oracle, expected) / largest, 0x1p-23)
            << expected_name << ", oracle";
    }

    void TearDown() override
    {
        RecordProperty("largest_error_in_billionths", std::to_string(worst_ * 1e9));
    }

private:
    SafeTensors file_ =
        SafeTensors::open(std::filesystem::path(TFM_TEST_DATA) / "kernels" / "pytorch.safetensors");
    double worst_ = 0.0;
};

// In one case the mean is 50 standard deviations, which magnifies its rounding as much.
TEST_F(PyTorch, LayerNorm)
{
    for (const std::string& name : cases("layer_norm")) {
        Matrix const x = read(name + ".x");
        Parameter const gain = read<Vec<>>(name + ".gain");
        Parameter const bias = read<Vec<>>(name + ".bias");
        Matrix kernel(x.view().rows(), x.view().cols());
        Matrix oracle(x.view().rows(), x.view().cols());
        layer_norm(x.view(), gain.view(), bias.view(), 1e-5F, kernel.view());
        reference::layer_norm(x.view(), gain.view(), bias.view(), 1e-5F, oracle.view());
        expect_close(kernel, oracle, name + ".out", 4e-6);
    }
}

TEST_F(PyTorch, Softmax)
{
    for (const std::string& name : cases("softmax")) {
        Matrix const x = read(name + ".x");
        Matrix kernel(x.view().rows(), x.view().cols());
        Matrix oracle(x.view().rows(), x.view().cols());
        softmax(x.view(), kernel.view());
        reference::softmax(x.view(), oracle.view());
        expect_close(kernel, oracle, name + ".out");
    }
}

// One value per call, so that the largest, 1e30, does not hide what the others are off by.
TEST_F(PyTorch, Gelu)
{
    Matrix const x = read("gelu.x");
    Matrix const exact = read("gelu.exact");
    Matrix const tanh = read("gelu.tanh");
    for (std::size_t i = 0; i < x.view().cols(); ++i) {
        auto const value = column_range(x.view(), i, 1);
        Parameter kernel(1, 1);
        auto const expect_near = [&](float expected, double oracle) {
            double const unit = std::max(1.0, std::abs(static_cast<double>(expected)));
            EXPECT_NEAR(kernel.view()(0), expected, 1e-6 * unit) << value(0, 0);
            EXPECT_NEAR(oracle, expected, 0x1p-23 * unit) << value(0, 0);
        };
        gelu(value, kernel.view());
        expect_near(exact.view()(0, i), reference::gelu(static_cast<double>(value(0, 0))));
        gelu_tanh(value, kernel.view());
        expect_near(tanh.view()(0, i), reference::gelu_tanh(static_cast<double>(value(0, 0))));
    }
}

TEST_F(PyTorch, Linear)
{
    for (const std::string& name : cases("linear")) {
        Matrix const x = read(name + ".x");
        Matrix const weight = read(name + ".weight");
        Parameter const bias = read<Vec<>>(name + ".bias");
        Matrix const residual = read(name + ".residual");
        PackedMatrix packed(weight.view().cols(), weight.view().rows());
        pack(weight.view(), packed.view(), Orientation::out_in);
        Matrix kernel(x.view().rows(), weight.view().rows());
        Matrix oracle(x.view().rows(), weight.view().rows());
        auto const expect = [&](const std::string& role, auto step, auto reference_step) {
            matmul(x.view(), packed.view(), kernel.view(), AddBias(bias.view()), step);
            reference::matmul(x.view(), packed.view(), oracle.view(),
                              reference::AddBias<Vec<>>{bias.view()}, reference_step);
            expect_close(kernel, oracle, name + role);
        };
        expect(".gelu", Gelu{}, reference::Gelu{});
        expect(".gelu_tanh", GeluTanh{}, reference::GeluTanh{});
        expect(".residual_out", AddResidual(residual.view()),
               reference::AddResidual<RowMajor<>>{residual.view()});
        matmul(x.view(), packed.view(), kernel.view(), AddBias(bias.view()));
        reference::matmul(x.view(), packed.view(), oracle.view(),
                          reference::AddBias<Vec<>>{bias.view()});
        expect_close(kernel, oracle, name + ".out");
    }
}

TEST_F(PyTorch, CausalAttention)
{
    for (const std::string& name : cases("attention")) {
        Matrix const q = read(name + ".q");
        Matrix const k = read(name + ".k");
        Matrix const v = read(name + ".v");
        std::size_t const rows = q.view().rows();
        std::size_t const positions = k.view().rows();
        std::size_t const width = q.view().cols();
        PackedMatrix keys(width, positions + 3);
        PackedMatrix values(positions + 3, width);
        append_keys(k.view(), keys.view(), 0);
        append_values(v.view(), values.view(), 0);
        Matrix kernel(rows, width);
        Matrix oracle(rows, width);
        causal_attention(q.view(), keys.view(), values.view(), positions - rows, kernel.view());
        reference::causal_attention(q.view(), k.view(), v.view(), positions - rows, oracle.view());
        expect_close(kernel, oracle, name + ".out");
    }
}

/// A product of bf16 is exact in fp32, and so are sums in any order to 2^-24 of what is added up.
template <class T, class Read>
void expect_matmul(const std::string& name, Read&& read)
{
    auto const round = [](const Matrix& x) {
        test::ExactMatrix<RowMajor<>, T> rounded(x.view().rows(), x.view().cols());
        copy(x.view(), rounded.view());
        return rounded;
    };
    auto const a = round(read(name + ".a"));
    auto const b = round(read(name + ".b"));
    Matrix const expected = read(name + ".out");
    Matrix out(expected.view().rows(), expected.view().cols());
    matmul(a.view(), b.view(), out.view());
    EXPECT_LE(test::largest_error(out, expected), 2e-6) << name;
}

TEST_F(PyTorch, MatmulOfOrdinaryMatrices)
{
    for (const std::string& name : cases("matmul")) {
        expect_matmul<float>(name, [&](const std::string& tensor) { return read(tensor); });
        expect_matmul<bf16>(name, [&](const std::string& tensor) { return read(tensor); });
    }
}

class PyTorchAttention : public PyTorch {
protected:
    template <class T>
    void expect(const std::string& name, double tolerance)
    {
        auto const q = read_dense<T>(name + ".q");
        auto const k = read_dense<T>(name + ".k");
        auto const v = read_dense<T>(name + ".v");
        auto const expected = read_dense<float>(name + ".out");
        test::ExactDense<float> out(expected.view().layout());
        AttentionOptions options{.enable_gqa = true};
        options.is_causal = name.ends_with("causal") || name.ends_with("keys");
        if (name.ends_with("scaled")) options.scale = 0.25F;
        auto const attend = [&] {
            scaled_dot_product_attention(q.view(), k.view(), v.view(), out.view(), options);
        };
        if (has(name + ".allowed")) {
            auto const mask = read_dense<std::uint8_t>(name + ".allowed");
            options.attn_mask = mask.view();
            attend();
        } else if (has(name + ".bias")) {
            auto const mask = read_dense<T>(name + ".bias");
            options.attn_mask = mask.view();
            attend();
        } else {
            attend();
        }
        EXPECT_LE(test::worst_of(out.view(), test::doubles(expected.view()), tolerance), 1.0)
            << name;
    }
};

// Where the CPU multiplies pairs of bf16, the weights of a softmax are rounded to bf16.
TEST_F(PyTorchAttention, OfBatches)
{
    for (const std::string& name : cases("batched_attention")) {
        expect<float>(name, 2e-6);
        expect<bf16>(name, 1e-2);
    }
}

} // namespace
