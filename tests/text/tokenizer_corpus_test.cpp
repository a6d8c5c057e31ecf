/// Ids and decoded text against Hugging Face's `tokenizers` on whole texts: 12 MB made by
/// tools/make_tokenizer_corpus.py, and real ones where they are at hand. The references (hashes per
/// 64 KiB) come from tools/make_tokenizer_references.py, which also states how a text is cut.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/tokenizer.hpp>
#include <tfm/text/utf8.hpp>
#include <tfm/text/word_piece.hpp>

#if !defined(TFM_PYTHON)
#define TFM_PYTHON "python3"
#endif
#if !defined(TFM_SHARED_DIR)
#define TFM_SHARED_DIR ""
#endif
#if !defined(TFM_MODELS_DIR)
#define TFM_MODELS_DIR ""
#endif

namespace {

namespace fs = std::filesystem;

const fs::path data_folder = fs::path(TFM_TEST_DATA) / "tokenizer";

/// A tokenizer, a text and the ids' hashes.
struct Comparison {
    const char* name;
    fs::path tokenizer;  ///< its folder
    fs::path corpus;     ///< empty: the generated one
    fs::path references; ///< in tests/data/tokenizer
};

void PrintTo(const Comparison& comparison, std::ostream* out) { *out << comparison.name; }

std::uint64_t fnv1a_byte(std::uint64_t hash, std::uint8_t byte)
{
    return (hash ^ byte) * 0x100000001B3;
}

constexpr std::uint64_t fnv1a_start = 0xCBF29CE484222325;

std::uint64_t fnv1a(std::string_view bytes)
{
    std::uint64_t hash = fnv1a_start;
    for (const char c : bytes) hash = fnv1a_byte(hash, static_cast<std::uint8_t>(c));
    return hash;
}

std::uint64_t fnv1a(const std::vector<std::int32_t>& ids)
{
    std::uint64_t hash = fnv1a_start;
    for (const std::int32_t id : ids) {
        for (int shift = 0; shift < 32; shift += 8)
            hash = fnv1a_byte(hash, static_cast<std::uint8_t>(id >> shift));
    }
    return hash;
}

std::string read_all(const fs::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    EXPECT_TRUE(stream.is_open()) << path;
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Runs a Python script of tools/.
void run_tool(const std::string& name, const std::string& arguments)
{
    const fs::path script = fs::path(TFM_TEST_DATA) / ".." / ".." / "tools" / name;
    const std::string command =
        std::string("\"") + TFM_PYTHON + "\" \"" + script.string() + "\" " + arguments;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

/// A folder of its own, since tests may run side by side; removed with the object.
class ScratchFolder {
public:
    ScratchFolder() { EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_; }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() { fs::remove_all(path_); }
    [[nodiscard]] fs::path operator/(const char* name) const { return fs::path(path_) / name; }

private:
    std::string path_ = testing::TempDir() + "tfm_corpus_XXXXXX";
};

/// The generated corpus, made once per process.
const std::string& generated_corpus()
{
    static const std::string text = [] {
        const ScratchFolder folder;
        run_tool("make_tokenizer_corpus.py",
                 "--output \"" + (folder / "corpus.txt").string() + '"');
        return read_all(folder / "corpus.txt");
    }();
    return text;
}

struct Reference {
    std::size_t count;
    std::uint64_t hash;
    std::string decoded;           ///< hash of the text, "=" where the text is the piece
    std::string decoded_unspecial; ///< the same without special tokens
};

/// The numbers of a reference file: the corpus' size and hash, then a piece a line.
std::vector<Reference> read_references(const fs::path& path)
{
    std::vector<Reference> references;
    std::istringstream lines(read_all(path));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        if (line.starts_with("corpus ")) line.erase(0, 7);
        std::istringstream fields(line);
        Reference reference{};
        fields >> reference.count >> std::hex >> reference.hash;
        EXPECT_FALSE(fields.fail()) << path << ": " << line;
        fields >> reference.decoded >> reference.decoded_unspecial;
        references.push_back(reference);
    }
    return references;
}

/// 64 KiB, or up to three bytes less so as not to split a character.
std::size_t end_of_part(std::string_view text, std::size_t begin)
{
    if (text.size() - begin <= 65536) return text.size();
    std::size_t end = begin + 65536;
    while ((static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80) --end;
    return end;
}

/// What a reference says of a decoded text.
std::string decoded_hash(const std::string& decoded, std::string_view piece)
{
    const std::string text = tfm::to_valid_utf8(decoded);
    if (text == piece) return "=";
    std::ostringstream hash;
    hash << std::hex << std::setw(16) << std::setfill('0') << fnv1a(text);
    return hash.str();
}

/// The text of a comparison, checked to be that of its references.
std::string text_of(const Comparison& comparison, const Reference& reference)
{
    std::string text = comparison.corpus.empty() ? generated_corpus() : read_all(comparison.corpus);
    EXPECT_EQ(text.size(), reference.count) << "another corpus than the references'";
    EXPECT_EQ(fnv1a(text), reference.hash) << "another corpus than the references'";
    return text;
}

/// `check(piece, reference)` for each piece of a comparison's text.
template <class Check>
void compare_pieces(const Comparison& comparison, Check&& check)
{
    const std::vector<Reference> references = read_references(data_folder / comparison.references);
    ASSERT_FALSE(references.empty());
    const std::string text = text_of(comparison, references[0]);
    std::size_t part = 1;
    for (std::size_t begin = 0; begin < text.size(); ++part) {
        const std::size_t end = end_of_part(text, begin);
        ASSERT_LT(part, references.size());
        SCOPED_TRACE("bytes " + std::to_string(begin) + " to " + std::to_string(end));
        check(std::string_view(text).substr(begin, end - begin), references[part]);
        begin = end;
    }
    EXPECT_EQ(part, references.size());
}

void expect_ids(const std::vector<std::int32_t>& ids, const Reference& reference)
{
    EXPECT_EQ(ids.size(), reference.count);
    EXPECT_EQ(fnv1a(ids), reference.hash);
}

void compare(const tfm::Tokenizer& tokenizer, const Comparison& comparison)
{
    compare_pieces(comparison, [&](std::string_view piece, const Reference& reference) {
        const auto ids = tokenizer.encode(piece, {.add_special_tokens = false});
        expect_ids(ids, reference);
        EXPECT_EQ(decoded_hash(tokenizer.decode(ids), piece), reference.decoded);
        const std::string plain = tokenizer.decode(ids, {.skip_special_tokens = true});
        EXPECT_EQ(decoded_hash(plain, piece), reference.decoded_unspecial);
    });
}

class TokenizerCorpus : public testing::TestWithParam<Comparison> {
protected:
    void SetUp() override
    {
        const Comparison& comparison = GetParam();
        if (!fs::exists(comparison.tokenizer))
            GTEST_SKIP() << "no tokenizer in " << comparison.tokenizer;
        if (!comparison.corpus.empty() && !fs::exists(comparison.corpus))
            GTEST_SKIP() << "no text " << comparison.corpus;
    }
};

TEST_P(TokenizerCorpus, IdsAndTextAreThoseOfHuggingFace)
{
    compare(tfm::Tokenizer::load(GetParam().tokenizer), GetParam());
}

/// Published without a tokenizer.json, which tools/make_tokenizer_json.py makes.
class ConvertedTokenizerCorpus : public TokenizerCorpus {};

TEST_P(ConvertedTokenizerCorpus, IdsAndTextAreThoseOfHuggingFace)
{
    const ScratchFolder folder;
    run_tool("make_tokenizer_json.py", "--folder \"" + GetParam().tokenizer.string() +
                                           "\" --output \"" + (folder / "tokenizer.json").string() +
                                           '"');
    compare(tfm::Tokenizer::load(folder / ""), GetParam());
}

class WordPieceCorpus : public TokenizerCorpus {};

TEST_P(WordPieceCorpus, IdsAreThoseOfHuggingFace)
{
    const auto tokenizer = tfm::WordPieceEncoder::load(GetParam().tokenizer);
    compare_pieces(GetParam(), [&](std::string_view piece, const Reference& reference) {
        expect_ids(tokenizer.encode(piece), reference);
    });
}

const fs::path shared_data = fs::path(TFM_SHARED_DIR) / "data";
const fs::path tales = fs::path(TFM_MODELS_DIR) / "tales";

const fs::path published = shared_data / "tokenizers";

constexpr auto comparison_name = [](const auto& parameter) {
    return std::string(parameter.param.name);
};

INSTANTIATE_TEST_SUITE_P(
    Texts, TokenizerCorpus,
    testing::Values(Comparison{"shuffled", data_folder / "shuffled", {}, "shuffled_corpus.txt"},
                    Comparison{"tales", tales, {}, "tales_corpus.txt"},
                    Comparison{"gpt2", shared_data / "gpt2-tokenizer", {}, "gpt2_corpus.txt"},
                    Comparison{"gpt2_shakespeare", shared_data / "gpt2-tokenizer",
                               shared_data / "texts" / "tinyshakespeare_input.txt",
                               "gpt2_tinyshakespeare.txt"},
                    Comparison{"gpt2_wiki", shared_data / "gpt2-tokenizer",
                               shared_data / "texts" / "wiki.test.raw", "gpt2_wiki.txt"},
                    Comparison{"llama2", published / "llama2", {}, "llama2_corpus.txt"},
                    Comparison{"mistral", published / "mistral", {}, "mistral_corpus.txt"},
                    Comparison{"neox", published / "neox", {}, "neox_corpus.txt"},
                    Comparison{"qwen2", published / "qwen2", {}, "qwen2_corpus.txt"},
                    Comparison{"smollm", published / "smollm", {}, "smollm_corpus.txt"}),
    comparison_name);

INSTANTIATE_TEST_SUITE_P(
    Texts, ConvertedTokenizerCorpus,
    testing::Values(Comparison{"llama3", published / "llama3", {}, "llama3_corpus.txt"},
                    Comparison{"qwen2", published / "qwen2", {}, "qwen2_corpus.txt"}),
    comparison_name);

INSTANTIATE_TEST_SUITE_P(
    Texts, WordPieceCorpus,
    testing::Values(Comparison{"bert_cased", published / "bert-cased", {}, "bert_cased_corpus.txt"},
                    Comparison{
                        "bert_uncased", published / "bert-uncased", {}, "bert_uncased_corpus.txt"}),
    comparison_name);

} // namespace
