// expect: HasLabels<0>
// expect: an EncoderShape without labels has no classifier
#include <tfm/nn/encode.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define LABELS 0
#else
#define LABELS 2
#endif

constexpr tfm::EncoderShape shape{
    .vocab = 10, .context = 8, .width = 12, .heads = 3, .layers = 1, .labels = LABELS};

void use(const tfm::Encoder<shape>& model, tfm::Encoder<shape>::Workspace& workspace)
{
    tfm::classify(model, workspace, {}, {nullptr, {0, LABELS}});
}
