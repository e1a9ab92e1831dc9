"""--host and proxy: the server of another machine, through a real sshd."""

import json
import os
import subprocess

from sshd import Sshd
from support import PROGRAM, check, contains, equal, has_subscribed, main, matches, test, wait_until


def there(box, host, *args, **more):
    return box.cli("--host", "login1", *args, env={**host.env, **more.pop("env", {})}, **more)


def ok(box, host, *args, **more):
    result = there(box, host, *args, **more)
    equal(result.status, 0, result)
    return result.out


def remote_processes(host):
    """Which servers run on the other side."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"crystalmath-server") and host.file("run").encode() in b" ".join(words):
                found.append(int(name))
    return found


def frame(message):
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@test
def a_proxy_copies_bytes_both_ways_and_starts_the_server(box):
    call = {"jsonrpc": "2.0", "id": 7, "method": "system.ping"}
    out = box.finish(box.start("proxy", stdin=subprocess.PIPE), frame(call) + frame(call))
    equal(out.status, 0, out)
    equal(out.out.count('"pong":true'), 2, out)
    equal(out.err, "")


@test
def a_proxy_ends_with_its_server(box):
    proxy = box.start("proxy", stdin=subprocess.PIPE)
    wait_until(lambda: os.path.exists(box.socket), "the server")
    box.ok("server", "stop")
    equal(proxy.wait(), 0)


@test
def a_proxy_without_a_server_that_may_not_start_one_says_so(box):
    result = box.cli("--no-start", "proxy")
    equal(result.status, 1)
    contains(result.err, "No server listens")


@test
def more_than_pipes_hold_goes_through_a_proxy_both_ways(box):
    """Requests are sent while answers wait: neither side may wait for the other."""
    call = frame({"jsonrpc": "2.0", "id": 7, "method": "rpc.discover"})
    out = box.finish(box.start("proxy", stdin=subprocess.PIPE), call * 400)
    equal(out.status, 0, out.err)
    equal(out.out.count("Content-Length"), 400)


@test
def a_server_is_started_on_the_host_and_answers(box):
    host = Sshd(box)
    matches(ok(box, host, "ping"), r"\Apong from login1 in \d+\.\d+ ms\n\Z")
    equal(len(remote_processes(host)), 1)
    check(not os.path.exists(box.socket), "a server was started on this side")


@test
def what_a_login_prints_first_does_no_harm(box):
    host = Sshd(box, greeting="Welcome: the queue is down on Monday")
    contains(ok(box, host, "ping"), "pong from login1")


@test
def one_connection_serves_all_commands(box):
    host = Sshd(box)
    for _ in range(3):
        ok(box, host, "jobs")
    equal(host.read("log").count("Accepted publickey"), 1, host.read("log"))


@test
def submit_runs_there_with_every_word_as_it_was_given(box):
    host = Sshd(box)
    words = ["two words", "it's", "$HOME", "`id`", "a\nb", "", "*", "\\", "\"", "-n", "!x", "~"]
    number = ok(box, host, "submit", "--name", "odd 'name'", "--", "printf", "<%s>", *words).strip()
    ok(box, host, "wait", number)
    equal(ok(box, host, "log", number), "".join(f"<{word}>" for word in words))
    job = json.loads(ok(box, host, "show", number, "--json"))
    equal(job["name"], "odd 'name'")
    equal(json.loads(box.ok("jobs", "--json").out)["jobs"], [])


@test
def a_real_calculation_runs_there_and_is_seen_from_here(box):
    host = Sshd(box)
    path = box.silicon()
    number = ok(box, host, "submit", path).strip()
    ok(box, host, "wait", number)
    contains(ok(box, host, "show", number), "converged")


@test
def status_of_the_remote_command_comes_back(box):
    host = Sshd(box)
    number = ok(box, host, "submit", "--", "sh", "-c", "exit 3").strip()
    equal(there(box, host, "wait", number).status, box_status_of_a_failed_job(box))


def box_status_of_a_failed_job(box):
    number = box.ok("submit", "--", "sh", "-c", "exit 3").out.strip()
    return box.cli("wait", number).status


@test
def a_host_that_cannot_be_reached_is_said_with_the_words_of_ssh(box):
    host = Sshd(box)
    host.stop()
    result = there(box, host, "ping")
    equal(result.status, 1)
    contains(result.err, "login1 cannot be reached: ssh ended with exit code 255:")
    contains(result.err, "Connection refused")


@test
def a_host_without_the_program_is_told_what_to_do(box):
    host = Sshd(box)
    for words in (("ping",), ("submit", "--", "true")):
        result = there(box, host, *words, env={"CRYSTALMATH_HOST_PROGRAM": "no-such-program"})
        check(result.status != 0, result)
        contains(result.err, "there is no program no-such-program on this host")
        contains(result.err, "[host]")


@test
def an_installation_below_the_home_folder_is_found(box):
    host = Sshd(box)
    folder = os.path.join(host.file("home"), ".local", "bin")
    os.makedirs(folder)
    os.symlink(PROGRAM, os.path.join(folder, "crystalmath"))
    home = there(box, host, "submit", "--", "sh", "-c", "echo $HOME")
    equal(home.status, 0, home)
    ok(box, host, "wait", home.out.strip())
    equal(ok(box, host, "log", home.out.strip()), host.file("home") + "\n")
    contains(ok(box, host, "ping", env={"CRYSTALMATH_HOST_PROGRAM": "crystalmath"}), "pong")


@test
def what_is_no_host_is_refused(box):
    for word in ("", "-oProxyCommand=x", "a b"):
        result = box.cli(f"--host={word}", "ping")
        equal(result.status, 2)
        contains(result.err, "--host needs a host")


@test
def a_wait_goes_on_after_the_connection_was_cut(box):
    host = Sshd(box)
    number = ok(box, host, "submit", "--", "sh", "-c", box.gate()).strip()
    wait = box.start("--host", "login1", "wait", number, env=host.env)
    has_subscribed(wait)
    host.cut()
    box.open_gate()
    result = box.finish(wait)
    equal(result.status, 0, result)


@test
def a_server_of_another_version_is_used_and_said(box):
    answers = [{"jsonrpc": "2.0", "id": 1, "result": {"version": "9.9", "protocol": "json-rpc-2.0"}},
               {"jsonrpc": "2.0", "id": 2, "result": {"pong": True}}]
    first, second = (box.write(f"answer{i}", frame(answer)) for i, answer in enumerate(answers))
    # The third line has the end of the first request and the beginning of the second.
    ssh = box.write("ssh", f"#!/bin/sh\ncat '{first}'; read x; read x; read x; cat '{second}' -\n",
                    0o755)
    result = box.cli("--host", "login1", "ping", env={"CRYSTALMATH_SSH_COMMAND": ssh})
    equal(result.status, 0, result)
    contains(result.out, "pong from login1")
    contains(result.err, "the server on login1 is version 9.9, this is version")
    contains(result.err, "crystalmath --host login1 server restart")


@test
def an_ssh_that_is_not_there_is_named(box):
    result = box.cli("--host", "login1", "ping", env={"CRYSTALMATH_SSH_COMMAND": "no-such-ssh"})
    equal(result.status, 1)
    contains(result.err, "running no-such-ssh failed")
    result = box.cli("--host", "login1", "submit", "x.in",
                     env={"CRYSTALMATH_SSH_COMMAND": "no-such-ssh"})
    equal(result.status, 1)
    contains(result.err, "no-such-ssh cannot be run")


main()
