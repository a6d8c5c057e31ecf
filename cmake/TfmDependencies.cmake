# What the headers include from elsewhere. Used by the build and by the installed package, which
# sets TFM_OPENMP to what it was installed with.
include(CMakeFindDependencyMacro)

find_dependency(nlohmann_json 3)

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

if(TFM_OPENMP)
    find_dependency(OpenMP COMPONENTS CXX)
endif()
