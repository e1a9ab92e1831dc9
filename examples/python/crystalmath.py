#!/usr/bin/env python3
"""Talk to crystalmath-server, starting it when it is not there. Python's standard library only:
copy this file beside your program.

    from crystalmath import Client

    with Client() as client:
        print(client.call("jobs.list", {"limit": 10})["jobs"])

        results = client.batch([("system.version", None), ("jobs.get", {"id": 1})])

        with client.subscribe() as jobs:
            print(jobs.snapshot)
            for method, params in jobs:
                print(method, params)

Or from a shell:

    python3 crystalmath.py call system.ping
    python3 crystalmath.py call jobs.list '{"limit": 10}'
    python3 crystalmath.py watch

Methods and notifications are in crystalmath-protocol(7) and in the answer to rpc.discover.

Every exception is an Error whose text is one or more sentences for a person: what happened, why,
what to do next. OutcomeUnknown is the one to think about: the request was sent and no answer came,
so it may have been carried out. No request is ever sent twice. All others mean that it was not
carried out, or, RpcError, that the server has answered so.

A Client is for one thread at a time. Times are seconds.
"""

import argparse
import collections
import errno
import fcntl
import json
import os
import random
import select
import shutil
import socket
import stat
import struct
import subprocess
import sys
import time

CALL_TIMEOUT = 30.0
START_TIMEOUT = 5.0
BODY_MAX = 100 * 1024 * 1024
HEADER_MAX = 8192
NOTICES_MAX = 10000
PROTOCOL_VERSION = 1


class Error(Exception):
    """Of everything in this file."""

class InvalidArgument(Error):
    """Parameters that are no JSON, or a request that is too large."""

class NoServer(Error):
    """Nothing listens at the socket path."""

class NotASocket(Error):
    """Something else lies at the socket path; it was left alone."""

class NotPermitted(Error):
    """The socket or its server is another user's, or its mode shuts us out."""

class StartFailed(Error):
    """The server could not be started, or ended before it was ready."""

class Timeout(Error):
    """Not in time, and nothing was carried out."""

class Disconnected(Error):
    """There is no connection, or it ended before the request was sent."""

class OutcomeUnknown(Error):
    """The request was sent, and no answer came in time or before the connection ended."""

class ProtocolError(Error):
    """The server speaks something else."""


class RpcError(Error):
    """The server answered with an error: `code`, and `data` or None."""

    def __init__(self, message, code, data=None):
        super().__init__(message)
        self.code = code
        self.data = data


