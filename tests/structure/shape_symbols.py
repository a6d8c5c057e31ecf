#!/usr/bin/env python3
"""Checks that no code below a model's handles is compiled for its sizes.

usage: shape_symbols.py COMPILER INCLUDE_DIR

Compiles a decoder and an encoder whose sizes stand nowhere else, and fails where a symbol of tfm's
details names one of them: such a function would be compiled again for each further size.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = """
#include <tfm/tfm.hpp>

constexpr tfm::DecoderShape decoder{
    .vocab = 50021, .context = 10007, .width = 40, .heads = 5, .layers = 2, .mlp_width = 173};
constexpr tfm::EncoderShape encoder{
    .vocab = 50021, .context = 10007, .width = 40, .heads = 5, .layers = 2, .mlp_width = 173};

std::string tell(const char* folder, const tfm::Tokenizer& tokenizer)
{
    auto const model = tfm::Decoder<decoder, tfm::precision::int8>::load(folder);
    return tfm::generate(model, tokenizer, "", {.max_new_tokens = 3});
}

void run(const char* folder, std::span<const tfm::EncoderInput> batch, float* out)
{
    auto const model = tfm::Encoder<encoder, tfm::precision::bf16>::load(folder);
    tfm::Encoder<encoder, tfm::precision::bf16>::Workspace workspace;
    tfm::encode(model, workspace, batch, {out, {1, 40}});
}
"""

# Sizes as a demangler writes them: 50021ul of g++, 50021 of clang++.
SIZE = re.compile(r"\b(50021|10007|173)(ul)?\b")
# A function's own name, before its template arguments: what stands there is no type of an argument.
DETAIL = re.compile(r"\b\w*detail::[\w:~]*<")


def offending(symbols):
    """The symbols of details that are compiled for a size."""
    return [name for name in symbols if SIZE.search(name) and DETAIL.match(own_name(name))]


def own_name(symbol):
    """From the innermost detail namespace on, without the return type and the outer namespaces."""
    head = symbol.split("(", 1)[0]
    at = head.find("detail::")
    return head[at:] if at >= 0 and not re.search(r"[<,]", head[:at]) else ""


def compiled_symbols(compiler, include):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "shapes.cpp"
        source.write_text(SOURCE)
        # Without inlining every function that is compiled has a symbol.
        subprocess.run([compiler, "-std=c++20", "-O0", "-c", f"-I{include}", source,
                        "-o", source.with_suffix(".o")], check=True)
        listing = subprocess.run(["nm", "--demangle", "--defined-only", "--format=posix",
                                  source.with_suffix(".o")], check=True, capture_output=True, text=True)
    return [re.sub(r" [A-Za-z] [0-9a-f]+( [0-9a-f]+)?$", "", line)
            for line in listing.stdout.splitlines()]


def self_check():
    """The check itself finds what it is there to find."""
    shape = "tfm::DecoderShape{50021ul, 10007ul, 40ul}"
    bad = f"void tfm::isa::detail::run_layers<{shape}>(int)"
    good = [f"tfm::isa::Decoder<{shape}>::load(std::path const&)",
            f"void tfm::isa::forward<{shape}>(tfm::isa::detail::DecoderModel<1> const&)",
            "void tfm::isa::detail::run_layers<1>(int)"]
    return offending([bad, *good]) == [bad]


def main():
    compiler, include = sys.argv[1:]
    if not self_check():
        sys.exit("shape_symbols.py: its own examples are not told apart")
    symbols = compiled_symbols(compiler, include)
    handles = [name for name in symbols if SIZE.search(name)]
    if not handles:
        sys.exit("expected symbols that name the sizes, found none: the check is blind")
    found = offending(symbols)
    for name in found:
        print(name)
    print(f"{len(symbols)} symbols, {len(handles)} name a size, {len(found)} of these are details")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
