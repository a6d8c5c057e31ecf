"""How every peer is checked and timed: the work of `tfm bench`, under the same names.

A peer gives `run` a function that loads its model. The model has `vocab`, `version` and
`session(batch, capacity)`. A session has `forward(rows)`, which appends as many tokens to each of its
sequences and computes the logits after the last; `rewind(position)`; and `logits(sequence)`, an
array of floats.
"""
import argparse
import json
import math
import re
import statistics
import subprocess
import sys
import time
from array import array
from pathlib import Path
from typing import Callable

CHECKED_STEPS = 4
CHECKED_BATCH = 8
STEPS_PER_RUN = 8
START_PROMPT = 8


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face folder of a GPT-2")
    parser.add_argument("--threads", type=int, default=1, help="threads (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="REGEX", help="only the results so named")
    parser.add_argument(
        "--expected",
        type=Path,
        help="what `tfm logits` wrote for some_tokens; differing from it is an error",
    )
    parser.add_argument("--expected-tokens", type=int, default=32, help="how many of them there were")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-3,
        help="largest difference of a logit, in standard deviations (default: %(default)s)",
    )
    parser.add_argument(
        "--first-token", action="store_true", help="only print the first token after a short prompt"
    )


def some_tokens(count: int, vocab: int) -> list[int]:
    return [i * 7919 % vocab for i in range(count)]


def peak_memory() -> int:
    """Bytes resident at most of this process, without what it was forked from."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)[1]) * 1024


def read_logits(path: Path) -> array:
    data = path.read_bytes()
    header_size = int.from_bytes(data[:8], "little")
    begin, end = json.loads(data[8 : 8 + header_size])["logits"]["data_offsets"]
    return array("f", data[8 + header_size :][begin:end])


def logits_by_prompt(model, tokens: list[int]):
    session = model.session(1, len(tokens))
    session.forward([tokens])
    yield "of a prompt", session.logits(0)


def logits_by_steps(model, tokens: list[int]):
    """Through the cache, several sequences at once, as decoding does."""
    session = model.session(CHECKED_BATCH, len(tokens) + 1)
    session.forward([tokens[:-CHECKED_STEPS]] * CHECKED_BATCH)
    for token in tokens[-CHECKED_STEPS:]:
        session.forward([[token]] * CHECKED_BATCH)
    for sequence in range(CHECKED_BATCH):
        yield f"of sequence {sequence} of a batch", session.logits(sequence)


def logits_by_single_steps(model, tokens: list[int]):
    session = model.session(1, len(tokens) + 1)
    session.forward([tokens[:-CHECKED_STEPS]])
    for token in tokens[-CHECKED_STEPS:]:
        session.forward([[token]])
    yield "of one sequence", session.logits(0)


def largest_difference(found, expected: array, deviation: float) -> float:
    """Of any logit, in the given standard deviations; not a number where a logit is none."""
    differences = [abs(logit - wanted) for logit, wanted in zip(found, expected, strict=True)]
    return math.nan if any(map(math.isnan, differences)) else max(differences) / deviation


def check(model, expected: array, tokens: list[int], tolerance: float) -> float:
    """The largest difference of any logit, in standard deviations of the expected ones. An error
    where it exceeds the tolerance."""
    deviation = statistics.pstdev(expected)
    worst = 0.0
    for way in (logits_by_prompt, logits_by_single_steps, logits_by_steps):
        for what, logits in way(model, tokens):
            difference = largest_difference(logits, expected, deviation)
            if not difference <= tolerance:
                raise SystemExit(
                    f"logits {what}: expected those of tfm within {tolerance:g} standard "
                    f"deviations, found a difference of {difference:.3g}"
                )
            worst = max(worst, difference)
    return worst


def prompt_run(model, count: int) -> Callable[[], float]:
    session = model.session(1, count)
    tokens = some_tokens(count, model.vocab)

    def run() -> float:
        session.rewind(0)
        begin = time.perf_counter()
        session.forward([tokens])
        return time.perf_counter() - begin

    return run


def decode_run(model, sessions: int, context: int) -> Callable[[], float]:
    """Reports the mean of a few steps."""
    session = model.session(sessions, context + STEPS_PER_RUN)
    tokens = some_tokens(context + STEPS_PER_RUN, model.vocab)
    session.forward([tokens[:context]] * sessions)

    def run() -> float:
        session.rewind(context)
        begin = time.perf_counter()
        for token in tokens[context:]:
            session.forward([[token]] * sessions)
        return (time.perf_counter() - begin) / STEPS_PER_RUN

    return run


WORKLOADS = {
    "prompt/tokens:128": lambda model: prompt_run(model, 128),
    "prompt/tokens:512": lambda model: prompt_run(model, 512),
    "decode/context:256": lambda model: decode_run(model, 1, 256),
    "batch/sessions:8/context:256": lambda model: decode_run(model, 8, 256),
}


def run_first_token_process() -> tuple[float, int]:
    """Seconds from the start of a process like this one to its first token, and its peak memory."""
    begin = time.perf_counter()
    command = [sys.executable, *sys.argv, "--first-token"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        seconds = time.perf_counter() - begin
    if process.returncode != 0:
        raise SystemExit(f"the process for the first token ended with {process.returncode}")
    return seconds, json.loads(line)["peak_rss"]


def print_first_token(model) -> None:
    session = model.session(1, START_PROMPT)
    session.forward([some_tokens(START_PROMPT, model.vocab)])
    logits = list(session.logits(0))
    print(json.dumps({"token": logits.index(max(logits)), "peak_rss": peak_memory()}), flush=True)


def result(name: str, threads: int, unit: str, values: list[float]) -> dict:
    return {
        "name": name,
        "threads": threads,
        "unit": unit,
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }


def time_all(load: Callable, arguments: argparse.Namespace) -> dict:
    """The report of a run; processes are timed before this one takes memory and threads."""
    wanted = re.compile(arguments.only)
    start = []
    if wanted.search("start_to_first_token") or wanted.search("peak_rss"):
        run_first_token_process()
        start = [run_first_token_process() for _ in range(arguments.rounds)]
    model = load()
    report = {"version": model.version, "results": []}
    if arguments.expected:
        tokens = some_tokens(arguments.expected_tokens, model.vocab)
        report["largest_difference"] = check(
            model, read_logits(arguments.expected), tokens, arguments.tolerance
        )

    def add(name: str, unit: str, values: list[float]) -> None:
        if wanted.search(name):
            report["results"].append(result(name, arguments.threads, unit, values))

    for name, prepare in WORKLOADS.items():
        if not wanted.search(name):
            continue
        run = prepare(model)
        run()
        add(name, "ms", [run() * 1e3 for _ in range(arguments.rounds)])
    if start:
        add("start_to_first_token", "ms", [seconds * 1e3 for seconds, _ in start])
        add("peak_rss", "bytes", [memory for _, memory in start])
    return report


def run(name: str, load: Callable, arguments: argparse.Namespace) -> None:
    """Does what the options of `add_options` say and prints it."""
    if arguments.first_token:
        print_first_token(load())
    else:
        print(json.dumps({"peer": name, **time_all(load, arguments)}))
