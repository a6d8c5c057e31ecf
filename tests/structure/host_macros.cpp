// Every header of tfm in a program that has macros of its own. That it compiles is the test:
// neither does tfm meet the macros, nor does it take them away.

#include "host_macros.hpp"

#include "everything.cpp"

#include <string_view>

#define TEXT_EXPANDED(...) #__VA_ARGS__
#define TEXT(...) TEXT_EXPANDED(__VA_ARGS__)
#define IS_STILL_THERE(macro) static_assert(std::string_view(TEXT(macro)) == TEXT(TFM_HOST))

IS_STILL_THERE(min(1, 2));
IS_STILL_THERE(max(1, 2));
IS_STILL_THERE(check(1));
IS_STILL_THERE(require(1, 2));
IS_STILL_THERE(small);
IS_STILL_THERE(Bool);
IS_STILL_THERE(I);
