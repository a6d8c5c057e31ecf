#!/usr/bin/env python3
"""Measures what tfm costs a compiler: seconds and peak memory to include it and to instantiate
decoders, and the size of the code that comes out. Prints a Markdown table.

Each case is one translation unit, compiled by the compiler itself (never from a cache), in turn with
the others. Time budgets are checked against the CPU time, which other work on the machine hardly
lengthens; the wall-clock time is shown beside it. The code is counted in the object, and for programs
in what is linked and stripped, which is what a budget of bytes is for.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
# What a unit gets that links tfm::compiled.
COMPILED = ["-DTFM_ASSERTS=0", "-DTFM_COMPILED=omp_throws_unchecked"]
FLAGS = "-O3 -march=native -std=c++20 -fopenmp"

# Seconds over an empty program; of a further size, over the program without it.
TENSOR_BUDGET = 0.3
TFM_BUDGET = 4.0
ANY_BUDGET = 2.0
SMALL_BUDGET = 12.0
COMPILED_BUDGET = 6.0
FURTHER_BUDGET = 0.3
# Bytes of code and constants that a further size adds to a stripped program.
FURTHER_BYTES = 4_000


def decoders(*shapes):
    """A program that loads, runs and generates with each of the shapes."""
    uses = "".join(f"    use<tfm::gpt2::{shape}>(arguments[1]);\n" for shape in shapes)
    return f"""#include <iostream>
#include <tfm/tfm.hpp>

template <tfm::DecoderShape shape>
void use(char const* folder)
{{
    using Model = tfm::Decoder<shape>;
    auto const model = Model::load(folder);
    auto const tokenizer = tfm::Tokenizer::load(folder);
    std::cout << tfm::generate(model, tokenizer, "Once", {{.max_new_tokens = 8}});

    typename Model::Workspace workspace;
    typename Model::Session session;
    std::vector<tfm::Token> const tokens{{1, 2, 3}};
    typename Model::Rows const rows{{&session, tokens, tfm::Logits::last}};
    tfm::Tensor<float, tfm::RowMajor<tfm::dyn, shape.vocab>> logits({{1, shape.vocab}});
    tfm::forward(model, workspace, std::span(&rows, 1), logits.view());
    std::cout << logits.data()[0];
}}

int main(int, char** arguments)
{{
{uses}}}
"""


USES_ANY = """#include <iostream>
#include <vector>
#include <tfm/any/model.hpp>

int main(int, char** arguments)
{
    auto const model = tfm::any::load_decoder(arguments[1], tfm::precision::int8);
    auto const batch = model->make_batch();
    std::vector<tfm::Token> const tokens{1, 2, 3};
    tfm::any::Rows const rows{0, tokens};
    batch->forward({&rows, 1}, [](std::size_t, auto logits) { std::cout << logits[0]; });
    batch->generate(0, tokens, {.max_new_tokens = 8}, [](tfm::Token token) {
        std::cout << token;
        return true;
    });
}
"""


def unit_of_any(includes, definition):
    return f"#include <tfm/any/{includes}.hpp>\n{definition};\n"


@dataclass
class Case:
    name: str
    title: str
    source: str
    base: str | None = None  # the case that it is compared with
    budget: float | None = None  # CPU seconds over that
    budget_bytes: int | None = None  # of the stripped program over that one's
    flags: list[str] = field(default_factory=list)  # beside those of all
    is_program: bool = True  # whether it can be linked alone
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)  # bytes
    text: int = 0  # bytes of code and constants in the object
    program: int | None = None  # the same in the stripped program, where there is a main


def all_cases():
    return [
        Case("empty", "an empty main", "int main() {}\n"),
        Case("tensor", "include tfm/tensor/tensor.hpp", "#include <tfm/tensor/tensor.hpp>\n",
             "empty", TENSOR_BUDGET),
        Case("tfm", "include tfm/tfm.hpp", "#include <tfm/tfm.hpp>\n", "empty", TFM_BUDGET),
        Case("any", "use tfm/any/model.hpp", USES_ANY, "empty", ANY_BUDGET, is_program=False),
        Case("any_int8", "its unit of int8, every form",
             unit_of_any("instantiate", "TFM_ANY_COMPILE(tfm::precision::int8)"), "empty"),
        Case("any_link", "its unit of files",
             unit_of_any("link", "TFM_ANY_LINK(tfm::precision::int8)"), "empty"),
        Case("small", "GPT-2 small", decoders("small"), "empty", SMALL_BUDGET),
        Case("compiled", "GPT-2 small with tfm::compiled", decoders("small"), "empty",
             COMPILED_BUDGET, flags=COMPILED),
        Case("two", "GPT-2 small, medium", decoders("small", "medium"), "small", FURTHER_BUDGET,
             FURTHER_BYTES),
        Case("three", "GPT-2 small, medium, large", decoders("small", "medium", "large"), "two",
             FURTHER_BUDGET, FURTHER_BYTES),
    ]


class CompileError(Exception):
    pass


def compile_once(command):
    """Runs the compiler. Returns wall seconds, CPU seconds and peak bytes of it and its children."""
    with tempfile.TemporaryFile() as messages:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=messages, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            messages.seek(0)
            text = messages.read().decode(errors="replace")
            raise CompileError(f"{shlex.join(map(str, command))} failed:\n{text}")
    scale = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale


def text_size(size_program, object_file):
    """Bytes of the text segment, as binutils' `size` counts it: code, constants, unwind tables."""
    output = subprocess.run([size_program, object_file], check=True, capture_output=True, text=True)
    return int(output.stdout.splitlines()[1].split()[0])


