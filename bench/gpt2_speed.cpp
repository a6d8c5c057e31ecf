/// \file
/// GPT-2 small in fp32 with random weights, beside the machine's limits measured in the same run:
/// decoding against read bandwidth, a prompt against the FMA peak, memory against its sum of parts.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/resource.h>
#include <tfm/tfm.hpp>

#include "compute_peaks.hpp"
#include "read_bandwidth.hpp"

namespace {

constexpr tfm::DecoderShape shape = tfm::gpt2::small;
using Model = tfm::Decoder<shape>;

struct Settings {
    std::size_t rounds = 9;
    std::size_t context = 256;
    std::size_t prompt = 512;
    std::size_t tokens_per_round = 8;
    std::vector<std::size_t> threads = {1, 2};
};

/// Uniform numbers of the given standard deviation: speed depends on sizes alone, as long as no
/// value is subnormal or overflows.
template <class T>
void randomise(T& tensor, float deviation)
{
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        state = state * 1664525U + 1013904223U;
        float const unit = static_cast<float>(state >> 8) * 0x1p-23F - 1.0F;
        tensor.data()[i] = unit * deviation * 1.7320508F;
    }
}

template <std::size_t N>
void reset(tfm::LayerNorm<N>& norm)
{
    for (std::size_t i = 0; i < N; ++i) norm.gain(i) = 1.0F;
}

Model random_model()
{
    Model model;
    randomise(model.token_embedding, 0.02F);
    randomise(model.position_embedding, 0.02F);
    for (auto& block : *model.blocks) {
        reset(block.attention_norm);
        randomise(block.attention.query.weight, 0.02F);
        randomise(block.attention.key.weight, 0.02F);
        randomise(block.attention.value.weight, 0.02F);
        randomise(block.attention.projection.weight, 0.02F);
        reset(block.mlp_norm);
        randomise(block.mlp.up.weight, 0.02F);
        randomise(block.mlp.down.weight, 0.02F);
    }
    reset(model.final_norm);
    return model;
}

/// Bytes that one decoding step reads: every weight once, of the embeddings the head's matrix, and
/// the keys and values of `context` positions.
double decode_bytes(std::size_t context)
{
    std::size_t const positions = shape.context * shape.width * sizeof(float);
    std::size_t const kv = 2 * shape.layers * shape.width * context * sizeof(float);
    return static_cast<double>(Model::weight_bytes() - positions + kv);
}

/// Multiplications and additions of a prompt whose last logits are wanted.
double prompt_flops(std::size_t tokens)
{
    auto const t = static_cast<double>(tokens);
    auto const width = static_cast<double>(shape.width);
    double const per_token = 2.0 * static_cast<double>(shape.layers) * width *
                             (4.0 * width + 2.0 * static_cast<double>(shape.hidden()));
    double const attention = 4.0 * static_cast<double>(shape.layers) * width * t * (t + 1) / 2;
    return t * per_token + attention + 2.0 * width * static_cast<double>(shape.vocab);
}

