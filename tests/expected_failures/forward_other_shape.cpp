// expect: Session<
#include <span>
#include <vector>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define SESSION_OF other
#else
#define SESSION_OF shape
#endif

constexpr tfm::DecoderShape shape{.vocab = 10, .context = 8, .width = 100, .heads = 4, .layers = 1};
constexpr tfm::DecoderShape other{.vocab = 10, .context = 8, .width = 100, .heads = 5, .layers = 1};

void use(const tfm::Decoder<shape>& model, tfm::Decoder<SESSION_OF>::Session& session,
         tfm::Decoder<shape>::Workspace& workspace, const std::vector<tfm::Token>& tokens,
         float* logits)
{
    tfm::Decoder<shape>::Rows const rows{&session, tokens};
    tfm::forward(model, workspace, std::span(&rows, 1), {logits, {1, 10}});
}
