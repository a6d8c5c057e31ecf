// Code of a user's own that calls kernels of every precision. It includes the intrinsics before
// tfm, so that nothing tfm might put around that header can quiet the compiler.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/gelu.hpp>
#include <tfm/kernels/layer_norm.hpp>
#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/quantize.hpp>
#include <tfm/kernels/softmax.hpp>

using Rows = tfm::View<float, tfm::RowMajor<tfm::dyn, 64>>;
using Vector = tfm::View<const float, tfm::Vec<64>>;

void normalise(Rows x, Vector gain, Vector bias)
{
    tfm::layer_norm(x, gain, bias, 1e-5F, x);
    tfm::gelu(x, x);
    tfm::gelu_tanh(x, x);
    tfm::softmax(x, x);
}

void round_rows(Rows x, tfm::View<tfm::Bf16Input, tfm::RowMajor<tfm::dyn, 64>> inputs,
                tfm::View<std::int8_t, tfm::RowMajor<tfm::dyn, 64>> values,
                tfm::View<float, tfm::Vec<>> scales)
{
    tfm::convert_rows(x, inputs);
    tfm::quantize_rows(x, values, scales);
    tfm::split_rows(x, values, scales);
}

template <class Q, class Keys, class Values>
void attend(Q q, Keys keys, Values values, Rows out)
{
    tfm::causal_attention(q, keys, values, 0, out);
    tfm::bidirectional_attention(q, keys, values, 1, out);
}
template <class Q, class T>
using AttendViews = void (*)(tfm::View<Q, tfm::RowMajor<tfm::dyn, 64>>,
                             tfm::View<T, tfm::Packed<64, tfm::dyn>>,
                             tfm::View<T, tfm::Packed<tfm::dyn, 64>>, Rows);
AttendViews<float, float> attend_fp32 = attend;
AttendViews<tfm::Bf16Input, tfm::bf16> attend_bf16 = attend;
void (*attend_int8)(tfm::SplitRows<64>, tfm::QuantizedCache<tfm::Packed<64, tfm::dyn>>,
                    tfm::QuantizedCache<tfm::Packed<tfm::dyn, 64>>, Rows) = attend;

template <class X, class Weight>
void multiply(X x, Weight weight, Rows out, Vector bias)
{
    tfm::matmul(x, weight, out, tfm::AddBias(bias), tfm::GeluTanh());
}
template <class X, class T>
using MultiplyViews = void (*)(tfm::View<X, tfm::RowMajor<tfm::dyn, 64>>,
                               tfm::View<T, tfm::Packed<64, 64>>, Rows, Vector);
MultiplyViews<float, float> multiply_fp32 = multiply;
MultiplyViews<tfm::Bf16Input, tfm::bf16> multiply_bf16 = multiply;
void (*multiply_int8)(tfm::QuantizedRows<64>, tfm::QuantizedView<64, 64>, Rows, Vector) = multiply;
