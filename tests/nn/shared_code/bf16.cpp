#include "shared_code.hpp"

TEST_DECODER_CODE(template, tfm::precision::bf16);
TFM_ENCODER_CODE(template, tfm::precision::bf16);
