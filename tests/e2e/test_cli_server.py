"""crystalmath server, ping and call."""

import json
import os
import re
import select
import signal
import socket
import subprocess

from servers import FakeServer
from support import (DEADLINE, PROGRAM, Skip, check, contains, equal, is_running, main, matches,
                     test, wait_until)


@test
def start_starts_one_server_and_is_content_with_one_that_runs(box):
    matches(box.ok("server", "start").out, r"\AThe server has started, pid \d+\.\n\Z")
    pid = box.server_pid()
    equal(box.ok("server", "start").out, f"A server is running already, pid {pid}.\n")
    equal(box.server_pid(), pid)


@test
def stop_returns_when_the_server_is_gone(box):
    box.ok("server", "start")
    pid = box.server_pid()
    result = box.ok("server", "stop")
    check(not is_running(pid), "it is still there")
    equal(result.out, f"The server (pid {pid}) has stopped.\n")
    check(not os.path.exists(box.socket), "its socket is still there")
    equal(box.ok("server", "stop").out, "No server is running.\n")


@test
def status_tells_where_everything_is(box):
    result = box.cli("server", "status")
    equal(result.status, 1)
    contains(result.out, f"No server is running at {box.socket}")
    equal(box.cli("server", "status", "--json").json(),
          {"running": False, "socket": box.socket, "left": [], "problems": [],
           "database": os.path.join(box.state, "crystalmath", "crystalmath.db")})
    box.ok("server", "start")
    status = box.ok("server", "status", "--json").json()
    equal((status["running"], status["socket"]), (True, box.socket))
    out = box.ok("server", "status").out
    contains(out, f"pid {status['pid']}")
    for path in (box.socket, status["database"], status["log"]):
        contains(out, path)
    matches(out, r"jobs +0 running, 0 queued, 0 in all")
    matches(out, rf"host +{re.escape(socket.gethostname())}\n")
    equal(status["problems"], [])


@test
def a_server_that_dies_under_the_question_is_looked_for_anew(box):
    """As one that was killed, and whose last thread held the socket for another moment."""
    for words, asked, status, part in [
            (["server", "status"], "system.status", 1, f"No server is running at {box.socket}"),
            (["db", "check"], "system.status", 0, "is not there yet"),
            (["config"], "system.config", 0, "")]:
        with FakeServer(box.socket, {asked: FakeServer.DIE}) as dying:
            result = box.cli(*words)
        equal((result.status, result.err), (status, ""), result)
        contains(result.out, part)
        equal(dying.seen, [asked])
        os.unlink(box.socket)


@test
def status_names_what_a_killed_server_left_and_a_stopped_one_leaves_nothing(box):
    box.ok("server", "start")
    pid = box.kill_server()
    out = box.cli("server", "status").out
    contains(out, f"the socket {box.socket} of a server that has ended")
    contains(out, f"the last server (pid {pid} on ")
    box.ok("server", "start")
    box.ok("server", "stop")
    equal(box.cli("server", "status", "--json").json()["left"], [])


@test
def status_of_a_server_that_does_not_answer_is_a_failure_with_what_to_type(box):
    box.ok("server", "start")
    pid = box.server_pid()
    os.kill(pid, signal.SIGSTOP)
    result = box.cli("server", "status")
    os.kill(pid, signal.SIGCONT)
    equal((result.status, result.out), (1, ""))
    for part in (f"kill -9 {pid}", "running jobs go on", "crystalmath server logs"):
        contains(result.err, part)
    check(is_running(pid), "it was killed")


@test
def status_names_a_log_and_a_database_that_were_taken_away(box):
    box.ok("server", "start")
    status = box.ok("server", "status", "--json").json()
    for name in ("log", "database"):
        os.rename(status[name], status[name] + ".away")
        result = box.cli("server", "status")
        equal(result.status, 1)
        matches(result.out, rf"problem +the {name} {status[name]} ")
        contains(result.out, "crystalmath server restart")
        os.rename(status[name] + ".away", status[name])
        box.ok("server", "status")


@test
def status_names_a_disk_that_is_nearly_full(box):
    folder = os.path.join(box.state, "crystalmath")
    os.mkdir(folder)
    script = (f"mount -t tmpfs -o size=8m none '{folder}' && '{PROGRAM}' server start && "
              f"'{PROGRAM}' server status; echo $?; '{PROGRAM}' server stop")
    inside = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
        raise Skip("this kernel gives us no user and mount namespaces")
    out = subprocess.run([*inside, "sh", "-c", script], env=box.env, cwd=box.work,
                         capture_output=True, text=True, timeout=DEADLINE).stdout
    matches(out, rf"problem +the disk of {folder} is nearly full: \d MiB are left")
    matches(out, r"database +\S+ \(tmpfs\)")
    contains(out, "\n1\n")


@test
def a_server_of_another_build_is_a_problem_that_a_restart_mends(box):
    answer = {"pid": 1, "version": "9.9", "build": "9.9"}
    with FakeServer(box.socket, {"system.status": answer}):
        result = box.cli("server", "status")
    equal(result.status, 1)
    matches(result.out, r"problem +the server is build 9\.9, this is \S+;.*server restart")


@test
def a_socket_that_a_dead_server_left_is_no_server(box):
    box.ok("server", "start")
    box.kill_server()
    check(os.path.exists(box.socket), "this test is about the socket that stays")
    equal(box.cli("server", "status").status, 1)
    equal(box.ok("server", "stop").out, "No server is running.\n")
    box.ok("ping")


