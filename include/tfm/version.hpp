#pragma once

/// \file
/// The version of the headers; CMake reads it from here, so that it is stated once.

#define TFM_VERSION_MAJOR 0
#define TFM_VERSION_MINOR 1
#define TFM_VERSION_PATCH 0
#define TFM_VERSION_STRING "0.1.0"
