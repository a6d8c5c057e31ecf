#pragma once

/// \file
/// The place of `FileDType` for headers that look for it beside them.

#include "../tensor/dtype.hpp"
