// What tfm/text/split_regex.hpp declares, for tfm::compiled.

#include <tfm/text/split_regex.inl.hpp>
