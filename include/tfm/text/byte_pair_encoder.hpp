#pragma once

/// \file
/// \deprecated What `tfm::Tokenizer` was called: include text/tokenizer.hpp.

#include "tokenizer.hpp"
