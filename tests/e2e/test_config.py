"""config.ini: what is in force, from where, and what a wrong one does."""

import os
import subprocess

from support import PROGRAM, check, contains, equal, lacks, main, matches, test


def configure(box, text):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def setting(told, key):
    """One of the values that --json gives."""
    section, name = key.split(".")
    found = [s for s in told["values"] if (s["section"], s["name"]) == (section, name)]
    equal(len(found), 1, key)
    return found[0]


@test
def everything_has_its_default_without_a_file(box):
    lines = [line.split("\t") for line in box.ok("config").out.splitlines()]
    check(len(lines) > 10, lines)
    for line in lines:
        equal((len(line), line[2]), (3, "default"))
    contains(box.ok("config").out, "server.timeout\t300\tdefault\n")
    equal(box.server_pid(), None, "a server was started")
    contains(box.ok("config", "--check").out, "everything has its default")
    contains(box.ok("config", "--path").out, f"{box.home}/.config/crystalmath/config.ini\n")


@test
def a_server_does_what_the_file_says_and_tells_it(box):
    path = configure(box, "[server]\ncores = 3\nlog_level = debug\n\n[jobs]\ngrace = 4\n")
    box.ok("ping")
    equal(box.call("system.status")["cores"], 3)
    with open(box.log, encoding="utf-8") as log:
        contains(log.read(), " debug ")
    out = box.ok("config").out
    contains(out, f"server.cores\t3\t{path}:2\n")
    contains(out, f"jobs.grace\t4\t{path}:6\n")
    told = {f"{s['section']}.{s['name']}": s for s in box.call("system.config")["values"]}
    equal(told["server.cores"], {"section": "server", "name": "cores", "value": "3",
                                 "from": "file", "line": 2})
    check("tui.mouse" not in told, "the server reads a key of the screen")


@test
def a_job_gets_from_the_file_what_its_submission_does_not_say(box):
    configure(box, "[jobs]\nretries = 2\ntime_limit = 90\n")
    job = box.call("jobs.submit", {"command": ["true"], "directory": box.work})
    equal((job["retries"], job["time_limit"]), (2, 90))
    job = box.call("jobs.submit", {"command": ["true"], "directory": box.work, "retries": 0,
                                   "time_limit": 7})
    equal((job["retries"], job["time_limit"]), (0, 7))


@test
def an_option_goes_over_a_variable_and_that_over_the_file(box):
    path = configure(box, "[server]\ntimeout = 1h\nstall_timeout = 2h\ncores = 7\n")
    box.env.update(CRYSTALMATH_SERVER_TIMEOUT="2h", CRYSTALMATH_SERVER_STALL_TIMEOUT="3h")
    subprocess.run([box.env["CRYSTALMATH_SERVER"], "--timeout", "77"], env=box.env, check=True,
                   cwd=box.work)
    out = box.ok("config").out
    contains(out, "server.timeout\t77\toption of the running server\n")
    contains(out, "server.stall_timeout\t10800\tvariable CRYSTALMATH_SERVER_STALL_TIMEOUT\n")
    contains(out, f"server.cores\t7\t{path}:4\n")


@test
def a_wrong_file_keeps_the_server_from_starting_and_all_of_it_is_told(box):
    path = configure(box, "[server]\ncoers = 3\ntimeout = soon\n\n[jbos]\n")
    for command in ("ping", "jobs"):
        failed = box.cli(command)
        equal((failed.status, failed.out), (1, ""))
        contains(failed.err, f"{path}:2: [server] has no key 'coers'; did you mean 'cores'?")
        contains(failed.err, f"{path}:3: timeout takes seconds")
        contains(failed.err, f"{path}:5: there is no section [jbos]; did you mean [jobs]?")
        contains(failed.err, "crystalmath config --check")
    equal(box.server_pid(), None)
    lacks(box.cli("server", "status").out, "did not end in good order")
    checked = box.cli("config", "--check")
    equal((checked.status, checked.out, len(checked.err.splitlines())), (1, "", 3))
    equal(box.cli("config").status, 1)
    told = box.cli("config", "--json")
    equal((told.status, [p["line"] for p in told.json()["problems"]]), (1, [2, 3, 5]))
    configure(box, "[server]\ncores = 3\n")
    box.ok("ping")


@test
def a_running_server_keeps_what_it_has_until_it_is_restarted(box):
    configure(box, "[server]\ncores = 3\n")
    box.ok("ping")
    configure(box, "[server]\ncores = 5\n")
    shown = box.ok("config")
    contains(shown.out, "server.cores\t3\t")
    contains(shown.err, "server.cores is 5 in the file, and 3 in the running server")
    contains(shown.err, "restart to apply: crystalmath server restart")
    cores = setting(box.ok("config", "--json").json(), "server.cores")
    equal((cores["value"], cores["file"], cores["restart"]), ("3", "5", True))
    configure(box, "[server]\ncores = 0\n")
    wrong = box.cli("config")
    equal(wrong.status, 1)
    contains(wrong.err, "the running server keeps what it has")
    equal(box.call("system.status")["cores"], 3)
    server = box.server_pid()
    refused = box.cli("server", "restart")
    equal(refused.status, 1)
    contains(refused.err, "config.ini:2: cores")
    contains(refused.err, "the running one was left as it is; mend that")
    equal(box.server_pid(), server)
    configure(box, "[server]\ncores = 5\n")
    box.ok("server", "restart")
    shown = box.ok("config")
    contains(shown.out, "server.cores\t5\t")
    equal(shown.err, "")


@test
def what_help_says_of_the_sample_works_where_there_is_no_folder_yet(box):
    lines = [line for line in box.ok("help", "config").out.splitlines() if "--path)" in line]
    equal(len(lines), 2, lines)
    script = f"crystalmath() {{ {PROGRAM} \"$@\"; }}\n" + "\n".join(lines)
    subprocess.run(["sh", "-e", "-c", script], env=box.env, check=True)
    with open(box.ok("config", "--path").out.strip(), encoding="utf-8") as file:
        equal(file.read(), box.ok("config", "--sample").out)


@test
def the_sample_is_right_and_changes_nothing(box):
    before = box.ok("config").out
    configure(box, box.ok("config", "--sample").out)
    contains(box.ok("config", "--check").out, "is right.")
    equal(box.ok("config").out, before)


@test
def a_file_that_others_may_write_to_is_refused(box):
    path = configure(box, "")
    os.chmod(path, 0o666)
    failed = box.cli("ping")
    equal(failed.status, 1)
    contains(failed.err, f"chmod o-w '{path}'")


@test
def on_a_terminal_the_values_stand_under_their_sections(box):
    configure(box, "[notify]\ncommand = echo '\u00e9' ; true\n")
    shown = box.on_terminal("config")
    equal(shown.status, 0)
    contains(shown.out, "[notify]\n")
    matches(shown.out, r"command += echo '\u00e9' ; true +.*config.ini:2")
    lacks(shown.out, "notify.command")


@test
def only_one_thing_is_asked_of_config(box):
    equal(box.cli("config", "--path", "--check").status, 2)


main()
