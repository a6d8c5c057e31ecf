# Installs the headers (and tfm::compiled, if asked to), a CMake package, so that find_package(tfm) gives tfm::tfm, and a pkg-config
# file. Neither sets a flag but the include path; with pkg-config, threads come with -fopenmp.
# Also builds and installs all headers in one, where Python is there to join them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/tfm")
install(TARGETS tfm EXPORT tfm FILE_SET HEADERS)
set(tfm_arch_independent ARCH_INDEPENDENT)
if(TFM_INSTALL_COMPILED)
    set(tfm_arch_independent "")
    set_target_properties(tfm_compiled PROPERTIES EXCLUDE_FROM_ALL OFF)
    install(TARGETS tfm_compiled EXPORT tfm ARCHIVE)
endif()
install(EXPORT tfm NAMESPACE tfm:: FILE tfmTargets.cmake DESTINATION "${package_dir}")

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/tfmConfig.cmake.in" "${PROJECT_BINARY_DIR}/tfmConfig.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tfmConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion ${tfm_arch_independent})
install(FILES
    "${PROJECT_BINARY_DIR}/tfmConfig.cmake"
    "${PROJECT_BINARY_DIR}/tfmConfigVersion.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/TfmAny.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/TfmDependencies.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/TfmDispatch.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/TfmDispatchSelector.cpp.in"
    "${CMAKE_CURRENT_LIST_DIR}/TfmIsolateObjects.cmake"
    DESTINATION "${package_dir}")

configure_file("${CMAKE_CURRENT_LIST_DIR}/tfm.pc.in" "${PROJECT_BINARY_DIR}/tfm.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/tfm.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")

find_program(TFM_PYTHON python3 HINTS /usr/bin)
if(TFM_PYTHON)
    set(single_header "${PROJECT_BINARY_DIR}/single_header/tfm/tfm.hpp")
    set(amalgamate "${PROJECT_SOURCE_DIR}/tools/amalgamate.py")
    add_custom_command(OUTPUT "${single_header}"
        COMMAND "${TFM_PYTHON}" "${amalgamate}" "${PROJECT_SOURCE_DIR}/include" "${single_header}"
        DEPENDS "${amalgamate}" ${headers}
        VERBATIM)
    add_custom_target(tfm_single_header ALL DEPENDS "${single_header}")
    install(FILES "${single_header}" OPTIONAL
        DESTINATION "${CMAKE_INSTALL_DATADIR}/tfm/single_header/tfm")
endif()
