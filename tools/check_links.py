#!/usr/bin/env python3
"""Checks that no link within the documentation is dead; other sites are not asked.

usage: check_links.py SOURCE_DIR [HTML_DIR]

Every relative link and image of the Markdown files of SOURCE_DIR must name a file, and a heading of it
where it has a fragment, as GitHub forms them; every one of the HTML files under HTML_DIR a file there, and
an element of it.
"""

import functools
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

CODE = re.compile(r"^```.*?^```|^    .*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
SKIPPED_FOLDERS = {"build", ".git"}


class Page(HTMLParser):
    """What an HTML file links to, and the names of its elements."""

    def __init__(self, text):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name"):
                self.names.add(value)
            elif value and (name == "src" or (name == "href" and tag in ("a", "link", "area"))):
                self.links.append((self.getpos()[0], value))


def slug(heading):
    """The fragment that GitHub gives a heading."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@functools.cache
def anchors(path):
    """Fragments that a link to the file may have."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        return Page(text).names
    fences = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in HEADING.findall(fences)}


def markdown_links(path):
    """(line, target) of each link of a Markdown file; code is blanked, so that lines keep their number."""
    text = path.read_text(encoding="utf-8")
    text = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code.group()), text)
    return [(text.count("\n", 0, match.start()) + 1, match[1]) for match in LINK.finditer(text)]


def html_links(path):
    return Page(path.read_text(encoding="utf-8", errors="replace")).links


def fault(path, target):
    """What is wrong with a link of the file, or nothing."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    linked = path if not parts.path else path.parent / unquote(parts.path)
    if not linked.exists():
        return "no such file"
    if parts.fragment and linked.suffix in (".md", ".html"):
        if unquote(parts.fragment) not in anchors(linked.resolve()):
            return "no such heading or element"
    return None


def check(root, pattern, links_of):
    """Prints what is dead in the files under root, and gives the number of links and of dead ones."""
    links = dead = 0
    for path in sorted(root.rglob(pattern)):
        if SKIPPED_FOLDERS & set(path.relative_to(root).parts[:-1]):
            continue
        for line, target in links_of(path):
            links += 1
            if what := fault(path, target):
                dead += 1
                print(f"{path}:{line}: {target}: {what}")
    print(f"{root}: {links} links in {pattern}, {dead} dead")
    if links == 0:
        sys.exit(f"{root}: expected links, found none")
    return dead


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    dead = check(Path(sys.argv[1]), "*.md", markdown_links)
    if len(sys.argv) == 3:
        dead += check(Path(sys.argv[2]), "*.html", html_links)
    sys.exit(1 if dead else 0)


if __name__ == "__main__":
    main()
