#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/config.hpp>
#include <tfm/io/safetensors_writer.hpp>

#include "../commands.hpp"
#include "../opened_encoder.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"

namespace tfm_program {

namespace {

/// What stands for a text.
enum class Features {
    mean,   ///< the mean of its tokens
    first,  ///< its first token
    pooler, ///< its first token behind the model's pooler
    tokens, ///< each of its tokens, a row each
};

Features features_named(std::string_view name)
{
    constexpr std::array<std::string_view, 4> names{"mean", "first", "pooler", "tokens"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<Features>(i);
    }
    tfm::fail("--pooling: expected one of mean, first, pooler, tokens, found " + in_quotes(name));
}

/// Rows of features, side by side.
struct Embedding {
    std::size_t rows;
    std::size_t width;
    std::vector<float> values;

    std::span<const float> row(std::size_t i) const
    {
        return std::span(values).subspan(i * width, width);
    }
};

Embedding embed(const OpenedEncoder& encoder, const EncoderTokens& text, Features features,
                std::size_t threads)
{
    bool const each = features == Features::tokens;
    Embedding result{each ? text.tokens.size() : 1, encoder.family.shape.width, {}};
    result.values.resize(result.rows * result.width);
    auto const model = encoder.load(
        {.pooling = features == Features::mean ? tfm::Pooling::mean : tfm::Pooling::first,
         .pooler = features == Features::pooler ? encoder.family.pooler : tfm::Pooler::none});
    tfm::EncoderInput const input = text.input();
    auto const workspace = workspace_for(text, threads);
    if (each)
        model->encode({&input, 1}, result.values, workspace);
    else
        model->encode_pooled({&input, 1}, result.values, workspace);
    return result;
}

void write(const std::string& path, const Embedding& embedding)
{
    tfm::SafeTensorsWriter file(
        path, {{"embeddings", tfm::FileDType::F32, {embedding.rows, embedding.width}}});
    file.append("embeddings", std::as_bytes(std::span(embedding.values)));
    file.finish();
}

/// A line for each row.
void print_lines(const Embedding& embedding)
{
    for (std::size_t i = 0; i < embedding.rows; ++i) {
        std::string line;
        for (float const value : embedding.row(i))
            line.append(line.empty() ? "" : " ").append(significant(static_cast<double>(value), 7));
        print(line + "\n");
    }
    flush_output();
}

JsonObject json_of(const EmbedCommand& command, const OpenedEncoder& encoder,
                   const EncoderTokens& text, const Embedding& embedding)
{
    JsonObject object;
    object["model"] = encoder.folder.string();
    object["precision"] = command.model.precision;
    object["tokens"] = text.tokens;
    object["types"] = text.types;
    object["pooling"] = command.pooling;
    object["rows"] = embedding.rows;
    object["width"] = embedding.width;
    if (command.output) {
        object["output"] = *command.output;
    } else {
        std::vector<JsonValue> rows;
        for (std::size_t i = 0; i < embedding.rows; ++i) rows.push_back(embedding.row(i));
        object["embeddings"] = rows;
    }
    object["peak_rss_bytes"] = peak_resident_bytes();
    add_build(object, command.model.threads);
    return object;
}

} // namespace

void run(const EmbedCommand& command)
{
    Features const features = features_named(command.pooling);
    OpenedEncoder const encoder = open_encoder(command.model);
    EncoderTokens const text = encoder.read_text(command.text);
    Embedding const embedding = embed(encoder, text, features, command.model.threads);
    if (command.output) write(*command.output, embedding);
    if (command.json) return print_json(json_of(command, encoder, text, embedding));
    if (!command.output) print_lines(embedding);
}

} // namespace tfm_program
