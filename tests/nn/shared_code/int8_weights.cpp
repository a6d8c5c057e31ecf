#include "shared_code.hpp"

TEST_DECODER_CODE(template, tfm::precision::int8_weights);
TFM_ENCODER_CODE(template, tfm::precision::int8_weights);
