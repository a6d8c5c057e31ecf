/// \file
/// Sessions that are forked, saved and loaded go on with the same bits; what is no session of the
/// model is refused.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/io/safetensors.hpp>
#include <tfm/io/safetensors_writer.hpp>
#include <tfm/nn/session_file.hpp>

#include "../io/scratch_folder.hpp"
#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

template <Precision P>
class SessionOf : public ::testing::Test {
protected:
    using Model = Decoder<odd_shape, P>;
    using Session = tfm::Session<odd_shape, P>;

    std::vector<float> feed(Session& session, std::span<const Token> tokens)
    {
        Rows<odd_shape, P> const rows{&session, tokens, Logits::all};
        return logits_of<odd_shape>(model, workspace, std::span(&rows, 1));
    }

    Model model = random_decoder<odd_shape, P>(1);
    Workspace<odd_shape, P> workspace{model, {.threads = 1}};
    std::vector<Token> prompt = random_tokens<odd_shape>(37, 2);
    std::vector<Token> one_way = random_tokens<odd_shape>(5, 3);
    std::vector<Token> other_way = random_tokens<odd_shape>(6, 4);
};

template <Precision P>
struct PrecisionType {
    static constexpr Precision value = P;
};

template <class P>
class SessionTest : public SessionOf<P::value> {
};

using Precisions =
    ::testing::Types<PrecisionType<precision::fp32>, PrecisionType<precision::bf16>,
                     PrecisionType<precision::int8>, PrecisionType<precision::int8_kv8>>;
TYPED_TEST_SUITE(SessionTest, Precisions);

TYPED_TEST(SessionTest, ForksContinueEachItsOwnWay)
{
    typename TestFixture::Session session(this->model, 48);
    this->feed(session, this->prompt);
    auto fork = session.fork();
    EXPECT_EQ(fork.position(), session.position());
    EXPECT_EQ(fork.max_positions(), session.max_positions());
    auto const other = this->feed(fork, this->other_way);
    auto const one = this->feed(session, this->one_way);

    typename TestFixture::Session alone(this->model, 48);
    this->feed(alone, this->prompt);
    EXPECT_EQ(this->feed(alone, this->one_way), one);
    alone.rewind(this->prompt.size());
    EXPECT_EQ(this->feed(alone, this->other_way), other);
}

TYPED_TEST(SessionTest, GoesOnFromAFileWithTheSameBits)
{
    ScratchFolder const folder;
    typename TestFixture::Session session(this->model, 48);
    this->feed(session, this->prompt);
    save_session(session, folder / "session");
    auto const expected = this->feed(session, this->one_way);
    for (std::size_t const room : {42U, 48U, 320U}) {
        typename TestFixture::Session loaded(this->model, room);
        this->feed(loaded, this->other_way);
        load_session(folder / "session", loaded);
        EXPECT_TRUE(std::equal(loaded.tokens().begin(), loaded.tokens().end(), this->prompt.begin(),
                               this->prompt.end()));
        EXPECT_EQ(loaded.max_positions(), room);
        EXPECT_EQ(this->feed(loaded, this->one_way), expected) << "room for " << room;
    }
}

TYPED_TEST(SessionTest, MayBeSavedBeforeItsFirstToken)
{
    ScratchFolder const folder;
    typename TestFixture::Session session(this->model, 48);
    save_session(session, folder / "session");
    this->feed(session, this->prompt);
    load_session(folder / "session", session);
    EXPECT_EQ(session.position(), 0U);
}

TYPED_TEST(SessionTest, ThatWasMovedFromIsRefusedEverywhere)
{
    ScratchFolder const folder;
    typename TestFixture::Session session(this->model, 48);
    this->feed(session, this->prompt);
    auto moved = std::move(session);
    std::string const wrong = "the session was moved from";
    EXPECT_EQ(error_of([&] { this->feed(session, this->one_way); }),
              "tfm::forward: rows 0: " + wrong);
    EXPECT_EQ(error_of([&] { session.rewind(); }), "tfm::Session: " + wrong);
    EXPECT_EQ(error_of([&] { session.fork(); }), "tfm::Session: " + wrong);
    EXPECT_EQ(error_of([&] { save_session(session, folder / "session"); }),
              "tfm::Session: " + wrong);
    save_session(moved, folder / "session");
    EXPECT_EQ(error_of([&] { load_session(folder / "session", session); }),
              "tfm::Session: " + wrong);
    EXPECT_EQ(session.position(), 0U);
    session = std::move(moved);
    EXPECT_EQ(session.position(), this->prompt.size());
    EXPECT_EQ(this->feed(session, this->one_way).size(), this->one_way.size() * odd_shape.vocab);
}

