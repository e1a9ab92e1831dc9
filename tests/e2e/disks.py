"""A disk of its own for a test, that can be full or read-only."""

import contextlib
import os
import subprocess

from servers import script
from support import Skip

DISK = "3m"  # a fresh server needs less than half of it


class SmallDisk:
    """A file system of its own below the state folder of a box, seen by the server and the jobs
    alone: they are started in a mount namespace, which ends with its last process."""

    def __init__(self, box, size=DISK):
        self.box, self.size = box, size
        self.holder = self._hold()
        self.root = f"/proc/{self.holder.pid}/root{box.state}"
        self.prefix = ["nsenter", f"--target={self.holder.pid}", "--mount"]
        if self.in_user_namespace:
            self.prefix += ["--user", "--preserve-credentials"]
        # The box starts its servers through this.
        box.env.update(script(box, f'exec {" ".join(self.prefix)} "$REAL" "$@"'))

    def _hold(self):
        for options in (["--user", "--map-root-user", "--mount"], ["--mount"]):
            self.in_user_namespace = "--user" in options
            process = subprocess.Popen(
                ["unshare", *options, "sh", "-c", 'mount -t tmpfs -o "size=$1" tmpfs "$0" && echo ok '
                 '&& exec sleep infinity', self.box.state, self.size],
                env=self.box.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            self.box.started.append(process)
            if process.stdout.readline() == b"ok\n":
                return process
            process.wait()
        raise Skip("this kernel gives us no mount namespace")

    def fill(self):
        """To the last byte."""
        with open(os.path.join(self.root, "ballast"), "ab", buffering=0) as file:
            for size in (1 << 20, 65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def free(self):
        os.unlink(os.path.join(self.root, "ballast"))

    def read_only(self):
        """As after an error of the disk; nobody may have a file open for writing."""
        subprocess.run([*self.prefix, "mount", "-o", "remount,ro", self.box.state], check=True)
