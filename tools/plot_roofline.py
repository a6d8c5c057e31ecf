#!/usr/bin/env python3
"""Draws the results of tfm_bench on this machine's roofline.

Reads the JSON that tfm_bench writes (--benchmark_out) and draws, for each number of threads, every
benchmark at its arithmetic intensity and rate, below the roofs measured in the same run: the peaks
of the arithmetic units and the read bandwidths of caches and memory. Of repetitions it takes the
median. Kernels that only move data have no intensity: they stand at the left edge, as high as their
bandwidth. A hollow mark is a time that says little: meanwhile the system took the calling thread off
its core. Needs matplotlib (scripts/setup bench).
"""

import argparse
import json
import os
import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

try:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # text instead of outlines: a small file
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
except ImportError:
    sys.exit("plot_roofline: matplotlib is missing; run scripts/setup bench")

GIGA = 1e9
LEGEND_WIDTH = 2.4  # inches
EDGE = 1.2  # times the least intensity that is drawn: where kernels stand that only move data
ON_A_CORE = 0.9  # of the time, at least, for a result that was not interrupted
MARKERS = {"fp32": "o", "bf16": "s", "int8": "D"}
LIMIT = re.compile(r"(?P<what>.+?) (?P<rate>[\d.]+) (?P<unit>GFLOP/s|GOP/s|GB/s)(?:, |$)")


def fail(message):
    print(f"plot_roofline: {message}", file=sys.stderr)
    sys.exit(2)


@dataclass
class Point:
    kernel: str
    precision: str
    threads: int
    operations: float  # of one call; 0 where it only moves data
    bytes: float
    seconds: float
    cpu_seconds: float  # of the calling thread

    @property
    def interrupted(self):
        return self.cpu_seconds < ON_A_CORE * self.seconds

    @property
    def rate(self):
        """10^9 operations a second."""
        return self.operations / self.seconds / GIGA

    @property
    def intensity(self):
        return self.operations / self.bytes

    @property
    def bandwidth(self):
        return self.bytes / self.seconds / GIGA


@dataclass
class Roof:
    what: str
    rate: float  # 10^9 a second
    unit: str


def read_roofs(context, kind, threads):
    text = context.get(f"{kind}/threads:{threads}", "")
    return [Roof(match["what"], float(match["rate"]), match["unit"])
            for match in LIMIT.finditer(text)]


def seconds_of(entries, clock):
    """The median time of one benchmark on a clock, from its aggregate or its repetitions."""
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    medians = [entry for entry in entries if entry.get("aggregate_name") == "median"]
    runs = medians or [entry for entry in entries if entry["run_type"] == "iteration"]
    return statistics.median(entry[clock] * units[entry["time_unit"]] for entry in runs)


def read_points(benchmarks):
    by_name = {}
    for entry in benchmarks:
        if "bytes" in entry and "error_occurred" not in entry:
            by_name.setdefault(entry["run_name"], []).append(entry)
    points = []
    for name, entries in by_name.items():
        kernel, precision = name.split("/")[:2]
        threads = int(re.search(r"/threads:(\d+)", name)[1])
        # Aggregates such as the deviation of these constants come after those of their value.
        first = entries[0]
        points.append(Point(kernel, precision, threads, first.get("flops", 0.0), first["bytes"],
                            seconds_of(entries, "real_time"), seconds_of(entries, "cpu_time")))
    return points


def limits_of_axes(points, roofs_of):
    """Both ranges, for all thread counts together so that their pictures compare."""
    intensities = [point.intensity for point in points if point.operations > 0] or [1.0]
    left, right = min(intensities) / 4, max(intensities) * 4
    top = max(roof.rate for peaks, _ in roofs_of.values() for roof in peaks) * 2.5
    heights = [point.rate if point.operations > 0 else point.bandwidth * left * EDGE
               for point in points]
    return (left, right), (min(heights) / 2, top)


def roofs_to_draw(reads):
    """Few enough to tell apart: what a core's caches give, and what memory gives."""
    wanted = ("32 KiB", "1 MiB", "8 MiB")
    return [read for read in reads if read.what in wanted or read is reads[-1]]


def draw_roofs(axes, peaks, reads, x_range):
    left, right = x_range
    highest = max(peak.rate for peak in peaks)
    for peak in peaks:
        begin = min(peak.rate / max(read.rate for read in reads), right)
        axes.plot([max(begin, left), right], [peak.rate] * 2, color="black", linewidth=1.2)
        axes.annotate(f"{peak.what} {peak.rate:.0f} {peak.unit}", (right, peak.rate), xytext=(-4, 3),
                      textcoords="offset points", ha="right", va="bottom", fontsize=8)
    shades = pyplot.get_cmap("Greys")
    for i, read in enumerate(reads):
        shade = shades(0.55 + 0.4 * i / len(reads))
        end = min(highest / read.rate, right)
        axes.plot([left, end], [left * read.rate, end * read.rate], color=shade, linewidth=1.2,
                  label=f"read {read.what}: {read.rate:.0f} {read.unit}",
                  linestyle=("-", "--", "-.", ":")[len(reads) - 1 - i])