@test
def restart_replaces_the_server_and_keeps_the_jobs(box):
    box.ok("server", "start")
    old = box.server_pid()
    job_id = box.shell(box.gate() + "; exit 3")
    box.wait_state(job_id, "running")
    matches(box.ok("server", "restart").out, r"\AThe server has started, pid \d+\.\n\Z")
    check(not is_running(old), "the old server is still there")
    check(box.server_pid() != old, "the same server")
    equal(box.job(job_id)["state"], "running")
    box.open_gate()
    equal(box.cli("wait", str(job_id)).status, 3)


@test
def restart_without_a_server_starts_one(box):
    contains(box.ok("server", "restart").out, "has started")


@test
def a_server_that_does_not_answer_is_reported_with_what_to_type(box):
    box.ok("server", "start")
    pid = box.server_pid()
    os.kill(pid, signal.SIGSTOP)
    result = box.cli("server", "stop")
    equal(result.status, 1)
    contains(result.err, f"kill -9 {pid}")
    check(is_running(pid), "it was killed")
    os.kill(pid, signal.SIGCONT)


@test
def socket_option_chooses_another_server(box):
    other = os.path.join(box.root, "other.sock")
    state = os.path.join(box.root, "other")
    os.mkdir(state)
    box.ok("--socket", other, "ping", env={"XDG_STATE_HOME": state})
    check(os.path.exists(other), "no socket there")
    check(not os.path.exists(box.socket), "the usual socket is there too")
    equal(box.ok("--socket=" + other, "server", "status", "--json",
                 env={"XDG_STATE_HOME": state}).json()["socket"], other)
    box.ok("--socket", other, "server", "stop", env={"XDG_STATE_HOME": state})


@test
def logs_shows_the_end_of_the_log(box):
    result = box.cli("server", "logs")
    equal((result.status, result.out), (1, ""))
    contains(result.err, box.log)
    box.ok("ping")
    with open(box.log, encoding="utf-8") as file:
        lines = file.readlines()
    equal(box.ok("server", "logs").out, "".join(lines[-50:]))
    equal(box.ok("server", "logs", "-n", "1").out, lines[-1])
    equal(box.ok("server", "logs", "-n0").out, "")
    contains(box.on_terminal("server", "logs").out, box.log)


@test
def logs_follow_shows_what_is_written_later(box):
    box.ok("ping")
    process = box.start("server", "logs", "-f", "-n0")
    with open(box.log, "a", encoding="utf-8") as file:
        def written():
            file.write("a new line\n")
            file.flush()
            out = process.stdout.fileno()
            return select.select([out], [], [], 0.2)[0] and b"a new line\n" in os.read(out, 999)
        wait_until(written, "the new line")
    process.send_signal(signal.SIGINT)
    equal(box.finish(process).err, "")


@test
def logs_needs_no_server(box):
    box.ok("ping")
    box.kill_server()
    check(box.ok("server", "logs").out, "nothing")
    equal(box.server_pid(), None)


@test
def ping_starts_a_server_and_names_its_pid(box):
    out = box.ok("ping").out
    matches(out, r"\Apong from pid \d+ in \d+\.\d+ ms\n\Z")
    equal(out.split()[3], str(box.server_pid()))


@test
def ping_count_sums_up(box):
    lines = box.ok("ping", "-c", "5").out.splitlines()
    equal(len(lines), 6)
    matches(lines[5], r"\A5 pings: least [\d.]+ ms, median [\d.]+ ms, most [\d.]+ ms\Z")


@test
def call_prints_the_result_on_one_line_in_a_pipe(box):
    out = box.ok("call", "system.ping").out
    equal(out.count("\n"), 1)
    equal(json.loads(out)["pong"], True)


@test
def call_lays_the_result_out_on_a_terminal(box):
    text = box.on_terminal("call", "system.version").out
    check(text.count("\n") > 3, text)
    equal(json.loads(text)["protocol"], "json-rpc-2.0")


@test
def call_takes_params_by_name_by_position_and_from_standard_input(box):
    job_id = box.submit("--", "true")
    for params in (json.dumps({"id": job_id}), f"[{job_id}]"):
        equal(box.ok("call", "jobs.get", params).json()["id"], job_id)
        equal(box.ok("call", "jobs.get", "-", input=params).json()["id"], job_id)


@test
def call_reports_an_error_of_the_server_with_its_code(box):
    for method, params, code in (("no.such", "{}", -32601), ("jobs.get", "{}", -32602),
                                 ("jobs.get", '{"id": 99}', -32000)):
        result = box.cli("call", method, params)
        equal((result.status, result.out), (1, ""), method)
        matches(result.err, rf"\Acrystalmath: .+\(error {code}.*\)\n\Z")


@test
def call_can_shut_the_server_down(box):
    box.ok("ping")
    pid = box.server_pid()
    equal(box.ok("call", "system.shutdown").json()["acknowledged"], True)
    wait_until(lambda: not is_running(pid), "the end of the server")


@test
def every_method_that_the_server_describes_has_a_name_and_params(box):
    document = box.ok("call", "rpc.discover").json()
    names = [method["name"] for method in document["methods"]]
    for name in ("system.ping", "jobs.submit", "jobs.subscribe"):
        check(name in names, names)


main()
