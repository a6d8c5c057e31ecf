/// The code of the parser of JSON that tests compare with, once for all of them.

#include "precompiled.hpp"

template class nlohmann::basic_json<>;
