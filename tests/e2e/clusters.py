"""A cluster for a test, on one of two ways: the Slurm of this machine, and a Slurm that only the other
side of a private sshd finds.

    @on_both_ways
    def a_job_runs(box, way):
        cluster = way(box)
        job = box.shell("true", "--on", cluster.name)
"""

import os

from slurm_site import SlurmSite
from sshd import Sshd
from support import test, wait_until

ROOT = "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"


class Here:
    """The Slurm of this machine."""

    name = "slurm"

    def __init__(self, box, *settings, **site):
        self.box = box
        self.site = SlurmSite(box, **site)
        if settings:
            box.ok("cluster", "add", "slurm", *settings)

    def run(self, *args):
        return self.site.run(*args)

    def scripts(self):
        """Where the jobs run: all folders that hold the words of batch scripts."""
        return [self.box.path(".crystalmath")]

    def use(self, folder):
        """Programs there are looked for in this folder first."""
        self.box.env["PATH"] = f"{folder}:{self.box.env['PATH']}"


class Far:
    """A Slurm behind ssh, described as `far`."""

    name = "far"

    def __init__(self, box, *settings, path=None, more=None, **site):
        self.box = box
        self.site = SlurmSite(box, **site)
        del box.env["SLURM_CONF"]
        self.host = Sshd(box, path=path, more={"SLURM_CONF": self.site.conf, **(more or {})})
        box.env.update(self.host.env)
        self.home = self.host.file("home")
        box.ok("cluster", "add", "far", "--ssh", "login1", "--setup", ROOT, *settings)

    def folder(self):
        """The only job's folder there."""
        below = os.path.join(self.home, "crystalmath")
        (name,) = os.listdir(below)
        return os.path.join(below, name)

    def run(self, *args):
        self.box.env["SLURM_CONF"] = self.site.conf
        try:
            return self.site.run(*args)
        finally:
            del self.box.env["SLURM_CONF"]


def number(box, job):
    """Slurm's, once it has one."""
    return wait_until(lambda: box.job(job)["slurm_id"], f"job {job} in the queue")


def on_both_ways(function):
    for way, words in ((Here, "here"), (Far, "through_ssh")):
        def one(box, way=way):
            function(box, way)
        one.__name__ = f"{function.__name__}_{words}"
        test(one)
    return function
