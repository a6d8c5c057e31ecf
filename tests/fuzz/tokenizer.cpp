/// \file
/// The files of every kind of tokenizer, and texts through those that are whole.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <tfm/text/chat_template.hpp>
#include <tfm/text/tokenizer.hpp>
#include <tfm/text/utf8.hpp>
#include <tfm/text/word_piece.hpp>

#include "bundle.hpp"
#include "target.hpp"

namespace tfm_fuzz {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> names{"tokenizer.json",
                                     "vocab.json",
                                     "merges.txt",
                                     "vocab.txt",
                                     "added_tokens.json",
                                     "special_tokens_map.json",
                                     "tokenizer_config.json",
                                     "config.json"};

constexpr std::string_view sample =
    "Hello  world's\n\n\t12345 <s>\xC3\xA9\xE2\x96\x81\xF0\x9F\x98\x80"
    "\xFF [MASK] \xE4\xB8\xAD caf\x65\xCC\x81!";

void check(bool holds)
{
    if (!holds) std::abort();
}

/// What holds of every tokenizer and text.
void check_text(const tfm::Tokenizer& tokenizer, std::string_view text)
{
    std::vector<std::int32_t> const ids = tokenizer.encode(text);
    for (std::int32_t const id : ids)
        check(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size());
    auto const pieces = tokenizer.encode_pieces(text);
    check(pieces.size() == ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        check(pieces[i].id == ids[i] && pieces[i].begin <= pieces[i].end &&
              pieces[i].end <= text.size());
    std::string streamed;
    tfm::DecodeStream stream(tokenizer);
    for (std::int32_t const id : ids) streamed += stream.step(id);
    streamed += stream.finish();
    check(streamed == tfm::to_valid_utf8(tokenizer.decode(ids)));
}

void check_text(const tfm::WordPieceEncoder& tokenizer, std::string_view text)
{
    auto const encoded = tokenizer.encode_single(text, 64);
    check(encoded.ids.size() <= 64 && encoded.ids.size() == encoded.types.size());
    for (std::int32_t const id : encoded.ids)
        check(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size());
    (void)tokenizer.decode(encoded.ids);
}

void run_tokenizer(std::string_view input)
{
    folder().hold(unpack(input));
    auto const tokenizer = tfm::Tokenizer::load(folder().path());
    check_text(tokenizer, sample);
    (void)tfm::read_chat_format(folder().path());
}

void run_word_piece(std::string_view input)
{
    folder().hold(unpack(input));
    check_text(tfm::WordPieceEncoder::load(folder().path()), sample);
}

/// The folders below `root` that hold one of the files; those with large files are left out.
std::vector<std::string> seeds_below(const fs::path& root, bool is_word_piece)
{
    constexpr std::size_t most = 100'000;
    std::vector<std::string> seeds;
    std::vector<fs::path> folders;
    for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.is_directory()) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    for (const fs::path& path : folders) {
        std::string seed = pack(read_files(path, names));
        bool const is_other = (seed.find("WordPiece") != seed.npos ||
                               seed.find("%%% vocab.txt") != seed.npos) != is_word_piece;
        if (!seed.empty() && seed.size() < most && !is_other) seeds.push_back(std::move(seed));
    }
    return seeds;
}

/// Those of the project's data, of a shared folder where there is one, and small ones.
std::vector<std::string> all_seeds(bool is_word_piece)
{
    auto seeds = seeds_below(fs::path(TFM_TEST_DATA), is_word_piece);
    if (fs::exists(TFM_CASES))
        for (std::string& seed : seeds_below(TFM_CASES, is_word_piece))
            seeds.push_back(std::move(seed));
    return seeds;
}

std::vector<std::string> tokenizer_seeds()
{
    auto seeds = all_seeds(false);
    std::string const model = R"("model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,)"
                              R"("vocab":{"<unk>":0,"a":1,"b":2,"ab":3,"\u2581":4,"\u2581a":5,)"
                              R"("<0x0A>":6},"merges":["a b",["\u2581","a"]]})";
    seeds.push_back(pack(
        {{"tokenizer.json",
          R"({"added_tokens":[{"id":7,"content":"<s>","normalized":true,"lstrip":true}],)"
          R"("normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Prepend",)"
          R"("prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},)"
          R"("decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":)"
          R"("\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip",)"
          R"("content":" ","start":1,"stop":0}]},)" +
              model + "}"}}));
    seeds.push_back(
        pack({{"tokenizer.json", R"({"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":)"
                                 R"("Split","pattern":{"Regex":"\\p{L}+|[^a-z]?\\s+(?!\\S)|."},)"
                                 R"("behavior":"Isolated"},{"type":"Digits"},{"type":"Metaspace",)"
                                 R"("replacement":"\u2581"}]},)" +
                                     model + "}"}}));
    return seeds;
}

std::vector<std::string> word_piece_seeds()
{
    auto seeds = all_seeds(true);
    seeds.push_back(pack({{"vocab.txt", "[UNK]\n[CLS]\n[SEP]\nhello\n##s\nw\n##o\n##r\n!\n"}}));
    return seeds;
}

void run_text(std::string_view input)
{
    static const auto byte_level =
        tfm::Tokenizer::load(fs::path(TFM_TEST_DATA) / "tokenizer/shuffled");
    check_text(byte_level, input);
    check(byte_level.decode(byte_level.encode(input, {tfm::SpecialTokenText::as_text})) == input);
}

void run_words(std::string_view input)
{
    static const auto words =
        tfm::WordPieceEncoder::load(fs::path(TFM_TEST_DATA) / "tokenizer/word_piece");
    check_text(words, input);
}

std::vector<std::string> text_seeds() { return {std::string(sample), "a", "\xE2\x80\x83 \r\n"}; }

} // namespace

std::span<const Target> tokenizer_targets()
{
    static const std::array targets{Target{"tokenizer", run_tokenizer, tokenizer_seeds},
                                    Target{"word_piece", run_word_piece, word_piece_seeds},
                                    Target{"text", run_text, text_seeds},
                                    Target{"words", run_words, text_seeds}};
    return targets;
}

} // namespace tfm_fuzz
