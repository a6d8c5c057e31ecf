// What tfm/text/tokenizer.hpp declares, for tfm::compiled.

#include <tfm/text/tokenizer.inl.hpp>
