"""Jobs that nobody would write on purpose, as a person meets them: whatever a job does, the server
answers, the job's end is known, nothing of it is left, and its place is free for the next one.
What the supervisor does about such jobs by itself is tested in tests/unit/supervisor/hostile.c."""

import json
import os
import signal

from support import FINAL, HERE, check, contains, equal, is_running, lacks, main, test, wait_until

# Each of its processes makes the next one, in a session of its own, and ends; for so long at most.
CHAIN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
until = time.monotonic() + 100
stays = sys.argv[1] == "stays"
if os.fork() > 0:
    if stays:
        signal.pause()
    os._exit(7)
open("chain", "w").close()
while time.monotonic() < until:
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
open("ran out", "w").close()
"""

# Keeps a number of children alive that each do the same, down to a depth.
BUSH = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
until = time.monotonic() + 100
def grow(depth):
    while time.monotonic() < until:
        for _ in range(3):
            if depth and os.fork() == 0:
                os.setsid()
                grow(depth - 1)
                os._exit(0)
        open("grown", "w").close()
        for _ in range(3):
            if not depth:
                time.sleep(0.2)
                return
            os.wait()
grow(3)
"""

# Away from everything that it was started with: parents, session, folder, environment, files.
DAEMON = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    here = os.getcwd()
    os.chdir("/")
    os.closerange(0, 100)
    ready = os.path.join(here, "daemon")
    os.execve("/bin/sh", ["sh", "-c", 'echo $$ > "$0.new"; mv "$0.new" "$0"; trap "" TERM; '
                          'n=0; while [ $n -lt 300 ]; do n=$((n + 1)); sleep 1; done', ready], {"PATH": os.environ["PATH"]})
