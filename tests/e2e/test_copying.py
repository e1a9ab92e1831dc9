"""Copying for `submit --copy` takes as long as the files are large, and nobody else waits for it;
whatever breaks it off, nothing half is left."""

import contextlib
import os
import signal
import subprocess
import time

from support import Skip, check, comment, contains, equal, is_running, main, test, wait_until

# Nothing but a hole: it takes no room, and hours to read.
ENDLESS = 1 << 40


def pwx(box):
    folder = os.path.join(box.root, "bin")
    box.write(os.path.join(folder, "pw.x"), "#!/bin/sh\nexit 0\n", 0o755)
    return {**box.env, "PATH": folder + ":" + box.env["PATH"]}


def silicon(box, name="si.in", pseudos="./ps", prefix="si"):
    """An input that need not be run by the real pw.x."""
    return box.write(name, f"""&control
  pseudo_dir = '{pseudos}'
  prefix = '{prefix}'
  outdir = './tmp'
/
&system
  ibrav = 2, celldm(1) = 10.2, nat = 1, ntyp = 1, ecutwfc = 12
/
&electrons
/
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si 0.00 0.00 0.00
K_POINTS gamma
""")


def sized(box, size, name="ps/Si.pz-vbc.UPF"):
    with open(box.write(name, "some"), "ab") as file:
        file.truncate(size)


def params(box, **more):
    return {"input": box.path("si.in"), "environment": pwx(box), "hold": True, "copy": True, **more}


def top(box):
    return os.path.join(box.home, ".local/share/crystalmath/jobs")


def listed(box, *names):
    try:
        return sorted(os.listdir(os.path.join(top(box), *names)))
    except FileNotFoundError:
        return []


def begin(box, wire, request=1, **more):
    """Submit what will never be whole, and wait until it is being copied."""
    before = len(listed(box, ".partial"))
    wire.send({"jsonrpc": "2.0", "id": request, "method": "jobs.submit",
               "params": params(box, **more)})
    wait_until(lambda: len(listed(box, ".partial")) > before, "the beginning of the copy")


def endless(box):
    """A connection on which such a submission was made."""
    silicon(box)
    sized(box, ENDLESS)
    box.ok("ping")
    wire = box.connect()
    begin(box, wire)
    return wire


def nothing_is_left(box):
    wait_until(lambda: listed(box) == [], "the removal of what was copied")
    equal(box.ok("jobs", "--json").json()["total"], 0)


@test
def what_waits_for_its_files_is_charged_with_its_environment_and_refused_when_all_hold_too_much(box):
    silicon(box)
    sized(box, ENDLESS)
    large = {**pwx(box), "LARGE": "x" * (7 << 20)}
    box.ok("server", "start")
    refused, wires = None, [box.connect() for _ in range(7)]
    for wire in wires:
        for number in range(6):
            wire.send({"jsonrpc": "2.0", "id": number, "method": "jobs.submit",
                       "params": params(box, environment=large)})
        # The answer to this one comes behind those that are refused.
        wire.send({"jsonrpc": "2.0", "id": "ping", "method": "system.ping"})
        while (answer := wire.receive())["id"] != "ping":
            refused = answer
    check(refused, "all of them were taken")
    equal(refused["error"]["message"], "the server is busy with other large requests; try again")
    for wire in wires:
        wire.close()


@test
def everybody_is_answered_while_a_folder_is_copied(box):
    wire = endless(box)
    for i in range(20):
        equal(wire.call("system.ping")["result"]["pong"], True, i)
    box.ok("ping")
    job = box.shell("true")
    box.wait_state(job, "completed")
    equal(listed(box), [".partial"])
    equal(box.ok("jobs", "--json").json()["total"], 1)
    wire.close()


@test
def a_client_that_goes_away_leaves_no_job_and_no_folder(box):
    endless(box).close()
    nothing_is_left(box)
    process = box.start("submit", "--hold", "--copy", "si.in", env=pwx(box))
    wait_until(lambda: listed(box, ".partial"), "the beginning of the copy")
    process.send_signal(signal.SIGINT)
    box.finish(process)
    nothing_is_left(box)


@test
def who_waits_at_a_terminal_is_told_for_what_and_can_break_it_off(box):
    endless(box).close()
    terminal = box.terminal("submit", "--hold", "--copy", "si.in", env=pwx(box))
    terminal.wait_for("Copying the files into a fresh folder. Ctrl-C breaks it off and leaves nothing.")
    equal(len(listed(box, ".partial")), 1)
    terminal.type("\x03")
    equal(terminal.finish().status, -signal.SIGINT)
    nothing_is_left(box)


@test
def a_client_that_will_only_not_say_more_gets_its_answer(box):
    silicon(box)
    sized(box, 100 << 20)
    box.ok("ping")
    wire = box.connect()
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "jobs.submit", "params": params(box)})
    wire.socket.shutdown(1)
    equal(wire.receive()["result"]["id"], 1)
    equal(wire.receive(), None)
    wire.close()


