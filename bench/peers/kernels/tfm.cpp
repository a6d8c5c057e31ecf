/// \file
/// tfm, shared out among threads as in a forward pass.

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

class TfmMatmul final : public Matmul {
public:
    TfmMatmul(Matrix weight, std::size_t copies)
    {
        weights_.emplace_back(tfm::Packed<>(weight.rows(), weight.cols()));
        pack(weight, weights_.front().view());
        while (weights_.size() < copies) weights_.push_back(weights_.front().clone());
    }

    void prepare(Matrix x, std::size_t threads) override
    {
        x_ = x;
        threads_ = threads;
        product_ = Product({x.rows(), weights_.front().cols()});
    }

    void run(std::size_t copy) override
    {
        auto const weight = weights_[copy].view();
        tfm::parallel(threads_, [&](tfm::Team team) {
            tfm::Schedule const schedule(team, x_.rows(), block_rows);
            tfm::PanelRange const panels = schedule.panels(weight.layout().panels());
            for (std::size_t block = 0; block < schedule.blocks(); ++block) {
                tfm::IndexRange const rows = schedule.rows(block);
                auto const out = row_range(product_.view(), rows.begin, rows.size());
                matmul_panels(row_range(x_, rows.begin, rows.size()), weight, panels,
                              tfm::StoreRows{out.data(), out.row_stride()});
            }
        });
    }

    Matrix result() override { return product_.view(); }

private:
    using Product = tfm::Tensor<float, tfm::RowMajor<>>;
    static constexpr std::size_t block_rows =
        tfm::Workspace<tfm::gpt2::small, tfm::precision::fp32>::max_block_rows;

    std::vector<tfm::Tensor<float, tfm::Packed<>>> weights_;
    Matrix x_;
    std::size_t threads_ = 1;
    Product product_;
};

std::unique_ptr<Matmul> make_fp32(Matrix weight, std::size_t copies)
{
    return std::make_unique<TfmMatmul>(weight, copies);
}

} // namespace

Library tfm_library()
{
    constexpr tfm::BuildInfo build = tfm::build_info();
    std::string description(build.version);
    description.append(", ").append(build.isa).append(", ").append(build.compiler);
    return {"tfm", description, {{Dtype::fp32, make_fp32}}};
}

} // namespace kernel_peers
