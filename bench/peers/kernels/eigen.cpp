/// \file
/// Eigen: a product of maps of plain rows, without a temporary.

#include <Eigen/Core>

#include "library.hpp"
#include "plain_weights.hpp"

namespace kernel_peers {
namespace {

class EigenMatmul final : public Matmul {
public:
    EigenMatmul(Matrix weight, std::size_t copies) : weights_(weight, copies) {}

    void prepare(Matrix x, std::size_t threads) override
    {
        Eigen::setNbThreads(static_cast<int>(threads));
        x_ = x;
        product_ = Product({x.rows(), weights_[0].cols()});
    }

    void run(std::size_t copy) override
    {
        if (x_.rows() == 1) {
            row_map(product_.view()).noalias() = row_map(x_) * map(weights_[copy]);
        } else {
            map(product_.view()).noalias() = map(x_) * map(weights_[copy]);
        }
    }

    Matrix result() override { return product_.view(); }

private:
    using Product = tfm::Tensor<float, tfm::RowMajor<>>;
    using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Row = Eigen::Matrix<float, 1, Eigen::Dynamic, Eigen::RowMajor>;

    /// An Eigen map of a view: const where the view is.
    template <class Shape, class T>
    using MapOf = Eigen::Map<std::conditional_t<std::is_const_v<T>, const Shape, Shape>>;

    template <class T>
    static MapOf<Rows, T> map(tfm::View<T, tfm::RowMajor<>> view)
    {
        return {view.data(), static_cast<Eigen::Index>(view.rows()),
                static_cast<Eigen::Index>(view.cols())};
    }

    /// Eigen picks its matrix-vector product at compile time.
    template <class T>
    static MapOf<Row, T> row_map(tfm::View<T, tfm::RowMajor<>> view)
    {
        return {view.data(), static_cast<Eigen::Index>(view.cols())};
    }

    PlainWeights weights_;
    Matrix x_;
    Product product_;
};

std::unique_ptr<Matmul> make_fp32(Matrix weight, std::size_t copies)
{
    return std::make_unique<EigenMatmul>(weight, copies);
}

} // namespace

Library eigen_library()
{
    std::string const version = std::to_string(EIGEN_WORLD_VERSION) + "." +
                                std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                std::to_string(EIGEN_MINOR_VERSION);
    return {"Eigen",
            version + ", " + Eigen::SimdInstructionSetsInUse() + ", OpenMP",
            {{Dtype::fp32, make_fp32}}};
}

} // namespace kernel_peers