def default_socket_path():
    """The path that the server and all clients share."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        try:
            info = os.stat(runtime)
        except OSError:
            info = None
        if (info and stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid()
                and not info.st_mode & stat.S_IWOTH):
            return os.path.join(runtime, "crystalmath.sock")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/crystalmath.sock")
    return f"/tmp/crystalmath-{os.geteuid()}.sock"


class Client:
    """A connection. Used with `with`, it connects, starting the server where none runs."""

    def __init__(self, socket_path=None, server=None, call_timeout=CALL_TIMEOUT,
                 start_timeout=START_TIMEOUT):
        """server: the program to start; else $CRYSTALMATH_SERVER, else the one on PATH."""
        self.socket_path = os.path.abspath(socket_path or default_socket_path())
        self.server = server
        self.server_version = None
        self.call_timeout = call_timeout
        self.start_timeout = start_timeout
        self._socket = None
        self._last_id = 0
        self._reset()

    def _reset(self):
        self._in = bytearray()
        self._out = bytearray()
        self._queued = self._sent = 0  # bytes, of this connection
        self._waiting = set()          # ids
        self._answers = {}             # by id
        self._notices = collections.deque()
        self._missed = 0

    def __enter__(self):
        if not self.connected:
            self.connect_or_start()
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def connected(self):
        return self._socket is not None

    def close(self):
        if self._socket:
            self._socket.close()
            self._socket = None

    # Connecting

    def connect(self):
        """Once; nothing is started. That it succeeds does not prove the server well: a call does."""
        self.close()
        self._reset()
        self._socket = _connect(self.socket_path)

    def connect_or_start(self):
        """Connect, starting the server where none runs; it has answered when this returns."""
        deadline = time.monotonic() + self.start_timeout
        half = deadline - self.start_timeout / 2
        pause = 0.01
        while True:
            try:
                return self._try_start(deadline, half)
            except _Again as again:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Timeout(
                        f"No server could be reached at {self.socket_path} within "
                        f"{self.start_timeout:g} s. The last reason: {again} See crystalmath server "
                        "status and crystalmath server logs, then try again.") from None
                time.sleep(min(left, pause * random.uniform(0.5, 1)))
                pause = min(pause * 2, 0.2)

    def _try_start(self, deadline, half):
        try:
            return self._reach(self.socket_path, deadline)
        except NoServer:
            pass
        with _StartLock(self.socket_path + ".start") as held:
            if not held and time.monotonic() < half:
                raise _Again("Another program is starting the server.")
            try:  # the lock's last holder may have finished the start
                return self._reach(self.socket_path, deadline)
            except NoServer:
                pass
            place = _start_server(_find_server(self.server), self.socket_path, deadline,
                                  self.start_timeout)
            try:
                return self._reach(place, deadline)
            except NoServer:
                raise _Again("The server had gone before it was reached.") from None

    def _reach(self, path, deadline):
        """Connect and greet: only an answer proves health."""
        self.close()
        self._reset()
        self._socket = _connect(path)
        try:
            told = self._call("system.version", None, deadline)
        except (Disconnected, OutcomeUnknown):
            if not self.connected:
                raise _Again("The server ended before it answered.") from None
            self.close()
            raise Timeout(
                f"The server at {path} is unresponsive: it did not answer system.version within "
                f"{self.start_timeout:g} s. It was left running, and no second one was started. See "
                "its last words: crystalmath server logs.") from None
        except RpcError:
            return  # it has answered, and that is enough
        told = told if isinstance(told, dict) else {}
        spoken = told.get("protocol", "json-rpc-2.0")
        version = told.get("protocol_version", PROTOCOL_VERSION)
        self.server_version = told.get("version")
        if spoken != "json-rpc-2.0" or version != PROTOCOL_VERSION:
            self.close()
            raise ProtocolError(
                f"The server at {path} is version {self.server_version} and speaks {spoken}, "
                f"protocol version {version}, this is json-rpc-2.0, protocol version "
                f"{PROTOCOL_VERSION}; crystalmath server restart replaces it, and no job is lost.")

    # Calling

    def call(self, method, params=None, timeout=None):
        """Call a method and return its result. params: a dict, a list or None."""
        return self._call(method, params, self._deadline(timeout))

    def notify(self, method, params=None):
        """Send a notification, which has no answer."""
        self._exchange(_request(method, params), [], method, self._deadline(None))

    def batch(self, calls, timeout=None):
        """Call several methods in one message: [(method, params), …]. Returns their results in
        order; where the server answered with an error there is an RpcError, which is not raised."""
        ids = list(range(self._last_id + 1, self._last_id + 1 + len(calls)))
        if not ids:
            return []
        self._last_id = ids[-1]
        message = [_request(method, params, id_) for id_, (method, params) in zip(ids, calls)]
        answers = self._exchange(message, ids, "the batch", self._deadline(timeout))
        return [_result(answer, raising=False) for answer in answers]

    def subscribe(self, **params):
        """Subscribe to jobs; params as those of jobs.subscribe. See Subscription."""
        return Subscription(self, self.call("jobs.subscribe", params))

    def _deadline(self, timeout):
        return time.monotonic() + (self.call_timeout if timeout is None else timeout)

    def _call(self, method, params, deadline):
        self._last_id += 1
        request = _request(method, params, self._last_id)
        answer, = self._exchange(request, [self._last_id], method, deadline)
        return _result(answer)

    def _queue(self, message):
        """Where its frame begins and ends, in bytes of this connection."""
        if not self.connected:
            raise Disconnected(f"There is no connection to the server at {self.socket_path}. "
                               "Connect first.")
        try:
            body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, ValueError) as why:
            raise InvalidArgument(f"The parameters are no JSON: {why}.") from None
        if len(body) > BODY_MAX:
            raise InvalidArgument(f"The request has {len(body)} bytes, and the server takes at most "
                                  f"{BODY_MAX}.")
        begin = self._queued
        self._out += b"Content-Length: %d\r\n\r\n" % len(body) + body
        self._queued = self._sent + len(self._out)
        return begin, self._queued

    def _exchange(self, message, ids, what, deadline):
        """Send and wait for all answers; what else comes in goes where it belongs."""
        begin, end = self._queue(message)
        self._waiting.update(ids)
        try:
            while self._sent < end or not all(id_ in self._answers for id_ in ids):
                if not self._turn(deadline):
                    raise self._late(what, begin)
            return [self._answers[id_] for id_ in ids]
        except _Ended as why:
            if self._sent >= end:
                raise OutcomeUnknown(f"{why} before it answered {what}. Whether the request was "
                                     "carried out is unknown: look before you repeat it.") from None
            raise Disconnected(f"{why} before {what} was sent. Nothing of it was carried out: connect "
                               "again and repeat it.") from None
        finally:
            self._waiting.difference_update(ids)
            for id_ in ids:
                self._answers.pop(id_, None)

    def _late(self, what, begin):
        if self._sent > begin:
            return OutcomeUnknown(
                f"The server at {self.socket_path} did not answer {what} in time. It was left running "
                "and may still carry the request out. See what it does: crystalmath server status, "
                "crystalmath server logs.")
        del self._out[begin - self._sent:]
        self._queued = begin
        return Timeout(f"The server at {self.socket_path} did not take {what} in time, and it was "
                       "withdrawn. See what it does: crystalmath server status, crystalmath server "
                       "logs.")

    # The wire

    def _turn(self, deadline):
        """Wait until something can be sent or received, and do so. False: the deadline came."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._out else 0))
        left = None if deadline is None else max(0, deadline - time.monotonic()) * 1000
        ready = poll.poll(left)
        if not ready:
            return False
        events = ready[0][1]
        if events & select.POLLOUT:
            try:
                count = self._socket.send(self._out)
                self._sent += count
                del self._out[:count]
            except BlockingIOError:
                pass
            except (BrokenPipeError, ConnectionResetError):
                pass  # answers may still lie in the socket; the end is seen behind them
        if events & ~select.POLLOUT:
            self._receive()
        return True

    def _receive(self):
        try:
            data = self._socket.recv(256 * 1024)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self.close()
            raise _Ended(f"The server at {self.socket_path} closed the connection")
        self._in += data
        try:
            for body in self._frames():
                message = json.loads(body)
                for one in message if isinstance(message, list) else [message]:
                    self._take(one)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.close()
            raise ProtocolError(f"The server at {self.socket_path} sent what is no JSON-RPC 2.0. "
                                "The connection was closed.") from None

    def _frames(self):
        while True:
            end = self._in.find(b"\r\n\r\n", 0, HEADER_MAX)
            if end < 0:
                if len(self._in) >= HEADER_MAX:
                    raise ValueError("a header without end")
                return
            size = None
            for line in bytes(self._in[:end]).split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length":
                    size = int(value)
            if size is None or not 0 < size <= BODY_MAX:
                raise ValueError("no length that can be")
            if len(self._in) < end + 4 + size:
                return
            body = bytes(self._in[end + 4:end + 4 + size])
            del self._in[:end + 4 + size]
            yield body

    def _take(self, message):
        """An answer goes to who waits for it, or nowhere; a notification is kept."""
        if "method" in message:
            if len(self._notices) < NOTICES_MAX and not self._missed:
                self._notices.append((message["method"], message.get("params")))
            else:
                self._missed += 1
        elif message["id"] in self._waiting:
            self._answers[message["id"]] = message
        elif message["id"] is None:
            raise ValueError("the server could not read a request")

    def next_notification(self, timeout=None, wanted=lambda method, params: True):
        """The oldest notification that is wanted, as (method, params), waiting for it; None when the
        timeout has passed. At most NOTICES_MAX are kept; what came beyond that is told by one
        ("client.missed", {"count": N}) behind them: ask the server again then."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            for index, notice in enumerate(self._notices):
                if wanted(*notice):
                    del self._notices[index]
                    return notice
            if self._missed:
                count, self._missed = self._missed, 0
                return "client.missed", {"count": count}
            if not self.connected:
                raise Disconnected(f"There is no connection to the server at {self.socket_path}. "
                                   "Connect and subscribe again.")
            try:
                if not self._turn(deadline):
                    return None
            except _Ended as why:
                raise Disconnected(f"{why}. Connect and subscribe again.") from None


class Subscription:
    """What changes, as (method, params) for ever, waiting for each. `snapshot` is the state of the
    jobs when it began. It ends with its connection, with Disconnected."""

    def __init__(self, client, answer):
        self.client = client
        self.number = answer["subscription"]
        self.snapshot = answer["jobs"]

    def __iter__(self):
        return self

    def __next__(self):
        return self.wait()

    def wait(self, timeout=None):
        """The next one; None when the timeout has passed."""
        return self.client.next_notification(timeout, self._is_mine)

    def _is_mine(self, method, params):
        return isinstance(params, dict) and params.get("subscription") == self.number

    def close(self):
        if self.client.connected:
            self.client.call("jobs.unsubscribe", {"subscription": self.number})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()


# Below here is what a user of this file need not know.


class _Again(Exception):
    """The start has to be tried from its beginning; the text says why."""


class _Ended(Exception):
    """The connection has ended; the text is a clause."""


def _request(method, params, id_=None):
    message = {"jsonrpc": "2.0", "method": method}
    if id_ is not None:
        message["id"] = id_
    if params is not None:
        message["params"] = params
    return message


def _result(answer, raising=True):
    if "error" not in answer:
        return answer["result"]
    error = answer["error"]
    exception = RpcError(error.get("message") or "The server refused without a reason.",
                         error.get("code", 0), error.get("data"))
    if raising:
        raise exception
    return exception


def _check_place(path):
    """What lies at the path, before anything is said to it."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        raise NoServer(f"No server listens at {path}: there is no socket. Start one: crystalmath "
                       "server start.") from None
    except OSError as why:
        raise NotPermitted(f"{path} cannot be reached: {why.strerror}. Use a path in a folder of "
                           "yours.") from None
    if not stat.S_ISSOCK(info.st_mode):
        raise NotASocket(f"{path} is no socket; it was left alone. Move it away, or use another "
                         "socket path.")
    if info.st_uid != os.geteuid():
        raise NotPermitted(f"The socket {path} belongs to user {info.st_uid}, and you are user "
                           f"{os.geteuid()}. Each user has a server of their own; use another socket "
                           "path.")


