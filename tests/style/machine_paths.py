"""No path, host or home of one machine in a file of the project."""

from __future__ import annotations

import re
import sys

import tree

# Folders of a person's or a machine's own; those that every Debian has are no concern.
EVERYWHERE = re.compile(r"(?:^|[^\w./-])(/(?:work|farm|root|home/\w+)/[\w.])")
# A program asks for its temporary directory or is told one; tests make theirs with mkdtemp.
IN_PROGRAMS = re.compile(r"\"(/tmp/[\w.])")
PROGRAMS = ("common/", "server/", "edge/", "deploy/cli/")
# npm writes the registry it used into each entry, unless omit-lockfile-registry-resolved is set.
IN_LOCK_FILES = re.compile(r'("resolved": *"https?:[^"]{0,60})')


def findings(path: str, text: str) -> list[str]:
    patterns = [EVERYWHERE]
    if path.startswith(PROGRAMS):
        patterns.append(IN_PROGRAMS)
    if path.endswith("package-lock.json"):
        patterns.append(IN_LOCK_FILES)
    return [f"{path}:{number}: {match[1]}: a path or host of one machine"
            for number, line in enumerate(text.splitlines(), 1)
            for pattern in patterns if (match := pattern.search(line))]


def main() -> int:
    return tree.report([finding for path in tree.files()
                        for finding in findings(path, tree.read(path))])


if __name__ == "__main__":
    sys.exit(main())