TYPED_TEST(SessionTest, DoesNotAdvanceBeyondItsEnd)
{
    typename TestFixture::Session session(this->model, 40);
    this->feed(session, this->prompt);
    EXPECT_EQ(error_of([&] { session.sequence().advance(this->one_way); }),
              "tfm::Session: cannot advance by 5 tokens; the session has 37 of its 40 positions in "
              "use");
    EXPECT_EQ(session.position(), this->prompt.size());
}

class SessionFile : public SessionOf<precision::int8_kv8> {
protected:
    SessionFile()
    {
        feed(session, prompt);
        save_session(session, path);
    }

    /// The file again with the bytes of one tensor changed.
    template <class T>
    void put(const std::string& changed, std::size_t index, T value)
    {
        SafeTensors const file = SafeTensors::open(path);
        std::vector<TensorDeclaration> declarations;
        for (TensorInfo const& tensor : file.tensors())
            declarations.push_back({tensor.name, tensor.dtype, tensor.shape});
        SafeTensorsWriter writer(folder / "changed", declarations, file.metadata());
        for (TensorInfo const& tensor : file.tensors()) {
            std::vector<std::byte> data(tensor.bytes.begin(), tensor.bytes.end());
            if (tensor.name == changed)
                std::memcpy(data.data() + index * sizeof(T), &value, sizeof(T));
            writer.append(tensor.name, data);
        }
        writer.finish();
    }

    std::string refusal(const std::filesystem::path& file)
    {
        std::string const message = error_of([&] { load_session(file, session); });
        EXPECT_EQ(message.substr(0, file.string().size()), file.string());
        return message.substr(std::min(message.size(), file.string().size()));
    }

    ScratchFolder folder;
    std::filesystem::path path = folder / "session";
    Session session{model, 48};
};

TEST_F(SessionFile, OfAnotherPrecisionIsRefused)
{
    Decoder<odd_shape, precision::fp32> const exact = random_decoder<odd_shape, precision::fp32>(1);
    tfm::Session<odd_shape, precision::fp32> other(exact, 48);
    EXPECT_EQ(error_of([&] { load_session(path, other); }),
              path.string() + ": tensor 'layers.0.keys': expected F32 [3, 37, 12], found I8 [3, "
                              "37, 12]; it is a session of another model or precision");
    EXPECT_EQ(other.position(), 0U);
}

TEST_F(SessionFile, LongerThanTheRoomIsRefused)
{
    Session shorter(model, 36);
    EXPECT_EQ(error_of([&] { load_session(path, shorter); }),
              path.string() + ": a session of 37 positions; expected at most the 36 that the "
                              "session to load into has room for");
}

TEST_F(SessionFile, WithNumbersThatNoCacheHasIsRefused)
{
    put<std::int8_t>("layers.1.values", 5, -128);
    EXPECT_EQ(refusal(folder / "changed"),
              ": tensor 'layers.1.values': expected finite numbers, and none of -128 in int8, "
              "found others");
    put<float>("layers.0.keys.scales", 7, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(refusal(folder / "changed"),
              ": tensor 'layers.0.keys.scales': expected finite numbers, and none of -128 in "
              "int8, found others");
    EXPECT_EQ(session.position(), prompt.size()) << "a refused file changes nothing";
}

TEST_F(SessionFile, OfAnotherKindIsRefused)
{
    SafeTensorsWriter writer(folder / "weights", {});
    writer.finish();
    EXPECT_EQ(refusal(folder / "weights"),
              ": expected a file of save_session ('tfm session 2'), found another");
    SafeTensorsWriter empty(folder / "empty", {}, {{"format", "tfm session 2"}});
    empty.finish();
    EXPECT_EQ(refusal(folder / "empty"), ": expected a tensor 'layers.0.keys', found none");
}

} // namespace
