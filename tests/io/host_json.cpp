// A host's own RapidJSON, with every switch that changes what its reader is made of.

#include <cstddef>
#include <stdexcept>

#define RAPIDJSON_NAMESPACE host::json
#define RAPIDJSON_NAMESPACE_BEGIN                                                                  \
    namespace host {                                                                               \
    namespace json {
#define RAPIDJSON_NAMESPACE_END                                                                    \
    }                                                                                              \
    }
#define RAPIDJSON_NO_SIZETYPEDEFINE
RAPIDJSON_NAMESPACE_BEGIN
using SizeType = std::size_t;
RAPIDJSON_NAMESPACE_END
#define RAPIDJSON_HAS_STDSTRING 1
#define RAPIDJSON_ASSERT(condition)                                                                \
    ((condition) ? static_cast<void>(0) : throw std::logic_error(#condition))
#define RAPIDJSON_PARSE_DEFAULT_FLAGS kParseCommentsFlag | kParseTrailingCommasFlag
#if defined(__SSE4_2__)
#define RAPIDJSON_SSE42
#elif defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/reader.h>

#include "host_json.hpp"

namespace tfm_test {

std::string as_host_reads(std::string_view text) { return joined_values(text); }

} // namespace tfm_test
