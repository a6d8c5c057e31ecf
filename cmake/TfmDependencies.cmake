# What the headers include from elsewhere. Used by the build and by the installed package, which
# sets TFM_OPENMP to what it was installed with.
include(CMakeFindDependencyMacro)

# Debian's xsimd package names a library "xtl" in its target that it does not ship, and linking the
# target fails; the headers alone are all that is needed. Imported, hence SYSTEM for the compiler.
if(NOT TARGET tfm::xsimd)
    if(NOT TARGET xsimd)
        find_dependency(xsimd)
    endif()
    get_target_property(tfm_xsimd_include xsimd INTERFACE_INCLUDE_DIRECTORIES)
    add_library(tfm::xsimd INTERFACE IMPORTED)
    set_target_properties(tfm::xsimd PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${tfm_xsimd_include}")
endif()

# Only the headers are needed. Distributions differ in what RapidJSON's package defines: Debian's has
# no target, and the variable's name is not the same everywhere. Imported, hence SYSTEM, too.
if(NOT TARGET tfm::rapidjson)
    if(NOT TARGET rapidjson AND NOT TARGET RapidJSON)
        find_dependency(RapidJSON)
    endif()
    add_library(tfm::rapidjson INTERFACE IMPORTED)
    foreach(target IN ITEMS rapidjson RapidJSON)
        if(TARGET ${target})
            get_target_property(tfm_rapidjson_include ${target} INTERFACE_INCLUDE_DIRECTORIES)
        endif()
    endforeach()
    if(NOT tfm_rapidjson_include)
        set(tfm_rapidjson_include ${RapidJSON_INCLUDE_DIRS} ${RAPIDJSON_INCLUDE_DIRS})
    endif()
    set_target_properties(tfm::rapidjson PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${tfm_rapidjson_include}")
endif()

if(TFM_OPENMP)
    find_dependency(OpenMP COMPONENTS CXX)
endif()