class Benchmark {
public:
    Benchmark(const Settings& settings, const Model& model, const tfm::bench::ReadBandwidth& memory,
              std::size_t threads)
        : settings_(settings), model_(model), memory_(memory), threads_(threads),
          workspace_({.max_rows = settings.prompt, .threads = threads}), logits_({1, shape.vocab}),
          tokens_(settings.prompt)
    {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            tokens_[i] = static_cast<tfm::Token>(i * 7919 % shape.vocab);
        }
    }

    void run()
    {
        for (std::size_t round = 0; round <= settings_.rounds; ++round) {
            double const bandwidth = memory_.measure(threads_);
            double const decode = time_decode();
            double const peak = tfm::bench::measure_fma_peak(threads_);
            double const prompt = time_prompt();
            if (round == 0) continue; // the first one warms up
            decode_ms_.push_back(decode * 1e3);
            bandwidth_.push_back(bandwidth);
            prompt_ms_.push_back(prompt * 1e3);
            peak_.push_back(peak);
        }
    }

    void print() const
    {
        auto const decode = tfm::bench::spread(decode_ms_);
        auto const prompt = tfm::bench::spread(prompt_ms_);
        double const bandwidth = tfm::bench::spread(bandwidth_).median;
        double const peak = tfm::bench::spread(peak_).median;
        double const decode_limit = decode_bytes(settings_.context) / bandwidth * 1e3;
        double const prompt_limit = prompt_flops(settings_.prompt) / peak * 1e3;
        std::printf("| decode at %zu | %zu | %.2f (%.2f-%.2f) | %.1f GB/s: %.2f ms | %.2f x |\n",
                    settings_.context, threads_, decode.median, decode.min, decode.max,
                    bandwidth / 1e9, decode_limit, decode.median / decode_limit);
        std::printf(
            "| prompt of %zu | %zu | %.1f (%.1f-%.1f) | %.0f GFLOP/s: %.1f ms | %.0f %% |\n",
            settings_.prompt, threads_, prompt.median, prompt.min, prompt.max, peak / 1e9,
            prompt_limit, 100.0 * prompt_limit / prompt.median);
    }

private:
    double time_decode()
    {
        session_.rewind();
        std::vector<tfm::Token> const past(settings_.context, 1);
        forward(past, tfm::Logits::none);
        double const begin = tfm::bench::now();
        for (std::size_t i = 0; i < settings_.tokens_per_round; ++i) {
            forward({tokens_.data() + i, 1}, tfm::Logits::last);
        }
        return (tfm::bench::now() - begin) / static_cast<double>(settings_.tokens_per_round);
    }

    double time_prompt()
    {
        session_.rewind();
        double const begin = tfm::bench::now();
        forward(tokens_, tfm::Logits::last);
        return tfm::bench::now() - begin;
    }

    void forward(std::span<const tfm::Token> tokens, tfm::Logits logits)
    {
        Model::Rows const rows{&session_, tokens, logits};
        std::size_t const wanted = rows.logit_rows();
        tfm::forward(model_, workspace_, std::span(&rows, 1),
                     {logits_.data(), tfm::RowMajor<tfm::dyn, shape.vocab>(wanted, shape.vocab)});
    }

    const Settings& settings_;
    const Model& model_;
    const tfm::bench::ReadBandwidth& memory_;
    std::size_t threads_;
    Model::Workspace workspace_;
    Model::Session session_;
    tfm::Tensor<float, tfm::RowMajor<tfm::dyn, shape.vocab>> logits_;
    std::vector<tfm::Token> tokens_;
    std::vector<double> decode_ms_;
    std::vector<double> bandwidth_;
    std::vector<double> prompt_ms_;
    std::vector<double> peak_;
};

} // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app("Times GPT-2 small in fp32 with random weights: decoding against the read "
                 "bandwidth and a prompt against the FMA peak, both measured in the same run. "
                 "Prints a Markdown table of medians (least-most).");
    app.add_option("--rounds", settings.rounds, "Timed rounds")->check(CLI::Range(1, 1000));
    app.add_option("--threads", settings.threads, "Thread counts to time")->delimiter(',');
    app.add_option("--context", settings.context, "Tokens in the cache before decoding")
        ->check(CLI::Range(1, 1000));
    app.add_option("--prompt", settings.prompt, "Tokens of the prompt")->check(CLI::Range(1, 1024));
    CLI11_PARSE(app, argc, argv);

    auto const info = tfm::build_info();
    std::printf("tfm %s, %s, %s\n\n", std::string(info.version).c_str(),
                std::string(info.isa).c_str(), std::string(info.compiler).c_str());
    std::printf("| work | threads | ms | limit | of the limit |\n|---|---|---|---|---|\n");
    Model const model = random_model();
    tfm::bench::ReadBandwidth const memory(static_cast<std::size_t>(decode_bytes(0)));
    for (std::size_t const threads : settings.threads) {
        Benchmark benchmark(settings, model, memory, threads);
        benchmark.run();
        benchmark.print();
    }
}
