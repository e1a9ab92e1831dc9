"""One home folder on several machines: one server for the account, wherever it runs.

A second machine is faked by a network and a UTS namespace with another host name over the same
state folder, and with a runtime folder of its own, as /run/user is on a cluster's login nodes."""

import fcntl
import os
import signal
import subprocess

from servers import SERVER, alone, leave_stale_socket, starts_in_log
from support import (DEADLINE, PROGRAM, Result, Skip, check, contains, equal, is_running, lacks,
                     main, test, wait_until)


class Node:
    """A machine with a name; what runs in it is of the box."""

    def __init__(self, box, name):
        self.box, self.name = box, name
        self.runtime = os.path.join(box.root, f"run-{name}")
        self.socket = os.path.join(self.runtime, "crystalmath.sock")
        self.env = {**box.env, "XDG_RUNTIME_DIR": self.runtime}
        os.makedirs(self.runtime, 0o700, exist_ok=True)
        own_user = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
        probe = subprocess.run(["unshare", *own_user, "--net", "--uts", "true"],
                               capture_output=True)
        if probe.returncode != 0:
            raise Skip("this kernel gives us no network and UTS namespaces")
        # A process that stays keeps the machine; the others enter it.
        self.keeper = subprocess.Popen(
            ["unshare", *own_user, "--net", "--uts", "sh", "-c",
             f"hostname {name} 2>/dev/null || echo {name} >/proc/sys/kernel/hostname; "
             "echo ready; exec sleep 600"],
            env=box.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        box.started.append(self.keeper)
        equal(self.keeper.stdout.readline(), b"ready\n")
        user = ["--user", "--preserve-credentials"] if own_user else []
        self.prefix = ["nsenter", "--target", str(self.keeper.pid), *user, "--net", "--uts"]

    def run(self, *args, program=PROGRAM, **env):
        done = subprocess.run([*self.prefix, program, *args], env={**self.env, **env},
                              cwd=self.box.work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=DEADLINE)
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *args):
        result = self.run(*args)
        equal(result.status, 0, f"{args} on {self.name}: {result!r}")
        return result

    def pid(self):
        return self.run("server", "status", "--json").json().get("pid")


def database(box):
    return os.path.join(box.state, "crystalmath", "crystalmath.db")


def names_the_other(text, node, pid):
    for part in (f"another machine, {node.name} (pid {pid})", f"ssh {node.name}",
                 "crystalmath server stop"):
        contains(text, part)


