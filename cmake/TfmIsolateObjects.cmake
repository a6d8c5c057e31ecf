# cmake -DOBJECTS=... -DOUTPUT=... -DSYMBOL=... -DLINKER=... -DOBJCOPY=... -DNM=... -DREADELF=... -P
#
# Joins the objects of one instruction set into OUTPUT, in which only SYMBOL is global. Inline
# functions and templates are weak and in COMDAT groups, of which a linker keeps one: it would take
# std::vector's code from whichever object comes first, and run AVX-512 code on a CPU without. So the
# groups are dissolved and the symbols made local.

# Stops where a start-up function is in an object: it would run before the CPU is known.
foreach(object IN LISTS OBJECTS)
    execute_process(COMMAND "${READELF}" --section-headers --wide "${object}"
        OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
    if(sections MATCHES " \\.(init_array|preinit_array|ctors)")
        message(FATAL_ERROR "${object}: expected nothing that runs at start-up, before the CPU is "
            "known; found a section .${CMAKE_MATCH_1}. Make objects of namespace scope constexpr "
            "or local to a function, and do not include <iostream>, which defines one.")
    endif()
endforeach()

set(joined "${OUTPUT}.joined")
execute_process(
    COMMAND "${LINKER}" -r --force-group-allocation ${OBJECTS} -o "${joined}"
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(
    COMMAND "${OBJCOPY}" "--keep-global-symbol=${SYMBOL}" "${joined}" "${OUTPUT}"
    COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE "${joined}")

execute_process(COMMAND "${NM}" --extern-only --defined-only --format=posix "${OUTPUT}"
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${symbols}" symbols)
if(NOT symbols MATCHES "^${SYMBOL} [^\n]*$")
    file(REMOVE "${OUTPUT}")
    message(FATAL_ERROR "${OUTPUT}: expected one global symbol, ${SYMBOL}, defined by "
        "TFM_DISPATCH_TABLE; found:\n${symbols}")
endif()
