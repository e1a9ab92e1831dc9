"""What `make install` puts where, and programs built against it with nothing but pkg-config.

The build folder is installed, as it is, below a folder of the test's own, as packages are made.

usage: test_install.py [WORD]; BUILD in the environment names the build folder
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from support import DEADLINE, check, contains, equal, lacks, main, matches, test, wait_until

STAGE = tempfile.mkdtemp(prefix="cm-install-", dir="/tmp")
FLAGS = ["-Wall", "-Wextra", "-Werror"]


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=10 * DEADLINE, **more)
    check(done.returncode == 0, f"{words}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def install():
    """Returns the prefix as it lies in the stage."""
    options = run("meson", "introspect", "--buildoptions", os.environ["BUILD"])
    prefix = re.search(r'"name": "prefix", "value": "([^"]*)"', options).group(1)
    run("meson", "install", "-C", os.environ["BUILD"], "--no-rebuild", "--quiet", "--destdir", STAGE)
    return STAGE + prefix


def find(name):
    """The one file of this name in the stage."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(PREFIX) if name in names]
    equal(len(found), 1, f"{name}: {found}")
    return found[0]


def pkg_config(*words, package="crystalmath"):
    """With the stage as the system's root, and for other packages the system's own."""
    env = dict(os.environ)
    if package == "crystalmath":
        env.update(PKG_CONFIG_LIBDIR=os.path.dirname(find("crystalmath.pc")),
                   PKG_CONFIG_SYSROOT_DIR=STAGE)
    return run("pkg-config", *words, package, env=env).split()


def build(box, name, *more, compiler="cc", link=()):
    """Build an example; returns its path."""
    out = box.path(name)
    run(compiler, *FLAGS, *more, os.path.join(ROOT, "examples", name + ".c"), "-o", out,
        *pkg_config("--cflags", "--libs"), *link)
    return out


