// What tfm/text/ declares, for tfm::compiled.

#include <tfm/text/byte_pair_encoder.inl.hpp>
#include <tfm/text/word_piece.inl.hpp>