"""


def configure(box, text):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def impatient(box):
    """The server waits a second between asking and killing."""
    configure(box, "[jobs]\ngrace = 1s\n")
    box.ok("ping")


def python(box, text, *args):
    """Submit a program on all cores, so that the next job runs when it has left its place."""
    script = box.write("job.py", text)
    return box.submit("--cores", all_cores(box), "--", "python3", script, *args)


def shell(box, text):
    return box.shell(text, "--cores", all_cores(box))


def all_cores(box):
    return str(box.call("system.status")["cores"])


def there(box, name):
    wait_until(lambda: os.path.exists(box.path(name)), f"the file {name}")


def is_over(box, job, state, *pids, **facts):
    """It ended so, nothing of it is left, the server answers, and the place is free."""
    ended = box.wait_state(job, *FINAL)
    equal(ended["state"], state, ended)
    for name, value in facts.items():
        equal(ended[name], value, ended)
    wait_until(lambda: not box.of_jobs(), "the end of every process of the job")
    for pid in pids:
        wait_until(lambda: not is_running(pid), f"the end of process {pid}")
    box.ok("ping")
    equal(box.wait_state(box.shell("exit 0", "--cores", all_cores(box)), *FINAL)["state"], "completed")
    return ended


def cancelled(box, job, *pids, **facts):
    server = box.server_pid()
    box.ok("cancel", str(job))
    ended = is_over(box, job, "cancelled", *pids, **facts)
    equal(box.server_pid(), server)
    return ended


def supervisor_of(box, job):
    with open(os.path.join(box.state, f"crystalmath/runs/{job}/started"), encoding="utf-8") as file:
        return int(next(line.partition("=")[2] for line in file if line.startswith("pid=")))


def memory_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


# ---- processes ----

@test
def a_chain_of_forks_that_flees_through_sessions_is_cancelled(box):
    impatient(box)
    job = python(box, CHAIN, "stays")
    there(box, "chain")
    cancelled(box, job, signal=signal.SIGKILL)
    check(not os.path.exists(box.path("ran out")), "it was not caught, but ended by itself")


@test
def a_chain_of_forks_is_ended_when_its_first_process_has(box):
    impatient(box)
    is_over(box, python(box, CHAIN, "goes"), "failed", exit_code=7)
    check(not os.path.exists(box.path("ran out")), "it was not caught, but ended by itself")


@test
def a_chain_of_forks_whose_supervisor_is_killed_is_ended_by_the_server(box):
    job = python(box, CHAIN, "stays")
    there(box, "chain")
    os.kill(supervisor_of(box, job), signal.SIGKILL)
    is_over(box, job, "lost")
    check(not os.path.exists(box.path("ran out")), "it was not caught, but ended by itself")


@test
def a_crowd_that_grows_again_and_hears_nothing_is_cancelled(box):
    impatient(box)
    job = python(box, BUSH)
    there(box, "grown")
    cancelled(box, job, signal=signal.SIGKILL)


@test
def what_hears_no_sigterm_is_killed_after_the_grace(box):
    impatient(box)
    job = shell(box, f"trap '' TERM INT HUP; touch deaf; while [ -d {HERE} ]; do sleep 0.1; done")
    there(box, "deaf")
    cancelled(box, job, signal=signal.SIGKILL)


@test
def a_status_that_the_job_gives_itself_when_it_is_cancelled_is_kept(box):
    job = shell(box, f"trap 'exit 42' TERM; touch hears; while [ -d {HERE} ]; do sleep 0.1; done")
    there(box, "hears")
    cancelled(box, job, exit_code=42, signal=None)


@test
def a_stopped_job_is_cancelled(box):
    job = shell(box, "touch stops; kill -STOP $$")
    there(box, "stops")
    cancelled(box, job)


@test
def a_daemon_is_cancelled_together_with_the_job_that_made_it(box):
    impatient(box)
    job = python(box, DAEMON + "\nsignal.pause()\n")
    there(box, "daemon")
    cancelled(box, job, int(box.read("daemon")), signal=signal.SIGKILL)


@test
def a_daemon_that_a_job_leaves_behind_is_ended_with_it(box):
    impatient(box)
    wait = "\nimport time\nwhile not os.path.exists('daemon'):\n    time.sleep(0.02)\nos._exit(5)\n"
    job = python(box, DAEMON + wait)
    there(box, "daemon")
    is_over(box, job, "failed", int(box.read("daemon")), exit_code=5)


@test
def a_job_that_kills_its_supervisor_is_lost_and_ended(box):
    job = shell(box, "sleep 1000 & kill -KILL $PPID; wait")
    contains(is_over(box, job, "lost")["reason"], "supervisor")


@test
def a_job_that_asks_its_supervisor_to_end_is_cancelled_and_told_as_ended_from_outside(box):
    job = shell(box, "kill -TERM $PPID; sleep 1000")
    contains(is_over(box, job, "cancelled")["reason"], "outside")


@test
def a_job_that_stops_its_supervisor_can_be_cancelled(box):
    job = shell(box, "kill -STOP $PPID; touch stopped; sleep 1000")
    there(box, "stopped")
    cancelled(box, job)


# ---- files ----

@test
def what_is_written_fast_costs_the_server_nothing_and_is_whole(box):
    size = (100 if "ASAN_OPTIONS" in os.environ else 300) * 1000 * 1000  # sanitizers take their time
    box.ok("ping")
    server = box.server_pid()
    job = shell(box, f"yes 'a line of the output' | head -c {size}; touch written; exit 3")
    watching = box.start("log", str(job), "--follow", stdout=open(os.devnull, "wb"))
    unread = box.connect()  # is sent all of it, and reads nothing
    unread.send({"jsonrpc": "2.0", "id": 1, "method": "jobs.subscribe",
                 "params": {"id": job, "file": "output", "offset": 0}})
    before = memory_of(server)
    pings = 0
    while not os.path.exists(box.path("written")):
        box.ok("ping")
        pings += 1
        grown = memory_of(server) - before
        check(grown < 16 * 1024 * 1024, f"the server has grown by {grown} bytes")
    check(pings > 0, "it was written before anybody could look")
    is_over(box, job, "failed", exit_code=3)
    equal(box.finish(watching).status, 0)
    equal(box.call("jobs.log", {"id": job, "tail_lines": 1})["size"], size)
    unread.close()


@test
def a_job_without_any_output_ends_as_any_other(box):
    job = shell(box, "exec <&- >&- 2>&-; touch closed; " + box.gate() + "; exit 9")
    there(box, "closed")
    equal(box.job(job)["state"], "running")
    box.open_gate()
    is_over(box, job, "failed", exit_code=9)
    equal(box.ok("log", str(job)).out, "")


@test
def a_job_that_deletes_its_folder_runs_on_and_can_be_cancelled(box):
    there_was = box.path("gone")
    for end, state, facts in (("exit 6", "failed", {"exit_code": 6}), ("sleep 1000", "cancelled", {})):
        os.mkdir(there_was)
        job = box.submit("--cores", all_cores(box), "--", "sh", "-c",
                         f'rm -r "$PWD"; touch ../deleted; {end}', cwd=there_was)
        there(box, "deleted")
        os.unlink(box.path("deleted"))
        if state == "cancelled":
            box.wait_state(job, "running")
            box.ok("cancel", str(job))
        is_over(box, job, state, **facts)
        contains(box.ok("show", str(job)).out, there_was)
        equal(box.call("jobs.files", {"id": job})["files"], [])


@test
def a_calculation_whose_folder_is_deleted_ends_and_is_told(box):
    path = box.silicon("gone/si.in", k=4, ecutwfc=30, conv_thr="1.0d-30", maxstep=10000)
    job = box.submit(path)
    wait_until(lambda: "iteration #" in box.call("jobs.log", {"id": job})["text"], "the first iteration")
    for _ in range(100):  # pw.x makes files meanwhile
        if os.system(f"rm -rf '{box.path('gone')}'") == 0:
            break
    box.ok("cancel", str(job))
    is_over(box, job, "cancelled")
    box.ok("show", str(job))
    box.ok("log", str(job))


@test
def a_job_that_nobody_lets_write_into_its_folder_ends_as_any_other(box):
    os.mkdir(box.path("locked"))
    try:
        job = box.submit("--cores", all_cores(box), "--", "sh", "-c",
                         "chmod 000 .; echo text; exit 4", cwd=box.path("locked"))
        is_over(box, job, "failed", exit_code=4)
        equal(box.ok("log", str(job)).out, "text\n")
    finally:
        os.chmod(box.path("locked"), 0o700)


@test
def a_job_that_deletes_its_run_folder_can_be_cancelled(box):
    job = shell(box, 'sleep 1000 & rm -r "$CRYSTALMATH_RUN"; wait')
    box.wait_state(job, "running", *FINAL)
    wait_until(lambda: not os.path.exists(os.path.join(box.state, f"crystalmath/runs/{job}")),
               "the end of the run folder")
    contains(cancelled(box, job, exit_code=None)["reason"], "its run folder was deleted")


@test
def a_job_whose_run_folder_is_gone_when_the_server_comes_back_is_lost_and_ended(box):
    job = shell(box, 'sleep 1000 & rm -r "$CRYSTALMATH_RUN"; wait')
    box.wait_state(job, "running", *FINAL)
    wait_until(lambda: not os.path.exists(os.path.join(box.state, f"crystalmath/runs/{job}")),
               "the end of the run folder")
    box.kill_server()
    contains(is_over(box, job, "lost")["reason"], "run folder was deleted")


@test
def a_job_that_fills_its_fifo_and_its_records_with_rubbish_harms_only_itself(box):
    job = shell(box, 'cd "$CRYSTALMATH_RUN"; for i in 1 2 3 4; do echo eees > alive; done; '
                     'head -c 100000 /dev/urandom > started; head -c 1000000 /dev/zero > exit; exit 3')
    ended = box.wait_state(job, *FINAL)
    check(ended["state"] in ("failed", "lost"), ended)
    is_over(box, job, ended["state"])
    kept = box.server_pid()
    box.kill_server()
    equal(box.job(job)["state"], ended["state"])
    check(box.server_pid() != kept, "no new server")


# ---- words ----

EVIL = "\033]0;evil\a\033[2J\033[31m\u009b31mred\x7f\b"
MARKS = ("\033]0;", "\033[2J", "\u009b", "\x7f", "\b")


def harmless(text):
    for mark in MARKS:
        lacks(text, mark)


@test
def what_a_job_prints_reaches_no_terminal_as_a_command(box):
    box.write("evil", EVIL + "\ttail\n")
    name = "evil\033]0;name\a"
    job = box.submit("--name", name, "--", "cat", "evil")
    box.wait_state(job, "completed")
    box.ok("note", str(job), "a\033]0;note\a\033[2J")
    text = box.on_terminal("log", str(job)).out
    harmless(text)
    contains(text, "?]0;evil??[2J?[31m?31mred??\ttail")
    equal(box.ok("log", str(job)).out, EVIL + "\ttail\n")
    for words in (("log", str(job), "--follow"), ("show", str(job)), ("jobs",), ("wait", str(job)),
                  ("server", "logs"), ("log", "9\033]0;x\a"), ("submit", "a\033]0;x\a.in"),
                  ("remove", str(job))):
        terminal = box.terminal(*words)
        if words[0] == "remove":
            terminal.wait_for("[y/N]")
            terminal.type("n\n")
        harmless(terminal.finish().out)


@test
def what_a_job_prints_cannot_command_the_screen(box):
    box.write("evil", EVIL + "\ttail\n")
    name = "evil\033]0;evil\a"
    job = box.submit("--name", name, "--", "sh", "-c", "cat evil; exit 3")
    box.wait_state(job, "failed")
    terminal = box.terminal()
    terminal.wait_for("exit status 3")
    terminal.type("l")
    terminal.wait_for("tail")
    terminal.type("\033")
    terminal.type("q")
    text = terminal.finish().out
    lacks(text, "\033]0;evil")
    lacks(text, "\u009b31m")
    lacks(text, "\x7f")


ODD = ["a b", "it's", 'say "x"', "new\nline", "$HOME `id` $(id) %s \\ * ; & | < >", "-n", "ü" * 127 + "x",
       "n" * 255, "\033]0;evil\a"]


@test
def folders_and_files_of_any_name_are_worked_in(box):
    for name in ODD:
        folder = box.path(name)
        os.mkdir(folder)
        job = box.submit("--name", "odd", "--", "sh", "-c", 'pwd > "$0"; pwd', name, cwd=folder)
        ended = box.wait_state(job, *FINAL)
        equal((ended["state"], ended["name"], ended["directory"]), ("completed", "odd", folder))
        equal(box.ok("log", str(job)).out, folder + "\n")
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            equal(file.read(), folder + "\n")
        equal(box.ok("log", str(job), "--file=" + name).out, folder + "\n")
        equal([j["id"] for j in box.call("jobs.list", {"directory": folder})["jobs"]], [job])


@test
def inputs_of_any_name_pass_through_the_shell_of_the_setup_and_through_the_launcher(box):
    configure(box, "[code.quantum_espresso]\nsetup = true\n")
    for number, name in enumerate(name for name in ODD if len(name.encode()) < 200):
        cores = min(2, int(all_cores(box))) if number == 2 else 1
        path = box.silicon(os.path.join(name, name + ".in"), ecutwfc=8, k=1)
        job = box.wait_state(box.submit("--cores", str(cores), path), *FINAL)
        equal((job["state"], job["input"]), ("completed", name + ".in"), job)
        equal({name + ".in", name + ".out", name + ".err", "tmp"} | set(os.listdir(box.path(name))),
              {name + ".in", name + ".out", name + ".err", "tmp"})
    equal(sorted(os.listdir(box.work)), sorted(name for name in ODD if len(name.encode()) < 200))


@test
def a_calculation_whose_files_have_the_longest_names_runs_or_is_refused(box):
    fits, too_long = (box.silicon("n" * (length - 3) + ".in") for length in (254, 255))  # .out is longer
    for copy in ([], ["--copy"]):
        equal(box.wait_state(box.submit(*copy, fits), *FINAL)["state"], "completed")
        result = box.cli("submit", *copy, too_long)
        equal((result.status, result.out), (1, ""), result)
        contains(result.err, "the name of the input is too long: its outputs would have names of 256 bytes")
        contains(result.err, "Give it a name of at most 254 bytes")
    result = box.cli("submit", "--sweep", "ecutwfc=11,12", fits)
    contains(result.err, "File name too long; give the input a shorter name")
    equal(len(box.call("jobs.list")["jobs"]), 2)


@test
def a_folder_whose_name_is_not_utf_8_is_refused_before_there_is_a_job(box):
    folder = os.fsencode(box.path("")) + b"f\xff"
    os.mkdir(folder)
    result = box.cli("submit", "--", "true", cwd=folder)
    equal((result.status, result.out), (1, ""))
    contains(result.err, "is not UTF-8")
    equal(box.call("jobs.list")["jobs"], [])


@test
def an_input_whose_name_is_not_utf_8_is_refused_and_nothing_is_made(box):
    name = b"si\xff.in"
    os.rename(box.silicon(), os.path.join(os.fsencode(box.work), name))
    for options in ([], ["--copy"], ["--sweep", "ecutwfc=11,12"]):
        result = box.cli("submit", *options, name)
        equal((result.status, result.out), (1, ""), result)
        contains(result.err, "is not UTF-8, which is all that the server can be told; rename it")
    equal(os.listdir(os.fsencode(box.work)), [name])
    equal(box.call("jobs.list")["jobs"], [])


@test
def files_whose_names_are_not_utf_8_are_in_nobodys_way(box):
    job = box.shell(r"""printf x > "$(printf 'bad\377')"; printf 'out\377put\n'""")
    equal(box.wait_state(job, *FINAL)["state"], "completed")
    contains(box.ok("log", str(job)).out, "out\ufffdput")
    contains(box.ok("log", str(job), "--files").out, "bad")


@test
def home_and_state_may_have_any_name(box):
    for number, name in enumerate(ODD[:5] + ["e" * 200]):
        env = {}
        for variable, short in (("XDG_STATE_HOME", "s"), ("XDG_CONFIG_HOME", "c"), ("XDG_RUNTIME_DIR", "r")):
            env[variable] = box.path(f"{number}{short}", name)
            os.makedirs(env[variable], 0o700)
        os.makedirs(os.path.join(env["XDG_CONFIG_HOME"], "crystalmath"))
        with open(os.path.join(env["XDG_CONFIG_HOME"], "crystalmath/config.ini"), "w", encoding="utf-8") as file:
            file.write("[jobs]\ngrace = 1s\n")
        job = box.ok("submit", "--", "sh", "-c", "echo said; trap '' TERM; sleep 1000", env=env).out.strip()
        wait_until(lambda: box.ok("log", job, env=env).out == "said\n", "its output")
        box.ok("cancel", job, env=env)
        wait_until(lambda: json.loads(box.ok("show", job, "--json", env=env).out)["state"] == "cancelled", "its end")
        box.ok("server", "stop", env=env)
        wait_until(lambda: not box.processes(), "the end of the server")


main()
