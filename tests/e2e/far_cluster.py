"""A Slurm behind ssh: a real sshd, whose side sees none of this machine's files but by ssh."""

import os

from slurm_site import SlurmSite
from sshd import Sshd

ROOT = "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"


class Cluster:
    """A Slurm that only the other side of an sshd finds, described as `far`."""

    def __init__(self, box, *settings, path=None):
        self.box = box
        self.site = SlurmSite(box)
        del box.env["SLURM_CONF"]
        self.host = Sshd(box, path=path, more={"SLURM_CONF": self.site.conf})
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
