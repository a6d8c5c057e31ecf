# An overlay port: it installs the checkout that it lies in.
#     vcpkg install tfm --overlay-ports=packaging/vcpkg
cmake_path(SET SOURCE_PATH NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../..")

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES openmp TFM_OPENMP)
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS ${features}
        -DTFM_BUILD_TESTS=OFF -DTFM_BUILD_BENCHMARKS=OFF -DTFM_BUILD_APPS=OFF
        -DTFM_BUILD_EXAMPLES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/tfm)
vcpkg_fixup_pkgconfig()

# Headers alone: there is nothing that a debug build would make differently.
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
