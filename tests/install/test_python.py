"""examples/python/crystalmath.py against a real server, and against one that a test plays."""

import json
import os
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "e2e"), os.path.join(ROOT, "examples", "python")]

import crystalmath
from support import DEADLINE, check, contains, equal, main, test


def start(box, *args, **env):
    process = subprocess.Popen(
        [sys.executable, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=box.work,
        env={**box.env, "PYTHONPATH": os.path.join(ROOT, "examples", "python"),
             "PYTHONDONTWRITEBYTECODE": "1", **env})
    box.started.append(process)
    return process


def script(box, text, **env):
    """Run a program that has a connected `client`; what it printed as JSON."""
    head = "import json, crystalmath\nfrom crystalmath import *\n"
    done = box.finish(start(box, "-c", head + text, **env))
    equal(done.status, 0, done)
    return json.loads(done.out)


def shell(box, *args, **env):
    return box.finish(start(box, os.path.join(ROOT, "examples", "python", "crystalmath.py"), *args,
                            **env))


@test
def a_call_from_the_shell_starts_the_server(box):
    done = shell(box, "call", "system.ping")
    equal(done.json()["pong"], True)
    equal(box.call("system.status")["socket"], box.socket)


@test
def the_path_is_the_one_of_the_library(box):
    def both(**env):
        told = script(box, "print(json.dumps(default_socket_path()))", **env)
        status = box.cli("server", "status", "--json", env=env).json()
        equal(told, status["socket"])
        return told
    equal(both(), box.socket)
    equal(both(XDG_RUNTIME_DIR="relative"), f"/tmp/crystalmath-{os.geteuid()}.sock")
    open_to_all = os.path.join(box.root, "open")
    os.mkdir(open_to_all)
    os.chmod(open_to_all, 0o777)
    equal(both(XDG_RUNTIME_DIR=open_to_all), f"/tmp/crystalmath-{os.geteuid()}.sock")


@test
def eight_programs_at_once_reach_one_server(box):
    text = "from crystalmath import *\nwith Client(start_timeout=60) as c: print(c.call('system.status')['pid'])"
    started = [start(box, "-c", text) for _ in range(8)]
    ended = [box.finish(process) for process in started]
    equal([done.status for done in ended], [0] * 8, ended)
    equal(len({done.out for done in ended}), 1, ended)


@test
def what_changes_is_told_to_who_has_subscribed(box):
    events = script(box, """
events = []
with Client() as client, client.subscribe() as jobs:
    job = client.call("jobs.submit", {"command": ["true"], "directory": "/tmp"})
    for method, params in jobs:
        events.append([method, params["job"]["id"], params["job"]["state"]])
        if params["job"]["state"] == "completed":
            break
print(json.dumps([jobs.snapshot, job["id"], events]))
""")
    snapshot, job, seen = events
    equal(snapshot, [])
    equal(seen[-1], ["jobs.changed", job, "completed"])


@test
def a_wait_for_what_does_not_come_ends(box):
    equal(script(box, """
with Client() as client, client.subscribe() as jobs:
    print(json.dumps(jobs.wait(0)))
"""), None)


@test
def a_batch_gives_results_and_errors_in_order(box):
    equal(script(box, """
with Client() as client:
    client.notify("system.ping")
    one, two, three = client.batch([("system.ping", None), ("jobs.get", {"id": 9}), ("jobs.list", [])])
    assert client.batch([]) == []
print(json.dumps([one["pong"], type(two).__name__, two.code, three["jobs"]]))
"""), [True, "RpcError", -32000, []])


@test
def an_error_of_the_server_has_its_words_and_its_code(box):
    done = shell(box, "call", "jobs.nonsense")
    equal(done.status, 1)
    contains(done.err, "crystalmath.py: ")
    contains(done.err, "jobs.nonsense")
    equal(script(box, """
with Client() as client:
    try:
        client.call("jobs.nonsense")
    except RpcError as why:
        print(why.code)
"""), -32601)


@test
def a_server_that_cannot_be_started_is_told(box):
    done = shell(box, "call", "system.ping", CRYSTALMATH_SERVER="/nowhere/server")
    equal(done.status, 1)
    contains(done.err, "/nowhere/server is no program that can be run")
    broken = box.write("broken", "#!/bin/sh\nexit 3\n", 0o755)
    contains(shell(box, "call", "system.ping", CRYSTALMATH_SERVER=broken).err, "exit code 3")
    stranger = box.write("stranger", "#!/bin/sh\neval \"echo hello >&$4\"\n", 0o755)
    contains(shell(box, "call", "system.ping", CRYSTALMATH_SERVER=stranger).err,
             "does not speak as crystalmath-server does")


@test
def a_file_at_the_path_is_refused_and_left_alone(box):
    with open(box.socket, "w", encoding="ascii") as file:
        file.write("mine")
    contains(shell(box, "call", "system.ping").err, "is no socket; it was left alone")
    with open(box.socket, encoding="ascii") as file:
        equal(file.read(), "mine")


@test
def a_socket_left_behind_does_not_hinder_the_start(box):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(box.socket)
    equal(script(box, """
try:
    Client().connect()
except NoServer as why:
    assert "left behind" in str(why)
with Client(start_timeout=60) as client:
    print(json.dumps(client.call("system.ping")["pong"]))
"""), True)


@test
def a_path_longer_than_an_address_is_reached(box):
    folder = os.path.join(box.root, "x" * 120)
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "a.sock")
    equal(script(box, f"""
with Client({path!r}) as client:
    print(json.dumps([client.socket_path, client.call("system.status")["socket"]]))
"""), [path, path])


