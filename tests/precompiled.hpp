/// \file
/// What tests include of other projects, compiled once for a build (tests/CMakeLists.txt). No
/// header of tfm is here: a test is compiled anew when one changes that it includes.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <xsimd/xsimd.hpp>

extern template class nlohmann::basic_json<>;