def _connect_to(made, path):
    """connect(2), also where the path is longer than a socket's address."""
    try:
        made.connect(path)
    except OSError as why:
        if why.errno is not None or not os.path.isdir("/proc/self/fd"):
            raise
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            made.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        finally:
            os.close(folder)


def _connect(path):
    _check_place(path)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.setblocking(False)
        _connect_to(made, path)
        if hasattr(socket, "SO_PEERCRED"):
            _, uid, _ = struct.unpack("3i", made.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if uid != os.geteuid():
                raise NotPermitted(f"The server at {path} is run by user {uid}, and you are user "
                                   f"{os.geteuid()}. Use another socket path.")
        result, made = made, None
        return result
    except OSError as why:
        raise _refused(path, why) from None
    finally:
        if made:
            made.close()


def _refused(path, why):
    if isinstance(why, (FileNotFoundError, ConnectionRefusedError)):
        return NoServer(f"No server listens at {path}; the socket was left behind by one that has "
                        "ended. Start one: crystalmath server start.")
    if isinstance(why, BlockingIOError):
        return _Busy(f"The server at {path} does not take connections: its queue is full.")
    if isinstance(why, PermissionError):
        return NotPermitted(f"The socket {path} is closed to you by its mode. Allow yourself in: "
                            f"chmod 600 {path}.")
    if why.errno in (errno.EPROTOTYPE, errno.ENOTSOCK):
        return NotASocket(f"{path} is no stream socket; it was left alone. Move it away, or use "
                          "another socket path.")
    return Error(f"Connecting to {path} failed: {why}.")


class _Busy(Timeout, _Again):
    """A reason to try again while starting, a Timeout to who connects once."""


class _StartLock:
    """The lock that keeps many clients from starting many programs. Only a damper: that one server
    serves an account is the server's own lock to ensure. Gives whether it was taken."""

    def __init__(self, path):
        self.path = path
        self.file = -1

    def __enter__(self):
        try:
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return os.fstat(self.file).st_uid != os.geteuid()  # it could be held for ever
        except OSError:
            return True  # no lock to be had here: go on without it

    def __exit__(self, *_):
        if self.file >= 0:
            os.close(self.file)


def _find_server(told):
    wanted = told or os.environ.get("CRYSTALMATH_SERVER")
    found = shutil.which(wanted or "crystalmath-server")
    if found:
        return os.path.abspath(found)
    if wanted:
        raise StartFailed(f"The server cannot be started: {wanted} is no program that can be run. "
                          "Set CRYSTALMATH_SERVER to the path of crystalmath-server.")
    raise StartFailed("The server cannot be started: crystalmath-server is not on PATH. Set "
                      "CRYSTALMATH_SERVER to the path of crystalmath-server, or install it.")


def _start_server(program, socket_path, deadline, limit):
    """Start it in a session of its own, wait for its word; returns the path where a server is."""
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as pipe:
        try:
            process = subprocess.Popen(
                [program, "--socket", socket_path, "--ready-fd", str(writer)], pass_fds=[writer],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True)
        except OSError as why:
            raise StartFailed(f"The server cannot be started: running {program} failed "
                              f"({why.strerror}). Set CRYSTALMATH_SERVER to a crystalmath-server that "
                              "runs on this machine.") from None
        finally:
            os.close(writer)
        line = _read_line(pipe, deadline)
    if line is None:
        process.poll()
        raise Timeout(f"The server {program} (process {process.pid}) was started and did not report "
                      f"ready within {limit:g} s. It was left running: see crystalmath server status "
                      "and crystalmath server logs, then try again.")
    if not line.endswith(b"\n"):
        try:
            end = f"ended with exit code {process.wait(1)}"
        except subprocess.TimeoutExpired:
            end = "closed its readiness pipe without a word"
        raise StartFailed(f"The server {program} {end} before it was ready. See crystalmath server "
                          "logs.")
    try:
        process.wait(0.1)  # its first process ends as soon as it has gone into the background
    except subprocess.TimeoutExpired:
        pass
    word, _, rest = line.decode(errors="replace").rstrip("\n").partition(" ")
    if word in ("READY", "ALREADY_RUNNING"):
        return rest.partition(" ")[2]
    if word == "BUSY":
        raise _Again(f"The server is not available: {rest}.")
    if word == "FAILED":
        raise StartFailed(f"The server could not start: {rest}")
    raise StartFailed(f"{program} started, but does not speak as crystalmath-server does. Set "
                      "CRYSTALMATH_SERVER to the right program.")


def _read_line(pipe, deadline):
    """What came until a line's end or the pipe's; None when the deadline came first."""
    line = b""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while not line.endswith(b"\n"):
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            return None
        piece = pipe.read(4096)
        if not piece:
            break
        line += piece
    return line


def _show(value):
    print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] + ".")
    parser.add_argument("--socket", help="where it listens, or is to listen")
    verbs = parser.add_subparsers(dest="verb", required=True)
    call = verbs.add_parser("call", help="call a method and print its result")
    call.add_argument("method")
    call.add_argument("params", nargs="?", type=json.loads, help="a JSON object or array")
    verbs.add_parser("watch", help="print the jobs, and then what changes")
    words = parser.parse_args()
    try:
        with Client(words.socket) as client:
            if words.verb == "call":
                _show(client.call(words.method, words.params))
            else:
                with client.subscribe() as jobs:
                    _show(jobs.snapshot)
                    for method, params in jobs:
                        _show({"method": method, "params": params})
    except Error as why:
        sys.exit(f"crystalmath.py: {why}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