def build_library(compiler, flags, folder):
    """The objects of tfm::compiled, which are built once and not measured."""
    objects = []
    for source in sorted((ROOT / "src").glob("*.cpp")):
        objects.append(Path(folder, f"library_{source.stem}.o"))
        compile_once([compiler, *flags, *COMPILED, f"-I{INCLUDE}", "-c", source, "-o", objects[-1]])
    return objects


def measure(cases, compiler, flags, runs, size_program):
    with tempfile.TemporaryDirectory() as folder:
        is_needed = any(case.flags == COMPILED for case in cases)
        library = build_library(compiler, flags, folder) if is_needed else []
        for case in cases:
            Path(folder, case.name + ".cpp").write_text(case.source)
        for run in range(runs):
            for case in cases:
                print(f"compile_time: run {run + 1} of {runs}, {case.title}", file=sys.stderr)
                source = Path(folder, case.name + ".cpp")
                target = source.with_suffix(".o")
                command = [compiler, *flags, *case.flags, f"-I{INCLUDE}", "-c", source, "-o", target]
                wall, cpu, peak = compile_once(command)
                case.wall.append(wall)
                case.cpu.append(cpu)
                case.peak.append(peak)
                case.text = text_size(size_program, target)
                if case.is_program and "int main" in case.source:
                    program = source.with_suffix("")
                    objects = [target, *(library if case.flags == COMPILED else [])]
                    compile_once([compiler, *flags, "-s", *objects, "-o", program])
                    case.program = text_size(size_program, program)


@dataclass
class Difference:
    """What a case costs more than its base."""
    base: Case
    cpu: list[float]
    text: int
    program: int | None
    budget: float | None
    budget_bytes: int | None

    @property
    def met(self):
        return None if self.budget is None else statistics.median(self.cpu) <= self.budget

    @property
    def bytes_met(self):
        return None if self.budget_bytes is None else self.program <= self.budget_bytes


def difference(case, by_name):
    """Run by run, so that drift hits both; None where the base was not run."""
    base = by_name.get(case.base)
    if base is None:
        return None
    cpu = [more - less for more, less in zip(case.cpu, base.cpu)]
    comparable = None not in (case.program, base.program)
    program = case.program - base.program if comparable else None
    return Difference(base, cpu, case.text - base.text, program, case.budget, case.budget_bytes)


