"""Other hands: a script of the standard library and vscode-jsonrpc speak to the server, and the
program speaks to a server made with vscode-jsonrpc.

The script shares nothing with the rest of the tests: it was written from the protocol's page.
"""

import json
import os
import shutil
import socket
import subprocess
import sys

from support import DEADLINE, Result, check, contains, equal, main, test, wait_until

INTEROP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop")


def modules():
    """Where vscode-jsonrpc is, once installed."""
    folder = os.environ.get("INTEROP_MODULES", "/tmp/crystalmath-interop")
    done = subprocess.run([os.path.join(INTEROP, "install"), folder], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0, f"vscode-jsonrpc could not be installed:\n{done.stderr}")
    return done.stdout.strip()


def node(box, script, path):
    """A script of tests/interop, started."""
    process = subprocess.Popen(
        [shutil.which("node"), os.path.join(INTEROP, script), path], cwd=box.work,
        env={**box.env, "NODE_PATH": modules()}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    box.started.append(process)
    return process


def finish(process):
    out, err = process.communicate(timeout=DEADLINE)
    result = Result(process.returncode, out.decode(), err.decode())
    equal(result.status, 0, repr(result))
    return result


def foreign(box):
    """A server of vscode-jsonrpc where the program looks for one."""
    process = node(box, "server.js", box.socket)
    def answers():
        check(process.poll() is None, "the server of vscode-jsonrpc ended")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(box.socket) == 0
    wait_until(answers, "the server of vscode-jsonrpc")
    return process


@test
def a_script_of_the_standard_library_speaks_to_the_server(box):
    box.ok("ping")
    done = subprocess.run([sys.executable, os.path.join(INTEROP, "script.py"), box.socket],
                          env=box.env, cwd=box.work, capture_output=True, text=True,
                          timeout=DEADLINE, check=False)
    equal(done.returncode, 0, done.stderr)
    said = json.loads(done.stdout)
    equal(said["ping"]["pong"], True)
    equal(said["version"]["protocol"], "json-rpc-2.0")
    equal(said["other headers"], True)
    equal(said["id as text"], "größe")
    equal(said["batch"], [["a", True], [None, -32600], ["b", -32601]])
    equal(said["notification"], "nothing")
    equal(said["not json"], [None, -32700])
    equal(said["bad params"], -32602)
    equal(said["states"][-1], "completed")


@test
def vscode_jsonrpc_speaks_to_the_server(box):
    box.ok("ping")
    lines = [json.loads(line) for line in finish(node(box, "client.js", box.socket)).out.splitlines()]
    said = {line["claim"]: line["got"] for line in lines}
    equal(said["ping"]["pong"], True)
    equal((said["version"]["protocol"], said["version"]["transport"]), ("json-rpc-2.0", "unix-socket"))
    for claim in ("by name", "by position", "in flight", "cancelled", "snapshot", "notified",
                  "still there"):
        equal(said[claim], True, claim)
    equal(said["no method"]["code"], -32601)
    equal(said["bad params"]["code"], -32602)
    check(said["no job"]["code"] < 0 and said["no job"]["message"], said["no job"])


@test
def the_program_takes_a_server_of_vscode_jsonrpc_for_its_own(box):
    foreign(box)
    contains(box.ok("ping").out, "pong")
    version = box.ok("call", "system.version")
    equal(version.json()["version"], "9.9.9")
    contains(version.err, "9.9.9")  # another build is warned of


@test
def results_of_a_server_of_vscode_jsonrpc_come_as_they_were(box):
    foreign(box)
    odd = {"größe": [1, 2.5, None, True, "\u0000\U0001F600"], "leer": {}, "tief": [[[[1]]]]}
    equal(box.call("echo", odd), odd)
    equal(box.call("by.position", [1, "zwei"]), ["zwei", 1])


@test
def errors_of_a_server_of_vscode_jsonrpc_are_told_with_code_and_data(box):
    foreign(box)
    refused = box.cli("call", "refuse")
    check(refused.status != 0, refused)
    for part in ("not today", "-32000", "tomorrow"):
        contains(refused.err, part)
    contains(box.cli("call", "no.such.method").err, "-32601")
    contains(box.cli("call", "fail").err, "an accident")


@test
def notifications_between_request_and_answer_are_no_answer(box):
    foreign(box)
    equal(box.call("tell", {"times": 50}), 50)


@test
def a_server_that_asks_its_client_is_told_that_there_is_no_such_method(box):
    foreign(box)
    equal(box.call("ask.back")["code"], -32601)


main()
