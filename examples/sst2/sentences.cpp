#include "sentences.hpp"

#include <string_view>

#include <tfm/config.hpp>
#include <tfm/diagnostics.hpp>
#include <tfm/io/output_file.hpp>
#include <tfm/io/text_file.hpp>
#include <tfm/text/utf8.hpp>

namespace sst2_program {

namespace {

Sentence parse_sentence(std::string_view line, const std::string& where)
{
    std::size_t const tab = line.find('\t');
    std::string_view const label = tab == line.npos ? "" : line.substr(tab + 1);
    tfm::require(tab > 0 && (label == "0" || label == "1"), [&] {
        return where + ": expected a sentence, a tab and 0 or 1, found " +
               tfm::detail::in_quotes(tfm::to_valid_utf8(line));
    });
    return {std::string(line.substr(0, tab)), label == "1" ? 1U : 0U};
}

} // namespace

std::vector<Sentence> read_sentences(const std::filesystem::path& file)
{
    std::string const text = tfm::detail::read_text_file(file).text;
    std::vector<Sentence> sentences;
    std::string_view rest = text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        std::size_t const end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        std::string const where = file.string() + ": line " + std::to_string(number);
        if (number > 1) {
            sentences.push_back(parse_sentence(line, where));
            continue;
        }
        tfm::require(line == "sentence\tlabel", [&] {
            return where + ": expected the heading 'sentence', a tab and 'label', found " +
                   tfm::detail::in_quotes(tfm::to_valid_utf8(line));
        });
    }
    tfm::require(!sentences.empty(), [&] { return file.string() + ": holds no sentence"; });
    return sentences;
}

void write_character_vocabulary(const std::filesystem::path& folder, std::size_t size)
{
    std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    std::size_t count = 5;
    for (char c = '!'; c <= '~' && count + 2 <= size; ++c) {
        text += std::string(1, c) + "\n##" + c + "\n";
        count += 2;
    }
    for (; count < size; ++count) text += "[unused" + std::to_string(count) + "]\n";
    tfm::OutputFile file(folder / "vocab.txt");
    file.write(text);
    file.commit();
}

} // namespace sst2_program
