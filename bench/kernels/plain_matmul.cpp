#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/tensor/algorithms.hpp>

#include "suite.hpp"
#include "thread_workspace.hpp"

namespace {

using namespace tfm::bench;
using tfm::RowMajor;

template <class T>
tfm::Tensor<T, RowMajor<>> random_matrix(std::size_t rows, std::size_t cols)
{
    tfm::Tensor<T, RowMajor<>> matrix({rows, cols});
    tfm::copy(random_rows(rows, cols), matrix);
    return matrix;
}

/// Threads make columns of the result each, as those of `matmul` take panels of a packed weight:
/// with few rows packing is most of the work. `multiply(a, b, columns, out, workspace)` makes these
/// columns of the product of matrices of T, of which b is `b_rows` x `b_cols`.
template <class T, class Multiply>
void add_product(Suite& suite, std::string_view kernel, const Shape& shape, std::size_t b_rows,
                 std::size_t b_cols, Multiply multiply)
{
    std::size_t const m = shape["m"];
    std::size_t const k = shape["k"];
    std::size_t const n = shape["n"];
    Call const call{kernel, precision<T>, shape, 2.0 * static_cast<double>(m * n * k),
                    static_cast<double>((m + n) * k) * sizeof(T) +
                        static_cast<double>(m * n) * sizeof(float)};
    suite.add(call, [=](Timer& timer) {
        auto const a = random_matrix<T>(m, k);
        auto const b = random_matrix<T>(b_rows, b_cols);
        Rows out({m, n});
        timer.run([&](tfm::Team team) {
            tfm::IndexRange const columns = team.share(n);
            multiply(a.view(), b.view(), columns,
                     column_range(out.view(), columns.begin, columns.size()),
                     thread_workspace(tfm::matmul_workspace_bytes<T>(m, k)));
        });
    });
}

template <class T>
void add_products(Suite& suite, const Shape& shape)
{
    std::size_t const k = shape["k"];
    std::size_t const n = shape["n"];
    add_product<T>(suite, "plain_matmul", shape, k, n,
                   [](auto a, auto b, tfm::IndexRange columns, auto out, auto& workspace) {
                       auto const part = column_range(b, columns.begin, columns.size());
                       tfm::matmul(a, part, out, workspace);
                   });
    add_product<T>(suite, "matmul_transposed", shape, n, k,
                   [](auto a, auto b, tfm::IndexRange columns, auto out, auto& workspace) {
                       auto const part = row_range(b, columns.begin, columns.size());
                       tfm::matmul_transposed(a, part, out, workspace);
                   });
}

Benchmarks const plain_matmul([](Suite& suite) {
    for (const Shape& shape :
         suite.shapes({"m", "k", "n"}, {{1, 768, 768}, {16, 768, 768}, {256, 768, 768}},
                      {{1, 33, 20}, {5, 33, 20}})) {
        add_products<float>(suite, shape);
        add_products<tfm::bf16>(suite, shape);
    }
});

} // namespace
