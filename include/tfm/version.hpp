#pragma once

/// \file
/// The version of the headers; CMake reads it from here, so that it is stated once.

/// Breaks interfaces.
#define TFM_VERSION_MAJOR 0
/// Adds to them; before 1.0 it may break them.
#define TFM_VERSION_MINOR 1
/// Neither.
#define TFM_VERSION_PATCH 0
/// All three.
#define TFM_VERSION_STRING "0.1.0"
