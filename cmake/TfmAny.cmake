# tfm_add_any(target [FORMS form...] [PRECISIONS precision...] [DISPATCH [ISAS isa...]])
#
# Compiles what <tfm/any/model.hpp> declares into `target`, which belongs to the same folder: one
# unit for each precision, so that they compile beside each other, and one that reads and writes
# files. The default is TFM_FORMS and TFM_PRECISIONS.
#
# With DISPATCH all of it is compiled once for each of the instruction sets and the best for the CPU
# is chosen when the program runs: see tfm_add_dispatch, which also says what ISAS are. Then set no
# -march for `target`.
set(TFM_FORMS gelu_tanh gelu silu relu gated_gelu_tanh gated_gelu gated_silu gated_relu CACHE STRING
    "Forms of an MLP (names in tfm::form) that tfm_add_any compiles")
set(TFM_PRECISIONS fp32 bf16 int8_weights int8 int8_kv8 CACHE STRING
    "Precisions (names in tfm::precision) that tfm_add_any compiles")

function(tfm_add_any target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "DISPATCH" "" "FORMS;PRECISIONS;ISAS")
    if(arg_UNPARSED_ARGUMENTS OR (arg_ISAS AND NOT arg_DISPATCH))
        message(FATAL_ERROR "tfm_add_any: expected (target [FORMS form...] "
            "[PRECISIONS precision...] [DISPATCH [ISAS isa...]]), found (${ARGV})")
    endif()
    tfm_any_names(forms form "${arg_FORMS}" TFM_FORMS)
    tfm_any_names(precisions precision "${arg_PRECISIONS}" TFM_PRECISIONS)

    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_any")
    set(units)
    foreach(precision IN LISTS precisions)
        string(REGEX REPLACE "^.*::" "" name "${precision}")
        tfm_any_unit("${folder}/${name}.cpp" "#include <tfm/any/instantiate.hpp>"
            "TFM_ANY_COMPILE(${precision}, ${forms})")
        list(APPEND units "${folder}/${name}.cpp")
    endforeach()
    list(JOIN precisions ", " precisions)
    if(arg_DISPATCH)
        tfm_any_unit("${folder}/link.cpp" "#include <tfm/any/link.hpp>\n#include <tfm/dispatch.hpp>"
            "TFM_ANY_DISPATCH_TABLE(${precisions})")
        tfm_any_unit("${folder}/choose.cpp"
            "#include <tfm/any/functions.hpp>\n#include <tfm/dispatch.hpp>"
            "TFM_DISPATCH(tfm::any::Functions, tfm_any)\nTFM_ANY_DEFINE(tfm_any())")
        tfm_add_dispatch(${target} TABLE tfm_any SOURCES ${units} "${folder}/link.cpp"
            ISAS ${arg_ISAS})
        target_sources(${target} PRIVATE "${folder}/choose.cpp")
    else()
        tfm_any_unit("${folder}/link.cpp" "#include <tfm/any/link.hpp>" "TFM_ANY_LINK(${precisions})")
        target_sources(${target} PRIVATE ${units} "${folder}/link.cpp")
        target_link_libraries(${target} PRIVATE tfm::tfm)
    endif()
endfunction()

# Sets `result` to the C++ names of what is asked for, or by default of what `variable` lists. Names
# are checked by the compiler, but for what would be no name at all.
function(tfm_any_names result namespace asked variable)
    if(NOT asked)
        set(asked ${${variable}})
    endif()
    set(names)
    foreach(name IN LISTS asked)
        if(NOT name MATCHES "^[a-z0-9_]+$")
            message(FATAL_ERROR "tfm_add_any: ${variable}: expected names in tfm::${namespace}, "
                "found '${name}'")
        endif()
        list(APPEND names "tfm::${namespace}::${name}")
    endforeach()
    if(NOT names)
        message(FATAL_ERROR "tfm_add_any: ${variable}: expected names in tfm::${namespace}, found none")
    endif()
    set(${result} "${names}" PARENT_SCOPE)
endfunction()

# Writes a unit, and leaves one alone that is there already.
function(tfm_any_unit file includes definition)
    string(REPLACE ";" ", " definition "${definition}")
    file(CONFIGURE OUTPUT "${file}" CONTENT "${includes}\n\n${definition};\n" @ONLY)
endfunction()