@test
def a_server_that_ends_says_that_nothing_was_submitted(box):
    wire = endless(box)
    pid = box.server_pid()
    box.ok("server", "stop")
    contains(wire.receive()["error"]["message"], "nothing was submitted; submit it again")
    wait_until(lambda: not is_running(pid), "the end of the server")
    equal(listed(box), [])
    wire.close()


@test
def what_a_killed_server_was_copying_is_removed_by_the_next_one(box):
    wire = endless(box)
    begin(box, wire, 2, token="t")
    box.kill_server()
    equal((wire.receive(), len(listed(box, ".partial"))), (None, 2))
    os.makedirs(os.path.join(top(box), "mine"))
    box.ok("ping")
    wait_until(lambda: listed(box) == ["mine"], "the removal of what was copied")
    told = "removed 2 folders of jobs that were never submitted"
    wait_until(lambda: told in box.ok("server", "logs").out, "the word of it")
    wire.close()


@test
def whenever_the_server_is_killed_there_is_a_whole_folder_or_none(box):
    silicon(box)
    data = os.urandom(1 << 20) * 4
    box.write("ps/Si.pz-vbc.UPF", data)
    box.ok("ping")
    for i in range(24):
        wire = box.connect()
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "jobs.submit", "params": params(box, token=str(i))})
        time.sleep(0.012 * i)  # any moment will do
        box.kill_server()
        try:
            answer = wire.receive()
        except ConnectionResetError:
            answer = None
        wire.close()
        jobs = {job["id"]: job for job in box.ok("jobs", "--json").json()["jobs"]}
        wait_until(lambda: ".partial" not in listed(box), "the removal of what was copied")
        check(not answer or answer["result"]["id"] in jobs, f"{answer} was lost")
        for name in {*listed(box), *(os.path.basename(box.job(job)["directory"]) for job in jobs)}:
            equal(sorted(listed(box, name)), ["ps", "si.in"], name)
            with open(os.path.join(top(box), name, "ps/Si.pz-vbc.UPF"), "rb") as copy:
                check(copy.read() == data, f"{name} is not whole")
    comment(f"{len(jobs)} jobs, {len(listed(box))} folders")


@test
def what_another_server_is_copying_is_left_alone(box):
    wire = endless(box)
    first = box.server_pid()
    env = {"XDG_RUNTIME_DIR": os.path.join(box.root, "run2"), "XDG_STATE_HOME": box.root + "/state2"}
    os.mkdir(env["XDG_RUNTIME_DIR"], 0o700)
    folder, = listed(box, ".partial")
    os.makedirs(os.path.join(top(box), ".partial", "dead", "folder"))
    box.ok("ping", env=env)
    wait_until(lambda: listed(box, ".partial") == [folder], "the removal of the other one")
    second = box.ok("server", "status", "--json", env=env).json()["pid"]
    check(second != first and is_running(first), "there were not two servers")
    box.ok("server", "stop", env=env)
    equal(listed(box, ".partial"), [folder])
    wire.close()


@test
def large_files_are_copied_whole_and_noted_by_their_checksums(box):
    silicon(box)
    data = os.urandom(1 << 20) * 150
    box.write("ps/Si.pz-vbc.UPF", data)
    job = box.job(box.submit("--hold", "--copy", "si.in", env=pwx(box)))
    with open(os.path.join(job["directory"], "ps/Si.pz-vbc.UPF"), "rb") as copy:
        check(copy.read() == data, "the copy is not the same")
    equal(os.path.realpath(job["directory"]), job["directory"])
    noted = {os.path.basename(one["path"]): one for one in job["inputs"]}["Si.pz-vbc.UPF"]
    made = subprocess.run(["sha256sum", box.path("ps/Si.pz-vbc.UPF")], capture_output=True, check=True)
    equal((noted["path"], noted["sha256"], noted["size"]),
          (box.path("ps/Si.pz-vbc.UPF"), made.stdout.split()[0].decode(), len(data)))
    equal(listed(box), [os.path.basename(job["directory"])])
    other = box.job(box.submit("--hold", "si.in", env=pwx(box)))
    equal({one["path"]: one["sha256"] for one in other["inputs"]},
          {one["path"]: one["sha256"] for one in job["inputs"]})


@test
def a_file_that_cannot_be_read_is_named_and_nothing_is_left(box):
    silicon(box)
    os.makedirs(box.path("ps"))
    os.symlink("/proc/self/mem", box.path("ps/Si.pz-vbc.UPF"))
    result = box.cli("submit", "--hold", "--copy", "si.in", env=pwx(box))
    equal((result.status, result.out), (1, ""), result)
    contains(result.err, f"{box.path('ps/Si.pz-vbc.UPF')} cannot be read: Input/output error")
    nothing_is_left(box)
    os.unlink(box.path("ps/Si.pz-vbc.UPF"))
    os.mkdir(box.path("ps/Si.pz-vbc.UPF"))
    result = box.cli("submit", "--hold", "--copy", "si.in", env=pwx(box))
    contains(result.err, "cannot be read: it is not a regular file")
    nothing_is_left(box)


