"""A cluster for a test, on one of two ways: the Slurm of this machine, and a Slurm that only the other
side of a private sshd finds.

    @on_both_ways
    def a_job_runs(box, way):
        cluster = way(box)
        job = box.shell("true", "--on", cluster.name)
"""

import contextlib
import os
import shutil

from slurm_site import SlurmSite
from sshd import Line, Sshd
from support import test, wait_until

ROOT = "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"


class Stands:
    """Programs of the cluster can be stood in for."""

    def __init__(self, box):
        self.box = box
        self.bin = os.path.join(box.root, "cluster-bin")
        os.mkdir(self.bin)

    def stand_in(self, program, script):
        """From now on this is run as `program` there; "$REAL" is the real one."""
        path = os.path.join(self.bin, program)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nREAL='{shutil.which(program)}'\n{script}\n")
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)

    def stand_back(self, program):
        self.stand_in(program, 'exec "$REAL" "$@"')


class Here(Stands):
    """The Slurm of this machine."""

    name = "slurm"

    def __init__(self, box, *settings, **site):
        super().__init__(box)
        box.env["PATH"] = f"{self.bin}:{box.env['PATH']}"
        self.site = SlurmSite(box, **site)
        if settings:
            box.ok("cluster", "add", "slurm", *settings)

    def run(self, *args):
        return self.site.run(*args)

    def start_controller(self):
        self.site.start_controller()

    def folders(self):
        """Those that the jobs run in."""
        return [self.box.work]


class Far(Stands):
    """A Slurm behind ssh, described as `far`."""

    name = "far"

    def __init__(self, box, *settings, path=None, more=None, silenced=False, prefix=(), **site):
        """`silenced`: it is reached through a line that can be. `prefix` and `more` are for its Slurm
        and its sshd."""
        super().__init__(box)
        self.site = SlurmSite(box, prefix=prefix, more=more, **site)
        del box.env["SLURM_CONF"]
        self.host = Sshd(box, path=path or f"{self.bin}:{os.environ['PATH']}",
                         more={"SLURM_CONF": self.site.conf, **(more or {})}, prefix=prefix)
        if silenced:
            self.line = Line(box, self.host.port)
            self.host.through(self.line)
        box.env.update(self.host.env)
        self.home = self.host.file("home")
        box.ok("cluster", "add", "far", "--ssh", "login1", "--setup", ROOT, *settings)

    @contextlib.contextmanager
    def seen(self):
        """As if it were this machine's."""
        self.box.env["SLURM_CONF"] = self.site.conf
        try:
            yield self.site
        finally:
            del self.box.env["SLURM_CONF"]

    def run(self, *args):
        with self.seen():
            return self.site.run(*args)

    def start_controller(self):
        with self.seen():
            self.site.start_controller()

    def folders(self):
        below = os.path.join(self.home, "crystalmath")
        return [os.path.join(below, name) for name in os.listdir(below)]

    def folder(self):
        """The only job's folder there."""
        (folder,) = self.folders()
        return folder


def number(box, job):
    """Slurm's, once it has one."""
    return wait_until(lambda: box.job(job)["slurm_id"], f"job {job} in the queue")


def reason(box, job, part):
    """The job once it says so."""
    return wait_until(lambda: (lambda j: j if part in (j["reason"] or "") else None)(box.job(job)),
                      f"job {job} because {part}", seconds=120)


def on_both_ways(function):
    for way, words in ((Here, "here"), (Far, "through_ssh")):
        def one(box, way=way):
            function(box, way)
        one.__name__ = f"{function.__name__}_{words}"
        test(one)
    return function
