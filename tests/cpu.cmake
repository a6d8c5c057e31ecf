# Sets `result` to a vector unit that the compiler's flags take for granted and this CPU lacks, or to
# nothing. Where the system does not tell (no /proc/cpuinfo), the CPU counts as having all.
function(tfm_vector_unit_lacking result)
    set(${result} "" PARENT_SCOPE)
    if(NOT EXISTS /proc/cpuinfo)
        return()
    endif()
    file(STRINGS /proc/cpuinfo flags REGEX "^flags" LIMIT_COUNT 1)
    string(REPLACE "_" "" flags "${flags} ")

    separate_arguments(command UNIX_COMMAND "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_FLAGS}")
    execute_process(COMMAND ${command} -dM -E -x c++ /dev/null OUTPUT_VARIABLE macros
        COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "__(AVX|AMX|FMA|BMI|F16C|GFNI)[0-9A-Z_]* " units "${macros}")
    # Compilers count it to Sapphire Rapids, which has it not, and make no code for it unasked.
    list(REMOVE_ITEM units "__AVX512VP2INTERSECT__ ")
    foreach(unit IN LISTS units)
        string(REGEX REPLACE "[_ ]" "" unit "${unit}")
        string(TOLOWER "${unit}" unit)
        # A compiler calls bmi what the system calls bmi1.
        if(NOT flags MATCHES " ${unit}1? ")
            set(${result} ${unit} PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()
