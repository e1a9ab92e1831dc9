"""TAP for tests of texts: a test is a function that returns what is wrong, a line for each; none is
good. Its name is its claim. Paths are relative to the source tree."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def files(folder, pattern):
    """Paths below a folder whose names match, builds left out."""
    found = []
    for place, folders, names in os.walk(os.path.join(ROOT, folder)):
        folders[:] = [f for f in folders if not f.startswith((".", "build"))
                      and not os.path.exists(os.path.join(place, f, "build.ninja"))]
        found += [os.path.relpath(os.path.join(place, name), ROOT)
                  for name in names if re.fullmatch(pattern, name)]
    return sorted(found)


def main():
    print(f"1..{len(TESTS)}")
    bad = 0
    for number, function in enumerate(TESTS, 1):
        wrong = list(function())
        bad += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {function.__name__.replace('_', ' ')}")
        for line in "\n".join(wrong).splitlines():
            print(f"# {line}")
    sys.exit(1 if bad else 0)
