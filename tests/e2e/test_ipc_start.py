"""The cases of the start: found, started, raced for, interrupted, failed; and what a server
takes over from whoever started it, which is nothing."""

import fcntl
import os
import signal
import subprocess

from servers import (all_pong, alone, answers, counted, leave_stale_socket, ready_line, serve,
                     stampede, starts, starts_in_log)
from support import (DEADLINE, PROGRAM, check, contains, equal, is_running, lacks, main, matches,
                     test, wait_until)

CROWD = 64


def one_server(box):
    """The pid of the only server that has ever come up in this box; others give way."""
    pid = box.server_pid()
    alone(box, pid)
    equal(starts_in_log(box), 1)
    return pid


@test
def case_01_cold_the_first_command_connects_to_the_one_server_it_started(box):
    equal(all_pong([box.cli("ping")]), {one_server(box)})


@test
def case_02_warm_a_command_takes_no_lock_and_starts_nothing(box):
    box.ok("ping", env=counted(box))
    os.unlink(box.socket + ".start")
    equal(all_pong([box.cli("ping", env=counted(box))]), {one_server(box)})
    equal(len(starts(box)), 1)
    check(not os.path.exists(box.socket + ".start"), "it took the start lock")


@test
def case_03_a_crowd_against_nothing_gets_one_server_and_an_answer_each(box):
    equal(all_pong(stampede(box, CROWD, "ping")), {one_server(box)})


@test
def case_04_a_crowd_against_a_stale_socket_gets_one_server_and_an_answer_each(box):
    leave_stale_socket(box.socket)
    equal(all_pong(stampede(box, CROWD, "ping")), {one_server(box)})


@test
def case_05_a_second_server_says_that_one_is_running_and_leaves_its_socket_alone(box):
    first = ready_line(box).split()
    inode = os.stat(box.socket).st_ino
    equal(ready_line(box).split(), ["ALREADY_RUNNING", first[1], box.socket])
    by_hand = subprocess.run([os.environ["CRYSTALMATH_SERVER"], "--foreground"], env=box.env,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=DEADLINE)
    equal(by_hand.returncode, 1)
    contains(by_hand.stderr, f"running already (pid {first[1]}), at {box.socket}")
    equal(os.stat(box.socket).st_ino, inode)
    alone(box, int(first[1]))


@test
def case_06_a_killed_server_is_replaced_at_the_same_path(box):
    box.ok("ping")
    killed = box.kill_server()
    check(os.path.exists(box.socket), "kill -9 cannot have removed the socket")
    box.ok("ping")
    check(box.server_pid() not in (None, killed), "no new server")


@test
def case_07_a_client_waits_for_a_server_that_is_still_ending(box):
    # The locks are what an ending server gives up last.
    box.ok("ping")
    ended = box.server_pid()
    box.ok("server", "stop")
    database_lock = os.path.join(box.state, "crystalmath", "crystalmath.db.lock")
    with open(database_lock, "r+") as ending:
        fcntl.flock(ending, fcntl.LOCK_EX)
        client = box.start("ping", env=counted(box))
        wait_until(lambda: len(starts(box)) >= 2, "a client that tries again")
        equal(client.poll(), None)
    check(all_pong([box.finish(client)]) != {ended}, "the old server")
    alone(box, box.server_pid())


@test
def case_08_a_displaced_server_leaves_its_successors_socket(box):
    process = serve(box)
    wait_until(lambda: answers(box.socket), "the server")
    process.send_signal(signal.SIGSTOP)  # it is not to notice and mend what happens here
    os.unlink(box.socket)
    leave_stale_socket(box.socket)
    successor = os.stat(box.socket).st_ino
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    equal(process.wait(DEADLINE), 0)
    equal(os.stat(box.socket).st_ino, successor)


