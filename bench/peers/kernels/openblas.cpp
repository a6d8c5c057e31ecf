/// \file
/// OpenBLAS: sgemm on plain rows, sgemv for a single one.

#include <cblas.h>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "library.hpp"
#include "plain_weights.hpp"

namespace kernel_peers {
namespace {

class OpenBlasMatmul final : public Matmul {
public:
    OpenBlasMatmul(Matrix weight, std::size_t copies) : weights_(weight, copies) {}

    void prepare(Matrix x, std::size_t threads) override
    {
        openblas_set_num_threads(static_cast<int>(threads));
        x_ = x;
        product_ = Product({x.rows(), weights_[0].cols()});
    }

    void run(std::size_t copy) override
    {
        Matrix const weight = weights_[copy];
        auto const m = static_cast<blasint>(x_.rows());
        auto const k = static_cast<blasint>(weight.rows());
        auto const n = static_cast<blasint>(weight.cols());
        if (m == 1) {
            cblas_sgemv(CblasRowMajor, CblasTrans, k, n, 1.0F, weight.data(), n, x_.data(), 1, 0.0F,
                        product_.data(), 1);
        } else {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, x_.data(), k,
                        weight.data(), n, 0.0F, product_.data(), n);
        }
    }

    Matrix result() override { return product_.view(); }

private:
    using Product = tfm::Tensor<float, tfm::RowMajor<>>;

    PlainWeights weights_;
    Matrix x_;
    Product product_;
};

std::unique_ptr<Matmul> make_fp32(Matrix weight, std::size_t copies)
{
    return std::make_unique<OpenBlasMatmul>(weight, copies);
}

/// What would make the comparison unfair.
void warn_of_settings()
{
    if (const char* const forced = std::getenv("OPENBLAS_CORETYPE")) {
        std::cerr << "OpenBLAS: OPENBLAS_CORETYPE=" << forced << " forces its kernels, now "
                  << openblas_get_corename() << '\n';
    }
    if (openblas_get_parallel() != OPENBLAS_OPENMP) {
        std::cerr << "OpenBLAS: this one does not run on OpenMP's threads; its own wait "
                     "busily beside those of the others (Debian: libopenblas-openmp-dev)\n";
    }
}

} // namespace

Library openblas_library()
{
    warn_of_settings();
    std::string version;
    std::istringstream(openblas_get_config()) >> version >> version; // "OpenBLAS 0.3.21 ..."
    return {"OpenBLAS",
            version + ", " + openblas_get_corename() +
                (openblas_get_parallel() == OPENBLAS_OPENMP ? ", OpenMP" : ", own threads"),
            {{Dtype::fp32, make_fp32}}};
}

} // namespace kernel_peers