def start(box, program, **more):
    process = subprocess.Popen(
        [program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=box.work, env=world(box),
        **more)
    box.started.append(process)
    return process


def world(box):
    """Where the installed programs are, and nothing of the build folder."""
    env = {key: value for key, value in box.env.items() if not key.startswith("CRYSTALMATH_S")}
    env.update(PATH=f"{PREFIX}/bin:{env['PATH']}", MANPATH=f"{PREFIX}/share/man",
               LD_LIBRARY_PATH=os.path.dirname(find("libcrystalmath.so.0")))
    return env


def installed(box, *words):
    return run("crystalmath", *words, env=world(box), cwd=box.work)


def public_functions():
    with open(find("client.h"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = set(re.findall(r"CM_PUBLIC[^;]*?\b(cm_\w+)\(", text))
    check(found, "no functions in the installed header")
    return found


@test
def everything_is_where_it_belongs(_box):
    for place in ("bin/crystalmath", "bin/crystalmath-server", "libexec/crystalmath-supervisor"):
        check(os.access(os.path.join(PREFIX, place), os.X_OK), place)
    for place in ("include/crystalmath/client.h", "share/man/man1/crystalmath.1",
                  "share/man/man3/libcrystalmath.3", "share/man/man7/crystalmath-protocol.7",
                  "share/bash-completion/completions/crystalmath",
                  "share/zsh/site-functions/_crystalmath",
                  "share/fish/vendor_completions.d/crystalmath.fish",
                  "lib/systemd/user/crystalmath.socket", "lib/systemd/user/crystalmath.service"):
        check(os.path.getsize(os.path.join(PREFIX, place)) > 0, place)
    equal(sorted(os.listdir(os.path.join(PREFIX, "bin"))), ["crystalmath", "crystalmath-server"])
    equal(os.listdir(os.path.join(PREFIX, "include")), ["crystalmath"])


@test
def the_shared_library_has_a_soname_and_links_that_lead_to_it(box):
    real = os.path.realpath(find("libcrystalmath.so"))
    equal(os.path.realpath(find("libcrystalmath.so.0")), real)
    matches(run("readelf", "-d", real), r"SONAME.*\[libcrystalmath\.so\.0\]")
    lacks(run("readelf", "-d", real), "RUNPATH")
    matches(run("readelf", "-d", build(box, "watch")), r"NEEDED.*\[libcrystalmath\.so\.0\]")


@test
def a_static_library_is_not_offered(_box):
    equal([name for _, _, names in os.walk(PREFIX) for name in names if name.endswith(".a")], [])
    equal(pkg_config("--static", "--libs"), pkg_config("--libs"))


@test
def pkg_config_tells_the_version_of_the_library(box):
    told = pkg_config("--modversion")[0]
    source = box.write("version.c", "#include <crystalmath/client.h>\n#include <stdio.h>\n"
                                    "int main(void) { puts(cm_version()); return 0; }\n")
    run("cc", *FLAGS, source, "-o", box.path("version"), *pkg_config("--cflags", "--libs"))
    equal(run(box.path("version"), env=world(box)), told + "\n")
    contains(installed(box, "--version"), told)


@test
def the_header_is_plain_c_and_cpp(box):
    source = box.write("plain.c", "#include <crystalmath/client.h>\nint cm_used(void);\n")
    for compiler, language, standards in (("cc", "c", ("c99", "c11", "c17")),
                                          ("g++", "c++", ("c++11", "c++20"))):
        for standard in standards if shutil.which(compiler) else ():
            run(compiler, *FLAGS, "-pedantic-errors", f"-std={standard}", "-x", language,
                "-fsyntax-only", source, *pkg_config("--cflags"))


def watches(box, program):
    """Run the thirty lines, submit a job, and see it told."""
    process = start(box, program)
    lines = []

    def read_until(what):
        def reads():
            line = process.stdout.readline().decode()
            check(line, f"ended before {what}: {lines} {process.poll()}")
            lines.append(line)
            return re.search(what, line)
        wait_until(reads, what)

    read_until(r'^\{"pid":\d+,.*"socket":"' + re.escape(box.socket))
    read_until(r'^\{"subscription":1,"jobs":\[\]')
    equal(installed(box, "submit", "--name", "watched", "--", "true"), "1\n")
    read_until(r'^jobs.changed \{.*"name":"watched","code":"command","state":"completed"')
    installed(box, "server", "stop")
    equal(process.wait(DEADLINE), 1)
    contains(process.stderr.read().decode(), "closed the connection")


@test
def thirty_lines_start_the_server_call_subscribe_and_tell_what_changes(box):
    with open(os.path.join(ROOT, "examples", "watch.c"), encoding="utf-8") as file:
        check(len(file.readlines()) <= 30, "watch.c has more than thirty lines")
    watches(box, build(box, "watch"))


@test
def the_same_lines_are_cpp_too(box):
    if shutil.which("g++"):
        watches(box, build(box, "watch", "-x", "c++", compiler="g++", link=("-x", "none")))


@test
def requests_on_a_loop_with_poll_are_answered_and_one_is_taken_back(box):
    process = start(box, build(box, "poll"))
    done = box.finish(process)
    equal(done.status, 0, done)
    equal(done.err, "")
    lines = done.out.splitlines()
    equal(lines[0], "system.status: cancelled")
    equal(len(lines), 4, done)
    matches(lines[1], r'^system.version: \{"version":')
    equal(lines[2], 'jobs.list: {"jobs":[],"total":0,"next":null}')
    contains(lines[3], "jobs.get: there is no job 999999")


@test
def a_libuv_loop_watches_a_job_beside_its_own_work(box):
    link = pkg_config("--cflags", "--libs", package="libuv")
    done = box.finish(start(box, build(box, "uv", link=link)))
    equal(done.status, 0, done)
    lines = done.out.splitlines()
    matches(lines[-2], r'^jobs.changed .*"state":"completed"')
    equal(lines[-1], "the timer ticked meanwhile")
    equal(len([line for line in lines if line.startswith("submitted {")]), 1, done)


@test
def every_function_has_a_manual_page_that_man_finds(box):
    for name in sorted(public_functions()):
        found = run("man", "-w", "3", name, env=world(box)).strip()
        check(os.path.exists(found) and found.startswith(PREFIX), f"{name}: {found}")


@test
def the_python_client_starts_the_installed_server(box):
    told = run(sys.executable, os.path.join(ROOT, "examples", "python", "crystalmath.py"), "call",
               "system.status", env={**world(box), "PYTHONDONTWRITEBYTECODE": "1"})
    contains(told, f'"socket": "{box.socket}"')
    pid = re.search(r'"pid": (\d+)', told).group(1)
    equal(os.readlink(f"/proc/{pid}/exe"),
          os.path.realpath(f"{PREFIX}/bin/crystalmath-server"))


try:
    PREFIX = install()
    main()
finally:
    shutil.rmtree(STAGE, ignore_errors=True)
