"""The server's life: start, claim, readiness, recovery, end."""

import os
import signal
import socket
import stat
import subprocess
import time

from support import DEADLINE, check, contains, equal, is_running, main, test, wait_until

SERVER = os.environ["CRYSTALMATH_SERVER"]


def serve(box, *args, **more):
    """Start the server itself, in the foreground."""
    process = subprocess.Popen([SERVER, "--foreground", *args], env={**box.env, **more.pop("env", {})},
                               cwd=box.work, stdin=subprocess.DEVNULL,
                               stdout=more.pop("stdout", subprocess.DEVNULL),
                               stderr=more.pop("stderr", subprocess.DEVNULL), **more)
    box.started.append(process)
    return process


def answers(path):
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(path)
            return True
        except OSError:
            return False


def ready_line(box, *args, env=None):
    """What a server started with --ready-fd tells."""
    reading, writing = os.pipe()
    process = subprocess.Popen([SERVER, *args, "--ready-fd", str(writing)], pass_fds=[writing],
                               env={**box.env, **(env or {})}, stdin=subprocess.DEVNULL)
    box.started.append(process)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        line = pipe.read()
    process.wait(DEADLINE)
    return line.decode()


@test
def readiness_is_told_with_pid_and_socket(box):
    word, pid, path = ready_line(box).split()
    equal((word, path), ("READY", box.socket))
    check(is_running(int(pid)), "not running")
    check(answers(box.socket), "not listening")


@test
def a_second_server_says_that_one_is_running_and_leaves_its_socket_alone(box):
    first = ready_line(box).split()
    inode = os.stat(box.socket).st_ino
    equal(ready_line(box).split(), ["ALREADY_RUNNING", first[1], box.socket])
    equal(os.stat(box.socket).st_ino, inode)


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
def socket_database_log_and_folders_are_private_whatever_the_umask(box):
    old = os.umask(0)
    try:
        ready_line(box)
    finally:
        os.umask(old)
    equal(stat.S_IMODE(os.stat(box.socket).st_mode), 0o600)
    folder = os.path.join(box.state, "crystalmath")
    equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
    for name in os.listdir(folder):
        mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
        check(mode & 0o077 == 0, f"{name} has mode {mode:o}")


@test
def a_stale_socket_is_replaced(box):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(box.socket)
    check(os.path.exists(box.socket) and not answers(box.socket), "not stale")
    equal(ready_line(box).split()[0], "READY")
    check(answers(box.socket), "not replaced")


@test
def what_is_no_socket_is_named_and_left_alone(box):
    for kind, make in [("a regular file", lambda p: open(p, "w").write("mine")),
                       ("a folder", os.mkdir), ("a fifo", os.mkfifo),
                       ("a symbolic link", lambda p: os.symlink("/nowhere", p))]:
        path = os.path.join(box.root, kind.replace(" ", "-"))
        make(path)
        before = os.lstat(path)
        line = ready_line(box, "--socket", path)
        contains(line, "FAILED")
        contains(line, kind)
        equal(os.lstat(path).st_ino, before.st_ino)


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
def killed_it_is_replaced_at_the_same_path(box):
    box.ok("ping")
    killed = box.kill_server()
    check(os.path.exists(box.socket), "kill -9 cannot have removed the socket")
    box.ok("ping")
    check(box.server_pid() not in (None, killed), "no new server")


@test
def an_ended_server_does_not_remove_the_socket_of_its_successor(box):
    process = serve(box)
    wait_until(lambda: answers(box.socket), "the server")
    os.unlink(box.socket)
    with socket.socket(socket.AF_UNIX) as successor:
        successor.bind(box.socket)
        process.send_signal(signal.SIGTERM)
        equal(process.wait(DEADLINE), 0)
        check(os.path.exists(box.socket), "the successor's socket was removed")


@test
def without_clients_and_work_it_exits_after_the_timeout(box):
    process = serve(box, "--timeout", "1")
    equal(process.wait(DEADLINE), 0)
    check(not os.path.exists(box.socket), "the socket was left behind")


@test
def a_running_job_keeps_it_from_exiting(box):
    process = serve(box, "--timeout", "1")
    wait_until(lambda: answers(box.socket), "the server")
    job = box.shell(box.gate())
    start = time.monotonic()
    while time.monotonic() - start < 2:
        check(process.poll() is None, "it exited while a job was running")
        time.sleep(0.05)
    box.open_gate()
    equal(process.wait(DEADLINE), 0)
    equal(box.job(job)["state"], "completed")


@test
def a_connected_client_keeps_it_from_exiting(box):
    process = serve(box, "--timeout", "1")
    wait_until(lambda: answers(box.socket), "the server")
    connection = box.connect()
    check("result" in connection.call("jobs.list"), "no answer")
    start = time.monotonic()
    while time.monotonic() - start < 2:
        check(process.poll() is None, "it exited under a client")
        time.sleep(0.05)
    connection.close()
    equal(process.wait(DEADLINE), 0)


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
def descriptors_of_the_starter_are_not_inherited(box):
    leaked = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        done = subprocess.run([SERVER], env=box.env, stdin=subprocess.DEVNULL, close_fds=False,
                              timeout=DEADLINE)
        equal(done.returncode, 0)
        pid = box.server_pid()
        targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")
                   if int(fd) > 2]
        check("/dev/null" not in targets, targets)
    finally:
        os.close(leaked)


@test
def many_clients_at_once_start_one_server(box):
    clients = [box.start("ping") for _ in range(24)]
    for client in clients:
        result = box.finish(client)
        equal(result.status, 0, result)
    log = open(box.log).read()
    equal(log.count("ready: version"), 1, log)


main()
