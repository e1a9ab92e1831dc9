"""Many clients, and few descriptors."""

import json
import os
import re
import resource
import select
import socket
import subprocess
import time

from servers import SERVER, answers
from support import Skip, check, equal, main, matches, test, wait_until

IDLE, BUSY, CALLS = 5000, 500, 20


def frame(number):
    body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "system.ping"}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def limits(pid):
    """(soft, hard) limit of open files of a process."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return re.search(r"Max open files +(\d+) +(\d+)", file.read()).groups()


def serve_limited(box, soft, hard, *args):
    process = subprocess.Popen(
        [SERVER, "--foreground", *args], env=box.env, cwd=box.work, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))
    box.started.append(process)
    wait_until(lambda: answers(box.socket), "the server")
    return process


@test
def the_server_takes_all_descriptors_that_it_may_have_and_jobs_get_what_it_found(box):
    server = serve_limited(box, 300, 4000)
    equal(limits(server.pid), ("4000", "4000"))
    job = box.shell("ulimit -Sn; ulimit -Hn")
    box.wait_state(job, "completed")
    equal(box.ok("log", str(job)).out, "300\n4000\n")
    equal(limits(server.pid), ("4000", "4000"))


@test
def case_31_without_descriptors_accepting_pauses_costs_nothing_and_recovers(box):
    server = serve_limited(box, 40, 40)

    def pauses():
        with open(box.log, encoding="utf-8") as log:
            return log.read().count("accepting pauses for a second: Too many open files")

    def cpu_ticks():
        with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
    flood = []
    for _ in range(60):
        s = socket.socket(socket.AF_UNIX)
        s.connect(box.socket)
        flood.append(s)
    wait_until(lambda: pauses() >= 1, "the first pause")
    start, ticks = time.monotonic(), cpu_ticks()
    wait_until(lambda: pauses() >= 4, "more pauses")
    # One a second: a server that span would have written thousands, and burnt a core.
    elapsed = time.monotonic() - start
    check(pauses() <= 4 + elapsed, f"{pauses()} pauses in {elapsed} s")
    share = (cpu_ticks() - ticks) / os.sysconf("SC_CLK_TCK") / elapsed
    check(share < 0.05, f"{share:.0%} of a core while nothing could be done")
    # Those that it has are served meanwhile, and the rest when there is room.
    flood[0].sendall(frame(1))
    check(b"pong" in flood[0].recv(4096), "no answer")
    for s in flood[:40]:
        s.close()
    for i, s in enumerate(flood[40:]):
        s.settimeout(60)
        s.sendall(frame(i))
        check(b"pong" in s.recv(4096), "no answer")
        s.close()
    matches(box.ok("ping").out, "pong")
    equal(server.poll(), None)


@test
def thousands_of_idle_and_hundreds_of_busy_clients_are_served(box):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE + BUSY + 500:
        raise Skip(f"the kernel limit of open files is {hard}, and {IDLE + BUSY + 500} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        serve_clients(box)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def serve_clients(box):
    serve_limited(box, 1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1], "--timeout", "0")
    idle, busy, poll = [], {}, select.epoll()
    try:
        for i in range(IDLE + BUSY):
            s = socket.socket(socket.AF_UNIX)
            s.connect(box.socket)
            if i < IDLE:
                idle.append(s)
            else:
                busy[s.fileno()] = [s, 0, b""]
                poll.register(s, select.EPOLLIN)
        equal(wait_until(lambda: clients(box) > IDLE + BUSY, "all to be accepted"), True)
        for s, _, _ in busy.values():
            s.sendall(frame(1))
        left = BUSY
        while left:
            ready = poll.poll(60)
            check(ready, "no answers any more")
            for fd, _ in ready:
                left -= answer(busy[fd])
        for s in (idle[0], idle[-1]):
            s.sendall(frame(7))
            check(b'"id":7' in s.recv(4096).replace(b" ", b""), "an idle one is not served")
    finally:
        poll.close()
        for s in idle + [entry[0] for entry in busy.values()]:
            s.close()
    wait_until(lambda: clients(box) == 1, "the end of their connections")


def clients(box):
    return box.call("system.status")["clients"]


def answer(entry):
    """Take what has come, ask on. True when this client has all its answers."""
    data = entry[0].recv(65536)
    check(data, "it was closed")
    entry[2] += data
    head, gap, rest = entry[2].partition(b"\r\n\r\n")
    size = int(re.search(rb"\d+", head).group()) if gap else 0
    if not gap or len(rest) < size:
        return False
    check(b'"pong"' in rest, rest)
    entry[1], entry[2] = entry[1] + 1, rest[size:]
    if entry[1] < CALLS:
        entry[0].sendall(frame(entry[1]))
    return entry[1] == CALLS


main()
