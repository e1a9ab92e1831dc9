"""What the end-to-end tests share: a private world for each test, and TAP.

A test is a function that takes a Box; its name is its claim. It runs with a socket, a state
folder, a home and a working folder of its own, so tests can run side by side and beside the
user's own server. When it ends, whatever it left running is ended with it.

    from support import equal, main, test

    @test
    def a_command_prints_its_id(box):
        equal(box.cli("submit", "--", "true").out, "1\n")

    main()

Environment, set by the build: CRYSTALMATH, CRYSTALMATH_SERVER, CRYSTALMATH_SUPERVISOR, the full
paths of the programs. `python3 test_x.py WORD` runs the tests whose claim holds WORD.
"""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

PROGRAM = os.environ.get("CRYSTALMATH", "")
PSEUDO = "/usr/share/espresso/pseudo"
DEADLINE = 60  # seconds that a condition may take on a slow machine; no test waits it out
TEST_DEADLINE = 240  # seconds for a whole test, should it hang where no condition is watched
LOOK = 20  # seconds between two looks at whether it has hung for so long
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HERE = f"/proc/{os.getpid()}"  # as long as the test runs
MARK = "CRYSTALMATH_TEST_BOX"  # in the environment of everything that a test starts
FINAL = ("completed", "failed", "cancelled", "lost")

SILICON = """&control
  calculation = 'scf'
  prefix = 'si'
  outdir = './tmp'
  pseudo_dir = '{pseudo}'
/
&system
  ibrav = 2, celldm(1) = 10.2, nat = 2, ntyp = 1
  ecutwfc = {ecutwfc}
/
&electrons
  conv_thr = {conv_thr}
  electron_maxstep = {maxstep}
/
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si 0.00 0.00 0.00
 Si 0.25 0.25 0.25
K_POINTS automatic
 {k} {k} {k} 1 1 1
"""


class Skip(Exception):
    """This machine lacks what the test needs; the text says what."""


