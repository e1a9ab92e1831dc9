"""A server that lives stays where clients look for it, whatever becomes of its socket."""

import os
import shutil
import socket
import subprocess
import time

from servers import SERVER, OtherUser, alone, answers, ready_line, serve, starts_in_log
from support import DEADLINE, Skip, check, contains, equal, is_running, main, test, wait_until


def logged(box, text):
    with open(box.log, encoding="utf-8") as log:
        return text in log.read()


def start(box):
    """A server that has had time to watch its socket. Its pid."""
    box.ok("server", "start")
    return box.server_pid()


def published(path, besides=None):
    """Wait until something listens there, in another file than `besides`."""
    wait_until(lambda: answers(path) and os.stat(path).st_ino != besides, f"a server at {path}")


@test
def case_19_a_deleted_socket_is_published_again_and_no_second_server_comes(box):
    pid = start(box)
    for _ in range(3):
        os.unlink(box.socket)
        published(box.socket)
        equal(box.server_pid(), pid)
    equal(os.stat(box.socket).st_mode & 0o777, 0o600)
    contains(box.ok("server", "start").out, f"running already, pid {pid}")
    equal(starts_in_log(box), 1)


@test
def a_client_that_comes_between_loss_and_return_is_served(box):
    pid = start(box)
    for _ in range(3):
        os.unlink(box.socket)
        contains(box.ok("ping").out, f"from pid {pid} ")
    equal(starts_in_log(box), 1)


@test
def a_socket_that_was_renamed_is_published_again(box):
    pid = start(box)
    os.rename(box.socket, box.socket + ".elsewhere")
    published(box.socket)
    equal(box.server_pid(), pid)


@test
def a_server_whose_folder_was_moved_is_called_back_by_the_client_that_misses_it(box):
    pid = start(box)
    os.rename(box.runtime, box.runtime + ".moved")
    os.mkdir(box.runtime, 0o700)
    contains(box.ok("ping").out, f"from pid {pid} ")
    check(not os.path.exists(box.runtime + ".moved/crystalmath.sock.new"), "a name was left")
    equal(starts_in_log(box), 1)


@test
def connections_outlive_the_loss_of_the_socket(box):
    start(box)
    connection = box.connect()
    check("result" in connection.call("system.ping"), "no answer")
    os.unlink(box.socket)
    published(box.socket)
    check("result" in connection.call("system.ping"), "no answer")


@test
def a_dead_socket_in_place_of_its_own_is_replaced(box):
    pid = start(box)
    os.unlink(box.socket)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(box.socket)
    published(box.socket)
    equal(box.server_pid(), pid)


@test
def what_else_lies_at_the_path_is_left_alone_and_named(box):
    start(box)
    connection = box.connect()
    os.unlink(box.socket)
    with open(box.socket, "w", encoding="ascii") as file:
        file.write("mine")
    wait_until(lambda: logged(box, "is a regular file, not a socket"), "the word in the log")
    problems = connection.call("system.status")["result"]["problems"]
    check(any(box.socket in problem for problem in problems), problems)
    with open(box.socket, encoding="ascii") as file:
        equal(file.read(), "mine")
    os.unlink(box.socket)
    published(box.socket)
    equal(connection.call("system.status")["result"]["problems"], [])


@test
def another_listener_at_the_path_is_left_alone(box):
    process = serve(box)
    wait_until(lambda: answers(box.socket), "the server")
    os.unlink(box.socket)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(box.socket)
        other.listen(64)
        inode = os.stat(box.socket).st_ino
        wait_until(lambda: logged(box, f"another server listens at {box.socket}"), "the word")
        equal(os.stat(box.socket).st_ino, inode)
        process.terminate()
        equal(process.wait(60), 0)
        equal(os.stat(box.socket).st_ino, inode)


@test
def case_20_with_its_runtime_folder_deleted_it_goes_where_clients_look_then(box):
    with OtherUser(box) as user:
        job = user.run("submit", "--", "sh", "-c", box.gate(), runtime=box.runtime).out.strip()
        pid = user.run("server", "status", "--json", runtime=box.runtime).json()["pid"]
        shutil.rmtree(box.runtime)
        published(user.socket)
        # With the variable, as in a shell that outlives the session, or without.
        for runtime in (box.runtime, None):
            status = user.run("server", "status", "--json", runtime=runtime).json()
            equal((status["pid"], status["socket"]), (pid, user.socket))
        # No second server over the same database, wherever it would listen.
        other = os.path.join(box.root, "other.sock")
        reading, writing = os.pipe()
        done = subprocess.Popen([*user.prefix, SERVER, "--socket", other, "--ready-fd",
                                 str(writing)], pass_fds=[writing], env=box.env,
                                stdin=subprocess.DEVNULL)
        box.started.append(done)
        os.close(writing)
        with os.fdopen(reading, encoding="ascii") as pipe:
            equal(pipe.read().split(), ["ALREADY_RUNNING", str(pid), user.socket])
        # The next login: the folder is back, and so is the server.
        os.mkdir(box.runtime, 0o700)
        published(box.socket)
        equal(user.run("server", "status", "--json", runtime=box.runtime).json()["pid"], pid)
        wait_until(lambda: not os.path.exists(user.socket), "the end of the other socket")
        box.open_gate()
        equal(user.run("wait", job, runtime=box.runtime).status, 0)
        equal(starts_in_log(box), 1)


@test
def a_folder_that_was_named_by_hand_is_waited_for(box):
    folder = os.path.join(box.root, "named")
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "s")
    pid = int(ready_line(box, "--socket", path).split()[1])
    shutil.rmtree(folder)
    wait_until(lambda: logged(box, f"cannot be published at {path}"), "the word in the log")
    check(is_running(pid), "it ended")
    os.mkdir(folder, 0o700)
    published(path)
    alone(box, pid)


@test
def the_lock_file_deleted_with_the_folder_is_taken_anew(box):
    with OtherUser(box) as user:
        user.run("ping", runtime=box.runtime)
        shutil.rmtree(box.runtime)
        os.mkdir(box.runtime, 0o700)
        published(box.socket)
        probe = subprocess.run(["flock", "--nonblock", box.socket + ".lock", "true"],
                               check=False)
        equal(probe.returncode, 1, "the lock beside the new socket is free")


@test
def where_the_kernel_watches_nothing_it_looks_by_itself(box):
    inside = ["unshare", "--user", "--map-root-user"]
    script = f"echo 0 >/proc/sys/user/max_inotify_watches && exec '{SERVER}'"
    if subprocess.run([*inside, "sh", "-c", "echo 0 >/proc/sys/user/max_inotify_watches"],
                      capture_output=True).returncode != 0:
        raise Skip("this kernel gives us no user namespace with limits of its own")
    subprocess.run([*inside, "sh", "-c", script], env=box.env, timeout=DEADLINE, check=True)
    check(logged(box, f"the socket {box.socket} cannot be watched"), "it is watched")
    pid = box.server_pid()
    os.unlink(box.socket)
    published(box.socket)
    equal(box.server_pid(), pid)


@test
def while_all_is_well_nothing_wakes_it(box):
    process = serve(box, "--timeout", "0")
    wait_until(lambda: answers(box.socket), "the server")

    def switches():
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            return [line for line in file if "voluntary_ctxt_switches" in line]
    # Settle first: what the start and the look at it have set in motion.
    before = None
    while before != (before := switches()):
        time.sleep(1)
    time.sleep(6)
    equal(switches(), before)


main()
