#!/usr/bin/env python3
"""Writes modules/tfm.cppm, which exports every documented name of tfm.hpp and of the headers beside
it, or with --check says whether it is up to date. Reads the headers by Doxygen."""

import argparse
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULE = os.path.join(ROOT, "modules", "tfm.cppm")
NAMESPACES = ["tfm", "tfm::precision", "tfm::gpt2", "tfm::bert", "tfm::distilbert", "tfm::steps", "tfm::simd"]
# Of headers that the module does not include.
LEFT_OUT = {"CpuFeatureBit", "CpuFeatures", "CpuidRegisters", "IsaCandidate", "IsaChoice",
            "IsaLevel", "choose_isa", "cpu_features", "describe_cpu", "isa_levels", "request_amx"}
HEAD = """/// \\file
/// tfm as a C++20 module: `import tfm;`. Made by tools/make_module.py.

module;

#include <tfm/models/check_folder.hpp>
#include <tfm/models/load_block.hpp>
#include <tfm/models/random_checkpoint.hpp>
#include <tfm/models/random_model.hpp>
#include <tfm/models/save.hpp>
#include <tfm/nn/linear.hpp>
#include <tfm/nn/norm.hpp>
#include <tfm/nn/session_file.hpp>
#include <tfm/tfm.hpp>

export module tfm;
"""


def public_names(folder):
    """The documented names by namespace, from Doxygen's XML."""
    settings = (f'@INCLUDE = docs/site/Doxyfile\nOUTPUT_DIRECTORY = "{folder}"\nGENERATE_XML = YES\n'
                "GENERATE_HTML = NO\nXML_PROGRAMLISTING = NO\n")
    subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    names = collections.defaultdict(set)
    for compound in ElementTree.parse(os.path.join(folder, "xml", "index.xml")).getroot():
        kind, name = compound.get("kind"), compound.findtext("name")
        if kind in ("class", "struct", "concept") and "<" not in name:
            space, _, last = name.rpartition("::")
            names[space].add(last)
        if kind == "namespace":
            names[name].update(member.findtext("name") for member in compound.iter("member")
                               if member.get("kind") in ("function", "variable", "typedef", "enum"))
    return names


def module_text(names):
    lines = [HEAD]
    for space in NAMESPACES:
        lines.append(f"export namespace {space} {{")
        lines += [f"using {space}::{name};" for name in sorted(names[space] - LEFT_OUT)]
        lines.append(f"}} // namespace {space}\n")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where it differs")
    check = parser.parse_args().check
    if not shutil.which("doxygen"):
        print("make_module: skipped: no doxygen here", file=sys.stderr)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        text = module_text(public_names(folder))
    if not check:
        os.makedirs(os.path.dirname(MODULE), exist_ok=True)
        with open(MODULE, "w", encoding="utf-8") as file:
            file.write(text)
    elif open(MODULE, encoding="utf-8").read() != text:
        sys.exit("modules/tfm.cppm is not what tools/make_module.py makes; run it")


if __name__ == "__main__":
    main()
