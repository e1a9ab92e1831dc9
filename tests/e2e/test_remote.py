"""Commands on a host, through a real sshd: words, answers, one connection, and what breaks it."""

import os
import signal
import subprocess

from sshd import Sshd
from support import Skip, check, contains, equal, main, test, wait_until

TOOL = os.environ.get("CRYSTALMATH_REMOTE_RUN", "")


class Runner:
    """tests/e2e/remote_run.c at work; ask() runs its words once more."""

    def __init__(self, box, host, *words, deadline=60000, times=1, alias="login1"):
        if not TOOL:
            raise Skip("CRYSTALMATH_REMOTE_RUN is not set")
        self.times = times
        self.process = subprocess.Popen(
            [TOOL, host.env["CRYSTALMATH_SSH_COMMAND"], alias, str(deadline), str(times), *words],
            env=box.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        box.started.append(self.process)

    def go(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def hear(self):
        """[(outcome, status, output)…], state, tries"""
        answers = []
        for _ in range(self.times):
            line = self.process.stdout.readline()
            check(line, "remote-run ended")
            outcome, status, size = line.split()
            answers.append((outcome.decode(), int(status), self.process.stdout.read(int(size))))
            self.process.stdout.read(1)
        state, tries = self.process.stdout.readline().split()
        return answers, state.decode(), int(tries)

    def ask(self):
        self.go()
        return self.hear()

    def end(self):
        _, err = self.process.communicate()
        equal(self.process.returncode, 0, err)
        return err.decode()


def once(box, host, *words, **more):
    runner = Runner(box, host, *words, **more)
    answers, state, _ = runner.ask()
    err = runner.end()
    return answers[0], state, err


def connections(host):
    """How many there are: sshd has a process for each, with another for the user's part below."""
    with open(f"/proc/{host.process.pid}/task/{host.process.pid}/children", encoding="ascii") as file:
        return len(file.read().split())


@test
def a_command_on_a_host_answers_with_output_and_status(box):
    host = Sshd(box)
    (outcome, status, out), state, err = once(box, host, "sh", "-c", "echo out; echo err >&2; exit 7")
    equal((outcome, status, out, state), ("ran", 7, b"out\n", "connected"))
    contains(err, "err\n")


@test
def every_word_arrives_as_it_is(box):
    host = Sshd(box)
    words = [b"a b", b"'", b'"', b"$HOME", b"`id`", b"a\nb", b"\\", b"\\n", b"%s", b"!!", b"*", b"~", b"",
             b"\xff\xfe", "ü".encode(), b"-n", b"#", b"\\0101", b"\r", b"\t", b"a'\\''b", b"; exit 3", b"\n"]
    script = 'for w; do printf "%s\\0" "$w"; done'
    (outcome, status, out), _, _ = once(box, host, "sh", "-c", script, "sh", *words)
    equal((outcome, status), ("ran", 0))
    equal(out.split(b"\0")[:-1], words)


@test
def words_arrive_whatever_shell_the_user_has_there(box):
    host = Sshd(box)
    host.authorize()
    shells = [shell for shell in ("/bin/dash", "/bin/bash", "/bin/csh", "/usr/bin/tcsh", "/usr/bin/fish",
                                  "/usr/bin/zsh", "/bin/ksh") if os.path.exists(shell)]
    check(shells, "there is no shell")
    words = [b"a b", b"'", b"\\\\", b"a\nb", b"!x", b"$HOME"]
    for shell in shells:
        key = host.read("user.pub")
        host.write("authorized_keys", f'command="exec {shell} -c \\"$SSH_ORIGINAL_COMMAND\\"" {key}')
        (outcome, status, out), _, err = once(box, host, "printf", "%s|", *words)
        equal((outcome, status, out), ("ran", 0, b"|".join(words) + b"|"), shell + err)


@test
def the_greeting_of_a_login_is_no_part_of_an_answer(box):
    host = Sshd(box, greeting="Welcome to login1, have a lot of fun")
    (outcome, _, out), _, _ = once(box, host, "echo", "x")
    equal((outcome, out), ("ran", b"x\n"))


@test
def exit_status_255_is_the_commands_own_and_becomes_254(box):
    host = Sshd(box)
    (outcome, status, _), state, _ = once(box, host, "sh", "-c", "exit 255")
    equal((outcome, status, state), ("ran", 254, "connected"))


@test
def many_commands_share_one_connection(box):
    host = Sshd(box)
    runner = Runner(box, host, "echo", "x", times=30)
    answers, _, _ = runner.ask()
    equal({answer for answer in answers}, {("ran", 0, b"x\n")})
    equal(connections(host), 1)
    other = Runner(box, host, "echo", "x", times=3)
    other.ask()
    equal(connections(host), 1)


@test
def a_connection_that_was_cut_is_opened_again(box):
    host = Sshd(box)
    runner = Runner(box, host, "echo", "x")
    equal(runner.ask()[0], [("ran", 0, b"x\n")])
    host.cut()
    wait_until(lambda: connections(host) == 0, "the end of the connection")
    # Whoever holds the socket here may hear of it a moment later: one answer may be lost.
    wait_until(lambda: runner.ask()[0] == [("ran", 0, b"x\n")], "an answer")


@test
def a_cut_in_the_middle_of_a_command_is_told_at_once(box):
    host = Sshd(box)
    runner = Runner(box, host, "sh", "-c", f"touch {box.path('here')}; exec sleep 600")
    runner.go()
    wait_until(lambda: os.path.exists(box.path("here")), "the command")
    host.cut()
    answers, _, _ = runner.hear()
    equal(answers[0][0], "unreachable")


@test
def a_stopped_sshd_makes_the_host_unreachable_until_it_is_back(box):
    host = Sshd(box)
    runner = Runner(box, host, "echo", "x")
    runner.ask()
    host.stop()
    wait_until(lambda: runner.ask()[1] == "lost", "the state")
    answers, state, tries = runner.ask()
    equal((answers[0][0], state), ("unreachable", "lost"))
    check(tries >= 1, tries)
    host.start()
    wait_until(lambda: runner.ask()[0] == [("ran", 0, b"x\n")], "an answer")


@test
def a_connection_that_stands_still_ends_commands_at_their_deadline(box):
    host = Sshd(box)
    runner = Runner(box, host, "echo", "x", deadline=1500)
    runner.ask()
    stopped = host.sessions()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        answers, state, tries = runner.ask()
        equal((answers[0][0], state, tries), ("timed_out", "lost", 1))
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: runner.ask()[0] == [("ran", 0, b"x\n")], "an answer")


@test
def a_key_that_is_not_let_in_needs_a_login(box):
    host = Sshd(box)
    host.write("authorized_keys", "")
    (outcome, _, _), state, err = once(box, host, "true")
    equal((outcome, state), ("unreachable", "needs_login"))
    contains(err, "Permission denied")


main()
