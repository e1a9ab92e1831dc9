"""The real program on a terminal that a test can read: tmux, on a server of its own.

    from screen import Screen, golden, main, test

    @test
    def help_lists_the_keys(box):
        with Screen(box) as screen:
            screen.keys("?")
            screen.golden("help")

    main()

A golden is what the screen shows, with what differs from run to run replaced: see mask().
GENERATE=1 writes the goldens instead of comparing.
"""

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

from support import (PROGRAM, Box, Skip, check, contains, equal, is_running,  # noqa: E402,F401
                     lacks, main, matches, test, wait_until)

GOLDENS = os.path.join(HERE, "golden")
GENERATE = os.environ.get("GENERATE") == "1"
VARYING = "wall time|CPU time|peak memory|submitted|started|finished"
TIME = r"(?:\d+\.\d s|\d+:\d\d(?::\d\d)?)"


def mask(text, box):
    """Replace what no two runs have in common, and keep the columns where they are."""
    lines = [mask_line(line.replace(box.root, "/BOX")) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def mask_line(line):
    def same_width(token):
        return lambda found: token.rjust(len(found.group()), " ")

    # The time column of the list, and the one beside the state.
    line = re.sub(rf"(?<= ) +{TIME}(?= |$)", same_width("TIME"), line)
    line = re.sub(r" *server \S+  pid \d+(  ping [\d.]+ m?s)?$", "  server VERSION  pid PID  ping TIME",
                  line)
    line = re.sub(r"(PWSCF +:|terminated on:) .*", r"\1 VARIES", line)
    line = re.sub(r" +\d+\.\d+s (?=CPU|WALL)", same_width("TIME "), line)
    line = re.sub(r"(code +Quantum ESPRESSO) \S+ *(?= |$)",
                  lambda found: (found[1] + " #").ljust(len(found[0])), line)
    line = re.sub(rf"\b({VARYING})( +)(\S+(?: \S+)* *)",
                  lambda found: (found[1] + found[2] + "VARIES").ljust(len(found[0])), line)
    # The last digits of an energy belong to the machine.
    line = re.sub(r"(-?\d+\.\d{6})\d\d Ry", r"\1## Ry", line)
    return re.sub(r"(-?\d+\.\d{4})\d\d eV", r"\1## eV", line).rstrip()


def columns(text):
    """How many columns a terminal needs for a text."""
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Screen:
    """The program in a window of so many columns and rows. It ends with the window."""

    def __init__(self, box, size=(80, 24), args=(), env=None, shell=False, locale="C.UTF-8"):
        if not shutil.which("tmux"):
            raise Skip("tmux is not installed")
        self.box, self.size = box, size
        self.env = {**box.env, "LC_ALL": locale, "TMUX_TMPDIR": box.root,
                    "SHELL": "/bin/sh", "PS1": "$ ", **(env or {})}
        self.name = f"cm{time.monotonic_ns()}"
        self.config = os.path.join(box.root, f"{self.name}.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"set -g default-terminal {self.env['TERM']}\nset -g status off\n"
                       "set -g escape-time 0\nset -g update-environment ''\n"
                       f"set-environment -g LC_ALL {locale}\n")
        program = [PROGRAM, *args]
        words = " ".join(shlex.quote(word) for word in program)
        # After the program the window stays, so that its end can be looked at.
        command = "sh -i" if shell else f"{words}; echo \"status=$?\"; cat"
        self._tmux("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-s", "t",
                   "-c", box.work, "sh", "-c", command)
        if shell:
            self.wait("a shell", lambda text: "$" in text)
            self.keys(words, "Enter")

    def _tmux(self, *args):
        env = {**self.env, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        done = subprocess.run(["tmux", "-u", "-L", self.name, "-f", self.config, *args], env=env,
                              capture_output=True, check=False)
        equal(done.returncode, 0, f"tmux {args}: {done.stderr.decode()}")
        return done.stdout.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], check=False, capture_output=True,
                       env={**os.environ, "TMUX_TMPDIR": self.box.root})

    def keys(self, *names):
        self._tmux("send-keys", "-t", "t", *names)

    def type(self, text):
        self._tmux("send-keys", "-l", "-t", "t", text)

    def click(self, column, row, button=0):
        """Press a mouse button; columns and rows count from 0. 64 and 65 are the wheel."""
        self.type(f"\033[<{button};{column + 1};{row + 1}M")

    def resize(self, width, height):
        self._tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def text(self, *options):
        return self._tmux("capture-pane", "-p", "-t", "t", *options)

    def lines(self):
        return self.text().split("\n")[:-1]

    def ask(self, what):
        """A tmux format, such as '#{cursor_flag}'."""
        return self._tmux("display-message", "-p", "-t", "t", what).strip()

    def pid(self):
        """The program's pid."""
        pane = self.ask("#{pane_pid}")
        with open(f"/proc/{pane}/task/{pane}/children", encoding="ascii") as file:
            children = file.read().split()
        found = [int(pid) for pid in children
                 if os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(PROGRAM)]
        check(len(found) == 1, f"the program's processes are {found}")
        return found[0]

    def wait(self, what, condition):
        """Until the screen's text fulfils a condition. Returns the text."""
        seen = ["", 0]

        def fulfilled():
            seen[0] = self.text()
            return condition(seen[0])

        try:
            wait_until(fulfilled, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen shows\n{seen[0]}") from None
        return seen[0]

    def shows(self, *parts):
        """Wait until all of these are on the screen."""
        return self.wait(f"{parts} on the screen",
                         lambda text: all(part in text for part in parts))

    def hides(self, part):
        return self.wait(f"{part!r} gone", lambda text: part not in text)

    def golden(self, name):
        """Wait until the screen is the golden of this name."""
        path = os.path.join(GOLDENS, f"{name}.txt")
        if GENERATE:
            self._write_golden(path)
            return
        with open(path, encoding="utf-8") as file:
            wanted = file.read()
        deadline = time.monotonic() + 20
        while True:
            got = mask(self.text(), self.box)
            if got == wanted:
                return
            if time.monotonic() > deadline:
                diff = difflib.unified_diff(wanted.splitlines(), got.splitlines(), path,
                                            "the screen", lineterm="")
                raise AssertionError("\n".join(diff))
            time.sleep(0.05)

    def _write_golden(self, path):
        time.sleep(2)
        os.makedirs(GOLDENS, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(mask(self.text(), self.box))
        print(f"# written {path}")