@test
def a_client_on_another_machine_is_told_which_one_has_the_server_and_what_to_type(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    pid = one.pid()
    for words in (["ping"], ["jobs"], ["submit", "--", "true"], ["server", "start"],
                  ["server", "restart"], ["server", "stop"]):
        result = two.run(*words)
        equal((result.status, result.out), (1, ""), words)
        names_the_other(result.err, one, pid)
        lacks(result.err, "within")  # told at once, not when the deadline had passed
    alone(box, pid)
    equal(starts_in_log(box), 1)
    check(not os.path.exists(two.socket), "a second socket was made")
    one.ok("ping")


@test
def status_on_another_machine_names_the_server_and_starts_none(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    pid = one.pid()
    result = two.run("server", "status")
    equal((result.status, result.err), (1, ""))
    names_the_other(result.out, one, pid)
    problems = two.run("server", "status", "--json").json()["problems"]
    equal(len(problems), 1)
    names_the_other(problems[0], one, pid)
    status = one.ok("server", "status", "--json").json()
    equal((status["host"], status["problems"]), ("login1", []))


@test
def a_server_started_by_hand_on_another_machine_refuses_and_says_why(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    result = two.run("--foreground", program=SERVER)
    equal(result.status, 1)
    names_the_other(result.err, one, one.pid())
    contains(result.err, database(box))


@test
def what_an_earlier_server_left_on_the_other_machine_does_not_mislead(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    leave_stale_socket(two.socket)
    one.ok("ping")
    result = two.run("ping")
    equal(result.status, 1)
    names_the_other(result.err, one, one.pid())
    check(os.path.exists(two.socket), "it was removed")


@test
def when_it_has_stopped_there_it_starts_here(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    job = one.ok("submit", "--", "true").out.strip()
    one.ok("wait", job)
    one.ok("server", "stop")
    two.ok("ping")
    equal(two.ok("server", "status", "--json").json()["host"], "login2")
    contains(two.ok("jobs").out, job)
    names_the_other(one.run("ping").err, two, two.pid())


@test
def a_machine_that_crashed_left_a_record_and_no_lock_and_the_next_takes_over(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    pid = one.pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), "its end")
    with open(database(box) + ".lock", encoding="utf-8") as record:
        contains(record.read(), "host=login1\n")
    contains(two.run("server", "status").out, f"the last server (pid {pid} on login1)")
    two.ok("ping")
    equal(two.ok("server", "status", "--json").json()["host"], "login2")


@test
def a_machine_of_the_same_name_is_another_machine(box):
    one, two = Node(box, "login"), Node(box, "login")
    two.env["XDG_RUNTIME_DIR"] = two.runtime = os.path.join(box.root, "run-two")
    os.mkdir(two.runtime, 0o700)
    one.ok("ping")
    names_the_other(two.run("ping").err, one, one.pid())
    equal(starts_in_log(box), 1)


@test
def a_machine_that_was_renamed_is_the_same_machine(box):
    one = Node(box, "before")
    one.ok("ping")
    pid = one.pid()
    equal(subprocess.run([*one.prefix, "hostname", "after"], check=False).returncode, 0)
    other = os.path.join(box.root, "run-other")
    os.mkdir(other, 0o700)
    equal(one.run("call", "system.version", XDG_RUNTIME_DIR=other).json()["pid"], pid)


@test
def clients_of_both_machines_at_once_have_one_server(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    clients = [subprocess.Popen([*node.prefix, PROGRAM, "ping"], env=node.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE) for node in (one, two) * 8]
    box.started += clients
    results = [box.finish(client) for client in clients]
    equal(starts_in_log(box), 1)
    winner = 0 if results[0].status == 0 else 1
    for i, result in enumerate(results):
        if i % 2 == winner:
            equal((result.status, result.err), (0, ""), result)
        else:
            equal(result.status, 1, result)
            contains(result.err, ("login1", "login2")[winner])


def hold_lock(box, record):
    """The lock as somebody else holds it; the descriptor is the lock."""
    os.makedirs(os.path.dirname(database(box)), 0o700)
    fd = os.open(database(box) + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    os.write(fd, record.encode())
    return fd


@test
def a_lock_held_elsewhere_is_never_broken(box):
    fd = hold_lock(box, "pid=4711\nhost=login9\nmachine=x\nsocket=/run/user/1/crystalmath.sock\n")
    try:
        result = box.cli("ping")
        equal((result.status, result.out), (1, ""))
        contains(result.err, "another machine, login9 (pid 4711)")
        contains(box.cli("server", "status").out, "another machine, login9 (pid 4711)")
    finally:
        os.close(fd)
    box.ok("ping")


@test
def a_server_that_starts_or_ends_elsewhere_is_waited_for(box):
    fd = hold_lock(box, "pid=4711\nhost=login9\nmachine=x\nsocket=\n")
    client = box.start("ping")
    # The client is on its way when the lock is let go; it needs no second call.
    wait_until(lambda: os.path.exists(box.socket + ".start"), "the first try")
    os.close(fd)
    equal(box.finish(client).status, 0)


@test
def the_write_ahead_log_needs_no_shared_memory(box):
    job = box.submit("--", "true")
    box.wait_state(job, "completed")
    names = os.listdir(os.path.dirname(database(box)))
    check("crystalmath.db-wal" in names, names)
    check("crystalmath.db-shm" not in names, names)
    maps = open(f"/proc/{box.server_pid()}/maps", encoding="utf-8").read()
    lacks(maps, "crystalmath.db")


@test
def status_says_on_which_file_system_the_state_is(box):
    box.ok("ping")
    status = box.ok("server", "status", "--json").json()
    check(status["state_filesystem"] not in ("", "unknown"), status)
    equal(type(status["state_shared"]), bool)
    contains(box.ok("server", "status").out, f"({status['state_filesystem']}")


def forget_fifo(box, job):
    """As on another machine: a FIFO on a shared disk has its two ends on one machine alone."""
    path = os.path.join(box.state, "crystalmath", "runs", job, "alive")
    os.mkfifo(path + ".new", 0o600)
    os.rename(path + ".new", path)


@test
def a_job_that_runs_on_another_machine_is_not_called_lost_and_its_end_is_known(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    job = one.ok("submit", "--", "sh", "-c", f"{box.gate()}; exit 6").out.strip()
    wait_until(lambda: "running" in one.ok("jobs").out, "the job")
    one.ok("server", "stop")
    forget_fifo(box, job)
    for _ in range(2):
        told = two.ok("jobs").out
        contains(told, "running")
        lacks(told, "lost")
        two.ok("server", "restart")  # whoever comes next believes the same
    # Nor may its list be put back under it.
    two.ok("db", "backup", box.path("copy.db"))
    result = two.run("db", "restore", box.path("copy.db"))
    equal(result.status, 1)
    contains(result.err, "jobs run")
    box.open_gate()
    exit_record = os.path.join(box.state, "crystalmath", "runs", job, "exit")
    wait_until(lambda: os.path.exists(exit_record), "its end over there")
    two.ok("server", "restart")
    result = two.run("wait", job)
    equal(result.status, 6, result)


def counted_tries(box, node, *options):
    """A job that runs, and the pid of its try; each try adds one to the file "tries"."""
    job = node.ok("submit", *options, "--", "sh", "-c", f"echo $$ >> tries; {box.gate()}").out.strip()
    wait_until(lambda: "running" in node.ok("jobs").out and os.path.exists(box.path("tries")), "the job")
    return job, int(box.read("tries"))


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def rename(node, name):
    equal(subprocess.run([*node.prefix, "hostname", name], check=False).returncode, 0)


@test
def a_job_of_a_machine_that_was_renamed_is_cancelled(box):
    one = Node(box, "before")
    job, pid = counted_tries(box, one)
    rename(one, "after")
    one.ok("cancel", job)
    contains(one.run("wait", job).err, "was cancelled")
    check(not is_running(pid), "it runs on")


@test
def a_job_of_a_machine_that_was_renamed_does_not_run_twice_at_once(box):
    one = Node(box, "before")
    job, pid = counted_tries(box, one, "--retries", "1")
    rename(one, "after")
    os.kill(parent_of(pid), signal.SIGKILL)
    wait_until(lambda: "try 1 of 2" in one.ok("show", job).out, "the end of its first try")
    check(not is_running(pid), "its first try runs on")
    box.open_gate()
    equal(one.run("wait", job).status, 0)
    equal(len(box.read("tries").split()), 2)


@test
def a_job_that_runs_on_another_machine_is_not_cancelled_but_told_where_that_is_done(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    job, pid = counted_tries(box, one)
    one.ok("server", "stop")
    forget_fifo(box, job)
    result = two.run("cancel", job)
    equal((result.status, result.out), (1, ""), result)
    for part in (f"job {job} runs on another machine, login1", "crystalmath server stop",
                 f"crystalmath cancel {job}", "ssh login1"):
        contains(result.err, part)
    contains(two.ok("jobs").out, "running")
    two.ok("server", "stop")
    one.ok("cancel", job)
    contains(one.run("wait", job).err, "was cancelled")
    check(not is_running(pid), "it runs on")


@test
def a_job_that_was_lost_on_another_machine_is_not_run_once_more_beside_what_may_be_left_there(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    job, pid = counted_tries(box, one, "--retries", "1")
    one.ok("server", "stop")
    os.kill(parent_of(pid), signal.SIGKILL)
    wait_until(lambda: "lost" in two.ok("show", job).out, "its end")
    for part in ("another machine, login1", "ssh login1"):
        contains(two.ok("show", job).out, part)
    equal(box.read("tries"), f"{pid}\n")


@test
def a_server_elsewhere_that_has_the_database_is_named_by_db_too(box):
    one, two = Node(box, "login1"), Node(box, "login2")
    one.ok("ping")
    for words in (["db", "check"], ["db", "backup"], ["db", "restore", box.path("copy.db")]):
        result = two.run(*words)
        equal((result.status, result.out), (1, ""), words)
        names_the_other(result.err, one, one.pid())
    contains(one.ok("db", "check").out, "is whole")


main()