def style_of(point, colour):
    """What the marks in the picture and in the legend share."""
    marker = ">" if point.operations == 0 else MARKERS.get(point.precision, "^")
    return {"linestyle": "none", "marker": marker, "color": colour}


def place_of(point, edge):
    """Where it stands; a kernel that only moves data at the edge."""
    if point.operations == 0:
        return edge, point.bandwidth * edge
    return point.intensity, point.rate


def draw_points(axes, points, colours, left):
    """All marks that look alike at once, which keeps the file small."""
    alike = {}
    for point in points:
        place = place_of(point, left * EDGE)
        alike.setdefault((point.kernel, point.precision, point.interrupted), []).append((place, point))
    for (kernel, _, interrupted), marks in alike.items():
        colour = colours[kernel]
        if interrupted:
            surface = {"markerfacecolor": "none", "markeredgecolor": colour}
        else:
            surface = {"markeredgecolor": "white", "markeredgewidth": 0.4, "alpha": 0.85}
        places = [place for place, _ in marks]
        axes.plot(*zip(*places), **style_of(marks[0][1], colour), **surface, markersize=6, zorder=3)


def draw(data, title):
    points = read_points(data["benchmarks"])
    if not points:
        fail("no results of tfm_bench in the file: expected benchmarks with a counter 'bytes'")
    context = data["context"]
    thread_counts = sorted({point.threads for point in points})
    roofs_of = {threads: [read_roofs(context, kind, threads) for kind in ("peaks", "reads")]
                for threads in thread_counts}
    for threads, (peaks, reads) in roofs_of.items():
        if not (peaks and reads):
            fail(f"expected the limits of {threads} threads in the file's context, found none")
    kernels = sorted({point.kernel for point in points})
    palette = pyplot.get_cmap("tab20")
    colours = {kernel: palette(i % 20) for i, kernel in enumerate(kernels)}
    x_range, y_range = limits_of_axes(points, roofs_of)

    figure, all_axes = pyplot.subplots(1, len(thread_counts), squeeze=False, sharey=True,
                                       figsize=(5.4 * len(thread_counts) + LEGEND_WIDTH, 5.6))
    for axes, threads in zip(all_axes[0], thread_counts):
        peaks, reads = roofs_of[threads]
        axes.set(xscale="log", yscale="log", xlim=x_range, ylim=y_range,
                 title=f"{threads} thread{'s' if threads > 1 else ''}",
                 xlabel="arithmetic intensity, operations per byte")
        axes.grid(which="major", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        draw_roofs(axes, peaks, roofs_to_draw(reads), x_range)
        draw_points(axes, [point for point in points if point.threads == threads], colours,
                    x_range[0])
        axes.legend(loc="lower right", fontsize=8, framealpha=0.9)
    all_axes[0][0].set_ylabel("$10^9$ operations per second")
    add_legend(figure, points, colours)
    figure.suptitle(title or f"tfm {context.get('tfm', '')}; weights {context.get('weights', '')}",
                    fontsize=10)
    return figure


def add_legend(figure, points, colours):
    """One entry per kernel and precision, beside the pictures."""
    entries = {}
    for point in sorted(points, key=lambda point: (point.operations == 0, point.kernel)):
        moves = " (moves data)" if point.operations == 0 else ""
        label = f"{point.kernel} {point.precision}{moves}"
        entries[label] = Line2D([], [], **style_of(point, colours[point.kernel]), label=label)
    if any(point.interrupted for point in points):
        entries["hollow"] = Line2D([], [], linestyle="none", marker="o", color="black",
                                   markerfacecolor="none", label="hollow: taken off its core")
    figure.legend(handles=list(entries.values()), loc="center right", fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0, 1 - LEGEND_WIDTH / figure.get_size_inches()[0], 0.96))


def save(figure, output):
    """Written beside and renamed, so that the file is whole or not there."""
    unfinished = output.with_name(f".{output.stem}.{os.getpid()}{output.suffix}")
    try:
        # Without the time of drawing, so that the same results make the same file.
        date = {"Date": None} if output.suffix == ".svg" else None
        figure.savefig(unfinished, dpi=100, metadata=date)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="JSON that tfm_bench wrote")
    parser.add_argument("pictures", type=Path, nargs="+", help="files to write, .svg or .png")
    parser.add_argument("--title", help="instead of the build and the state of the weights")
    arguments = parser.parse_args()
    for picture in arguments.pictures:
        if picture.suffix not in (".svg", ".png"):
            parser.error(f"{picture}: expected a name that ends in .svg or .png")
    try:
        data = json.loads(arguments.results.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        parser.error(f"{arguments.results}: {error}")
    if not isinstance(data, dict) or not {"context", "benchmarks"} <= data.keys():
        parser.error(f"{arguments.results}: expected the JSON of Google Benchmark")
    figure = draw(data, arguments.title)
    for picture in arguments.pictures:
        save(figure, picture)


if __name__ == "__main__":
    main()
