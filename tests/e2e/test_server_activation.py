"""A server whose socket is made by a service manager and handed over, as systemd does it."""

import configparser
import os
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys

from servers import SERVER, alone, answers, ready_line, starts_in_log
from support import (DEADLINE, check, contains, equal, is_running, lacks, main, matches, test,
                     wait_until)

UNITS = os.environ["CRYSTALMATH_UNITS"]
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="crystalmath.socket")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """What systemd does for crystalmath.socket: it owns the socket, and starts a server when
    somebody comes and none runs."""

    def __init__(self, box, *args):
        self.box, self.args = box, args
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(box.socket)
        os.chmod(box.socket, 0o600)
        self.listener.listen(64)
        self.inode = os.stat(box.socket).st_ino
        self.server = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def start(self, *args, **env):
        fd = self.listener.fileno()
        self.server = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(fd), SERVER, "--foreground", *self.args, *args],
            env={**self.box.env, **env}, cwd=self.box.work, pass_fds=[fd],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.box.started.append(self.server)
        return self.server

    def callers(self):
        """The pids of who has connected and was not accepted yet. The old server may be among
        them: it asks whether somebody listens where it wants its socket back."""
        pids = []
        while select.select([self.listener], [], [], 0)[0]:
            with self.listener.accept()[0] as caller:
                credentials = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                pids.append(struct.unpack("iII", credentials)[0])
        return pids

    def wait_for_somebody(self):
        check(select.select([self.listener], [], [], DEADLINE)[0], "nobody came")


@test
def the_socket_that_was_handed_over_is_served(box):
    with Manager(box) as manager:
        client = box.start("ping")
        manager.wait_for_somebody()
        server = manager.start("--timeout", "0")
        # The pid is that of whoever called listen() last when it connected.
        matches(box.finish(client).out, r"\Apong from pid \d+ in")
        contains(box.ok("ping").out, f"pong from pid {server.pid} in")
        equal(os.stat(box.socket).st_ino, manager.inode)
        status = box.ok("server", "status", "--json").json()
        equal((status["pid"], status["socket"]), (server.pid, box.socket))
        equal((status["socket_given"], status["problems"]), (True, []))
        contains(box.ok("server", "status").out, "made by the service manager")


@test
def at_its_end_the_socket_stays_and_the_next_client_brings_the_next_server(box):
    with Manager(box) as manager:
        for end in ("idle", "stop", "signal"):
            client = box.start("ping")
            manager.wait_for_somebody()
            server = manager.start("--timeout", "0.5" if end == "idle" else "0")
            equal(box.finish(client).status, 0)
            if end == "stop":
                contains(box.ok("server", "stop").out, f"(pid {server.pid}) has stopped")
            elif end == "signal":
                server.send_signal(signal.SIGTERM)
            equal(server.wait(DEADLINE), 0, end)
            equal(os.stat(box.socket).st_ino, manager.inode, end)
        equal(starts_in_log(box), 3)


@test
def it_holds_both_locks_so_that_no_other_server_comes(box):
    with Manager(box) as manager:
        server = manager.start()
        box.ok("ping")
        equal(ready_line(box).split(), ["ALREADY_RUNNING", str(server.pid), box.socket])
        for path in (box.socket + ".lock",
                     os.path.join(box.state, "crystalmath", "crystalmath.db.lock")):
            equal(subprocess.run(["flock", "--nonblock", path, "true"], check=False).returncode, 1)
        alone(box, server.pid)


@test
def jobs_neither_hear_of_the_socket_nor_hold_it(box):
    with Manager(box) as manager:
        manager.start()
        job = box.shell("env; ls -l /proc/self/fd /proc/$PPID/fd")
        box.wait_state(job, "completed")
        out = box.ok("log", str(job)).out
        lacks(out, "LISTEN_")
        # Its supervisor has one of its own, by which the server offers it more.
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as sockets:
            ours = [line.split()[6] for line in sockets if line.rstrip().endswith(" " + box.socket)]
        check(ours, "the socket is listed")
        for number in ours:
            lacks(out, f"socket:[{number}]")


@test
def a_socket_that_is_lost_is_not_made_again_but_named_with_what_to_type(box):
    with Manager(box) as manager:
        manager.start()
        box.ok("ping")
        connection = box.connect()
        os.unlink(box.socket)
        problem = wait_until(lambda: connection.call("system.status")["result"]["problems"],
                             "the problem")[0]
        for part in (box.socket, "systemctl --user restart crystalmath.socket"):
            contains(problem, part)
        check(not os.path.lexists(box.socket), "it was made again")


@test
def the_pid_of_a_service_manager_is_never_given_to_kill(box):
    program = os.path.join(box.root, "systemd")  # by this name it is known
    shutil.copy(os.path.realpath(sys.executable), program)
    script = ("import socket, sys, time\n"
              "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8)\n"
              "print('ready', flush=True); time.sleep(600)\n")
    manager = subprocess.Popen([program, "-c", script, box.socket], env={
        **box.env, "PYTHONHOME": sys.prefix}, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    box.started.append(manager)
    equal(manager.stdout.readline(), b"ready\n")
    for words in (["server", "stop"], ["server", "status"], ["ping"]):
        result = box.cli(*words)
        equal(result.status, 1, words)
        lacks(result.err, "kill")
    check(is_running(manager.pid), "it was killed")


@test
def what_is_no_socket_is_refused_and_what_is_meant_for_another_passed_over(box):
    null = os.open("/dev/null", os.O_RDWR)
    try:
        done = subprocess.run([sys.executable, "-c", HAND_OVER, str(null), SERVER, "--foreground"],
                              env=box.env, pass_fds=[null], capture_output=True, text=True,
                              timeout=DEADLINE)
    finally:
        os.close(null)
    equal(done.returncode, 1)
    contains(done.stderr, "no Unix stream socket that listens at a path")
    box.ok("ping", env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})


@test
def a_server_that_was_there_before_the_manager_is_named_with_what_to_type(box):
    box.ok("ping")
    old = box.server_pid()
    os.unlink(box.socket)
    with Manager(box) as manager:
        server = manager.start()
        equal(server.wait(DEADLINE), 1)
        contains(server.stderr.read().decode(), f"kill {old} (running jobs go on)")
        check(server.pid not in manager.callers(), "it came as its own client")
        os.kill(old, signal.SIGTERM)
        wait_until(lambda: not is_running(old), "the end of the old one")
        server = manager.start()
        contains(box.ok("ping").out, "pong")
        equal(box.server_pid(), server.pid)


def unit(name):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read(os.path.join(UNITS, name))
    return parser


@test
def the_units_fit_the_server(box):
    listen = unit("crystalmath.socket")["Socket"]
    equal(listen["ListenStream"], "%t/crystalmath.sock")
    equal(int(listen["SocketMode"], 8), 0o600)
    service = unit("crystalmath.service")
    equal(service["Unit"]["Requires"], "crystalmath.socket")
    equal(service["Service"]["KillMode"], "process", "or jobs would be ended with the server")
    program, *args = service["Service"]["ExecStart"].split()
    equal(os.path.basename(program), "crystalmath-server")
    lacks(program, "@")
    with Manager(box) as manager:
        server = manager.start(*[arg for arg in args if arg != "--foreground"])
        box.ok("ping")
        check(is_running(server.pid) and answers(box.socket), "it does not run")
        equal(stat.S_IMODE(os.stat(box.socket).st_mode), 0o600)


main()
