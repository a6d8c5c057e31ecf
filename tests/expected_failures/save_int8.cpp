// expect: SavedExactly
// expect: weights in int8 are not those that the model was filled with
#include <tfm/models/save.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define PRECISION tfm::precision::int8
#else
#define PRECISION tfm::precision::bf16
#endif

constexpr tfm::DecoderShape my_shape{
    .vocab = 100, .context = 8, .width = 64, .heads = 4, .layers = 1};

void use(const tfm::Decoder<my_shape, PRECISION>& model) { tfm::save_model(model, "folder"); }
