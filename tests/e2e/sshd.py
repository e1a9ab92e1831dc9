"""A private sshd on loopback: its own port, keys and configuration, ended with the test.

    host = Sshd(box)          # an alias `login1` that the box's ssh knows
    box.cli("--host", "login1", "ping", env=host.env)

What runs behind it has a runtime and a state folder of its own below `host.root`, as on another
machine; files are shared.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

from support import MARK, PROGRAM, Skip, check, wait_until

SSHD = "/usr/sbin/sshd"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def of_process(name):
    """A file of /proc, empty of a process that has ended meanwhile."""
    try:
        with open(f"/proc/{name}", encoding="ascii") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Line:
    """What lies between clients and a port here, and can fall silent: no byte goes through, nobody is
    told, and who connects hears nothing."""

    def __init__(self, box, port):
        self.to = port
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.peers = {}
        self.silent = threading.Event()
        self.ends = threading.Event()
        box.at_close.append(self.close)
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        while not self.ends.is_set():
            if self.silent.is_set():
                time.sleep(0.05)
                continue
            for ready in select.select([self.server, *self.peers], [], [], 0.05)[0]:
                self._take(ready)

    def _take(self, ready):
        if ready is self.server:
            mine, _ = self.server.accept()
            try:
                other = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                mine.close()
                return
            self.peers.update({mine: other, other: mine})
        elif ready in self.peers:
            try:
                data = ready.recv(65536)
                self.peers[ready].sendall(data)
            except OSError:
                data = b""
            if not data:
                for end in (ready, self.peers[ready]):
                    del self.peers[end]
                    end.close()

    def close(self):
        self.ends.set()
        self.thread.join()
        for end in (self.server, *self.peers):
            end.close()


class Sshd:
    def __init__(self, box, greeting="", path=None, more=None, prefix=()):
        for program in (SSHD, "ssh", "ssh-keygen"):
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")
        self.box = box
        self.root = os.path.join(box.root, "login1")
        for name in ("", "run", "state", "home"):
            os.mkdir(os.path.join(self.root, name), 0o700)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.file(name)],
                           check=True, stdin=subprocess.DEVNULL)
        self.port = free_port()
        self.authorize(greeting)
        self._write_server(path or os.environ["PATH"], more or {})
        self._write_client()
        self.process = None
        self.prefix = list(prefix)
        box.at_close.append(self.stop)  # sshd writes over its environment, and with it the mark
        self.start()

    def file(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.file(name), 0o600)

    def read(self, name):
        with open(self.file(name), encoding="utf-8") as file:
            return file.read()

    def authorize(self, greeting=""):
        """Let our key in; the login prints the greeting first, as careless .bashrc files do."""
        force = f'command="echo {greeting}; eval \\"$SSH_ORIGINAL_COMMAND\\"" ' if greeting else ""
        self.write("authorized_keys", force + self.read("user.pub"))

    def _write_server(self, path, more):
        home = self.file("home")
        environment = {
            "XDG_RUNTIME_DIR": self.file("run"), "XDG_STATE_HOME": self.file("state"),
            "HOME": home, "PATH": path, MARK: self.box.root,
            "CRYSTALMATH_SERVER": self.box.env["CRYSTALMATH_SERVER"],
            "CRYSTALMATH_SUPERVISOR": self.box.env["CRYSTALMATH_SUPERVISOR"],
        }
        for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if key in self.box.env:
                environment[key] = self.box.env[key]
        environment.update(more)
        words = " ".join(f'"{key}={value}"' for key, value in environment.items())
        self.write("sshd_config", f"""ListenAddress 127.0.0.1
Port {self.port}
HostKey {self.file("host")}
PidFile {self.file("pid")}
AuthorizedKeysFile {self.file("authorized_keys")}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv {words}
""")

    def _write_client(self, port=None):
        port = port or self.port
        key = self.read("host.pub")
        self.write("known_hosts", f"[127.0.0.1]:{port} {key}")
        self.write("ssh_config", f"""Host login1
  HostName 127.0.0.1
  Port {port}
  IdentityFile {self.file("user")}
  IdentitiesOnly yes
  UserKnownHostsFile {self.file("known_hosts")}
""")
        self.env = {
            "CRYSTALMATH_SSH_COMMAND": f"ssh -F {self.file('ssh_config')}",
            "CRYSTALMATH_HOST_PROGRAM": PROGRAM,
        }

    def through(self, line):
        """From now on clients come through a Line."""
        self._write_client(line.port)

    def start(self):
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # it insists on it, and uses it for nothing
        log = open(self.file("log"), "ab")
        with log:
            self.process = subprocess.Popen(
                [*self.prefix, SSHD, "-D", "-e", "-f", self.file("sshd_config")], env=self.box.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.box.started.append(self.process)

        def listens():
            check(self.process.poll() is None, f"sshd ended:\n{self.read('log')}")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(listens, "sshd")

    def sessions(self):
        """The processes that serve the connections there are: all that descend from sshd."""
        found = []
        parents = [self.process.pid]
        while parents:
            parent = parents.pop()
            for child in of_process(f"{parent}/task/{parent}/children").split():
                if of_process(f"{child}/comm").strip() == "sshd":
                    found.append(int(child))
                    parents.append(int(child))
        return found

    def cut(self):
        """End every connection, as a network that goes away does, but with a word."""
        for pid in self.sessions():
            os.kill(pid, signal.SIGKILL)

    def stop(self):
        """Nobody can connect, and who was connected is not any more."""
        if self.process.poll() is not None:
            return
        sessions = self.sessions()
        self.process.terminate()
        self.process.wait()
        for pid in sessions:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