@test
def case_09_a_client_killed_while_it_holds_the_start_lock_lets_the_next_proceed_at_once(box):
    client = box.start("ping", env=counted(box, "exec sleep 1000"))
    wait_until(lambda: starts(box), "the start")
    client.kill()
    client.wait(DEADLINE)
    with open(box.socket + ".start", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(lock, fcntl.LOCK_UN)
    equal(all_pong([box.cli("ping")]), {one_server(box)})


@test
def case_10_a_server_whose_starter_is_killed_comes_up_all_the_same(box):
    client = box.start("ping", env=counted(box, box.gate() + '; exec "$REAL" "$@"'))
    wait_until(lambda: starts(box), "the start")
    client.kill()
    client.wait(DEADLINE)
    box.open_gate()
    wait_until(lambda: box.cli("--no-start", "ping").status == 0, "the server")
    one_server(box)


@test
def case_11_a_server_program_that_is_missing_or_no_program_is_named(box):
    for program, why in (("/no/such/program", "not there"),
                         (box.write("closed", "#!/bin/sh\n", 0o644), "not executable"),
                         (box.work, "not there"),
                         (box.write("garbage", "\x7fno program", 0o755), "Exec format error")):
        result = box.cli("ping", env={"CRYSTALMATH_SERVER": program})
        equal((result.status, result.out), (1, ""))
        for part in (program, why, "CRYSTALMATH_SERVER"):
            contains(result.err, part)
    check(not os.path.exists(box.socket), "a socket was made")


@test
def case_12_a_server_that_ends_while_it_starts_is_told_with_the_end_of_its_log(box):
    os.mkdir(os.path.dirname(box.log))
    with open(box.log, "w", encoding="utf-8") as log:
        log.write("words of an earlier start\n")
    result = box.cli("ping", env=counted(box, f"echo 'the disk is on fire' >>'{box.log}'; exit 1"))
    equal((result.status, result.out), (1, ""))
    for part in ("ended with exit code 1", box.log, "  the disk is on fire"):
        contains(result.err, part)
    lacks(result.err, "words of an earlier start")
    equal(len(starts(box)), 1)


@test
def case_13_a_start_that_takes_too_long_is_a_timeout_and_trying_again_makes_no_second_server(box):
    env = counted(box, box.gate() + '; exec "$REAL" "$@"')
    for attempt in (1, 2):
        result = box.cli("ping", env=env)
        equal((result.status, result.out), (1, ""))
        contains(result.err, f"(process {starts(box)[-1]}) was started and did not report ready")
        contains(result.err, "crystalmath server status")
        check(is_running(starts(box)[-1]), "it was killed")
    box.open_gate()
    equal(all_pong([box.cli("ping", env=env)]), {one_server(box)})


@test
def case_26_no_descriptor_of_the_starter_stays_open_in_the_server(box):
    lock_path = box.write("lock", "")
    low = os.open(lock_path, os.O_RDWR)
    fcntl.flock(low, fcntl.LOCK_EX)
    taken = [low]
    try:
        while taken[-1] < 200:
            taken.append(os.dup(low))
        piped = subprocess.run(["sh", "-c", '"$0" ping | cat', PROGRAM], env=box.env, cwd=box.work,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               pass_fds=taken, timeout=DEADLINE)
    finally:
        for fd in taken:
            os.close(fd)
    matches(piped.stdout, r"\Apong from pid \d+")
    fds = f"/proc/{one_server(box)}/fd"
    held = [os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds)]
    check(lock_path not in held, held)
    with open(lock_path, "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@test
def case_26_started_by_hand_it_keeps_none_either(box):
    leaked = os.open(box.write("leaked", ""), os.O_RDONLY)
    try:
        equal(subprocess.run([os.environ["CRYSTALMATH_SERVER"]], env=box.env, pass_fds=[leaked],
                             stdin=subprocess.DEVNULL, timeout=DEADLINE).returncode, 0)
    finally:
        os.close(leaked)
    fds = f"/proc/{one_server(box)}/fd"
    check(box.path("leaked") not in [os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds)],
          "it is open in the server")


@test
def case_27_the_server_survives_ctrl_c_and_the_end_of_its_starters_terminal(box):
    terminal = box.terminal("ping", "--count", "1000000")
    terminal.wait_for("pong from pid")
    pid = box.server_pid()
    terminal.type("\x03")
    check(terminal.finish().status != 0, "the client was not interrupted")
    check(is_running(pid), "Ctrl-C ended the server")

    box.ok("server", "stop")
    terminal = box.terminal("ping", "--count", "1000000")
    terminal.wait_for("pong from pid")
    pid = box.server_pid()
    os.close(terminal.master)
    terminal.process.wait(DEADLINE)
    equal(all_pong([box.cli("ping")]), {pid})


@test
def case_30_signals_that_the_starter_ignores_or_blocks_are_reset_in_the_server(box):
    def dirty():
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def masks(text):
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return [{n for n in range(1, 32) if int(fields[name], 16) & 1 << (n - 1)}
                for name in ("SigBlk", "SigIgn", "SigCgt")]

    equal(box.finish(box.start("ping", preexec_fn=dirty)).status, 0)
    with open(f"/proc/{one_server(box)}/status", encoding="ascii") as file:
        blocked, ignored, caught = masks(file.read())
    equal(blocked, set())
    equal(ignored - {signal.SIGPIPE, signal.SIGHUP}, set())
    check({signal.SIGTERM, signal.SIGINT} <= caught, caught)
    job = box.submit("--", "cat", "/proc/self/status")
    box.ok("wait", str(job))
    equal(masks(box.call("jobs.log", {"id": job})["text"])[:2], [set(), set()])


main()
