// What tfm/text/normalizer.hpp declares, for tfm::compiled.

#include <tfm/text/normalizer.inl.hpp>
