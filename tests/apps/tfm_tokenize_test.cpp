/// \file
/// tfm tokenize and detokenize.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;

class TfmTokenize : public TfmProgram {
protected:
    static ProgramResult tokenize(std::string_view text)
    {
        return run_tfm({"tokenize", "--model", with_tokenizer()}, text);
    }
    static ProgramResult detokenize(std::string_view ids)
    {
        return run_tfm({"detokenize", "--model", with_tokenizer()}, ids);
    }
};

std::string random_bytes(std::size_t count)
{
    std::mt19937 random(1);
    std::string text(count, '\0');
    for (char& c : text) c = static_cast<char>(random() & 0xFFU);
    return text;
}

TEST_F(TfmTokenize, GivesHuggingFacesIds)
{
    auto const cases = nlohmann::json::parse(
        file_text(std::filesystem::path(TFM_TEST_DATA) / "tokenizer/shuffled_vectors.json"));
    for (std::size_t i = 0; i < cases.size(); i += 4) {
        auto const text = cases[i]["text"].get<std::string>();
        auto const object = run_tfm_json({"tokenize", "--model", with_tokenizer()}, text);
        EXPECT_EQ(object["tokens"], cases[i]["ids"]) << text;
        EXPECT_EQ(object["count"], cases[i]["ids"].size());
    }
}

TEST_F(TfmTokenize, PiecesCoverTheTextInOrder)
{
    std::string const text = "The k\xC3\xA4ng \xF0\x9F\x91\x91  sat\x1B[31m\n";
    auto const object = run_tfm_json({"tokenize", "--model", with_tokenizer(), "--pieces"}, text);
    auto const& pieces = object["pieces"];
    ASSERT_EQ(pieces.size(), object["tokens"].size());
    std::size_t place = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        EXPECT_EQ(pieces[i]["id"], object["tokens"][i]);
        EXPECT_EQ(pieces[i]["begin"], place) << "nothing is left out";
        place = pieces[i]["end"];
    }
    EXPECT_EQ(place, text.size());
    EXPECT_EQ(pieces[0]["begin"], 0);

    ProgramResult const lines =
        run_tfm({"tokenize", "--model", with_tokenizer(), "--pieces"}, text);
    EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), std::ssize(pieces));
    EXPECT_EQ(lines.out.find('\x1B'), std::string::npos);
    std::string const first = std::to_string(pieces[0]["id"].get<int>()) + "\t0\t" +
                              std::to_string(pieces[0]["end"].get<int>()) + "\t" +
                              pieces[0]["token"].get<std::string>() + "\n";
    EXPECT_TRUE(lines.out.starts_with(first)) << lines.out;
}

TEST_F(TfmTokenize, AnyBytesSurviveTheRoundTrip)
{
    for (std::string const& text : {std::string(), std::string("\n"), std::string("\0\xFF\xC3", 3),
                                    random_bytes(300'000), std::string(2'000'000, 'a')}) {
        ProgramResult const ids = tokenize(text);
        EXPECT_EQ(ids.status, 0) << ids.err;
        ProgramResult const back = detokenize(ids.out);
        EXPECT_EQ(back.status, 0) << back.err;
        EXPECT_TRUE(back.out == text) << text.size() << " bytes";
    }
}

TEST_F(TfmTokenize, TakesCommasAndAnyWhiteSpace)
{
    EXPECT_EQ(detokenize("300,301 , 302\n303\t304").out, detokenize("300 301 302 303 304").out);
    EXPECT_NE(detokenize("300").out, "");
}

TEST_F(TfmTokenize, JsonOfTextIsUtf8)
{
    std::string ids = tokenize("\xC3").out;
    auto const object = run_tfm_json({"detokenize", "--model", with_tokenizer()}, ids);
    EXPECT_EQ(object["bytes"], 1);
    EXPECT_EQ(object["text"], "\xEF\xBF\xBD");
}

TEST_F(TfmTokenize, RefusesWhatIsNoId)
{
    expect_bad_input(detokenize("300 x"), {"standard input", "'x'"});
    expect_bad_input(detokenize("1.5"), {"standard input", "'1.5'"});
    expect_bad_input(detokenize("1156"), {"1156", "out of range", "0 to 1155"});
    expect_bad_input(detokenize("-1"), {"-1", "out of range"});
    expect_bad_input(detokenize("300 99999999999999999999"),
                     {"99999999999999999999", "out of range"});
    expect_bad_input(detokenize(std::string_view("3\0", 2)), {"standard input"});
    expect_bad_input(run_tfm({"tokenize", "--model", random()}, "x"), {random(), "vocab.json"});
}

} // namespace
