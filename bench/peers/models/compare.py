#!/usr/bin/env python3
"""Runs `tfm bench` and every peer in turn and writes comparison.json, .md and .svg.

A peer that cannot run here is left out by name, with the reason. One whose logits are not ours, or
that fails otherwise, is an error: it is named so too, and the exit status is 1.
"""
import argparse
import datetime
import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import report
from peer import largest_difference, read_logits, some_tokens

HERE = Path(__file__).parent
SKIPPED = 77
BAD_INPUT = 2  # the exit status of tfm
EXPECTED_TOKENS = 32


class Peer(NamedTuple):
    name: str
    program: str
    options: list[str]
    tolerance: float  # of a logit, in standard deviations
    graph: str | None = None  # the precision of make_onnx.py


REFERENCE = Peer("tfm fp32", "tfm", ["--precision", "fp32"], 0)
PEERS = [
    REFERENCE,
    Peer("tfm bf16", "tfm", ["--precision", "bf16"], 0.2),
    Peer("tfm int8", "tfm", ["--precision", "int8"], 0.5),
    Peer("tfm int8, int8 cache", "tfm", ["--precision", "int8_kv8"], 0.5),
    Peer("tfm int8 weights", "tfm", ["--precision", "int8_weights"], 0.25),
    Peer("ONNX Runtime fp32", "onnxruntime_gpt2.py", [], 1e-3, "fp32"),
    Peer("ONNX Runtime int8", "onnxruntime_gpt2.py", [], 0.5, "int8"),
    Peer("ONNX Runtime int8 weights", "onnxruntime_gpt2.py", [], 0.25, "int8-weights"),
    Peer("PyTorch fp32", "pytorch_gpt2.py", ["--precision", "fp32"], 1e-3),
    Peer("PyTorch bf16", "pytorch_gpt2.py", ["--precision", "bf16"], 0.25),
    Peer("transformers fp32", "pytorch_gpt2.py", ["--implementation", "transformers"], 1e-3),
]


class LeftOut(Exception):
    """A peer that cannot run here, and why."""


def say(text: str) -> None:
    print(f"compare-peers: {text}", file=sys.stderr, flush=True)


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def require_module(name: str, package: str) -> None:
    if importlib.util.find_spec(name) is None:
        raise LeftOut(f"{sys.executable} has no module {name} ({package})")


