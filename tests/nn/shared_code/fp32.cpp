#include "shared_code.hpp"

TEST_DECODER_CODE(template, tfm::precision::fp32);
TFM_ENCODER_CODE(template, tfm::precision::fp32);
