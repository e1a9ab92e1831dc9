"""Coming, going, and what happens in between: size, server, time."""

import os
import re
import signal
import time

from screen import PROGRAM, Screen, check, contains, equal, is_running, lacks, main, matches, test, wait_until


def cost(pid):
    """CPU time and context switches of a process."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        switches = [line for line in file if "ctxt_switches" in line]
    return fields[11:13], switches[0]


def sleeper(box):
    job = box.submit("--", "sleep", "1000")
    box.wait_state(job, "running")
    return job


def at_prompt(text):
    """The shell waits for a command."""
    return text.rstrip().endswith("$")


@test
def the_screen_starts_the_server(box):
    equal(box.server_pid(), None)
    with Screen(box) as screen:
        text = screen.shows("No jobs yet.", "pid", "ping")
        contains(text, f"pid {box.server_pid()}")


@test
def any_size_can_come_at_any_moment(box):
    box.wait_state(box.shell("seq 100"), "completed")
    with Screen(box) as screen:
        screen.shows("✓ completed", "100", "ping")
        for size in ((20, 5), (1, 1), (300, 100), (40, 10), (39, 10), (40, 9), (71, 30)):
            screen.resize(*size)
            small = size[0] < 40 or size[1] < 10
            if size[0] >= 20:
                screen.shows("terminal too small" if small else "CrystalMath")
            screen.keys("j", "Enter", "Escape", "l", "Escape", "?", "Escape", "n", "Escape")
        screen.resize(80, 24)
        text = screen.shows("✓ completed", "100", "─ Jobs", "Enter open")
        equal(len(text.splitlines()), 24)


@test
def every_overlay_survives_every_size(box):
    box.wait_state(box.shell("seq 100"), "completed")
    with Screen(box) as screen:
        screen.shows("✓ completed", "ping")
        pid = screen.pid()
        for key in ("Enter", "l", "?", "n", "/", "c"):
            screen.keys(key)
            for size in ((40, 10), (20, 5), (200, 60), (80, 24)):
                screen.resize(*size)
                screen.shows("terminal too small" if size[0] == 20 else "CrystalMath")
            screen.keys("Escape")
        check(is_running(pid), "it ended")


@test
def why_no_server_starts_is_told_whole_and_what_it_says_to_type_brings_the_list(box):
    box.wait_state(box.submit("--", "true"), "completed")
    box.ok("db", "backup", box.path("copy.db"))
    box.ok("server", "stop")
    database = os.path.join(box.state, "crystalmath", "crystalmath.db")
    with open(database, "r+b") as file:
        file.write(b"garbage!")
    with Screen(box) as screen:
        screen.wait("what to type", lambda text: "`crystalmath db check`" in
                    " ".join(line.split("│")[0].strip() for line in text.split("\n")))
        box.ok("db", "restore", box.path("copy.db"))
        screen.shows("✓ completed")


@test
def a_server_that_is_killed_is_missed_and_comes_back(box):
    job = sleeper(box)
    with Screen(box) as screen:
        screen.shows("● running", "ping")
        old = box.kill_server()
        screen.wait("another server", lambda text: "pid" in text and f"pid {old}" not in text
                    and "Connected to the server again" in text)
        screen.shows("● running", "▸")
        new = box.server_pid()
        check(new and new != old, f"server {old}, then {new}")
        # The new connection is as good as the old one.
        screen.keys("c")
        screen.shows("(y/n)")
        screen.keys("y")
        screen.shows("⊘ cancelled")
    equal(box.job(job)["state"], "cancelled")


@test
def a_server_that_cannot_come_back_is_said_to_be_lost(box):
    sleeper(box)
    with Screen(box, env={"CRYSTALMATH_SERVER": box.path("server")}) as screen:
        screen.shows("● running", "ping")
        box.write("server", "#!/bin/sh\nexit 1\n", 0o755)
        box.kill_server()
        screen.shows("server lost", "Trying again", "● running")
        # Keys are answered while it is away.
        screen.keys("?")
        screen.shows("Keys")
        screen.keys("Escape")
        screen.hides("Keys")
        os.unlink(box.path("server"))
        os.symlink(os.environ["CRYSTALMATH_SERVER"], box.path("server"))
        screen.keys("r")
        screen.shows("Connected to the server again", "pid")


@test
def a_server_that_does_not_answer_is_named(box):
    box.wait_state(box.submit("--", "true"), "completed")
    with Screen(box) as screen:
        screen.shows("✓ completed", "ping")
        pid = box.server_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            screen.keys("r")
            screen.shows(f"server, pid {pid}, does not answer")
            screen.keys("?")
            screen.shows("Keys")
            screen.keys("Escape")
        finally:
            os.kill(pid, signal.SIGCONT)
        screen.hides("does not answer")
        screen.shows("ping")


@test
def without_a_running_job_the_screen_sleeps(box):
    box.wait_state(box.submit("--", "true"), "completed")
    with Screen(box) as screen:
        screen.shows("✓ completed", "ping")
        pid = screen.pid()

        def quiet():
            before = cost(pid)
            time.sleep(3)
            return cost(pid) == before

        wait_until(quiet, "three seconds in which the program did not wake up")


@test
def the_time_of_a_running_job_goes_on(box):
    sleeper(box)
    with Screen(box) as screen:
        clock = r"● running +(\d+:\d\d)"
        before = re.search(clock, screen.shows("● running", "ping")).group(1)
        screen.wait("another second", lambda now: [t for t in re.findall(clock, now) if t != before])


@test
def q_gives_the_terminal_back_as_it_was(box):
    box.env["ENV"] = "/dev/null"
    with Screen(box, shell=True) as screen:
        screen.shows("No jobs yet.")
        equal(screen.ask("#{alternate_on} #{cursor_flag}"), "1 0")
        screen.keys("q")
        screen.wait("the shell", at_prompt)
        equal(screen.ask("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"), "0 1 0")
        screen.keys("stty -a | grep -c -- ' echo .*' ; stty -a | grep -c ' icanon'; echo $?", "Enter")
        screen.wait("echo and lines", lambda text: "\n1\n1\n0\n" in text)


@test
def signals_give_the_terminal_back_too(box):
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        with Screen(box) as screen:
            screen.shows("No jobs yet.", "ping")
            os.kill(screen.pid(), name)
            screen.shows("status=0")
            equal(screen.ask("#{alternate_on} #{cursor_flag}"), "0 1", name)


@test
def it_can_be_stopped_and_continued(box):
    with Screen(box, shell=True) as screen:
        screen.shows("No jobs yet.")
        screen.keys("C-z")
        screen.wait("the shell", at_prompt)
        equal(screen.ask("#{alternate_on}"), "0")
        screen.keys("fg", "Enter")
        screen.shows("No jobs yet.", "n new job")
        equal(screen.ask("#{alternate_on}"), "1")


@test
def it_ends_with_its_terminal(box):
    with Screen(box) as screen:
        screen.shows("No jobs yet.", "ping")
        pid = screen.pid()
    wait_until(lambda: not is_running(pid), f"the end of {pid}")


@test
def an_unknown_terminal_is_refused_in_words(box):
    with Screen(box, env={"TERM": "xterm-256color"}, shell=True) as screen:
        screen.shows("No jobs yet.")
        screen.keys("q")
        screen.wait("the shell", at_prompt)
        for term in ("nonsense", "dumb"):
            screen.keys("clear", "Enter")
            screen.wait("an empty screen", lambda text: len(text.split()) == 1)
            screen.keys(f"TERM={term} {PROGRAM}; echo status=$?", "Enter")
            text = screen.shows("status=1")
            contains(text.replace("\n", ""), f"TERM={term} is not known here")


main()
