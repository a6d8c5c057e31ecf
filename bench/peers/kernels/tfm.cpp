/// \file
/// tfm, shared out among threads as in a forward pass.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/pack.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/nn/schedule.hpp>
#include <tfm/nn/workspace.hpp>
#include <tfm/simd/build_info.hpp>
#include <tfm/tensor/tensor.hpp>

#include "library.hpp"

namespace kernel_peers {
namespace {

/// What weights of T are multiplied with.
template <class T>
using InputOf = std::conditional_t<std::is_same_v<T, tfm::bf16>, tfm::Bf16Input, T>;

/// A matrix as elements of T, which hold its numbers exactly.
template <class T>
tfm::Tensor<T, tfm::RowMajor<>> converted(Matrix matrix)
{
    tfm::Tensor<T, tfm::RowMajor<>> result({matrix.rows(), matrix.cols()});
    for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = T(matrix.data()[i]);
    return result;
}

/// A packed weight; scales of integers are 1.
template <class T>
auto packed(Matrix weight)
{
    tfm::Packed<> const layout(weight.rows(), weight.cols());
    if constexpr (std::is_same_v<T, std::int8_t>) {
        tfm::QuantizedTensor<> result(layout);
        pack(converted<T>(weight).view(), result.values.view());
        std::fill_n(result.scales.data(), result.scales.size(), 1.0F);
        return result;
    } else {
        tfm::Tensor<T, tfm::Packed<>> result(layout);
        pack(converted<T>(weight).view(), result.view());
        return result;
    }
}

template <class T>
class TfmMatmul final : public Matmul {
public:
    TfmMatmul(Matrix weight, std::size_t copies)
    {
        weights_.push_back(packed<T>(weight));
        while (weights_.size() < copies) weights_.push_back(weights_.front().clone());
    }

    void prepare(Matrix x, std::size_t threads) override
    {
        x_ = converted<InputOf<T>>(x);
        scales_ = tfm::Tensor<float, tfm::Vec<>>(tfm::Vec<>(x.rows()));
        std::fill_n(scales_.data(), scales_.size(), 1.0F);
        threads_ = threads;
        product_ = Product({x.rows(), weights_.front().cols()});
    }

    void run(std::size_t copy) override
    {
        auto const& weight = weights_[copy];
        tfm::parallel(threads_, [&](tfm::Team team) {
            tfm::Schedule const schedule(team, x_.rows(), Blocks::max_rows,
                                         Blocks::min_rows_per_thread);
            tfm::PanelRange const panels = schedule.panels(weight.layout().panels());
            for (std::size_t block = 0; block < schedule.blocks(); ++block) {
                tfm::IndexRange const rows = schedule.rows(block);
                auto const out = row_range(product_.view(), rows.begin, rows.size());
                matmul_panels(row_range(inputs(), rows.begin, rows.size()), weight.view(), panels,
                              tfm::StoreRows{out.data(), out.row_stride()});
            }
        });
    }

    Matrix result() override { return product_.view(); }

private:
    using Product = tfm::Tensor<float, tfm::RowMajor<>>;
    using Weight = decltype(packed<T>(Matrix{}));
    /// How rows are cut in a forward pass.
    using Blocks = tfm::RowBlocks<std::is_same_v<T, float>       ? tfm::precision::fp32
                                  : std::is_same_v<T, tfm::bf16> ? tfm::precision::bf16
                                                                 : tfm::precision::int8>;

    auto inputs() const
    {
        if constexpr (std::is_same_v<T, std::int8_t>) {
            return tfm::QuantizedRows<>{row_range(x_.view(), 0, x_.rows()), scales_.data()};
        } else {
            return x_.view();
        }
    }

    std::vector<Weight> weights_;
    tfm::Tensor<InputOf<T>, tfm::RowMajor<>> x_{};
    tfm::Tensor<float, tfm::Vec<>> scales_{};
    std::size_t threads_ = 1;
    Product product_{};
};

template <class T>
std::unique_ptr<Matmul> make(Matrix weight, std::size_t copies)
{
    return std::make_unique<TfmMatmul<T>>(weight, copies);
}

} // namespace

Library tfm_library()
{
    constexpr tfm::BuildInfo build = tfm::build_info();
    std::string description(build.version);
    description.append(", ").append(build.isa).append(", ").append(build.compiler);
    return {"tfm",
            description,
            {{Dtype::fp32, make<float>},
             {Dtype::bf16, make<tfm::bf16>},
             {Dtype::int8, make<std::int8_t>}}};
}

} // namespace kernel_peers
