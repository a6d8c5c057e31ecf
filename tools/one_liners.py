"""The rows of docs/coming-from.md, and the tensors that their lines work on."""

import re

COLUMNS = ("numpy", "PyTorch", "Eigen", "tfm")
HEAD = "| " + " | ".join(COLUMNS) + " |"
CELL = re.compile(r"`([^`]+)`|-")


def rows_of(page):
    """A dictionary of code by column, without the dashes, and the line, of each row of the page."""
    rows, in_table = [], False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line == HEAD:
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("|---"):
            cells = [CELL.fullmatch(cell.strip()) for cell in line.strip("|").split(" | ")]
            if len(cells) != len(COLUMNS) or None in cells:
                raise ValueError(f"{page}:{number}: expected four cells of code or a dash")
            codes = {name: cell[1] for name, cell in zip(COLUMNS, cells) if cell[1]}
            rows.append({"line": number, **codes})
    return rows


def key_of(row):
    """What a row's reference is made from, so that a reference of other code is not taken for it."""
    return " / ".join(row.get(column, "-") for column in ("numpy", "PyTorch"))


def result_name(code):
    """A line that assigns no y changes x."""
    return "y" if re.search(r"\by\b", code) else "x"
