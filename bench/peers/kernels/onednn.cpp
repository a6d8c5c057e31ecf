/// \file
/// oneDNN: the weight in the blocked layout that its primitive asks for, the primitive made once.

#include <oneapi/dnnl/dnnl.hpp>

#include <cstdint>
#include <optional>

#include <omp.h>

#include <tfm/tensor/tensor.hpp>

#include "library.hpp"

namespace kernel_peers {
namespace {

using dnnl::memory;
using DataType = memory::data_type;

/// Memory of oneDNN's in pages like those of the others.
class Buffer {
public:
    Buffer(const memory::desc& desc, const dnnl::engine& engine)
        : bytes_(tfm::Vec<>(desc.get_size())), memory_(desc, engine, bytes_.data())
    {
    }

    const memory& get() const noexcept { return memory_; }

private:
    tfm::Tensor<std::int8_t, tfm::Vec<>> bytes_;
    memory memory_;
};

class OneDnnMatmul final : public Matmul {
public:
    struct Types {
        DataType x;
        DataType weight;
        DataType product;
    };

    OneDnnMatmul(Types types, Matrix weight, std::size_t copies)
        : types_(types), copies_(copies), stream_(engine_), plain_weight_(plain(weight))
    {
    }

    void prepare(Matrix x, std::size_t threads) override
    {
        // The number of threads is OpenMP's, read when the primitive is made and when it runs.
        omp_set_num_threads(static_cast<int>(threads));
        auto const m = static_cast<memory::dim>(x.rows());
        auto const [k, n] =
            std::pair(plain_weight_.get_desc().dims()[0], plain_weight_.get_desc().dims()[1]);
        dnnl::matmul::desc const wanted({{m, k}, types_.x, memory::format_tag::ab},
                                        {{k, n}, types_.weight, memory::format_tag::any},
                                        {{m, n}, types_.product, memory::format_tag::ab});
        dnnl::matmul::primitive_desc const chosen(wanted, engine_);
        pack_weights(chosen.weights_desc());
        x_.emplace(chosen.src_desc(), engine_);
        copy(plain(x), x_->get());
        product_.emplace(chosen.dst_desc(), engine_);
        matmul_ = dnnl::matmul(chosen);
    }

    void run(std::size_t copy) override
    {
        matmul_.execute(stream_, {{DNNL_ARG_SRC, x_->get()},
                                  {DNNL_ARG_WEIGHTS, weights_[copy].get()},
                                  {DNNL_ARG_DST, product_->get()}});
        stream_.wait();
    }

    Matrix result() override
    {
        auto const dims = product_->get().get_desc().dims();
        floats_ = Floats({static_cast<std::size_t>(dims[0]), static_cast<std::size_t>(dims[1])});
        copy(product_->get(), plain(floats_.view()));
        return floats_.view();
    }

private:
    using Floats = tfm::Tensor<float, tfm::RowMajor<>>;

    /// A view as oneDNN's memory. That has no word for memory that is only read.
    memory plain(Matrix view) const
    {
        memory::desc const desc(
            {static_cast<memory::dim>(view.rows()), static_cast<memory::dim>(view.cols())},
            DataType::f32, memory::format_tag::ab);
        return {desc, engine_, const_cast<float*>(view.data())};
    }

    /// Converts the dtype and the layout.
    void copy(memory from, memory to)
    {
        dnnl::reorder(from, to).execute(stream_, from, to);
        stream_.wait();
    }

    /// Primitives of several shapes mostly want the same layout.
    void pack_weights(const memory::desc& desc)
    {
        if (!weights_.empty() && weights_.front().get().get_desc() == desc) return;
        weights_.clear();
        for (std::size_t i = 0; i < copies_; ++i) {
            weights_.emplace_back(desc, engine_);
            copy(i == 0 ? plain_weight_ : weights_.front().get(), weights_.back().get());
        }
    }

    Types types_;
    std::size_t copies_;
    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_;
    memory plain_weight_;
    std::vector<Buffer> weights_;
    std::optional<Buffer> x_;
    std::optional<Buffer> product_;
    dnnl::matmul matmul_;
    Floats floats_;
};

std::unique_ptr<Matmul> make_fp32(Matrix weight, std::size_t copies)
{
    constexpr OneDnnMatmul::Types types{DataType::f32, DataType::f32, DataType::f32};
    return std::make_unique<OneDnnMatmul>(types, weight, copies);
}

std::unique_ptr<Matmul> make_bf16(Matrix weight, std::size_t copies)
{
    constexpr OneDnnMatmul::Types types{DataType::bf16, DataType::bf16, DataType::bf16};
    return std::make_unique<OneDnnMatmul>(types, weight, copies);
}

std::unique_ptr<Matmul> make_int8(Matrix weight, std::size_t copies)
{
    constexpr OneDnnMatmul::Types types{DataType::u8, DataType::s8, DataType::s32};
    return std::make_unique<OneDnnMatmul>(types, weight, copies);
}

/// Whether this CPU has at least the instructions of `wanted`: a bit each.
bool has(dnnl::cpu_isa wanted)
{
    auto const bits = static_cast<unsigned>(wanted);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

std::string isa_name()
{
    if (has(dnnl::cpu_isa::avx512_core_amx)) return "AVX-512 with AMX";
    if (has(dnnl::cpu_isa::avx512_core_bf16)) return "AVX-512 with bf16";
    if (has(dnnl::cpu_isa::avx512_core_vnni)) return "AVX-512 with VNNI";
    if (has(dnnl::cpu_isa::avx512_core)) return "AVX-512";
    if (has(dnnl::cpu_isa::avx2_vnni)) return "AVX2 with VNNI";
    if (has(dnnl::cpu_isa::avx2)) return "AVX2";
    return "SSE4.1 or less";
}

} // namespace

Library onednn_library()
{
    const dnnl::version_t& version = *dnnl::version();
    std::string const no_bf16 = has(dnnl::cpu_isa::avx512_core_bf16)
                                    ? ""
                                    : "this CPU has no instructions for bf16 (" + isa_name() + ")";
    return {
        "oneDNN",
        std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
            std::to_string(version.patch) + ", " + isa_name() + ", OpenMP",
        {{Dtype::fp32, make_fp32}, {Dtype::bf16, make_bf16, no_bf16}, {Dtype::int8, make_int8}}};
}

} // namespace kernel_peers
