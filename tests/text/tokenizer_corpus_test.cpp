/// Ids against Hugging Face's `tokenizers` on whole texts: 12 MB made by
/// tools/make_tokenizer_corpus.py, and real ones where they are at hand. The references (hashes per
/// 64 KiB) come from tools/make_tokenizer_references.py, which also states how a text is cut.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/tokenizer.hpp>

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
    fs::path tokenizer;  ///< folder of vocab.json and merges.txt
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

/// The generated corpus, made once per process.
const std::string& generated_corpus()
{
    static const std::string text = [] {
        const fs::path tools = fs::path(TFM_TEST_DATA) / ".." / ".." / "tools";
        std::string folder = testing::TempDir() + "tfm_corpus_XXXXXX"; // tests may run side by side
        EXPECT_NE(mkdtemp(folder.data()), nullptr) << folder;
        const fs::path output = fs::path(folder) / "corpus.txt";
        const std::string command = std::string("\"") + TFM_PYTHON + "\" \"" +
                                    (tools / "make_tokenizer_corpus.py").string() +
                                    "\" --output \"" + output.string() + "\"";
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        std::string corpus = read_all(output);
        fs::remove_all(folder);
        return corpus;
    }();
    return text;
}

struct Reference {
    std::size_t count;
    std::uint64_t hash;
};

/// The numbers of a reference file: the corpus' size and hash, then tokens and hash per piece.
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

class TokenizerCorpus : public testing::TestWithParam<Comparison> {};

TEST_P(TokenizerCorpus, IdsAreThoseOfHuggingFace)
{
    const Comparison& comparison = GetParam();
    if (!fs::exists(comparison.tokenizer / "vocab.json"))
        GTEST_SKIP() << "no tokenizer in " << comparison.tokenizer;
    if (!comparison.corpus.empty() && !fs::exists(comparison.corpus))
        GTEST_SKIP() << "no text " << comparison.corpus;

    const std::vector<Reference> references = read_references(data_folder / comparison.references);
    ASSERT_FALSE(references.empty());
    const std::string text =
        comparison.corpus.empty() ? generated_corpus() : read_all(comparison.corpus);
    ASSERT_EQ(text.size(), references[0].count) << "another corpus than the references'";
    ASSERT_EQ(fnv1a(text), references[0].hash) << "another corpus than the references'";

    const auto encoder = tfm::Tokenizer::load(comparison.tokenizer);
    std::size_t part = 1;
    for (std::size_t begin = 0; begin < text.size(); ++part) {
        const std::size_t end = end_of_part(text, begin);
        const std::string_view bytes = std::string_view(text).substr(begin, end - begin);
        const std::vector<std::int32_t> ids = encoder.encode(bytes);
        ASSERT_LT(part, references.size());
        EXPECT_EQ(ids.size(), references[part].count) << "bytes " << begin << " to " << end;
        EXPECT_EQ(fnv1a(ids), references[part].hash) << "bytes " << begin << " to " << end;
        EXPECT_TRUE(encoder.decode(ids) == bytes) << "bytes " << begin << " to " << end;
        begin = end;
    }
    EXPECT_EQ(part, references.size());
}

const fs::path shared_data = fs::path(TFM_SHARED_DIR) / "data";
const fs::path tales = fs::path(TFM_MODELS_DIR) / "tales";

INSTANTIATE_TEST_SUITE_P(
    Texts, TokenizerCorpus,
    testing::Values(Comparison{"shuffled", data_folder / "shuffled", {}, "shuffled_corpus.txt"},
                    Comparison{"tales", tales, {}, "tales_corpus.txt"},
                    Comparison{"gpt2", shared_data / "gpt2-tokenizer", {}, "gpt2_corpus.txt"},
                    Comparison{"gpt2_shakespeare", shared_data / "gpt2-tokenizer",
                               shared_data / "texts" / "tinyshakespeare_input.txt",
                               "gpt2_tinyshakespeare.txt"},
                    Comparison{"gpt2_wiki", shared_data / "gpt2-tokenizer",
                               shared_data / "texts" / "wiki.test.raw", "gpt2_wiki.txt"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

} // namespace