class Comparison:
    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.expected = arguments.output_dir / "expected.safetensors"
        self.failed = False
        wanted = re.compile(arguments.only_peer, re.IGNORECASE)
        self.peers = [peer for peer in PEERS if wanted.search(peer.name)]
        if not self.peers:
            names = ", ".join(peer.name for peer in PEERS)
            raise SystemExit(f"compare-peers: expected --only-peer to match one of {names}")
        self.runs = {peer.name: {} for peer in self.peers}  # by threads, the results of each turn
        self.reports = {peer.name: {"name": peer.name} for peer in self.peers}

    def write_logits(self, peer: Peer, output: Path) -> None:
        config = json.loads((self.arguments.model / "config.json").read_text())
        tokens = ",".join(map(str, some_tokens(EXPECTED_TOKENS, config["vocab_size"])))
        command = [self.arguments.tfm, "logits", "--model", self.arguments.model, *peer.options]
        command += ["--tokens", tokens, "--output", output]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode == BAD_INPUT and "--precision" in done.stderr:
            raise LeftOut(last_line(done.stderr))
        if done.returncode != 0:
            raise RuntimeError(last_line(done.stderr))

    def check_precision(self, peer: Peer) -> None:
        """Sets the logits of a precision of tfm beside those of fp32."""
        found = self.arguments.output_dir / "found.safetensors"
        self.write_logits(peer, found)
        expected = read_logits(self.expected)
        difference = largest_difference(read_logits(found), expected, statistics.pstdev(expected))
        if not difference <= peer.tolerance:
            raise RuntimeError(
                f"expected the logits of {REFERENCE.name} within {peer.tolerance:g} standard "
                f"deviations, found a difference of {difference:.3g}"
            )
        self.reports[peer.name]["largest_difference"] = difference

    def graph_folder(self, peer: Peer) -> Path:
        return self.arguments.output_dir / "onnx" / self.arguments.model.name / peer.graph

    def prepare(self, peer: Peer) -> None:
        if peer.program == REFERENCE.program and peer is not REFERENCE:
            self.check_precision(peer)
        if peer.program == "pytorch_gpt2.py":
            require_module("torch", "python3-torch")
        if "transformers" in peer.options:
            require_module("transformers", "not in Debian")
        if peer.graph is None:
            return
        require_module("onnx", "python3-onnx")
        if not (self.arguments.packages / "node_modules/onnxruntime-node").is_dir():
            raise LeftOut(f"npm did not install onnxruntime-node; see {self.arguments.packages}")
        command = [sys.executable, HERE / "make_onnx.py", "--model", self.arguments.model]
        command += ["--output", self.graph_folder(peer), "--precision", peer.graph]
        subprocess.run(command, check=True)

    def command(self, peer: Peer, threads: int) -> list:
        arguments = self.arguments
        command = ["--model", arguments.model, "--threads", threads, "--rounds", arguments.rounds]
        command += ["--only", arguments.only, *peer.options]
        if peer.program == "tfm":
            return [arguments.tfm, "bench", "--json", *command]
        command += ["--name", peer.name, "--tolerance", peer.tolerance]
        command += ["--expected", self.expected, "--expected-tokens", EXPECTED_TOKENS]
        if peer.graph:
            command += ["--packages", arguments.packages, "--graph", self.graph_folder(peer)]
        return [sys.executable, HERE / peer.program, *command]

    def run_once(self, peer: Peer, threads: int) -> None:
        command = list(map(str, self.command(peer, threads)))
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode == SKIPPED:
            raise LeftOut(last_line(done.stderr))
        if done.returncode != 0:
            sys.stderr.write(done.stderr)
            raise RuntimeError(last_line(done.stderr))
        output = json.loads(done.stdout)
        results = {result["name"]: result for result in output["results"]}
        self.runs[peer.name].setdefault(str(threads), []).append(results)
        known = {key: output[key] for key in ("version", "largest_difference") if key in output}
        self.reports[peer.name].update(known)

    def attempt(self, what: str, peer: Peer, work) -> None:
        """Does work of a peer, unless it was left out before."""
        if "left_out" in self.reports[peer.name]:
            return
        say(f"{what} {peer.name}")
        try:
            work()
        except LeftOut as reason:
            self.leave_out(peer, str(reason))
        except (RuntimeError, subprocess.CalledProcessError) as error:
            self.failed = True
            self.leave_out(peer, f"it failed: {error}")

    def leave_out(self, peer: Peer, reason: str) -> None:
        say(f"left out {peer.name}: {reason}")
        self.reports[peer.name]["left_out"] = reason
        self.runs[peer.name] = {}

    def run(self) -> None:
        self.write_logits(REFERENCE, self.expected)
        for peer in self.peers:
            self.attempt("preparing", peer, lambda: self.prepare(peer))
        for turn in range(1, self.arguments.turns + 1):
            for threads in self.arguments.threads:
                what = f"turn {turn} of {self.arguments.turns}, threads {threads}:"
                for peer in self.peers:
                    self.attempt(what, peer, lambda: self.run_once(peer, threads))

    def summary(self) -> dict:
        for name, by_threads in self.runs.items():
            self.reports[name]["results"] = {
                threads: pool(turns) for threads, turns in by_threads.items()
            }
        return {
            "model": f"GPT-2 {self.arguments.model.name}",
            "date": datetime.date.today().isoformat(),
            "cores": os.cpu_count(),
            "threads": self.arguments.threads,
            "turns": self.arguments.turns,
            "rounds": self.arguments.rounds,
            "peers": list(self.reports.values()),
        }


def pool(turns: list[dict]) -> dict:
    """One result of the same result of several turns: the median of their medians."""
    return {
        name: {
            "unit": result["unit"],
            "median": statistics.median(turn[name]["median"] for turn in turns),
            "min": min(turn[name]["min"] for turn in turns),
            "max": max(turn[name]["max"] for turn in turns),
        }
        for name, result in turns[0].items()
    }


def write(path: Path, write_to) -> None:
    unfinished = path.with_name(path.name + ".part")
    write_to(unfinished)
    unfinished.rename(path)


def thread_counts(text: str) -> list[int]:
    counts = [int(word) for word in text.split(",")]
    if min(counts) < 1:
        raise ValueError
    return counts


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tfm", type=Path, required=True, help="the program of apps/tfm")
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face folder of a GPT-2")
    parser.add_argument("--packages", type=Path, required=True, help="where npm installed to")
    parser.add_argument("--output-dir", type=Path, required=True, help="for the report and graphs")
    parser.add_argument("--threads", type=thread_counts, default=[1, 2], help="such as 1,2")
    parser.add_argument("--turns", type=int, default=3, help="of all peers (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs a turn (default: %(default)s)")
    parser.add_argument("--only-peer", default="", metavar="REGEX", help="only the peers so named")
    default = "|".join(f"^{column.result}$" for column in report.COLUMNS)
    parser.add_argument("--only", default=default, metavar="REGEX", help="only the results so named")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    comparison = Comparison(arguments)
    comparison.run()
    summary = comparison.summary()
    folder, table = arguments.output_dir, report.table(summary)
    write(folder / "comparison.json", lambda path: path.write_text(json.dumps(summary, indent=1)))
    write(folder / "comparison.md", lambda path: path.write_text(table))
    if importlib.util.find_spec("matplotlib") is None:
        say("no chart: python3-matplotlib is not installed")
    else:
        write(folder / "comparison.svg", lambda path: report.draw(summary, path))
    print(table, end="")
    sys.exit(1 if comparison.failed else 0)


if __name__ == "__main__":
    main()
