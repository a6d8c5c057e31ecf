#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tfm/models/family.hpp>

#include "../commands.hpp"
#include "../model_folder.hpp"
#include "../progress.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"
#include "../token_ids.hpp"
#include "../tokenizer.hpp"
#include "../word_pieces.hpp"

namespace tfm_program {

namespace {

constexpr std::size_t long_text = 10'000'000;

/// Tokens, and what is known of each where pieces are asked for.
struct Encoded {
    std::vector<std::int32_t> ids;
    std::vector<std::string> tokens;     ///< as the files write them
    std::vector<tfm::TokenPiece> places; ///< of a decoder's
};

/// Whether the folder's tokenizer is an encoder's, by config.json or else by its files.
bool is_encoder(const std::filesystem::path& folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(folder / "config.json", ignored))
        return tfm::describes_encoder(tfm::HuggingFaceConfig::open(folder));
    return tokenizer_files(folder).empty() && !word_piece_files(folder).empty();
}

Encoded encode_words(const std::filesystem::path& folder, const std::string& text)
{
    tfm::WordPieceEncoder const tokenizer = load_word_pieces(folder);
    Encoded encoded{tokenizer.encode_single(text).ids, {}, {}};
    for (std::int32_t const id : encoded.ids) encoded.tokens.emplace_back(tokenizer.token(id));
    return encoded;
}

Encoded encode(const tfm::Tokenizer& tokenizer, const std::string& text, bool with_pieces)
{
    if (!with_pieces) return {tokenizer.encode(text), {}, {}};
    Encoded encoded{{}, {}, tokenizer.encode_pieces(text)};
    for (const tfm::TokenPiece& piece : encoded.places) {
        encoded.ids.push_back(piece.id);
        encoded.tokens.emplace_back(tokenizer.token(piece.id));
    }
    return encoded;
}

Encoded encode(const TokenizeCommand& command, const std::string& text)
{
    std::filesystem::path const folder = find_model_folder(command.folder);
    Progress progress("tokenizing " + human_bytes(text.size()));
    if (text.size() > long_text) progress.show();
    return is_encoder(folder) ? encode_words(folder, text)
                              : encode(load_tokenizer(folder), text, command.pieces);
}

JsonObject json_of(const Encoded& encoded, std::size_t i)
{
    JsonObject piece;
    piece["id"] = encoded.ids[i];
    piece["token"] = encoded.tokens[i];
    if (encoded.places.empty()) return piece;
    piece["begin"] = encoded.places[i].begin;
    piece["end"] = encoded.places[i].end;
    return piece;
}

/// A line for each token: its id, the bytes of the text it stands for, and itself.
void print_pieces(const Encoded& encoded)
{
    for (std::size_t i = 0; i < encoded.ids.size(); ++i) {
        std::string line = std::to_string(encoded.ids[i]) + "\t";
        if (!encoded.places.empty())
            line += std::to_string(encoded.places[i].begin) + "\t" +
                    std::to_string(encoded.places[i].end) + "\t";
        print(line + printable(encoded.tokens[i]) + "\n");
    }
}

} // namespace

void run(const TokenizeCommand& command)
{
    std::string const text = read_standard_input();
    Encoded const encoded = encode(command, text);
    if (command.json) {
        JsonObject object;
        object["bytes"] = text.size();
        object["count"] = encoded.ids.size();
        object["tokens"] = encoded.ids;
        if (command.pieces) {
            object["pieces"] = JsonValue::array();
            for (std::size_t i = 0; i < encoded.ids.size(); ++i)
                object["pieces"].push_back(json_of(encoded, i));
        }
        return print_json(object);
    }
    if (command.pieces)
        print_pieces(encoded);
    else
        print(format_token_ids(encoded.ids) + "\n");
    flush_output();
}

} // namespace tfm_program
