"""The cases of places: sockets of any length, what else may lie there, whose it is, and what
earlier times have left."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess

from servers import (FakeServer, OtherUser, all_pong, alone, counted, leave_stale_socket,
                     ready_line, starts)
from support import DEADLINE, Skip, check, contains, equal, is_running, main, test

NOBODY = 65534
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def need_root():
    if os.geteuid() != 0:
        raise Skip("the kernel lets only root take on another uid")


def closed_by_modes():
    """In a child of root, before exec: modes of files count for it as for everybody."""
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@test
def case_17_a_socket_closed_by_its_mode_is_reported_and_starts_nothing(box):
    with FakeServer(box.socket) as fake:
        os.chmod(box.socket, 0)
        result = box.finish(box.start("ping", env=counted(box), preexec_fn=closed_by_modes))
    equal((result.status, result.out, fake.seen), (1, "", []))
    contains(result.err, f"chmod 600 {box.socket}")
    equal(starts(box), [])
    equal(stat.S_IMODE(os.stat(box.socket).st_mode), 0)


@test
def case_18_what_is_no_socket_is_named_and_left_alone(box):
    for kind, make in (("a regular file", lambda path: open(path, "w").close()),
                       ("a folder", os.mkdir), ("a fifo", os.mkfifo),
                       ("a symbolic link", lambda path: os.symlink("/nowhere", path))):
        path = os.path.join(box.root, kind.replace(" ", "-"))
        make(path)
        before = os.lstat(path)
        line = ready_line(box, "--socket", path)
        for part in ("FAILED", path, kind):
            contains(line, part)
        for words in (["ping"], ["server", "status"], ["server", "stop"], ["server", "start"]):
            result = box.cli("--socket", path, *words, env=counted(box))
            equal((result.status, result.out), (1, ""), words)
            for part in (path, kind):
                contains(result.err, part)
        equal(os.lstat(path).st_ino, before.st_ino)
    equal(starts(box), [])


@test
def case_18_a_link_to_a_live_socket_is_refused_too(box):
    box.ok("ping")
    link = os.path.join(box.root, "link")
    os.symlink(box.socket, link)
    contains(box.cli("--socket", link, "ping").err, "a symbolic link")
    equal(os.readlink(link), box.socket)


@test
def case_18_what_lies_at_the_temporary_name_is_left_alone_unless_it_is_a_socket(box):
    hidden = box.socket + ".new"
    leave_stale_socket(hidden)
    contains(ready_line(box), "READY")
    check(not os.path.exists(hidden), "what a killed server left is still there")
    box.ok("server", "stop")
    box.write(hidden, "mine")
    contains(ready_line(box), "FAILED")
    equal(box.read(hidden), "mine")


@test
def case_21_without_a_runtime_folder_of_ours_client_and_server_meet_at_a_path_of_the_uid(box):
    foreign = "/" if os.geteuid() else os.path.join(box.root, "foreign")
    if foreign != "/":
        os.mkdir(foreign, 0o777)
        os.chown(foreign, NOBODY, NOBODY)
    with OtherUser(box) as user:
        pids = all_pong([user.run("ping", runtime=folder)
                         for folder in (None, "", "run", "/no/such/folder", foreign)])
        equal(len(pids), 1)
        status = user.run("server", "status", "--json").json()
        equal((status["socket"], status["pid"]), (user.socket, *pids))
        check(not os.path.exists(box.path("run")), "a relative folder was made")


@test
def case_22_a_runtime_folder_that_everybody_may_write_is_not_used(box):
    open_to_all = os.path.join(box.root, "open")
    os.mkdir(open_to_all)
    os.chmod(open_to_all, 0o777)
    with OtherUser(box) as user:
        all_pong([user.run("ping", runtime=open_to_all)])
        equal(user.run("server", "status", "--json").json()["socket"], user.socket)
    equal(os.listdir(open_to_all), [])


@test
def case_22_what_another_user_put_at_the_fallback_is_refused_and_left_alone(box):
    need_root()
    with OtherUser(box) as user:
        os.mkdir(user.socket, 0o777)
        os.chown(user.socket, NOBODY, NOBODY)
        contains(user.run("ping").err, f"{user.socket} is a folder")
        user.clean()
        with FakeServer(user.socket) as attacker:
            os.chown(user.socket, NOBODY, NOBODY)
            os.chmod(user.socket, 0o777)
            result = user.run("ping")
            equal((result.status, result.out, attacker.seen), (1, "", []))
            contains(result.err, f"{user.socket} belongs to user {NOBODY}")
        user.clean()
        for end in (".lock", ".start"):
            with open(user.socket + end, "w", encoding="ascii") as held:
                os.fchmod(held.fileno(), 0o666)
                os.fchown(held.fileno(), NOBODY, NOBODY)
                fcntl.flock(held, fcntl.LOCK_EX)
                result = user.run("ping")
                equal(os.stat(user.socket + end).st_uid, NOBODY)
            if end == ".lock":
                equal((result.status, result.out), (1, ""))
                contains(result.err, f"{user.socket}.lock cannot be used")
            else:
                all_pong([result])  # it only damps: whoever holds it keeps nobody out
            user.run("server", "stop")
            user.clean()


def path_of(box, length):
    """An absolute path of so many bytes, its folder made."""
    folder = os.path.join(box.root, "long")
    while length - len(folder) > 101:
        folder = os.path.join(folder, "x" * 80)
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, "s" * (length - len(folder) - 1))


@test
def case_23_socket_paths_of_107_108_and_300_bytes_are_used_whole(box):
    for length in (107, 108, 300):
        path = path_of(box, length)
        equal(len(path), length)
        all_pong([box.cli("--socket", path, "ping")])
        equal(box.ok("--socket", path, "server", "status", "--json").json()["socket"], path)
        check(stat.S_ISSOCK(os.stat(path).st_mode), "no socket there")
        box.ok("--socket", path, "server", "stop")
        equal(sorted(os.listdir(os.path.dirname(path))),
              [os.path.basename(path) + end for end in (".lock", ".start")])
        shutil.rmtree(os.path.join(box.root, "long"))


@test
def case_23_a_path_that_no_way_leads_to_is_said_to_be_too_long(box):
    path = os.path.join(box.root, "s" * 240)
    result = box.cli("--socket", path, "ping")
    equal((result.status, result.out), (1, ""))
    for part in (path, "too long", "--socket"):
        contains(result.err, part)
    check(not os.path.exists(path), "a socket was made")


@test
def case_24_socket_database_log_and_folders_are_private_whatever_the_umask(box):
    old = os.umask(0)
    try:
        box.ok("ping")
    finally:
        os.umask(old)
    equal(stat.S_IMODE(os.stat(box.socket).st_mode), 0o600)
    folder = os.path.join(box.state, "crystalmath")
    equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
    paths = [os.path.join(folder, name) for name in os.listdir(folder)]
    paths += [os.path.join(box.runtime, name) for name in os.listdir(box.runtime)]
    for path in paths:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        check(mode & 0o077 == 0, f"{path} has mode {mode:o}")


@test
def case_25_another_user_is_refused_by_uid_and_the_refusal_is_logged(box):
    need_root()
    box.ok("ping")
    # As if the modes did not protect it: the uid alone has to.
    os.chmod(box.root, 0o711)
    os.chmod(box.runtime, 0o711)
    os.chmod(box.socket, 0o666)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(DEADLINE)
                s.connect(box.socket)
                status = 0 if s.recv(1) == b"" else 2
        finally:
            os._exit(status)
    equal(os.waitpid(child, 0)[1], 0)
    with open(box.log, encoding="utf-8") as log:
        contains(log.read(), f"a connection of uid {NOBODY} (pid {child}) was refused")
    box.ok("ping")


@test
def case_25_a_server_of_another_user_is_refused_by_the_client(box):
    need_root()
    path = os.path.join(box.root, "theirs.sock")
    os.chmod(box.root, 0o777)
    ready_reader, ready_writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen(8)
                os.write(ready_writer, b"x")
                signal.pause()
        finally:
            os._exit(1)
    try:
        os.read(ready_reader, 1)
        for owner in (NOBODY, 0):  # also where the file has been made to look like ours
            os.chown(path, owner, owner)
            result = box.cli("--socket", path, "ping", env=counted(box))
            equal((result.status, result.out), (1, ""))
            contains(result.err, f"user {NOBODY}")
            contains(result.err, "another socket path")
        equal(starts(box), [])
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready_reader)
        os.close(ready_writer)


@test
def case_40_what_a_reboot_left_does_not_hinder_the_start_though_its_pid_lives_again(box):
    box.ok("ping")
    old = box.kill_server()
    bystander = subprocess.Popen(["sleep", "1000"], env=box.env)
    box.started.append(bystander)
    record_path = os.path.join(box.state, "crystalmath", "crystalmath.db.lock")
    with open(record_path, encoding="utf-8") as file:
        record = file.read()
    contains(record, f"pid={old}\n")
    with open(record_path, "w", encoding="utf-8") as file:
        file.write(record.replace(f"pid={old}\n", f"pid={bystander.pid}\n"))
    leave_stale_socket(box.socket + ".new")
    check(os.path.exists(box.socket), "this test is about the socket that stays")
    pids = all_pong([box.cli("ping")])
    alone(box, min(pids))
    check(is_running(bystander.pid), "the process with the old server's number was ended")
    contains(open(record_path, encoding="utf-8").read(), f"pid={pids.pop()}\n")
    equal(sorted(os.listdir(box.runtime)),
          ["crystalmath.sock", "crystalmath.sock.lock", "crystalmath.sock.start"])


main()