class Result:
    """How a command ended: its status (negative: the signal), and what it printed."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}---"

    def json(self):
        return json.loads(self.out)


def check(truth, why):
    if not truth:
        raise AssertionError(str(why))


def equal(got, want, why=""):
    check(got == want, f"got  {got!r}\nwant {want!r}\n{why}")


def contains(text, part):
    check(part in text, f"{part!r} is not in:\n{text}")


def lacks(text, part):
    check(part not in text, f"{part!r} is in:\n{text}")


def plain(text):
    """Without escape sequences."""
    return re.sub(r"\033\[[0-9;]*m", "", text)


def matches(text, pattern):
    check(re.search(pattern, text), f"nothing matches {pattern!r} in:\n{text}")


def cut(path, size):
    """Cut a file short, as its writer's end does: with the time that it has."""
    before = os.stat(path)
    os.truncate(path, size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


class Patience:
    """Seconds of a machine that has little else to do: where more wants to run than there are
    cores, a second counts for less, down to a tenth."""

    def __init__(self, seconds=DEADLINE):
        self.seconds = self.left = seconds
        self.begun = self.at = time.monotonic()

    def is_over(self):
        now = time.monotonic()
        crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
        self.left -= (now - self.at) / max(1, min(10, crowd))
        self.at = now
        return self.left < 0

    def spent(self):
        return f"{self.at - self.begun:.0f} s"


def wait_until(condition, what, seconds=DEADLINE):
    """Poll until condition() is true; its value is returned."""
    patience = Patience(seconds)
    while True:
        value = condition()
        if value:
            return value
        check(not patience.is_over(), f"waited {patience.spent()} for: {what}")
        time.sleep(0.02)


class Box:
    """A private world. `work` is the folder that commands run in."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="cm-", dir="/tmp")
        self.work, self.home, self.runtime, self.state = (
            os.path.join(self.root, name) for name in ("work", "home", "run", "state"))
        for folder in (self.work, self.home, self.runtime, self.state):
            os.mkdir(folder, 0o700)
        self.socket = os.path.join(self.runtime, "crystalmath.sock")
        self.log = os.path.join(self.state, "crystalmath", "server.log")
        self.env = self._environment()
        self.started = []
        self.at_close = []  # called first: what ends processes that do not carry our mark

    def _environment(self):
        env = {key: value for key, value in os.environ.items()
               if key in ("PATH", "CRYSTALMATH_SERVER", "CRYSTALMATH_SUPERVISOR",
                          "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")}
        env.update({
            "HOME": self.home, "XDG_RUNTIME_DIR": self.runtime, "XDG_STATE_HOME": self.state,
            "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color", "OMP_NUM_THREADS": "1",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            MARK: self.root,
        })
        return env

    # Files

    def path(self, *names):
        return os.path.join(self.work, *names)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def silicon(self, name="si.in", **changes):
        """A real pw.x input; about a second of work. Returns its path."""
        if not shutil.which("pw.x") or not os.path.exists(f"{PSEUDO}/Si.pz-vbc.UPF"):
            raise Skip("pw.x or its pseudopotentials are not installed")
        values = {"pseudo": PSEUDO, "ecutwfc": 12, "conv_thr": "1.0d-8", "maxstep": 100, "k": 2}
        values.update(changes)
        return self.write(name, SILICON.format(**values))

    def gate(self, name="go"):
        """A shell command that waits until open_gate(name); not longer than there is this test, for
        jobs outlive who made them."""
        return f"while [ ! -e '{self.path(name)}' ] && [ -d {HERE} ]; do sleep 0.05; done"

    def open_gate(self, name="go"):
        self.write(name, "")

    # The program

    def start(self, *args, env=None, cwd=None, stdin=subprocess.DEVNULL, **more):
        """Start the program and return its Popen; text pipes for stdout and stderr."""
        process = subprocess.Popen(
            [PROGRAM, *args], env={**self.env, **(env or {})}, cwd=cwd or self.work,
            stdin=stdin, stdout=more.pop("stdout", subprocess.PIPE),
            stderr=more.pop("stderr", subprocess.PIPE), **more)
        self.started.append(process)
        return process

    def finish(self, process, input=None):
        patience = Patience()
        while True:
            try:
                out, err = process.communicate(input, timeout=5)
                break
            except subprocess.TimeoutExpired:
                input = None  # it is on its way
                if patience.is_over():
                    process.kill()
                    out, err = (text or b"" for text in process.communicate())
                    raise AssertionError(f"{process.args} did not end in {patience.spent()}; it printed\n"
                                         f"{out.decode()}\n{err.decode()}") from None
        return Result(process.returncode, (out or b"").decode(errors="surrogateescape"),
                      (err or b"").decode(errors="surrogateescape"))

    def cli(self, *args, input=None, **more):
        """Run the program to its end, with pipes for stdin, stdout and stderr."""
        if input is not None:
            more["stdin"] = subprocess.PIPE
        return self.finish(self.start(*args, **more), input and input.encode())

    def ok(self, *args, **more):
        """The same, for what has to succeed."""
        result = self.cli(*args, **more)
        equal(result.status, 0, f"{args}: {result!r}")
        return result

    def terminal(self, *args, env=None, columns=100, cwd=None):
        """Start the program with a terminal for everything."""
        return Terminal(self, args, {**self.env, **(env or {})}, columns, cwd or self.work)

    def on_terminal(self, *args, **more):
        """Run it to its end on a terminal; stdout and stderr come as one."""
        return self.terminal(*args, **more).finish()

    # The server

    def call(self, method, params=None):
        args = ["call", method] + ([json.dumps(params)] if params is not None else [])
        return self.ok(*args).json()

    def job(self, job_id):
        return self.call("jobs.get", {"id": job_id})

    def wait_state(self, job_id, *states):
        return wait_until(lambda: (lambda j: j if j["state"] in states else None)(
            self.job(job_id)), f"job {job_id} in {states}")

    def submit(self, *args, **more):
        """Submit and return the id."""
        return int(self.ok("submit", *args, **more).out)

    def shell(self, script, *options):
        """Submit a shell command and return the id."""
        return self.submit(*options, "--", "sh", "-c", script)

    def server_pid(self):
        """The pid of the server, or None; starts nothing."""
        status = self.cli("server", "status", "--json").json()
        return status.get("pid") if status.get("running") else None

    def kill_server(self):
        """kill -9, and wait until it is gone."""
        pid = self.server_pid()
        check(pid, "no server to kill")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid), f"the end of server {pid}")
        return pid

    def connect(self):
        return Wire(self.socket)

    # The end

    def processes(self):
        """Pids of all that was started in this box and is still there."""
        mark = f"{MARK}={self.root}".encode()
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    with open(f"/proc/{name}/environ", "rb") as file:
                        if mark in file.read().split(b"\0"):
                            found.append(int(name))
                except OSError:
                    pass
        return found

    def of_jobs(self):
        """Those of them that are no server, nor the starter of one."""
        server = self.server_pid()
        return [pid for pid in self.processes() if pid != server and is_running(pid) and not is_starter(pid)]

    def close(self):
        """End everything of this box, and remove it."""
        for end in self.at_close:
            end()
        for _ in range(200):
            left = self.processes()
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            for process in self.started:
                process.poll()
            time.sleep(0.02)
        for process in self.started:
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def diagnostics(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return "server.log:\n" + "".join(file.readlines()[-30:])
        except OSError:
            return "no server.log"


class Terminal:
    """The program on a pseudo-terminal of its own."""

    def __init__(self, box, args, env, columns, cwd):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        self.args = args
        self.text = ""
        self.process = subprocess.Popen(
            [PROGRAM, *args], env=env, cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=self.sit_down)
        os.close(slave)
        box.started.append(self.process)

    @staticmethod
    def sit_down():
        """In the program, before it begins: the terminal is its own, and ends it with its end
        also where we were started by something like nohup."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def read(self, seconds=0.05):
        """Take what is there. False when the program has closed its side."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def wait_for(self, part):
        patience = Patience()
        while part not in self.text:
            open_ = self.read()
            check(open_ or part in self.text, f"ended without {part!r}:\n{self.text}")
            check(not patience.is_over(), f"no {part!r} in:\n{self.text}")

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        patience = Patience()
        while self.read():
            check(not patience.is_over(), f"{self.args} did not end:\n{self.text}")
        os.close(self.master)
        return Result(self.process.wait(DEADLINE), self.text, "")


class Wire:
    """JSON-RPC over the socket, without libcrystalmath."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)
        self.data = b""
        self.last_id = 0

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, message):
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self):
        """The next message; None when the server has closed the connection."""
        text = self.receive_text()
        return None if text is None else json.loads(text)

    def receive_text(self):
        """The same, as it was written."""
        while True:
            head, gap, rest = self.data.partition(b"\r\n\r\n")
            if gap:
                size = int(re.search(rb"(?i)content-length:\s*(\d+)", head).group(1))
                if len(rest) >= size:
                    self.data = rest[size:]
                    return rest[:size].decode()
            more = self.socket.recv(65536)
            if not more:
                return None
            self.data += more

    def call(self, method, params=None):
        """The whole response, result or error."""
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        while True:
            answer = self.receive()
            if answer is None or answer.get("id") == self.last_id:
                return answer

    def close(self):
        self.socket.close()


