// flags: -ffast-math
// flags: -Ofast
// flags: -ffinite-math-only
// flags-gcc: -funsafe-math-optimizations
// flags-gcc: -fassociative-math -fno-signed-zeros -fno-trapping-math
// flags-gcc: -Ofast -fno-finite-math-only
// expect: or with -fno-fast-math behind them
#include <tfm/config.hpp>

[[noreturn]] void give_up() { tfm::fail("no more"); }
