/// \file
/// Hides macros of the host that are called like functions and types of tfm and of the libraries it
/// includes: `min` of Windows, `check` of Apple, `Bool` of X11, `I` of C's <complex.h>. A header
/// that needs a name of this list includes this file behind its other includes, and
/// restore_macros.hpp, which has the same list, at its end. Both files are made to be included many
/// times.

#pragma push_macro("min")
#pragma push_macro("max")
#pragma push_macro("check")
#pragma push_macro("require")
#pragma push_macro("small")
#pragma push_macro("Bool")
#pragma push_macro("I")

#undef min
#undef max
#undef check
#undef require
#undef small
#undef Bool
#undef I