def is_starter(pid):
    """Whether it makes supervisors for a server, and ends with that."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read() == "crystal-starter\n"
    except OSError:
        return False


def is_running(pid):
    """Whether a process is there and more than a corpse. While a thread of it is left it has its
    sockets and locks, though its leader may be a corpse already."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rpartition(")")[2].split()[0] not in ("Z", "X"):
                    return True
    except (FileNotFoundError, ProcessLookupError):
        return os.path.exists(f"/proc/{pid}") and is_running(pid)  # a thread has just ended
    except OSError:
        pass
    return False


def has_subscribed(process):
    """Wait until the program waits for jobs: from then on it catches SIGINT."""
    def catches():
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            caught = [line for line in file if line.startswith("SigCgt:")][0]
        return process.poll() is not None or int(caught.split()[1], 16) & 1 << (signal.SIGINT - 1)
    wait_until(catches, "the subscription")


TESTS = []


def test(function):
    TESTS.append(function)
    return function


def comment(text):
    for line in str(text).splitlines():
        print(f"# {line}")


def watch():
    """Whatever it hangs in, a test comes to an end."""
    patience = Patience(TEST_DEADLINE)

    def look(*_):
        if patience.is_over():
            raise AssertionError(f"the test did not end in {patience.spent()}")
        signal.alarm(LOOK)
    signal.signal(signal.SIGALRM, look)
    signal.alarm(min(TEST_DEADLINE, LOOK))


def stop(*_):
    """Boxes are closed on the way, and nothing hinders that."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(1)


def run_one(number, function):
    claim = function.__name__.replace("_", " ")
    box = Box()
    watch()
    try:
        function(box)
        print(f"ok {number} - {claim}")
        return True
    except Skip as why:
        print(f"ok {number} - {claim} # SKIP {why}")
        return True
    except Exception as error:  # a test may fail in any way; the next one still runs
        print(f"not ok {number} - {claim}")
        comment(error if isinstance(error, AssertionError) and error.args
                else traceback.format_exc())
        comment(traceback.extract_tb(error.__traceback__)[-1])
        comment(box.diagnostics())
        return False
    finally:
        signal.alarm(0)
        box.close()
        sys.stdout.flush()


def main():
    if not os.access(PROGRAM, os.X_OK):
        print(f"Bail out! CRYSTALMATH is no program: '{PROGRAM}'")
        sys.exit(1)
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    words = " ".join(sys.argv[1:])
    chosen = [t for t in TESTS if words in t.__name__.replace("_", " ")]
    print(f"1..{len(chosen)}")
    sys.exit(0 if all([run_one(i + 1, t) for i, t in enumerate(chosen)]) else 1)
