#include "opened_encoder.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <tfm/config.hpp>

#include "model_folder.hpp"
#include "precisions.hpp"
#include "token_ids.hpp"
#include "word_pieces.hpp"

namespace tfm_program {

EncoderTokens OpenedEncoder::read_text(const EncoderTextOptions& options) const
{
    const tfm::EncoderShape& shape = family.shape;
    if (options.prompt.tokens) {
        EncoderTokens text{parse_token_ids(*options.prompt.tokens, "--tokens", shape.vocab), {}};
        if (options.types)
            text.types = parse_token_ids(*options.types, "--types",
                                         std::max<std::size_t>(shape.token_types, 1));
        check_length(text.tokens, "--tokens", shape.context);
        tfm::require(text.types.empty() || text.types.size() == text.tokens.size(), [&] {
            return "--types: expected as many as --tokens has, " +
                   std::to_string(text.tokens.size()) + "; found " +
                   std::to_string(text.types.size());
        });
        return text;
    }
    tfm::WordPieceEncoder const tokenizer = load_word_pieces(folder);
    NamedText const source = read_prompt_text(options.prompt, shape.context);
    tfm::TokenizedText encoded = options.pair ? tokenizer.encode_pair(source.text, *options.pair)
                                              : tokenizer.encode_single(source.text);
    check_length(encoded.ids, source.name, shape.context);
    check_in_vocabulary(encoded.ids, source.name, {folder, shape.vocab});
    // A model without token types takes pairs, too: it tells them apart by [SEP].
    if (shape.token_types == 0) encoded.types.clear();
    return {std::move(encoded.ids), std::move(encoded.types)};
}

std::unique_ptr<tfm::any::Encoder> OpenedEncoder::load(const tfm::any::EncoderTask& task) const
{
    return tfm::any::load_encoder(folder, precision, task);
}

OpenedEncoder open_encoder(const ModelOptions& options)
{
    tfm::Precision const precision = encoder_precision_named(options.precision, "--precision");
    std::filesystem::path folder =
        require_model_folder(options.folder, "the folder of a BERT or DistilBERT");
    tfm::HuggingFaceConfig json = tfm::HuggingFaceConfig::open(folder);
    tfm::EncoderFamily const family = tfm::read_encoder_family(json);
    return {std::move(folder), std::move(json), family, precision};
}

tfm::EncoderWorkspaceOptions workspace_for(const EncoderTokens& text, std::size_t threads)
{
    return {.max_rows = text.tokens.size(), .threads = threads};
}

} // namespace tfm_program
