/// \file
/// A Llama of your own from arrays: filled, run, saved as a Hugging Face folder and loaded again;
/// made up in one of three sizes.
///
///     own_llama FOLDER [tiny|small|base]

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/models/load_arrays.hpp>
#include <tfm/models/random_model.hpp>
#include <tfm/models/save.hpp>
#include <tfm/tfm.hpp>

namespace {

constexpr tfm::DecoderShape my_shape = [] {
    tfm::DecoderShape shape = tfm::llama_base; // RMS norm, rotary positions, gated SiLU, no biases
    shape.vocab = 1000;
    shape.context = 64;
    shape.width = 192;
    shape.heads = 6;
    shape.kv_heads = 2;
    shape.layers = 3;
    shape.mlp_width = 512;
    return shape;
}();

constexpr std::array<tfm::Token, 5> prompt{1, 450, 931, 7, 42};

/// The likeliest token after the prompt.
template <tfm::DecoderShape S, tfm::Precision P>
std::size_t likeliest(const tfm::Decoder<S, P>& model)
{
    typename tfm::Decoder<S, P>::Session session(model, prompt.size());
    typename tfm::Decoder<S, P>::Workspace workspace(model);
    typename tfm::Decoder<S, P>::Rows const rows{&session, prompt};
    tfm::Tensor<float, tfm::RowMajor<tfm::dyn, S.vocab>> logits({1, model.sizes().vocab});
    tfm::forward(model, workspace, std::span(&rows, 1), logits.view());
    return static_cast<std::size_t>(std::max_element(logits.data(), logits.data() + logits.size()) -
                                    logits.data());
}

/// Stands for the training that made your numbers: each array under the name that a Llama's
/// checkpoint has it by, a matrix (outputs, inputs).
class MyArrays {
public:
    MyArrays()
    {
        std::size_t const keys = my_shape.key_width();
        make("embed_tokens.weight", {my_shape.vocab, my_shape.width});
        for (std::size_t i = 0; i < my_shape.layers; ++i) {
            std::string const layer = "layers." + std::to_string(i) + ".";
            make(layer + "input_layernorm.weight", {my_shape.width});
            make(layer + "self_attn.q_proj.weight", {my_shape.width, my_shape.width});
            make(layer + "self_attn.k_proj.weight", {keys, my_shape.width});
            make(layer + "self_attn.v_proj.weight", {keys, my_shape.width});
            make(layer + "self_attn.o_proj.weight", {my_shape.width, my_shape.width});
            make(layer + "post_attention_layernorm.weight", {my_shape.width});
            make(layer + "mlp.gate_proj.weight", {my_shape.mlp_width, my_shape.width});
            make(layer + "mlp.up_proj.weight", {my_shape.mlp_width, my_shape.width});
            make(layer + "mlp.down_proj.weight", {my_shape.width, my_shape.mlp_width});
        }
        make("norm.weight", {my_shape.width});
        make("lm_head.weight", {my_shape.vocab, my_shape.width});
    }

    /// Refers to the arrays.
    const tfm::StateDict& state() const { return state_; }

private:
    void make(const std::string& name, const std::vector<std::size_t>& extents)
    {
        std::size_t count = 1;
        for (std::size_t const extent : extents) count *= extent;
        arrays_.emplace_back(count);
        tfm::View<float, tfm::Vec<>> const values(arrays_.back());
        bool const is_gain = extents.size() == 1;
        tfm::random_normal(values, arrays_.size(), is_gain ? 1.0F : 0.0F, 0.08F);
        state_.add(name, arrays_.back(), extents);
    }

    std::vector<std::vector<float>> arrays_; // whose elements stay where they are
    tfm::StateDict state_;
};

void fill_save_and_load(const std::filesystem::path& folder)
{
    MyArrays const arrays;
    tfm::Decoder<my_shape> model;
    tfm::load_parameters(arrays.state(), tfm::llama_names, model);
    tfm::Decoder<my_shape, tfm::precision::int8> small;
    tfm::load_parameters(arrays.state(), tfm::llama_names, small);
    tfm::save_model(model, folder); // config.json and model.safetensors, for transformers too

    auto const loaded = tfm::Decoder<my_shape>::load(folder);
    auto const loaded_small = tfm::Decoder<my_shape, tfm::precision::int8>::load(folder);
    std::cout << "fp32 " << likeliest(model) << ' ' << likeliest(loaded) << '\n'
              << "int8 " << likeliest(small) << ' ' << likeliest(loaded_small) << '\n';
    tfm::write_packed_file(small, folder / tfm::packed_file_name); // is mapped from now on
    auto const mapped = tfm::Decoder<my_shape, tfm::precision::int8>::load(folder);
    std::cout << "mapped " << likeliest(mapped) << '\n';
}

/// Sizes that are chosen at run time: one type for all Llamas.
tfm::DecoderShape size_named(std::string_view name)
{
    tfm::DecoderShape shape = my_shape;
    if (name == "small") return shape;
    tfm::require(name == "tiny" || name == "base",
                 [] { return std::string("expected tiny, small or base"); });
    bool const is_tiny = name == "tiny";
    shape.width = is_tiny ? 96 : 384;
    shape.layers = is_tiny ? 2 : 6;
    shape.mlp_width = 2 * shape.width;
    return shape;
}

void make_up(std::string_view size)
{
    tfm::Decoder<tfm::llama_base.form()> model(size_named(size));
    tfm::init_random(model, 1); // a seed
    std::cout << size << ' ' << model.sizes().parameters() << " parameters, random "
              << likeliest(model) << '\n';
}

} // namespace

int main(int count, char** arguments)
try {
    tfm::require(count > 1, [] { return std::string("expected a folder to write to"); });
    fill_save_and_load(arguments[1]);
    make_up(count > 2 ? arguments[2] : "tiny");
} catch (const tfm::Error& error) {
    std::cerr << "own_llama: error: " << error.what() << '\n';
    return 2;
}