@contextlib.contextmanager
def small_place(box):
    """A file system of 2 MiB for copies, in the mount namespace of a server that is there already.
    The server has to be root, at least in a namespace."""
    place = os.path.join(box.root, "place")
    os.mkdir(place)
    box.write(os.path.join(box.home, ".config/crystalmath/config.ini"),
              f"[jobs]\ncopy_directory = {place}\n")
    script = box.write("server.sh", f"""#!/bin/sh
exec unshare --mount sh -c 'mount -t tmpfs -o size=2m tmpfs {place} && exec "$0" "$@"' "$REAL" "$@"
""", 0o755)
    probe = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", place],
                           capture_output=True)
    if probe.returncode != 0:
        raise Skip("this kernel gives us no mount namespace")
    box.env.update({"REAL": box.env["CRYSTALMATH_SERVER"], "CRYSTALMATH_SERVER": script})
    box.ok("ping")
    yield f"/proc/{box.server_pid()}/root{place}"


@test
def a_disk_without_room_is_told_before_and_a_full_one_meanwhile_and_nothing_is_left(box):
    silicon(box)
    with small_place(box) as place:
        box.write("ps/Si.pz-vbc.UPF", os.urandom(3 << 20))
        err = box.cli("submit", "--hold", "--copy", "si.in", env=pwx(box)).err
        contains(err, "the files to be copied have 3 MiB, and")
        contains(err, "has room for 2 MiB; make room there, or name another place with copy_directory")
        equal(os.listdir(place), [])
        # A file that says that it has no bytes, and has some millions.
        os.unlink(box.path("ps/Si.pz-vbc.UPF"))
        os.symlink("/proc/kallsyms", box.path("ps/Si.pz-vbc.UPF"))
        err = box.cli("submit", "--hold", "--copy", "si.in", env=pwx(box)).err
        contains(err, "ps/Si.pz-vbc.UPF cannot be copied to")
        contains(err, "No space left on device; name another place with copy_directory")
        equal(os.listdir(place), [])
        equal(box.ok("jobs", "--json").json()["total"], 0)


@test
def submissions_between_others_are_each_answered_once_in_whatever_order(box):
    silicon(box)
    sized(box, 1 << 20)
    box.ok("ping")
    wire = box.connect()
    command = {"command": ["true"], "directory": box.work, "hold": True}
    kinds = [True, False, False, True, True, False, True] * 5
    for i, copy in enumerate(kinds):
        wire.send({"jsonrpc": "2.0", "id": i, "method": "jobs.submit",
                   "params": params(box, token=f"t{i}", queue=True) if copy else command})
    answers = [wire.receive() for _ in kinds]
    equal(sorted(answer["id"] for answer in answers), list(range(len(kinds))))
    equal(sorted(answer["result"]["id"] for answer in answers), list(range(1, len(kinds) + 1)))
    for answer in answers:
        equal(answer["result"]["origin"] is not None, kinds[answer["id"]], answer)
    equal(len(listed(box)), sum(kinds))
    wire.close()


@test
def the_same_submission_twice_at_once_is_one_job_with_one_folder(box):
    silicon(box)
    sized(box, 50 << 20)
    box.ok("ping")
    wires = [box.connect(), box.connect()]
    for wire in wires:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "jobs.submit", "params": params(box, token="t")})
    equal([wire.receive()["result"]["id"] for wire in wires], [1, 1])
    folder = os.path.basename(box.job(1)["directory"])
    wait_until(lambda: listed(box) == [folder], "the removal of the other folder")
    for wire in wires:
        wire.close()


@test
def in_a_batch_little_is_copied_at_once_and_much_is_refused(box):
    silicon(box)
    sized(box, 1 << 20)
    box.ok("ping")
    wire = box.connect()
    calls = [{"jsonrpc": "2.0", "id": 1, "method": "jobs.submit", "params": params(box)},
             {"jsonrpc": "2.0", "id": 2, "method": "system.ping"}]
    wire.send(calls)
    first, second = wire.receive()
    equal((first["result"]["id"], second["result"]["pong"]), (1, True))
    sized(box, (64 << 20) + 1)
    wire.send(calls)
    first, second = wire.receive()
    contains(first["error"]["message"], "at most 64 MiB are copied for a job of a batch")
    equal(second["result"]["pong"], True)
    equal(len(listed(box)), 1)
    wire.close()


@test
def one_client_with_many_copies_keeps_only_itself_waiting(box):
    wire = endless(box)
    for i in range(2, 20):
        wire.send({"jsonrpc": "2.0", "id": i, "method": "jobs.submit", "params": params(box, token=str(i))})
    wire.send({"jsonrpc": "2.0", "id": 20, "method": "system.ping"})
    box.ok("ping")
    wait_until(lambda: len(listed(box, ".partial")) == 4, "four copies at once")
    box.ok("ping")
    wire.close()
    box.ok("server", "stop")
    equal(listed(box), [])


main()
