"""The programs of `make static`: unpacked as the README tells, in a folder that holds nothing else
and is their whole world, and on a kernel of 2014.

usage: test_static.py [WORD]; OLD_KERNEL in the environment names the program of old_kernel.c
"""

import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "tui"))

import screen  # noqa: E402
import support  # noqa: E402
from screen import Screen  # noqa: E402
from support import Skip, check, contains, equal, is_running, lacks, main, test, wait_until  # noqa: E402

PT_INTERP = 3


def packed():
    done = subprocess.run([os.path.join(ROOT, "tools", "static")], capture_output=True, text=True, check=False)
    equal(done.returncode, 0, done.stderr)
    return os.path.join(ROOT, done.stdout.strip())


TAR = packed()


def unpack(folder):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["tar", "xzf", TAR, "-C", folder, "--strip-components=1"], check=True)


def use(box, program):
    """Let the box run this program, and find the others beside it."""
    support.PROGRAM = screen.PROGRAM = program
    for name in ("CRYSTALMATH_SERVER", "CRYSTALMATH_SUPERVISOR"):
        box.env.pop(name, None)


def below_home(box):
    local = os.path.join(box.home, ".local")
    unpack(local)
    use(box, os.path.join(local, "bin", "crystalmath"))
    return local


def in_empty_root(box):
    """A root folder with the programs, devices and processes, and no library, shell or terminal."""
    root = os.path.join(box.root, "empty")
    unpack(root)
    for name in ("dev", "proc", "tmp", "home", "run", "state"):
        os.mkdir(os.path.join(root, name), 0o700)
    user = "" if os.geteuid() == 0 else "--user --map-root-user"
    inside = f'mount --rbind /dev {root}/dev && mount --rbind /proc {root}/proc && exec chroot {root} "$@"'
    use(box, box.write("enter", f"#!/bin/sh\nexec unshare {user} --mount sh -c '{inside}' sh "
                                '/bin/crystalmath "$@"\n', mode=0o755))
    box.env.update(HOME="/home", XDG_RUNTIME_DIR="/run", XDG_STATE_HOME="/state")
    done = subprocess.run(["unshare", *user.split(), "--mount", "chroot", root, "/bin/crystalmath", "--version"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0 and "unshare" in done.stderr:
        raise Skip(f"this kernel lets nobody have a root folder of their own: {done.stderr.strip()}")
    return root


def on_old_kernel(box, program):
    old = os.environ["OLD_KERNEL"]
    if subprocess.run([old, "true"], check=False).returncode != 0:
        raise Skip("this kernel cannot refuse system calls")
    use(box, box.write("old", f'#!/bin/sh\nexec {old} {program} "$@"\n', mode=0o755))


@test
def the_programs_ask_for_no_loader(_):
    found = []
    with tarfile.open(TAR) as tar:
        for member in tar:
            if member.mode & 0o100 and member.isfile():
                found.append(os.path.basename(member.name))
                data = tar.extractfile(member).read()
                equal(data[:5], b"\x7fELF\x02", member.name)
                at, size, number = (int.from_bytes(data[i:i + n], "little") for i, n in ((32, 8), (54, 2), (56, 2)))
                kinds = [int.from_bytes(data[at + i * size:at + i * size + 4], "little") for i in range(number)]
                check(PT_INTERP not in kinds, f"{member.name} needs a loader")
    equal(sorted(found), ["crystalmath", "crystalmath-server", "crystalmath-supervisor"])


@test
def the_file_has_pages_completions_and_the_licences_of_what_is_inside(_):
    with tarfile.open(TAR) as tar:
        names = "\n".join(tar.getnames())
    for part in ("share/man/man1/crystalmath.1", "share/man/man7/crystalmath-trouble.7",
                 "bash-completion/completions/crystalmath", "crystalmath/LICENSE", "libraries/libuv1-dev",
                 "libraries/libc6-dev"):
        contains(names, part)
    lacks(names, "libcrystalmath")


@test
def the_same_sources_give_the_same_file(_):
    with open(TAR, "rb") as file:
        before = file.read()
    with open(packed(), "rb") as file:
        check(file.read() == before, "two files of one source differ")


@test
def unpacked_below_the_home_folder_a_calculation_runs(box):
    below_home(box)
    box.silicon()
    job = box.submit("si.in")
    equal(box.wait_state(job, "completed", "failed")["results"]["converged"], True)


@test
def an_empty_root_folder_is_enough_for_server_and_jobs(box):
    in_empty_root(box)
    contains(box.ok("--version").out, "crystalmath")
    done = box.ok("submit", "--wait", "--", "/bin/crystalmath", "--version")
    contains(box.ok("log", "1").out, "crystalmath")
    contains(box.ok("jobs").out, "completed")
    equal(done.status, 0)


@test
def in_an_empty_root_folder_a_killed_server_is_replaced(box):
    in_empty_root(box)
    job = box.submit("--", "/bin/crystalmath", "log", "1", "-f")
    box.wait_state(job, "running")
    box.kill_server()
    equal(box.wait_state(job, "running", "failed")["id"], job)
    box.ok("cancel", str(job))
    equal(box.wait_state(job, "cancelled", "failed")["state"], "cancelled")


def screen_in_empty_root(box, name):
    in_empty_root(box)
    box.ok("submit", "--wait", "--name", "köln", "--", "/bin/crystalmath", "--version")
    return Screen(box, env={"TERM": name})


@test
def a_terminal_is_described_though_no_file_describes_it(box):
    with screen_in_empty_root(box, "xterm-256color") as view:
        view.shows("köln", "─ Jobs ─", "✓ completed")
        view.keys("?")
        view.shows("┌ Keys", "next line")
        view.keys("q", "q")
        view.shows("status=0")


@test
def a_terminal_that_is_younger_than_the_programs_is_taken_for_an_xterm(box):
    with screen_in_empty_root(box, "xterm-ghostty") as view:
        view.shows("köln", "✓ completed")


@test
def a_terminal_that_nobody_knows_is_said(box):
    with screen_in_empty_root(box, "wyse9000") as view:
        view.shows("wyse9000", "is not known here", "status=1")


@test
def the_kernel_may_be_of_2014(box):
    local = below_home(box)
    on_old_kernel(box, os.path.join(local, "bin", "crystalmath"))
    box.silicon()
    job = box.submit("si.in")
    equal(box.wait_state(job, "completed", "failed")["results"]["converged"], True)
    job = box.shell("sleep 1000 & sleep 1000")
    box.wait_state(job, "running")
    box.ok("cancel", str(job))
    equal(box.wait_state(job, "cancelled", "failed")["state"], "cancelled")


@test
def on_a_kernel_of_2014_a_killed_server_loses_nothing(box):
    local = below_home(box)
    on_old_kernel(box, os.path.join(local, "bin", "crystalmath"))
    job = box.shell(box.gate())
    box.wait_state(job, "running")
    pid = box.kill_server()
    check(not is_running(pid), "killed")
    equal(box.job(job)["state"], "running")
    box.open_gate()
    equal(box.wait_state(job, "completed", "failed", "lost")["state"], "completed")
    with Screen(box) as view:
        view.shows("✓ completed")
    wait_until(lambda: box.ok("server", "stop").status == 0, "the end of the server")


main()
