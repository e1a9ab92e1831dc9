"""A private Slurm of one node: controller, node and munge on loopback, with ports, keys and folders
of their own, ended with the test.

    site = SlurmSite(box)            # from then on the box's programs find it by SLURM_CONF
    site.squeue("-h", "-o", "%i %T")
    site.stop_controller(); site.start_controller()

There is no accounting, unless it is asked for: sacct tells that it is disabled. Two sites do not
know of each other.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess

from slurm_accounts import start_accounting
from support import Skip, check, is_running, wait_until

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
SYSTEM = "/usr/sbin:/sbin"
SET_CHILD_SUBREAPER = 36  # prctl(2)
LIBC = ctypes.CDLL(None)


def find(program):
    return shutil.which(program, path=f"{os.environ['PATH']}:{SYSTEM}")


def free_ports(n):
    """Ports that are free now; nobody else asks for them in the second until they are taken."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def take_orphans():
    """In slurmd, before it begins: what it starts stays below it."""
    LIBC.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class SlurmSite:
    def __init__(self, box, accounting=False, cpus=None, prefix=(), more=None, **settings):
        """`cpus`: the node says that it has so many; `prefix` stands before the command line of each
        daemon, `more` is for its environment."""
        for program in PROGRAMS:
            if not find(program):
                raise Skip(f"{program} is not installed")
        self.box, self.prefix, self.more = box, list(prefix), more or {}
        self.root = os.path.join(box.root, "slurm")
        for name in ("", "state", "spool"):
            os.mkdir(os.path.join(self.root, name), 0o755)
        self.conf = self.file("slurm.conf")
        self.host = socket.gethostname().split(".")[0]
        self.user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        self.daemons = {}
        self.left = []  # steps of a slurmd that has ended
        box.at_close.append(self.stop)
        box.env["SLURM_CONF"] = self.conf
        self._start_munge()
        if accounting:
            settings = {**start_accounting(self, *free_ports(2)), **settings}
        if cpus:
            settings = {"SlurmdParameters": "config_overrides", **settings}
        self._write_conf(cpus or os.cpu_count(), settings)
        self.start_controller()
        self.start_node()
        wait_until(lambda: self.run("sinfo", "-h", "-o", "%T").startswith("idle"), "an idle node")

    def file(self, name):
        return os.path.join(self.root, name)

    @staticmethod
    def find(program):
        return find(program)

    def _start_munge(self):
        with open(self.file("munge.key"), "wb") as key:
            key.write(os.urandom(1024))
        os.chmod(self.file("munge.key"), 0o400)
        socket_path = self.file("munge.socket")
        self.start("munged", "--foreground", "--force", f"--key-file={self.file('munge.key')}",
                    f"--socket={socket_path}", f"--pid-file={self.file('munged.pid')}",
                    f"--seed-file={self.file('munge.seed')}", f"--log-file={self.file('munged.own')}")
        wait_until(lambda: self.runs("munged") and os.path.exists(socket_path), "munge")

    def _write_conf(self, cpus, settings):
        controller, node = free_ports(2)
        host = self.host
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        values = {
            "ClusterName": "test",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmctldPort": controller,
            "SlurmdPort": node,
            "CommunicationParameters": "NoCtldInAddrAny,NoInAddrAny",
            "SlurmUser": self.user,
            "SlurmdUser": self.user,
            "AuthType": "auth/munge",
            "AuthInfo": f"socket={self.file('munge.socket')}",
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_CPU_Memory",
            "DefMemPerCPU": 256,
            "SchedulerParameters": "sched_interval=1,bf_interval=1,batch_sched_delay=0",
            "JobAcctGatherType": "jobacct_gather/linux",
            "JobAcctGatherFrequency": "task=1",
            "KillWait": 2,
            "StateSaveLocation": self.file("state"),
            "SlurmdSpoolDir": self.file("spool"),
            "SlurmctldPidFile": self.file("slurmctld.pid"),
            "SlurmdPidFile": self.file("slurmd.pid"),
            "ReturnToService": 2,
        }
        values.update(settings)
        lines = [f"{key}={value}" for key, value in values.items()]
        lines += [f"NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} "
                  f"RealMemory={pages // (1 << 20) // 2} State=UNKNOWN",
                  f"PartitionName=main Nodes={host} Default=YES MaxTime=UNLIMITED State=UP",
                  f"PartitionName=short Nodes={host} MaxTime=10 State=UP"]
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    # Its daemons

    def environment(self):
        """Of its daemons."""
        return {**self.box.env, "PATH": f"{self.box.env['PATH']}:{SYSTEM}", "SLURM_CONF": self.conf,
                **self.more}

    def start(self, name, *args, **more):
        with open(self.file(name + ".log"), "ab") as log:
            self.daemons[name] = subprocess.Popen(
                [*self.prefix, find(name), *args], env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **more)
        self.box.started.append(self.daemons[name])

    def runs(self, name):
        with open(self.file(name + ".log"), encoding="utf-8", errors="replace") as log:
            check(self.daemons[name].poll() is None, f"{name} ended:\n{log.read()[-2000:]}")
        return True

    def start_controller(self):
        self.start("slurmctld", "-D", "-f", self.conf)
        wait_until(lambda: self.runs("slurmctld") and self.answers(), "slurmctld")

    def start_node(self):
        self.start("slurmd", "-D", "-f", self.conf, preexec_fn=take_orphans)

    def answers(self):
        return self.command("scontrol", "ping").stdout.find(" is UP") >= 0

    def steps(self):
        """The processes of slurmd that look after jobs. They write over their environment, and with
        it the mark, and may have no file of ours open."""
        parents = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                    name, _, rest = file.read().partition("(")[2].rpartition(")")
                parents[int(pid)] = (int(rest.split()[1]), name)
            except OSError:
                pass

        def is_ours(pid):
            while pid in parents and pid != self.daemons["slurmd"].pid:
                pid = parents[pid][0]
            return pid in parents

        return [pid for pid, (_, name) in parents.items() if name == "slurmstepd" and is_ours(pid)]

    def end(self, name):
        """End a daemon, and wait until it is gone."""
        process = self.daemons.get(name)
        if process is None or process.poll() is not None:
            return
        if name == "slurmd":
            self.left += self.steps()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        del self.daemons[name]

    def stop_controller(self):
        self.end("slurmctld")

    def stop(self):
        """All of it, with what still runs in it: a step waits for ever for a controller that has
        gone."""
        if "slurmd" in self.daemons:
            self.left += self.steps()
        for name in ("slurmctld", "slurmd", "slurmdbd", "mariadbd", "munged"):
            process = self.daemons.get(name)
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.daemons.clear()
        for pid in self.left:
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                    if file.read() == "slurmstepd\n":
                        os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    # As a user

    def command(self, program, *args, **more):
        return subprocess.run([find(program), *args], env=self.box.env, text=True, cwd=self.box.work,
                              capture_output=True, timeout=60, check=False, **more)

    def run(self, program, *args, **more):
        """What the program prints; it has to succeed, but for a controller that is not there."""
        return self.command(program, *args, **more).stdout

    def jobs(self, fields="%i|%j|%T"):
        """The queue with all that Slurm still knows, as lists of fields."""
        lines = self.run("squeue", "-h", "-t", "all", "-o", fields).splitlines()
        return [line.split("|") for line in lines]

    def node_pids(self):
        """The processes of jobs: all that slurmd's steps started."""
        found = []
        for pid in self.box.processes():
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if b"SLURM_JOB_ID=" in file.read() and is_running(pid):
                        found.append(pid)
            except OSError:
                pass
        return found
