// What tfm/text/byte_pair_encoder.hpp declares, for tfm::compiled.

#include <tfm/text/byte_pair_encoder.inl.hpp>
