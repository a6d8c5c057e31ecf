#include "shared_code.hpp"

TEST_DECODER_CODE(template, tfm::precision::int8);
TFM_ENCODER_CODE(template, tfm::precision::int8);
