// What tfm/text/word_piece.hpp declares, for tfm::compiled.

#include <tfm/text/word_piece.inl.hpp>
