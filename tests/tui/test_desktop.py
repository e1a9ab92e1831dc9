"""Desktop notifications, and the mouse, as config.ini and the terminal have it."""

import os

from screen import Screen, contains, equal, lacks, main, test

WEZTERM = {"TERM_PROGRAM": "WezTerm"}
OSC9 = "\033]9;CrystalMath: "
MOUSE_ON = "\033[?1006;1000h"


def configure(box, text):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def leave(terminal):
    terminal.type("q")
    result = terminal.finish()
    equal(result.status, 0)
    return result.out


def watch_one_end(box, env):
    """What the terminal gets while a job ends under its eyes, and one ended before."""
    box.wait_state(box.submit("--name", "before", "--", "true"), "completed")
    job = box.submit("--name", "seen", "--", "sh", "-c", box.gate() + "; exit 3")
    box.wait_state(job, "running")
    terminal = box.terminal(env=env)
    terminal.wait_for("running")
    box.open_gate()
    terminal.wait_for("exit status 3")
    return job, terminal


@test
def an_end_that_was_seen_is_told_to_a_terminal_that_understands(box):
    job, terminal = watch_one_end(box, WEZTERM)
    terminal.wait_for(f"{OSC9}job {job} (seen) failed\a")
    text = leave(terminal)
    equal(text.count(OSC9), 1)
    lacks(text, "(before)")


@test
def a_terminal_that_is_not_known_is_sent_nothing(box):
    _, terminal = watch_one_end(box, {})
    box.wait_state(box.submit("--name", "later", "--", "true"), "completed")
    terminal.wait_for("later")
    lacks(leave(terminal), "\033]9;")


@test
def with_no_nothing_is_sent_and_the_mouse_is_left_alone(box):
    configure(box, "[notify]\ndesktop = no\n[tui]\nmouse = no\n")
    _, terminal = watch_one_end(box, WEZTERM)
    text = leave(terminal)
    lacks(text, "\033]9;")
    lacks(text, MOUSE_ON)


@test
def the_mouse_is_taken_by_default(box):
    terminal = box.terminal()
    terminal.wait_for("No jobs yet.")
    contains(leave(terminal), MOUSE_ON)


@test
def a_wrong_file_does_not_hide_the_jobs(box):
    box.ok("ping")
    configure(box, "[tui]\nmuose = no\n")
    with Screen(box) as screen:
        screen.shows("config.ini is wrong", "crystalmath config --check")


main()
