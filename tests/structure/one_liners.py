#!/usr/bin/env python3
"""Runs the column of tfm of docs/coming-from.md, and Eigen's where its headers are given, and compares
with what numpy and PyTorch made of theirs (tools/make_one_liner_references.py).

usage: one_liners.py SOURCE_DIR [--eigen INCLUDE_DIR] -- COMPILER [FLAG...]

Each line becomes a function of one program, with the names that the page states.
"""

import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from one_liners import key_of, result_name, rows_of

PAGE = "docs/coming-from.md"
ELEMENTS = {"float32": "float", "float64": "double", "int8": "std::int8_t", "int32": "std::int32_t",
            "int64": "std::int32_t"}
DECLARES_Y = re.compile(r"(?:^|; )[\w:]+(?:<.*>)? y\b")
MAIN = """
int main()
{
    for (auto const& [number, line] : lines) {
        try {
            std::printf("%d %s\\n", number, line().dump().c_str());
        } catch (const std::exception& error) {
            std::printf("%d %s\\n", number, nlohmann::json(error.what()).dump().c_str());
        }
    }
}
"""


def tfm_names(given, result):
    """The names that tfm's lines may use."""
    layouts = {1: "Vec", 2: "RowMajor", 3: "Dense"}
    for name, tensor in given.items():
        element = ELEMENTS[tensor["dtype"]]
        shape, values = tensor["shape"], ", ".join(map(str, tensor["values"]))
        if name == "ids":
            yield f"std::array<{element}, {shape[0]}> const ids{{{values}}};"
        elif name == "mine":
            yield f"std::vector<{element}> mine{{{values}}};"
        else:
            layout = f"tfm::{layouts[len(shape)]}<{', '.join(map(str, shape))}>"
            yield f"std::vector<{element}> {name}_{{{values}}};"
            yield f"tfm::View const {name}({name}_, {layout}());"
    yield "tfm::Tensor<float, tfm::Packed<4, 5>> packed;"
    yield "tfm::pack(w, packed.view());"
    yield "tfm::Tensor<float, tfm::Vec<3>> scales_;"
    yield "auto const scales = scales_.view();"
    yield "tfm::Tensor<float, tfm::RowMajor<3, 2>> best;"
    yield "tfm::Tensor<std::int32_t, tfm::RowMajor<3, 2>> places;"
    if result:
        element = {**ELEMENTS, "bfloat16": "tfm::bf16"}[result["dtype"]]
        layout = f"tfm::{layouts[len(result['shape'])]}<{', '.join(map(str, result['shape']))}>"
        yield f"tfm::Tensor<{element}, {layout}> y_;"
        yield "auto const y = y_.view();"


def eigen_names(given, result):
    """The names that Eigen's lines may use."""
    for name, tensor in given.items():
        values = ", ".join(map(str, tensor["values"]))
        extents = ", ".join(map(str, tensor["shape"]))
        if name in ("ids", "mine"):
            yield f"std::vector<{ELEMENTS[tensor['dtype']]}> {name}{{{values}}};"
        elif len(tensor["shape"]) < 3:
            kind = "Vector" if len(tensor["shape"]) == 1 else "Matrix"
            yield f"std::vector<float> {name}_{{{values}}};"
            yield f"{kind} {name} = Eigen::Map<{kind}>({name}_.data(), {extents});"
    if result:
        element = {**ELEMENTS, "bfloat16": "Eigen::bfloat16"}[result["dtype"]]
        kind = "VectorOf" if len(result["shape"]) == 1 else "MatrixOf"
        yield f"{kind}<{element}> y({', '.join(map(str, result['shape']))});"


def program(column, rows, names, references):
    """The source of a program that runs a column."""
    functions, entries = [], []
    for row in rows:
        code, expected = row[column], references["results"][key_of(row)]
        needs_y = result_name(code) == "y" and not DECLARES_Y.search(code)
        body = [*names(references["inputs"], expected if needs_y else None),
                f'#line {row["line"]} "{PAGE}"', code,
                f"return to_json({result_name(code)});"]
        functions.append(f"nlohmann::json line_{row['line']}()\n{{\n" + "\n".join(body) + "\n}\n")
        entries.append(f"{{{row['line']}, line_{row['line']}}}")
    table = "constexpr struct { int number; nlohmann::json (*line)(); } lines[] = {"
    return "".join([f'#include "{column.lower()}.hpp"\n', *functions, table, ", ".join(entries), "};",
                    MAIN])


def results_of(source, compiler):
    """What each line of a program made, by its number."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "one_liners.cpp")
        path.write_text(source, encoding="utf-8")
        subprocess.run([*compiler, f"-I{ROOT}/tests/structure/one_liners", str(path), "-o",
                        f"{scratch}/one_liners"], check=True)
        ran = subprocess.run([f"{scratch}/one_liners"], cwd=scratch, check=True, text=True,
                             stdout=subprocess.PIPE)
    return {int(line.partition(" ")[0]): json.loads(line.partition(" ")[2])
            for line in ran.stdout.splitlines()}


def agrees(found, expected):
    """Whether a result is the reference's, shapes included."""
    if isinstance(expected, dict):
        return (isinstance(found, dict) and found["shape"] == expected["shape"] and
                all(map(agrees, found["values"], expected["values"])))
    if isinstance(expected, float):
        return isinstance(found, (int, float)) and math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-6)
    return found == expected


def check(column, rows, names, references, compiler):
    """The number of lines that were run; prints those that are wrong and exits."""
    rows = [row for row in rows if column in row]
    found = results_of(program(column, rows, names, references), compiler)
    wrong = [f"{PAGE}:{row['line']}: {row[column]}\n  expected {expected}\n  found {found.get(row['line'])}"
             for row in rows
             if not agrees(found.get(row["line"]), expected := references["results"][key_of(row)])]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{column}: {len(rows)} lines as numpy and PyTorch have them")


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    separator = sys.argv.index("--")
    options, compiler = sys.argv[1:separator], sys.argv[separator + 1 :]
    root = Path(options[0])
    references = json.loads((root / "tests/data/tensor/one_liners.json").read_text(encoding="utf-8"))
    rows = rows_of(root / PAGE)
    stale = [row["line"] for row in rows if key_of(row) not in references["results"]]
    if stale or len(rows) < 40:
        sys.exit(f"{PAGE}: {len(rows)} lines; without a reference: {stale}; "
                 "run tools/make_one_liner_references.py")
    check("tfm", [{**row} for row in rows], tfm_names, references, compiler)
    if "--eigen" in options:
        include = options[options.index("--eigen") + 1]
        check("Eigen", rows, eigen_names, references, [*compiler, f"-I{include}"])


if __name__ == "__main__":
    main()
