#pragma once

/// \file
/// The place of `TextFile` for headers that look for it beside them.

#include "../io/text_file.hpp"