def seconds(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def kilobytes(count):
    return "-" if count is None else f"{count / 1000:.1f}"


def budget_cell(over):
    parts = []
    if over.met is not None:
        parts.append(f"{over.budget:g} s: {'met' if over.met else 'missed'}")
    if over.bytes_met is not None:
        parts.append(f"{over.budget_bytes / 1000:g} kB: {'met' if over.bytes_met else 'missed'}")
    return ", ".join(parts) or "-"


def difference_cells(over):
    if over is None:
        return "- | - | - | - | -"
    return (f"{over.base.title} | {seconds(over.cpu)} | {kilobytes(over.text)}"
            f" | {kilobytes(over.program)} | {budget_cell(over)}")


def table(cases):
    by_name = {case.name: case for case in cases}
    sizes = "object kB | program kB"
    lines = [f"| translation unit | CPU s | wall s | peak MiB | {sizes} | more than | CPU s | {sizes} | budget |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for case in cases:
        lines.append(f"| {case.title} | {seconds(case.cpu)} | {seconds(case.wall)}"
                     f" | {statistics.median(case.peak) / 2**20:.0f} | {kilobytes(case.text)}"
                     f" | {kilobytes(case.program)} | {difference_cells(difference(case, by_name))} |")
    return "\n".join(lines)


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def document(cases, version, flags):
    by_name = {case.name: case for case in cases}
    rows = []
    for case in cases:
        row = {"name": case.name, "title": case.title, "cpu_seconds": spread(case.cpu),
               "wall_seconds": spread(case.wall), "peak_bytes": spread(case.peak),
               "text_bytes": case.text, "program_text_bytes": case.program}
        over = difference(case, by_name)
        if over:
            row["over"] = {"name": over.base.name, "cpu_seconds": spread(over.cpu),
                           "text_bytes": over.text, "program_text_bytes": over.program,
                           "budget_seconds": over.budget, "met": over.met,
                           "budget_bytes": over.budget_bytes, "bytes_met": over.bytes_met}
        rows.append(row)
    return {"program": "compile_time", "compiler": version, "flags": flags,
            "runs": len(cases[0].cpu), "cases": rows}


def write_json(path, content):
    """Writes beside the target and renames, so that it appears whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(content, indent=2) + "\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def find_compiler(name):
    """The compiler's own path: not that of a link by which ccache takes its place."""
    folders = os.get_exec_path()
    for folder in folders if os.sep not in name else [""]:
        found = shutil.which(os.path.join(folder, name))
        if found and Path(found).resolve().name != "ccache":
            return found
    raise CompileError(f"no compiler '{name}' beside ccache's links; expected a program in PATH")


def parse_arguments(names):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++", help="(default: %(default)s)")
    parser.add_argument("--flags", default=FLAGS, help="of the compiler (default: '%(default)s')")
    parser.add_argument("--runs", type=int, default=5, help="compilations of each (default: %(default)s)")
    parser.add_argument("--cases", default=",".join(names),
                        help="which, by commas: 'empty' and headers, 'any', 'any_int8' and 'any_link' for units "
                             "of models chosen at run time, 'small' for GPT-2 small, 'compiled' for that with "
                             "tfm::compiled, 'two' and 'three' for further sizes (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error(f"--runs: expected at least 1, found {arguments.runs}")
    for name in arguments.cases.split(","):
        if name not in names:
            parser.error(f"--cases: expected some of {','.join(names)}; found '{name}'")
    return arguments


def main():
    cases = all_cases()
    arguments = parse_arguments([case.name for case in cases])
    chosen = set(arguments.cases.split(","))
    cases = [case for case in cases if case.name in chosen]
    flags = shlex.split(arguments.flags)
    try:
        compiler = find_compiler(arguments.compiler)
        size_program = shutil.which("size") or shutil.which("llvm-size")
        if size_program is None:
            raise CompileError("no 'size' in PATH; expected that of binutils")
        version = subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True)
        version = version.stdout.splitlines()[0]
        os.environ["CCACHE_DISABLE"] = "1"
        measure(cases, compiler, flags, arguments.runs, size_program)
        print(f"{version}, {arguments.flags}, medians (least-most) of {arguments.runs}\n")
        print(table(cases))
        if arguments.json:
            write_json(arguments.json, document(cases, version, arguments.flags))
    except (CompileError, OSError, subprocess.CalledProcessError) as error:
        print(f"compile_time: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
