"""Conan 2 recipe, which packages the checkout that it lies in: conan create packaging/conan"""

import re
from pathlib import Path

from conan import ConanFile
from conan.tools.files import copy, load


class TfmConan(ConanFile):
    name = "tfm"
    description = "Header-only C++20 transformer toolkit"
    license = "MIT"
    topics = ("transformer", "simd", "header-only")
    package_type = "header-library"
    no_copy_source = True

    def set_version(self):
        header = load(self, str(self._root / "include/tfm/version.hpp"))
        self.version = re.search(r'TFM_VERSION_STRING "([^"]+)"', header).group(1)

    @property
    def _root(self):
        return Path(self.recipe_folder).parents[1]

    def export_sources(self):
        for pattern in ("include/*.hpp", "cmake/TfmAny*", "cmake/TfmDispatch*", "cmake/TfmIsolate*", "LICENSE"):
            copy(self, pattern, str(self._root), self.export_sources_folder)

    def requirements(self):
        self.requires("xsimd/[>=8.1 <15]", transitive_headers=True)
        self.requires("rapidjson/cci.20230929", transitive_headers=True)

    def package(self):
        folder = Path(self.package_folder)
        copy(self, "LICENSE", self.source_folder, str(folder / "licenses"))
        copy(self, "include/*.hpp", self.source_folder, str(folder))
        copy(self, "cmake/*", self.source_folder, str(folder))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "tfm")
        self.cpp_info.set_property("cmake_target_name", "tfm::tfm")
        self.cpp_info.set_property("cmake_build_modules", ["cmake/TfmDispatch.cmake", "cmake/TfmAny.cmake"])
