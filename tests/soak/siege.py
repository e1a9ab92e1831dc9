"""The start under siege: crowds, kills at every moment, restarts under load.

In `make check` in small, without what its cases 3, 4 and 35 are already; `make soak` sets
SOAK_ROUNDS (50) and has crowds of 200, ten kills a round, and 200 idle exits a round."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import support
from servers import (SERVER, all_pong, alone, answers, leave_stale_socket, script, servers,
                     stampede)
from support import check, comment, contains, equal, is_running, main, test, wait_until

SOAK = int(os.environ.get("SOAK_ROUNDS", "0"))
ROUNDS = SOAK or 2
CROWD = 200 if SOAK else 64
KILLS = 10 * SOAK or 40
IDLE_EXITS = 200 * SOAK or 200
RUNTIME_FILES = {"crystalmath.sock", "crystalmath.sock.lock", "crystalmath.sock.start"}
support.TEST_DEADLINE = 6 * 3600 if SOAK else 600

PR_SET_CHILD_SUBREAPER = 36


def soak(function):
    return test(function) if SOAK else function


def only_server(box, pids):
    """Of those that answered, one is left and nobody else; and nothing lies about."""
    pid = box.server_pid()
    check(pid in pids, (pid, pids))
    alone(box, pid)
    check(set(os.listdir(box.runtime)) <= RUNTIME_FILES, os.listdir(box.runtime))
    return pid


def sweep(box, start):
    """A bit more than a start takes; the first of all, which makes the database, is slower. A
    server is then running."""
    took = []
    for _ in range(5):
        box.ok("server", "stop")
        took.append(start())
    return 1.3 * sorted(took)[2]


def end(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), f"the end of {pid}")


@soak
def crowds_against_nothing_get_one_server_and_an_answer_each(box):
    for _ in range(ROUNDS):
        pids = all_pong(stampede(box, CROWD, "ping"))
        equal(len(pids), 1)
        only_server(box, pids)
        box.ok("server", "stop")
        for name in os.listdir(box.runtime):
            os.unlink(os.path.join(box.runtime, name))


@soak
def crowds_against_a_stale_socket_get_one_server_and_an_answer_each(box):
    for _ in range(ROUNDS):
        leave_stale_socket(box.socket)
        pids = all_pong(stampede(box, CROWD, "ping"))
        equal(len(pids), 1)
        only_server(box, pids)
        box.ok("server", "stop")


@test
def crowds_against_a_server_that_is_just_ending_get_an_answer_each_and_one_server_is_left(box):
    for i in range(ROUNDS):
        box.ok("ping")
        old = box.server_pid()

        def let_end():
            time.sleep(0.04 * i / ROUNDS)  # swept: before, among and behind the first of them
            if i % 2:
                os.kill(old, signal.SIGTERM)
            else:
                box.ok("server", "stop")
        pids = all_pong(stampede(box, CROWD, "ping", at_once=let_end))
        wait_until(lambda: not is_running(old), "the old server's end")
        if not pids - {old}:  # all came before the end
            pids = all_pong([box.cli("ping")])
        equal(len(pids - {old}), 1)
        only_server(box, pids)


@test
def whoever_is_killed_at_whatever_moment_of_a_start_the_next_client_succeeds(box):
    """Swept over a bit more than a start takes: the client, the server, and both."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # At its exit a sanitizer looks for leaks in a child of the client. It too would be killed
    # here, and the client then waits for it for ever.
    box.env["ASAN_OPTIONS"] = box.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

    def start():
        begun = time.monotonic()
        box.ok("ping")
        return time.monotonic() - begun
    span = sweep(box, start)
    came_up = 0
    for i in range(KILLS):
        end(box.server_pid()) if i % 2 else box.ok("server", "stop")
        delay = span * i / KILLS
        client = box.start("ping", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        while time.monotonic() - begun < delay:
            pass
        if i % 3 != 1:
            client.kill()
        if i % 3 != 0:
            for pid in descendants(client.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        client.wait()
        came_up += answers(box.socket)
        only_server(box, all_pong([box.cli("ping")]))
    comment(f"{KILLS} kills over {1000 * span:.1f} ms; {came_up} of the servers stayed")


@test
def a_server_killed_at_whatever_moment_between_exec_and_ready_hinders_nobody(box):
    """By hand, so that its first process is all there is of it."""
    def start():
        return subprocess.Popen([SERVER, "--foreground"], env=box.env, cwd=box.work,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def start_whole():
        begun = time.monotonic() # on a busy machine it may be ready before Popen returns
        box.started.append(start())
        while not os.path.exists(box.socket):
            check(time.monotonic() < begun + support.DEADLINE, "no server")
        return time.monotonic() - begun
    span = sweep(box, start_whole)
    published = 0
    for i in range(KILLS):
        end(box.server_pid()) if i % 2 else box.ok("server", "stop")
        process = start()
        begun = time.monotonic()
        while time.monotonic() - begun < span * i / KILLS:
            pass
        process.kill()
        process.wait()
        published += answered_to(box, process.pid)
        only_server(box, all_pong([box.cli("ping")]))
    comment(f"{KILLS} kills over {1000 * span:.1f} ms; {published} times it was ready")


def answered_to(box, pid):
    """Whether this server has written that it is ready."""
    with open(box.log, encoding="utf-8") as log:
        return f"pid {pid}, socket" in log.read()


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def descendants(client):
    """The server's processes: children of the client, or orphans, which are given to us."""
    found = children(client)
    for pid in found + children(os.getpid()):
        try:
            if pid != client and os.path.samefile(f"/proc/{pid}/exe", SERVER):
                found += [pid] if pid not in found else []
                found += [child for child in children(pid) if child not in found]
        except OSError:
            pass
    return found


@soak
def servers_that_idle_out_under_connecting_clients_are_never_an_error(box):
    env = script(box, 'exec "$REAL" --timeout 0.01 "$@"')
    pids = set()
    for _ in range(IDLE_EXITS // 4):
        pids |= all_pong(stampede(box, 4, "ping", env=env))
    check(len(pids) > 3, f"they never idled out: {pids}")
    comment(f"{IDLE_EXITS} pings, {len(pids)} servers")


@test
def restarts_and_stops_at_once_are_all_done_and_leave_one_server_or_none(box):
    for _ in range(ROUNDS):
        for result in stampede(box, 4, "server", "restart"):
            equal((result.status, result.err), (0, ""), result)
        only_server(box, servers(box))
        for result in stampede(box, 4, "server", "stop"):
            equal((result.status, result.err), (0, ""), result)
        equal(servers(box), [])


@test
def clients_that_call_through_restarts_see_success_or_the_truth(box):
    """Submissions by `submit` succeed once each; those of `call`, which carry no token, are
    told as done or as not done, and that is what they are: a server that ends in good order
    leaves no outcome unknown."""
    box.ok("ping")
    over = threading.Event()
    done, failures = [], []

    def client(number):
        count = 0
        try:
            while not over.is_set():
                name = f"{number}-{count}"
                count += 1
                if number == 0:
                    box.ok("jobs")
                elif number == 1:
                    box.ok("submit", "--name", name, "--", "true")
                    done.append((name, {1}))
                else:
                    result = box.cli("call", "jobs.submit", support.json.dumps(
                        {"command": ["true"], "directory": box.work, "name": name}))
                    done.append((name, outcome(result)))
        except Exception as error:  # told in the main thread
            failures.append(error)

    threads = [threading.Thread(target=client, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(max(10, ROUNDS)):
            box.ok("server", "restart")
            time.sleep(0.05)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    jobs = [job["name"] for job in box.ok("jobs", "--json", "--limit", "100000").json()["jobs"]]
    for name, allowed in done:
        check(jobs.count(name) in allowed, f"{name}: {jobs.count(name)} times, told {allowed}")
    told = [allowed for _, allowed in done]
    comment(f"{len(told)} submissions, {told.count({0})} told as not done")


def outcome(result):
    """How often the job may exist by what was said."""
    if result.status == 0:
        return {1}
    contains(result.err, "Nothing of it was carried out")
    return {0}


main()
