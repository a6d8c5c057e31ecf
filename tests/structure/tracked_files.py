#!/usr/bin/env python3
"""Checks that no tracked file names a path or a package host of the machine it was written on.

usage: tracked_files.py SOURCE_DIR

Looks for absolute paths of users and workplaces, for this checkout's own path, and for the hosts
that this machine's package managers are set up with. Exits 77 (skipped) outside a git checkout.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77

# The brackets keep the patterns from matching themselves.
MACHINE_PATH = re.compile(rb"(?<![\w.~})\]/-])/(?:hom[e]|roo[t]|User[s]|wor[k]|far[m]|tm[p])/\w")
REGISTRY = re.compile(rb"https?://(?:[\w-]+\.)*(?:deb|registr[y]|mirror[s]?|prox[y])[\w-]*\.[\w.-]+")
COMMENT = re.compile(r"^\s*(?:[#;]|//).*$", re.MULTILINE)
HOST = re.compile(r"https?://(?:[^\s/@\"']*@)?([\w.-]+)")


def tracked(root):
    if not (shutil.which("git") and (root / ".git").exists()):
        print("skipped: not a git checkout")
        sys.exit(SKIPPED)
    git = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=root,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [name.decode() for name in git.stdout.split(b"\0") if name]


def configured_hosts():
    """Hosts in this machine's settings of apt, npm and pip; comments there may name any site."""
    settings = [Path("/etc/apt/sources.list"), Path("/etc/npmrc"), Path("/etc/pip.conf")]
    settings += [Path.home() / ".npmrc", Path.home() / ".config/pip/pip.conf"]
    settings += sorted(Path("/etc/apt").glob("sources.list.d/*"))
    settings += sorted(Path("/etc/apt").glob("apt.conf.d/*"))
    hosts = set()
    for path in settings:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        hosts.update(HOST.findall(COMMENT.sub("", text)))
    return sorted(host for host in hosts if not re.match(r"localhost|127\.", host))


def patterns(root):
    found = [("a path of a build machine", MACHINE_PATH), ("a registry host", REGISTRY)]
    if len(root.parts) > 2:
        found.append(("this checkout's path", re.compile(re.escape(str(root).encode()) + rb"\b")))
    for host in configured_hosts():
        pattern = rb"(?<![\w.-])" + re.escape(host.encode()) + rb"(?![\w.-])"
        found.append(("a package host of this machine", re.compile(pattern)))
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = Path(sys.argv[1]).resolve()
    names = tracked(root)
    violations = 0
    for name in names:
        path = root / name
        if not path.is_file():
            continue
        content = path.read_bytes()
        for what, pattern in patterns(root):
            for match in pattern.finditer(content):
                line = content.count(b"\n", 0, match.start()) + 1
                print(f"{name}:{line}: {what}: {match.group().decode(errors='replace')}")
                violations += 1
    print(f"{len(names)} files, {violations} violations")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
