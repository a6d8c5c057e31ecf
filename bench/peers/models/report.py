"""The comparison of whole models as a Markdown table and as a bar chart."""
import platform
import re
from pathlib import Path
from typing import Callable, NamedTuple


class Column(NamedTuple):
    result: str  # as `tfm bench` names it
    title: str
    shown: Callable[[float], float]


# Eight sequences a step, so its milliseconds become tokens a second.
COLUMNS = [
    Column("decode/context:256", "decode after 256, ms", lambda value: value),
    Column("prompt/tokens:128", "prompt of 128, ms", lambda value: value),
    Column("prompt/tokens:512", "prompt of 512, ms", lambda value: value),
    Column("batch/sessions:8/context:256", "batch of 8, tokens/s", lambda value: 8e3 / value),
    Column("start_to_first_token", "start to first token, ms", lambda value: value),
    Column("peak_rss", "peak memory, MiB", lambda value: value / 2**20),
]


class Spread(NamedTuple):
    median: float
    least: float
    most: float


def spread(result: dict, column: Column) -> Spread:
    """In the unit of the column, where what took least may be most."""
    ends = sorted(column.shown(result[end]) for end in ("min", "max"))
    return Spread(column.shown(result["median"]), *ends)


def number(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def cell(result: dict | None, column: Column) -> str:
    if result is None:
        return "-"
    median, least, most = spread(result, column)
    return f"{number(median)} ({number(least)}-{number(most)})"


def processor() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def table(comparison: dict) -> str:
    heads = ["peer", "threads"] + [column.title for column in COLUMNS]
    lines = [
        f"{comparison['model']} on {processor()}, {comparison['cores']} cores, {comparison['date']}. "
        f"Medians (least-most) of {comparison['turns']} turns of {comparison['rounds']} runs; every "
        "peer once a turn.",
        "",
        "| " + " | ".join(heads) + " |",
        "|---" * len(heads) + "|",
    ]
    for threads in comparison["threads"]:
        for peer in comparison["peers"]:
            results = peer["results"].get(str(threads))
            if results is None:
                continue
            cells = [cell(results.get(column.result), column) for column in COLUMNS]
            lines.append("| " + " | ".join([peer["name"], str(threads), *cells]) + " |")
    lines.append("")
    for peer in comparison["peers"]:
        if "left_out" in peer:
            lines.append(f"- {peer['name']}: left out: {peer['left_out']}")
        elif "largest_difference" in peer:
            version = f", version {peer['version']}" if "version" in peer else ""
            lines.append(
                f"- {peer['name']}{version}: a logit differs from tfm's in fp32 by at most "
                f"{peer['largest_difference']:.2g} standard deviations"
            )
    return "\n".join(lines) + "\n"


def draw(comparison: dict, path: Path) -> None:
    """A panel for each column, with a bar for each peer and thread count."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # text instead of outlines: a small file
    from matplotlib import pyplot

    peers = [peer for peer in comparison["peers"] if peer["results"]]
    counts = comparison["threads"]
    height = 0.8 / len(counts)
    figure, panels = pyplot.subplots(2, 3, figsize=(13, 1.5 + 1.1 * len(peers)), sharey=True)
    for column, panel in zip(COLUMNS, panels.flat, strict=True):
        for series, threads in enumerate(counts):
            places, spreads = [], []
            for place, peer in enumerate(peers):
                result = peer["results"].get(str(threads), {}).get(column.result)
                if result is not None:
                    places.append(place + height * (series - (len(counts) - 1) / 2))
                    spreads.append(spread(result, column))
            label = f"{threads} thread" + ("s" if threads > 1 else "")
            medians = [each.median for each in spreads]
            whiskers = [
                [each.median - each.least for each in spreads],
                [each.most - each.median for each in spreads],
            ]
            panel.barh(places, medians, height, xerr=whiskers, label=label, ecolor="0.3", capsize=2)
        better = "more" if "/s" in column.title else "less"
        panel.set_title(f"{column.title} ({better} is better)", fontsize=9)
        panel.set_yticks(range(len(peers)), [peer["name"] for peer in peers])
        panel.grid(axis="x", alpha=0.3)
    panels.flat[0].invert_yaxis()
    panels.flat[0].legend(fontsize=8)
    figure.suptitle(f"{comparison['model']}: medians, least to most", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})
