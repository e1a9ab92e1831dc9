"""A disk of its own for a test, that can be full, out of its quota, or read-only."""

import contextlib
import os
import shutil
import subprocess

from servers import script
from support import Skip, wait_until

DISK = "3m"  # a fresh server needs less than half of it

TMPFS = 'mount -t tmpfs -o "size=$1,nr_inodes=$2" tmpfs "$0"'


class Disk:
    """A file system of its own below the state folder of a box, seen by the server and the jobs
    alone: they are started in a mount namespace, which ends with its last process."""

    def __init__(self, box, mount, *values, root=False, folder=None):
        """`mount` is a shell command, "$0" the state folder; the values are $1, $2, … `root` is
        for what only root may mount. With a `folder`, it is that and seen by those alone that are
        started with `prefix` in front."""
        self.box = box
        self.folder = folder or box.state
        self.holder = self._hold(mount, values, root)
        self.root = f"/proc/{self.holder.pid}/root{self.folder}"
        self.prefix = ["nsenter", f"--target={self.holder.pid}", "--mount"]
        if self.in_user_namespace:
            self.prefix += ["--user", "--preserve-credentials"]
        if not folder:  # the box starts its servers through this
            box.env.update(script(box, f'exec {" ".join(self.prefix)} "$REAL" "$@"'))

    def _hold(self, mount, values, root):
        for options in ([["--mount"]] if root else [["--user", "--map-root-user", "--mount"], ["--mount"]]):
            self.in_user_namespace = "--user" in options
            process = subprocess.Popen(
                ["unshare", *options, "sh", "-c", f'{{ {mount}; }} >&2 && echo ok && exec sleep infinity',
                 self.folder, *values],
                env=self.box.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            self.box.started.append(process)
            if process.stdout.readline() == b"ok\n":
                return process
            process.wait()
        raise Skip("this kernel gives us no such disk, or no mount namespace")

    def run(self, *command):
        """A command that sees the disk."""
        return subprocess.run([*self.prefix, *command], check=True, stdout=subprocess.PIPE).stdout.decode()

    def fill(self):
        """To the last byte."""
        with open(os.path.join(self.root, "ballast"), "ab", buffering=0) as file:
            for size in (1 << 20, 65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def free(self):
        os.unlink(os.path.join(self.root, "ballast"))


class FolderDisk(Disk):
    """In memory, for daemons that change their groups."""

    def __init__(self, box, folder, size):
        super().__init__(box, TMPFS, size, "0", root=True, folder=folder)


class SmallDisk(Disk):
    """In memory; without root where the kernel has user namespaces."""

    def __init__(self, box, size=DISK, files=0):
        """`files`: how many there may be; 0: as many as one likes."""
        super().__init__(box, TMPFS, size, str(files))

    def take_names(self):
        """So that there is no file more, though there is space."""
        os.mkdir(os.path.join(self.root, "names"))
        with contextlib.suppress(OSError):
            for i in range(1 << 20):
                with open(os.path.join(self.root, "names", str(i)), "xb"):
                    pass

    def give_names(self):
        shutil.rmtree(os.path.join(self.root, "names"))

    def read_only(self):
        """As after an error of the disk; nobody may have a file open for writing."""
        self.run("mount", "-o", "remount,ro", self.box.state)


def _image(box, size):
    if os.geteuid() != 0:
        raise Skip("only root may mount an image of a disk")
    path = os.path.join(box.root, "disk.img")
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def _make(*command):
    if not shutil.which(command[0]):
        raise Skip(f"{command[0]} is not installed")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class FailingDisk(Disk):
    """An ext4 in a file, which becomes read-only at an error, whoever has files open there."""

    def __init__(self, box):
        self.image = _image(box, 32 << 20)
        _make("mkfs.ext4", "-q", self.image)
        super().__init__(box, 'mount -o loop,errors=remount-ro "$1" "$0" && chmod 700 "$0"', self.image, root=True)

    def fail(self):
        """The kernel finds an error, as it would on a disk that breaks."""
        device = self.run("findmnt", "-no", "SOURCE", self.box.state).strip()
        try:
            with open(f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error", "w", encoding="ascii") as file:
                file.write("broken for a test")
        except OSError as why:
            raise Skip(f"this kernel cannot make an error of a disk: {why}") from None

    def mend(self):
        """When nobody uses it any more: of who was killed, a thread may outlive the process for a moment."""
        wait_until(self._unmounted, "nobody to use the disk")
        subprocess.run(["fsck.ext4", "-p", self.image], check=False, stdout=subprocess.DEVNULL)
        self.run("mount", "-o", "loop", self.image, self.box.state)

    def _unmounted(self):
        command = [*self.prefix, "umount", self.box.state]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


class QuotaDisk(Disk):
    """A btrfs in a file, with space for all and a limit for the state folder."""

    def __init__(self, box, limit):
        image = _image(box, 128 << 20)
        _make("mkfs.btrfs", "-q", "-M", image)
        super().__init__(
            box, 'mount -o loop "$1" "$0" && btrfs quota enable "$0" && btrfs subvolume create "$0/.all" '
            '&& btrfs qgroup limit "$2" "$0/.all" && mount --bind "$0/.all" "$0" && chmod 700 "$0"',
            image, limit, root=True)
