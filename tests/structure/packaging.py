#!/usr/bin/env python3
"""Checks packaging/ as far as that goes without vcpkg and Conan.

usage: packaging.py SOURCE_DIR SCRATCH_DIR

Both recipes are run with stand-ins for the functions of vcpkg and Conan that they call. They must have
the version of the headers, and package every header, the licence, and what tfm_add_dispatch needs.
"""

import fnmatch
import json
import re
import runpy
import shutil
import subprocess
import sys
import types
from pathlib import Path

DISPATCH_FILES = ["TfmDispatch.cmake", "TfmDispatchSelector.cpp.in", "TfmIsolateObjects.cmake"]


def headers_under(folder):
    include = folder / "include"
    return sorted(path.relative_to(include) for path in include.rglob("*.hpp"))


def check_package(who, root, package, problems):
    expected, found = headers_under(root), headers_under(package)
    if expected != found:
        problems.append(f"{who}: expected {len(expected)} headers, found {len(found)}")
    for name in ["LICENSE", *DISPATCH_FILES]:
        if not list(package.rglob(name)):
            problems.append(f"{who}: expected {name} in the package")


def check_vcpkg(root, scratch, version, problems):
    port, packages = root / "packaging/vcpkg/tfm", scratch / "vcpkg"
    manifest = json.loads((port / "vcpkg.json").read_text(encoding="utf-8"))
    if manifest["version"] != version:
        problems.append(f"vcpkg.json: expected version {version}, found {manifest['version']}")
    subprocess.run(
        [
            "cmake",
            f"-DPORT={port}",
            f"-DCURRENT_PACKAGES_DIR={packages}",
            f"-DBUILD_DIR={scratch / 'build'}",
            "-P",
            Path(__file__).parent / "vcpkg_stand_ins.cmake",
        ],
        check=True,
    )
    check_package("vcpkg", root, packages, problems)
    if not (packages / "share/tfm/single_header/tfm/tfm.hpp").is_file():
        problems.append("vcpkg: expected the single header in the package")


def copy(_recipe, pattern, source, target):
    """As Conan's: the files under `source` whose path matches, with their folders."""
    for path in Path(source).rglob("*"):
        name = path.relative_to(source)
        if path.is_file() and fnmatch.fnmatch(str(name), pattern):
            (Path(target) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, Path(target) / name)


def load_recipe(path):
    """The recipe's class, on a base class that is as good as empty."""
    base = type("ConanFile", (), {"requires": lambda self, *_, **__: None})
    files = types.SimpleNamespace(copy=copy, load=lambda _, path: Path(path).read_text())
    sys.modules["conan"] = types.SimpleNamespace(ConanFile=base)
    sys.modules["conan.tools"] = types.SimpleNamespace(files=files)
    sys.modules["conan.tools.files"] = files
    return runpy.run_path(str(path))["TfmConan"]


def check_conan(root, scratch, version, problems):
    path = root / "packaging/conan/conanfile.py"
    recipe = load_recipe(path)()
    recipe.recipe_folder = str(path.parent)
    recipe.export_sources_folder = recipe.source_folder = str(scratch / "conan_sources")
    recipe.package_folder = str(scratch / "conan")
    recipe.set_version()
    if recipe.version != version:
        problems.append(f"conanfile.py: expected version {version}, found {recipe.version}")
    recipe.requirements()
    recipe.export_sources()
    recipe.package()
    check_package("Conan", root, Path(recipe.package_folder), problems)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, scratch = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    header = (root / "include/tfm/version.hpp").read_text(encoding="utf-8")
    version = re.search(r'TFM_VERSION_STRING "([^"]+)"', header).group(1)
    problems = []
    check_vcpkg(root, scratch, version, problems)
    check_conan(root, scratch, version, problems)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