class Played:
    """A server that the test plays: `play` gets the connection and runs in a thread."""

    def __init__(self, box, play):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(box.socket)
        self.listener.listen(4)
        self.listener.settimeout(DEADLINE)
        self.thread = threading.Thread(target=self.run, args=[play])
        self.thread.start()

    def run(self, play):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(DEADLINE)
            play(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join(DEADLINE)
        self.listener.close()


def frame(message):
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def read_all(connection):
    while connection.recv(65536):
        pass


def raises(kind, function, *args):
    """The exception of exactly this kind that it raises."""
    try:
        function(*args)
    except crystalmath.Error as why:
        equal(type(why), kind, why)
        return why
    raise AssertionError(f"no {kind.__name__}")


@test
def a_request_that_was_sent_and_not_answered_has_an_unknown_outcome(box):
    with Played(box, lambda connection: connection.recv(65536)):
        client = crystalmath.Client(box.socket)
        client.connect()
        why = raises(crystalmath.OutcomeUnknown, client.call, "jobs.submit")
        contains(str(why), "look before you repeat it")
        equal(client.connected, False)
        raises(crystalmath.Disconnected, client.call, "jobs.submit")


@test
def a_call_that_took_too_long_has_an_unknown_outcome_and_the_late_answer_is_dropped(box):
    go_on = threading.Event()

    def play(connection):
        connection.recv(65536)
        go_on.wait(DEADLINE)
        connection.sendall(frame({"jsonrpc": "2.0", "id": 1, "result": "late"}))
        connection.recv(65536)
        connection.sendall(frame({"jsonrpc": "2.0", "method": "note", "params": {"n": 1}}) +
                           frame({"jsonrpc": "2.0", "id": 2, "result": "right"}))
        read_all(connection)

    with Played(box, play):
        client = crystalmath.Client(box.socket)
        client.connect()
        contains(str(raises(crystalmath.OutcomeUnknown, client.call, "x", None, 0.05)), "in time")
        go_on.set()
        equal(client.call("y"), "right")
        equal(client.next_notification(), ("note", {"n": 1}))
        client.close()


@test
def a_request_that_the_server_never_took_is_withdrawn(box):
    go_on = threading.Event()

    def play(connection):
        go_on.wait(DEADLINE)
        data = b""
        while b"last" not in data:
            data += connection.recv(65536)
        equal(data.count(b"withdrawn"), 0)
        connection.sendall(frame({"jsonrpc": "2.0", "id": 3, "result": data.count(b"Content")}))
        read_all(connection)

    with Played(box, play):
        client = crystalmath.Client(box.socket)
        client.connect()
        big = ["x" * 4000000]
        raises(crystalmath.OutcomeUnknown, client.call, "big", big, 0.05)
        raises(crystalmath.Timeout, client.call, "withdrawn", None, 0.05)
        go_on.set()
        equal(client.call("last"), 2)
        client.close()


@test
def an_answer_cut_anywhere_is_put_together(box):
    answer = frame({"jsonrpc": "2.0", "id": 1, "result": {"ä": [1, 2, 3]}})

    def play(connection):
        connection.recv(65536)
        for at in range(len(answer)):
            connection.sendall(answer[at:at + 1])
        read_all(connection)

    with Played(box, play):
        client = crystalmath.Client(box.socket)
        client.connect()
        equal(client.call("x"), {"ä": [1, 2, 3]})
        client.close()


@test
def what_is_no_json_rpc_ends_the_connection(box):
    for nonsense in (b"HTTP/1.1 200 OK\r\n\r\n", b"Content-Length: 3\r\n\r\n{]}", b"x" * 9000,
                     b"Content-Length: 99999999999999999999\r\n\r\n", frame([1]),
                     frame({"jsonrpc": "2.0", "id": None, "error": {"code": -32700}})):
        def play(connection):
            connection.recv(65536)
            connection.sendall(nonsense)
            read_all(connection)

        with Played(box, play):
            client = crystalmath.Client(box.socket)
            client.connect()
            raises(crystalmath.ProtocolError, client.call, "x")
            equal(client.connected, False)
        os.unlink(box.socket)


@test
def a_server_that_never_answers_is_called_unresponsive_and_left_alone(box):
    with Played(box, read_all):
        client = crystalmath.Client(box.socket, server="/nowhere/server", start_timeout=0.2)
        contains(str(raises(crystalmath.Timeout, client.connect_or_start)), "is unresponsive")


@test
def a_server_of_another_protocol_is_refused(box):
    def play(connection):
        connection.recv(65536)
        connection.sendall(frame({"jsonrpc": "2.0", "id": 1, "result":
                                  {"version": "9", "protocol_version": 2}}))
        read_all(connection)

    with Played(box, play):
        client = crystalmath.Client(box.socket)
        why = raises(crystalmath.ProtocolError, client.connect_or_start)
        contains(str(why), "crystalmath server restart")


@test
def parameters_that_are_no_json_are_refused_and_the_client_goes_on(box):
    box.ok("server", "start")
    client = crystalmath.Client(box.socket)
    client.connect()
    for wrong in ({"a": {1, 2}}, [float("nan")]):
        raises(crystalmath.InvalidArgument, client.call, "system.ping", wrong)
    check(client.call("system.ping")["pong"], "no pong")
    client.close()


main()
