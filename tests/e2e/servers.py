"""Servers for the tests of the start: the real one run by hand, scripts in its place, and a
fake one that says what a test wants; and many clients that come at the same moment."""

import json
import os
import re
import socket
import subprocess
import threading

from support import DEADLINE, PROGRAM, Result, Skip, check, equal, is_running, wait_until

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
    """Whether something listens there."""
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


def script(box, text):
    """The environment in which this shell text is started for the server. `$REAL "$@"` is
    the server as it would have been started."""
    path = box.write("server.sh", "#!/bin/sh\n" + text + "\n", 0o755)
    return {"CRYSTALMATH_SERVER": path, "REAL": SERVER}


def counted(box, text='exec "$REAL" "$@"'):
    """The same, with a line in the file "starts" for each start."""
    return script(box, f"echo $$ >>'{box.path('starts')}'\n{text}")


def starts(box):
    """The pids that `counted` has seen."""
    try:
        return [int(line) for line in box.read("starts").split()]
    except FileNotFoundError:
        return []


def servers(box):
    """The pids of all server processes of this box."""
    found = []
    for pid in box.processes():
        try:
            if os.path.samefile(f"/proc/{pid}/exe", SERVER) and is_running(pid):
                found.append(pid)
        except OSError:
            pass
    return found


def alone(box, pid):
    """This server is the only one, or is soon: one that gives way has told so before its process
    is gone."""
    wait_until(lambda: servers(box) == [pid], f"the servers to be {pid} alone")


def starts_in_log(box):
    """How many servers have come up, by their log."""
    try:
        with open(box.log, encoding="utf-8") as log:
            return log.read().count("ready: version")
    except FileNotFoundError:
        return 0


def leave_stale_socket(path):
    """A socket file that nobody listens at."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    check(not answers(path), "not stale")


def stampede(box, n, *args, env=None, at_once=lambda: None):
    """Run the program n times, all let loose at one moment, together with at_once(). The
    results."""
    reading, writing = os.pipe()
    try:
        clients = [subprocess.Popen(
            ["sh", "-c", 'read go; exec "$0" "$@"', PROGRAM, *args],
            env={**box.env, **(env or {})}, cwd=box.work, stdin=reading,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(n)]
        box.started += clients
    finally:
        os.close(reading)
        os.close(writing)  # the signal to go
    at_once()
    return [box.finish(client) for client in clients]


def all_pong(results):
    """Every client got its answer and said nothing else; the pids that answered."""
    for result in results:
        equal((result.status, result.err), (0, ""), result)
    return {int(re.match(r"pong from pid (\d+) ", result.out).group(1)) for result in results}


class FakeServer:
    """Listens at a path in a thread of the test and answers by a table: method → result, or
    NEVER, HANG_UP, or DIE, which is that it listens no more and hangs up. What is not in the table is answered with {}. `seen` has the methods
    asked for."""

    NEVER = object()
    HANG_UP = object()
    DIE = object()
    VERSION = {"version": "9.8.7", "protocol": "json-rpc-2.0", "transport": "unix-socket"}

    def __init__(self, path, table=None, backlog=64):
        self.table = {"system.version": self.VERSION, **(table or {})}
        self.seen = []
        self.connections = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(backlog)
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(DEADLINE)
        for connection in self.connections:
            connection.close()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        data = b""
        try:
            while True:
                head, gap, rest = data.partition(b"\r\n\r\n")
                size = int(re.search(rb"\d+", head).group()) if gap else 0
                if not gap or len(rest) < size:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                    continue
                data = rest[size:]
                if not self._answer(connection, json.loads(rest[:size])):
                    return
        except OSError:
            return

    def _answer(self, connection, request):
        method = request["method"]
        self.seen.append(method)
        result = self.table.get(method, {})
        if result is self.DIE:
            self.listener.shutdown(socket.SHUT_RDWR)
        if result in (self.HANG_UP, self.DIE):
            connection.shutdown(socket.SHUT_RDWR)
            return False
        if result is not self.NEVER:
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
            connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return True


class OtherUser:
    """A user id of our own in a user namespace, whose fallback in /tmp no other test shares."""

    def __init__(self, box):
        self.box = box
        self.uid = 100000 + os.getpid()
        self.socket = f"/tmp/crystalmath-{self.uid}.sock"
        self.prefix = ["unshare", "--user", f"--map-user={self.uid}"]
        if subprocess.run([*self.prefix, "true"], capture_output=True).returncode != 0:
            raise Skip("this kernel gives us no user namespace")

    def __enter__(self):
        self.clean()
        return self

    def __exit__(self, *_):
        self.run("server", "stop")
        self.clean()

    def clean(self):
        for end in ("", ".lock", ".start", ".new"):
            path = self.socket + end
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.lexists(path):
                os.unlink(path)

    def run(self, *args, runtime=None):
        """The program with XDG_RUNTIME_DIR as told, or without."""
        env = {**self.box.env, "XDG_RUNTIME_DIR": runtime}
        done = subprocess.run([*self.prefix, PROGRAM, *args], stdin=subprocess.DEVNULL,
                              env={k: v for k, v in env.items() if v is not None},
                              cwd=self.box.work, capture_output=True, text=True, timeout=DEADLINE)
        return Result(done.returncode, done.stdout, done.stderr)
