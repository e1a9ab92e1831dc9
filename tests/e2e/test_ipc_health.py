"""The cases of health and end: servers that do not answer, that speak otherwise, that are
full, idle or told to stop, and clients that misbehave."""

import os
import signal
import socket
import time

from servers import FakeServer, all_pong, alone, answers, counted, script, serve, stampede, starts
from support import check, contains, equal, main, test, wait_until

NEVER, HANG_UP = FakeServer.NEVER, FakeServer.HANG_UP


def frame(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def unresponsive(box, result, pid):
    """It was said of this process what to do about it, and nothing was started."""
    equal((result.status, result.out), (1, ""))
    for part in (f"process {pid}", box.socket, "within 5 s", "crystalmath server logs",
                 f"kill -9 {pid}"):
        contains(result.err, part)
    equal(starts(box), [])


@test
def case_14_a_stopped_server_is_called_unresponsive_and_neither_killed_nor_doubled(box):
    box.ok("ping")
    pid = box.server_pid()
    os.kill(pid, signal.SIGSTOP)
    unresponsive(box, box.cli("ping", env=counted(box)), pid)
    alone(box, pid)
    os.kill(pid, signal.SIGCONT)
    equal(all_pong([box.cli("ping")]), {pid})


@test
def case_15_a_server_that_accepts_and_does_not_carry_out_fails_the_ping(box):
    with FakeServer(box.socket, {"system.version": NEVER}) as fake:
        unresponsive(box, box.cli("ping", env=counted(box)), os.getpid())
        equal(fake.seen, ["system.version"])
    os.unlink(box.socket)
    with FakeServer(box.socket, {"system.version": {}, "system.ping": NEVER}) as fake:
        result = box.cli("ping", env=counted(box))
        equal((result.status, result.out), (1, ""))
        contains(result.err, f"process {os.getpid()}")
        contains(result.err, "did not answer system.ping within 5 s")
        equal((fake.seen, starts(box)), (["system.version", "system.ping"], []))


@test
def case_16_a_full_queue_of_connections_is_waited_for_and_nothing_is_started(box):
    fake = FakeServer(box.socket, {"system.version": {}, "system.ping": {"pong": True}}, backlog=0)
    waiting = []
    try:
        while True:
            waiting.append(socket.socket(socket.AF_UNIX))
            waiting[-1].setblocking(False)
            waiting[-1].connect(box.socket)
    except BlockingIOError:
        pass
    inode = os.stat(box.socket).st_ino
    result = box.cli("ping", env=counted(box))
    equal((result.status, result.out), (1, ""))
    for part in (box.socket, "within 5 s", "queue is full", "crystalmath server status"):
        contains(result.err, part)
    client = box.start("ping", env=counted(box))
    with fake:  # from here on connections are taken
        all_pong([box.finish(client)])
    equal((starts(box), os.stat(box.socket).st_ino), ([], inode))
    for one in waiting:
        one.close()


@test
def case_32_clients_that_quit_or_never_read_hold_up_nobody_and_are_dropped(box):
    serve(box, "--stall-timeout", "1")
    wait_until(lambda: answers(box.socket), "the server")
    good = box.connect()
    for _ in range(50):
        quitter = box.connect()
        quitter.send_bytes(frame(b'{"jsonrpc":"2.0","method":"rpc.discover","id":1}') * 20)
        quitter.socket.recv(10)
        quitter.close()  # with most of the answers unread
        check("result" in good.call("system.ping"), "no answer")
    deaf = box.connect()
    deaf.socket.setblocking(False)
    try:
        while True:
            deaf.socket.send(frame(b'{"jsonrpc":"2.0","method":"rpc.discover","id":1}'))
    except BlockingIOError:
        pass
    check("result" in good.call("system.ping"), "no answer")
    wait_until(lambda: good.call("system.status")["result"]["clients"] == 1, "it to be dropped")
    check(good.call("system.status")["result"]["memory_bytes"] < 256 << 20, "it grew")


@test
def case_33_half_a_request_is_dropped_in_time_and_ten_gigabytes_at_once(box):
    serve(box, "--stall-timeout", "1")
    wait_until(lambda: answers(box.socket), "the server")
    good = box.connect()
    slow = box.connect()
    slow.send_bytes(b"Content-Len")
    halved = box.connect()
    halved.send_bytes(b"Content-Length: 100\r\n\r\n{")
    huge = box.connect()
    before = good.call("system.status")["result"]["memory_bytes"]
    huge.send_bytes(b"Content-Length: 10000000000\r\n\r\n")
    answer = huge.receive()
    equal(answer["error"]["code"], -32700)
    equal(huge.receive(), None)
    for peer in (slow, halved):
        while peer.receive() is not None:
            pass
    status = wait_until(lambda: (lambda s: s if s["clients"] == 1 else None)(
        good.call("system.status")["result"]), "the others to be gone")
    check(status["memory_bytes"] - before < 4 << 20, (before, status))


@test
def case_34_another_protocol_is_refused_with_both_builds_and_what_to_type(box):
    ours = box.ok("--version").out.split()[1]
    for other in ({"protocol": "json-rpc-3.0"}, {"protocol_version": 0},
                  {"protocol_version": 2}, {"protocol_version": 12}):
        with FakeServer(box.socket, {"system.version": {**FakeServer.VERSION, **other}}) as fake:
            result = box.cli("ping", env=counted(box))
            equal((result.status, result.out), (1, ""), other)
            for part in (FakeServer.VERSION["version"], ours, "crystalmath server restart"):
                contains(result.err, part)
            equal(fake.seen, ["system.version"])
        os.unlink(box.socket)
    equal(starts(box), [])


@test
def case_34_another_build_of_the_same_protocol_is_used_with_one_warning(box):
    ours = box.ok("--version").out.split()[1]
    for known in ({}, {"protocol_version": 1}):  # older servers do not tell it
        table = {"system.version": {**FakeServer.VERSION, **known}, "system.ping": {"pong": True}}
        with FakeServer(box.socket, table):
            result = box.cli("ping", "--count", "3")
            equal(result.status, 0, result)
            equal(result.out.count("pong"), 3)
            equal(len(result.err.splitlines()), 1)
            for part in (FakeServer.VERSION["version"], ours, "crystalmath server restart"):
                contains(result.err, part)
        os.unlink(box.socket)
    equal(box.ok("ping").err, "")


@test
def case_35_a_server_that_idles_out_under_connecting_clients_is_never_an_error(box):
    env = script(box, 'exec "$REAL" --timeout 0.01 "$@"')
    pids = set()
    for _ in range(75):
        pids |= all_pong(stampede(box, 4, "ping", env=env))
    check(len(pids) > 3, f"it never idled out: {pids}")


@test
def case_36_a_job_or_a_subscriber_keeps_it_and_pings_do_not(box):
    process = serve(box, "--timeout", "0.5")
    wait_until(lambda: answers(box.socket), "the server")
    job = box.shell(box.gate())
    until = time.monotonic() + 1
    while time.monotonic() < until:
        check(process.poll() is None, "it exited under a job")
        time.sleep(0.05)
    subscriber = box.connect()
    check("result" in subscriber.call("jobs.subscribe"), "no subscription")
    box.open_gate()
    box.ok("wait", str(job))
    until = time.monotonic() + 1
    while time.monotonic() < until:
        check(process.poll() is None, "it exited under a subscriber")
        time.sleep(0.05)
    subscriber.close()

    def pinged():
        try:
            pinger = box.connect()
            pinger.call("system.ping")
            pinger.close()
        except OSError:
            pass
        return process.poll() is not None
    wait_until(pinged, "the end of a server that is only pinged")
    equal(process.returncode, 0)
    check(not os.path.exists(box.socket), "the socket was left behind")


@test
def case_37_stop_and_status_without_a_server_say_so_and_start_nothing(box):
    env = counted(box)
    stop = box.cli("server", "stop", env=env)
    equal((stop.status, stop.out, stop.err), (0, "No server is running.\n", ""))
    status = box.cli("server", "status", env=env)
    equal(status.status, 1)
    contains(status.out, f"No server is running at {box.socket}")
    equal(box.cli("call", "system.shutdown", env=env).status, 1)
    equal(box.cli("--no-start", "jobs", env=env).status, 1)
    equal((starts(box), box.processes()), ([], []))
    check(not os.path.exists(box.socket), "a server was started")


@test
def case_38_a_request_whose_answer_never_came_has_an_unknown_outcome_and_is_not_sent_again(box):
    for words, method in ((["call", "jobs.submit", "{}"], "jobs.submit"),
                          (["cancel", "1"], "jobs.cancel")):
        with FakeServer(box.socket, {"system.version": {}, method: HANG_UP}) as fake:
            result = box.cli(*words, env=counted(box))
            equal((result.status, result.out), (1, ""))
            for part in (f"before it answered {method}", "is unknown", "look before you repeat"):
                contains(result.err, part)
            equal(fake.seen.count(method), 1)
        os.unlink(box.socket)
    equal(starts(box), [])


main()
