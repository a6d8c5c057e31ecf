# How this project's own tests, benchmarks and examples are built. Nothing here reaches a user of
# tfm::tfm.

if(PROJECT_IS_TOP_LEVEL)
    if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        set(CMAKE_BUILD_TYPE Release)
    endif()
    if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
        set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    endif()
    set(CMAKE_CXX_EXTENSIONS OFF)

    # Such a build is for debugging; people who time one would judge another program.
    string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
    if(CMAKE_BUILD_TYPE AND
       NOT "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" MATCHES "-O[1-9sfz]")
        message(WARNING "tfm: CMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} compiles without optimisation: "
            "models run some fifty times slower. Use Release, or add -O3 to CMAKE_CXX_FLAGS.")
    endif()

    # With the base directory set, a second checkout finds what the first one compiled. The second
    # setting lets ccache keep what is compiled with a precompiled header.
    find_program(TFM_CCACHE ccache)
    if(TFM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER
            "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${PROJECT_SOURCE_DIR};CCACHE_SLOPPINESS=pch_defines,time_macros;${TFM_CCACHE}")
    endif()
endif()

# Compiles `target` under the strictest warnings, as errors. g++ 12 sees overlapping copies in its
# own std::string where there are none (its bug 105651).
function(tfm_warnings target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
endfunction()

# Tests compare with this parser of JSON, and programs write their reports with it.
find_package(nlohmann_json 3 REQUIRED)

# A program of this project: `tfm_program(NAME SOURCE...)`.
function(tfm_program name)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE tfm::tfm nlohmann_json::nlohmann_json)
    tfm_warnings(${name})
endfunction()
