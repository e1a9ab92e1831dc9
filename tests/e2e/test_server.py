"""The server's life: start, claim, readiness, recovery, end."""

import os
import signal
import socket
import subprocess

from servers import SERVER, answers, ready_line, serve
from support import DEADLINE, check, contains, equal, is_running, main, test, wait_until


@test
def readiness_is_told_with_pid_and_socket(box):
    word, pid, path = ready_line(box).split()
    equal((word, path), ("READY", box.socket))
    check(is_running(int(pid)), "not running")
    check(answers(box.socket), "not listening")


@test
def a_server_for_the_same_database_at_another_socket_points_to_the_first(box):
    first = ready_line(box).split()
    other = os.path.join(box.root, "other.sock")
    equal(ready_line(box, "--socket", other).split(), ["ALREADY_RUNNING", first[1], box.socket])
    check(not os.path.exists(other), "a second socket was made")


@test
def a_client_whose_runtime_folder_differs_finds_the_one_server(box):
    box.ok("ping")
    pid = box.server_pid()
    elsewhere = os.path.join(box.root, "run2")
    os.mkdir(elsewhere, 0o700)
    out = box.ok("call", "system.version", env={"XDG_RUNTIME_DIR": elsewhere}).json()
    equal(out["pid"], pid)


@test
def started_by_hand_it_goes_into_the_background_when_it_is_ready(box):
    done = subprocess.run([SERVER], env=box.env, stdin=subprocess.DEVNULL, timeout=DEADLINE)
    equal(done.returncode, 0)
    check(answers(box.socket), "not listening")


@test
def a_live_socket_of_a_server_without_locks_is_not_stolen(box):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(box.socket)
        other.listen(8)
        inode = os.stat(box.socket).st_ino
        contains(ready_line(box), "ALREADY_RUNNING")
        equal(os.stat(box.socket).st_ino, inode)


@test
def signals_end_it_gracefully(box):
    for number in (signal.SIGTERM, signal.SIGINT):
        process = serve(box)
        wait_until(lambda: answers(box.socket), "the server")
        process.send_signal(number)
        equal(process.wait(DEADLINE), 0)
        check(not os.path.exists(box.socket), "the socket was left behind")


@test
def without_clients_and_work_it_exits_after_the_timeout(box):
    process = serve(box, "--timeout", "1")
    equal(process.wait(DEADLINE), 0)
    check(not os.path.exists(box.socket), "the socket was left behind")


@test
def a_stderr_that_nobody_reads_does_not_block_it(box):
    process = serve(box, "--verbose", stderr=subprocess.PIPE)
    wait_until(lambda: answers(box.socket), "the server")
    for _ in range(1500):
        box.connect().close()
    check("result" in box.connect().call("system.ping"), "no answer")
    process.send_signal(signal.SIGTERM)
    equal(process.wait(DEADLINE), 0)


@test
def the_database_and_the_log_follow_db_path(box):
    path = os.path.join(box.root, "elsewhere", "mine.db")
    contains(ready_line(box, "--db-path", path), "READY")
    check(os.path.exists(path), "no database there")
    check(os.path.exists(os.path.join(box.root, "elsewhere", "server.log")), "no log there")


@test
def a_database_that_is_damaged_is_named_and_kept(box):
    folder = os.path.join(box.state, "crystalmath")
    os.makedirs(folder)
    path = os.path.join(folder, "crystalmath.db")
    with open(path, "wb") as file:
        file.write(b"not a database at all" * 1000)
    line = ready_line(box)
    contains(line, "FAILED")
    contains(line, path)
    with open(path, "rb") as file:
        check(file.read().startswith(b"not a database"), "it was overwritten")


@test
def a_state_folder_that_cannot_be_made_is_named(box):
    blocked = os.path.join(box.root, "file")
    open(blocked, "w").close()
    line = ready_line(box, env={"XDG_STATE_HOME": blocked})
    contains(line, "FAILED")
    contains(line, blocked)


@test
def wrong_options_are_a_usage_error(box):
    for args, word in [(["--nonsense"], "--nonsense"), (["--timeout", "x"], "--timeout"),
                       (["--socket"], "--socket"), (["operand"], "operand")]:
        done = subprocess.run([SERVER, *args], env=box.env, capture_output=True, text=True,
                              timeout=DEADLINE)
        equal(done.returncode, 2, args)
        contains(done.stderr, word)
    for option in ("--help", "--version"):
        done = subprocess.run([SERVER, option], env=box.env, capture_output=True, text=True,
                              timeout=DEADLINE)
        equal(done.returncode, 0)
        contains(done.stdout, "crystalmath-server")


@test
def what_was_asked_before_the_end_is_answered_whole(box):
    box.ok("ping")
    connection = box.connect()
    check("result" in connection.call("system.ping"), "no answer")
    for i in range(20):  # more answers than a socket holds
        connection.send({"jsonrpc": "2.0", "id": i, "method": "rpc.discover"})
    stopping = box.start("server", "stop")
    wait_until(lambda: not os.path.exists(box.socket), "the beginning of the end")
    equal([connection.receive()["id"] for _ in range(20)], list(range(20)))
    equal(connection.receive(), None)
    equal(box.finish(stopping).status, 0)


@test
def a_client_that_does_not_read_does_not_keep_it_from_ending(box):
    box.ok("ping")
    connection = box.connect()
    check("result" in connection.call("system.ping"), "no answer")
    for i in range(20):
        connection.send({"jsonrpc": "2.0", "id": i, "method": "rpc.discover"})
    equal(box.ok("server", "stop").status, 0)


@test
def in_restarts_no_submission_is_lost_doubled_or_told_wrongly(box):
    box.ok("ping")
    clients = {}
    for round_ in range(5):
        restart = box.start("server", "restart")
        for i in range(8):
            name = f"job-{round_}-{i}"
            clients[name] = box.start("submit", "--name", name, "--", "true")
        equal(box.finish(restart).status, 0)
    results = {name: box.finish(client) for name, client in clients.items()}
    jobs = box.ok("jobs", "--json", "--limit", "200").json()["jobs"]
    ids = {job["id"]: job["name"] for job in jobs}
    for name, result in results.items():
        times = list(ids.values()).count(name)
        if result.status == 0:
            equal((ids.get(int(result.out)), times), (name, 1), result)
        else:
            contains(result.err, "is unknown")
            check(times <= 1, f"{name} was made {times} times")


main()
