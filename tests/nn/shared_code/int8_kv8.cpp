#include "shared_code.hpp"

TEST_DECODER_CODE(template, tfm::precision::int8_kv8);
