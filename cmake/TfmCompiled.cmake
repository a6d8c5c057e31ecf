# tfm::compiled: the same headers, and a static library of what in them is no template (files and
# tokenizers), which a unit that links it need not compile. Built where something links it.
#
# Library and user must agree on the switches that name tfm's build namespace. The target passes
# them on, and tfm/config.hpp fails to compile where they differ.
file(GLOB tfm_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp")
add_library(tfm_compiled STATIC EXCLUDE_FROM_ALL ${tfm_sources})
add_library(tfm::compiled ALIAS tfm_compiled)
target_link_libraries(tfm_compiled PUBLIC tfm)
set(tfm_openmp $<IF:$<BOOL:${TFM_OPENMP}>,omp,serial>)
set(tfm_asserts $<IF:$<BOOL:${TFM_COMPILED_ASSERTS}>,checked,unchecked>)
target_compile_definitions(tfm_compiled PUBLIC
    TFM_ASSERTS=$<BOOL:${TFM_COMPILED_ASSERTS}>
    TFM_COMPILED=${tfm_openmp}_throws_${tfm_asserts})
# A shared library may link it.
set_target_properties(tfm_compiled PROPERTIES EXPORT_NAME compiled POSITION_INDEPENDENT_CODE ON)
