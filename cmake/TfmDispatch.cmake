# tfm_add_dispatch(target TABLE name SOURCES source... [ISAS isa...])
#
# Compiles the sources once for each instruction set and links all of them into `target`, which
# belongs to the same folder. One of the sources defines the function table with
# TFM_DISPATCH_TABLE(Table, name); `name()` then is the table for the CPU that the program runs on
# (include/tfm/dispatch.hpp, docs/dispatch.md). What runs before that, the sources of `target`
# itself, must be compiled for the oldest CPU: set no -march for it.
#
# ISAS are names of tfm::isa_levels, by default x86-64 x86-64-v3 x86-64-v4 sapphirerapids. One that
# the compiler does not know is left out; elsewhere than on x86-64 Linux there is only `baseline`,
# what the compiler makes without a flag.
include(CheckCXXCompilerFlag)

function(tfm_add_dispatch target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TABLE" "SOURCES;ISAS")
    if(NOT arg_TABLE OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "tfm_add_dispatch: expected (target TABLE name SOURCES source... "
            "[ISAS isa...]), found (${ARGV})")
    endif()
    if(NOT arg_ISAS)
        set(arg_ISAS x86-64 x86-64-v3 x86-64-v4 sapphirerapids)
    endif()
    tfm_compilable_isas(isas ${arg_ISAS})

    set(tables "")
    set(candidates "")
    foreach(isa IN LISTS isas)
        string(MAKE_C_IDENTIFIER "${isa}" suffix)
        set(symbol "tfm_dispatch_${arg_TABLE}_${suffix}")
        tfm_compile_for_isa(${target} ${isa} ${suffix} ${symbol} ${arg_SOURCES})
        string(APPEND tables "extern const char ${symbol};\n")
        string(APPEND candidates "        tfm::IsaCandidate{\"${isa}\", &${symbol}},\n")
    endforeach()
    set(table "${arg_TABLE}")
    set(selector "${CMAKE_CURRENT_BINARY_DIR}/tfm_dispatch_${table}.cpp")
    configure_file(
        "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TfmDispatchSelector.cpp.in" "${selector}" @ONLY)
    target_sources(${target} PRIVATE "${selector}")
    target_link_libraries(${target} PRIVATE tfm::tfm)
endfunction()

# Sets `result` to the flags of an instruction set.
function(tfm_isa_flags result isa)
    set(flags "-march=${isa}")
    if(isa STREQUAL "baseline")
        set(flags "")
    elseif(isa STREQUAL "x86-64-v4-bf16")
        set(flags -march=x86-64-v4 -mavx512vnni -mavx512bf16)
    elseif(NOT isa MATCHES "^(x86-64|x86-64-v[234]|sapphirerapids)$")
        message(FATAL_ERROR "tfm_add_dispatch: ISAS: expected baseline, x86-64, x86-64-v2, "
            "x86-64-v3, x86-64-v4, x86-64-v4-bf16 or sapphirerapids, found '${isa}'")
    endif()
    set(${result} "${flags}" PARENT_SCOPE)
endfunction()

# Sets `result` to those of the instruction sets that this compiler has for this target.
function(tfm_compilable_isas result)
    if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT CMAKE_SIZEOF_VOID_P EQUAL 8
            OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
        set(${result} baseline PARENT_SCOPE)
        return()
    endif()
    set(known)
    foreach(isa IN LISTS ARGN)
        tfm_isa_flags(flags ${isa})
        string(MAKE_C_IDENTIFIER "TFM_COMPILES_${isa}" compiles)
        string(TOUPPER "${compiles}" compiles)
        check_cxx_compiler_flag("${flags}" ${compiles})
        if(${compiles})
            list(APPEND known ${isa})
        endif()
    endforeach()
    if(NOT known)
        set(known baseline)
    endif()
    set(${result} ${known} PARENT_SCOPE)
endfunction()

# Compiles the sources as `target` would be, for `isa`, and links them into it as one object in which
# everything but `symbol` is local: no other instruction set's code can take the place of its own.
# `baseline` code may run anywhere, and stays as it is.
function(tfm_compile_for_isa target isa suffix symbol)
    set(objects "${target}_${symbol}")
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${objects}${CMAKE_CXX_OUTPUT_EXTENSION}")
    tfm_isa_flags(flags ${isa})
    add_library(${objects} OBJECT ${ARGN})
    target_link_libraries(${objects} PRIVATE
        tfm::tfm "$<TARGET_PROPERTY:${target},LINK_LIBRARIES>")
    target_include_directories(${objects} PRIVATE
        "$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>")
    target_compile_definitions(${objects} PRIVATE
        "$<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>"
        TFM_DISPATCH_SUFFIX=${suffix} TFM_DISPATCH_LEVEL="${isa}")
    target_compile_options(${objects} PRIVATE
        "$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>" ${flags})
    get_target_property(position_independent ${target} POSITION_INDEPENDENT_CODE)
    get_target_property(type ${target} TYPE)
    if(position_independent OR type STREQUAL "SHARED_LIBRARY" OR type STREQUAL "MODULE_LIBRARY")
        set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    if(isa STREQUAL "baseline")
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
        return()
    endif()

    # Symbols that are unique in a process and objects of a link-time optimiser cannot be made local.
    target_compile_options(${objects} PRIVATE -fno-lto
        $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique> $<$<CXX_COMPILER_ID:Clang>:-fno-addrsig>)
    # Not CMAKE_LINKER, which may be LLVM's: lld learnt to dissolve COMDAT groups late.
    find_program(TFM_GNU_LD ld.bfd REQUIRED)
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TfmIsolateObjects.cmake")
    add_custom_command(OUTPUT "${object}"
        COMMAND "${CMAKE_COMMAND}" "-DOBJECTS=$<TARGET_OBJECTS:${objects}>" "-DOUTPUT=${object}"
            "-DSYMBOL=${symbol}" "-DLINKER=${TFM_GNU_LD}" "-DOBJCOPY=${CMAKE_OBJCOPY}"
            "-DNM=${CMAKE_NM}" "-DREADELF=${CMAKE_READELF}" -P "${script}"
        DEPENDS $<TARGET_OBJECTS:${objects}> "${script}"
        COMMENT "Isolating ${isa} code of ${target}"
        VERBATIM)
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    target_sources(${target} PRIVATE "${object}")
endfunction()
