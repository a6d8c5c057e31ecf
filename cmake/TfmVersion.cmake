# Sets `result` to the version that the header states, so that it is written down once.
function(tfm_read_version result header)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
    file(STRINGS "${header}" line REGEX "#define TFM_VERSION_STRING \"[0-9.]+\"")
    if(NOT line MATCHES "\"([0-9]+\\.[0-9]+\\.[0-9]+)\"")
        message(FATAL_ERROR "${header}: expected a line '#define TFM_VERSION_STRING \"x.y.z\"'")
    endif()
    set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()
