# Installs the headers, a CMake package, so that find_package(tfm) gives tfm::tfm, and a pkg-config
# file. Neither sets a flag but the include path; with pkg-config, threads come with -fopenmp.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/tfm")
install(TARGETS tfm EXPORT tfm FILE_SET HEADERS)
install(EXPORT tfm NAMESPACE tfm:: FILE tfmTargets.cmake DESTINATION "${package_dir}")

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/tfmConfig.cmake.in" "${PROJECT_BINARY_DIR}/tfmConfig.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tfmConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    "${PROJECT_BINARY_DIR}/tfmConfig.cmake"
    "${PROJECT_BINARY_DIR}/tfmConfigVersion.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/TfmDependencies.cmake"
    DESTINATION "${package_dir}")

configure_file("${CMAKE_CURRENT_LIST_DIR}/tfm.pc.in" "${PROJECT_BINARY_DIR}/tfm.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/tfm.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
