/// \file
/// Brings back what hide_macros.hpp hid.

#pragma pop_macro("min")
#pragma pop_macro("max")
#pragma pop_macro("check")
#pragma pop_macro("require")
#pragma pop_macro("small")
#pragma pop_macro("Bool")
#pragma pop_macro("I")
