"""Help, usage errors and completion: none of it needs or starts a server."""

import os
import re
import shutil
import subprocess

from support import (PROGRAM, Skip, check, contains, equal, lacks, main, matches, test)

COMMANDS = ("submit", "jobs", "show", "log", "wait", "cancel", "tag", "rename", "note", "remove",
            "parse", "ping", "call", "server", "completion", "help")


def no_server(box):
    check(not os.path.exists(box.socket), "a socket is there: a server was started")
    equal(box.processes(), [])


def usage_error(box, *args):
    """The message of a command line that is refused before anything is done."""
    result = box.cli(*args)
    equal(result.status, 2, result)
    equal(result.out, "")
    matches(result.err, r"\Acrystalmath: .+\n\Z")
    equal(result.err.count("\n"), 1, "a usage error is one line")
    no_server(box)
    return result.err


@test
def help_lists_every_command_and_global_option(box):
    for words in (["--help"], ["-h"], ["help"]):
        out = box.ok(*words).out
        for name in COMMANDS:
            matches(out, rf"(?m)^  {name} +\S")
        for option in ("--socket PATH", "--no-start", "-h, --help", "-V, --version"):
            contains(out, option)
    no_server(box)


@test
def help_of_a_command_is_the_same_in_each_way_to_ask(box):
    for name in COMMANDS:
        out = box.ok("help", name).out
        contains(out, f"Usage: crystalmath {name}")
        equal(box.ok(name, "--help").out, out)
        equal(box.ok(name, "-h").out, out)
    no_server(box)


@test
def help_lines_fit_into_80_columns(box):
    for words in [["--help"]] + [["help", name] for name in COMMANDS]:
        for line in box.ok(*words).out.splitlines():
            check(len(line) <= 80, f"{len(line)} columns: {line}")


@test
def help_behind_two_dashes_belongs_to_the_job(box):
    contains(usage_error(box, "submit", "x", "--", "--help"), "not both")


@test
def version_prints_a_version(box):
    for option in ("--version", "-V"):
        matches(box.ok(option).out, r"\Acrystalmath \d+\.\d+\.\d+\n\Z")
    no_server(box)


@test
def without_a_command_and_without_a_terminal_it_says_what_to_type(box):
    contains(usage_error(box), "crystalmath jobs")


@test
def an_unknown_command_is_answered_with_the_nearest(box):
    contains(usage_error(box, "sumbit"), "did you mean 'submit'")
    contains(usage_error(box, "job"), "did you mean 'jobs'")
    contains(usage_error(box, "help", "cancle"), "did you mean 'cancel'")
    for typed, meant in (("ls", "jobs"), ("list", "jobs"), ("status", "jobs"), ("ps", "jobs"), ("top", "jobs"),
                         ("kill", "cancel"), ("stop", "cancel"), ("delete", "remove"), ("rm", "remove")):
        contains(usage_error(box, typed), f"did you mean '{meant}'")
    contains(usage_error(box, "frobnicate"), "crystalmath help")
    lacks(usage_error(box, "frobnicate"), "did you mean")


@test
def a_file_in_the_place_of_a_command_is_answered_with_submit(box):
    box.write("si.in", "")
    contains(usage_error(box, "si.in"), "crystalmath submit si.in")


@test
def an_unknown_option_is_answered_with_the_nearest(box):
    contains(usage_error(box, "submit", "--corse", "2", "x"), "did you mean '--cores'")
    contains(usage_error(box, "submit", "--corse=2", "x"), "'--corse'")
    contains(usage_error(box, "jobs", "--frobnicate"), "crystalmath help jobs")
    contains(usage_error(box, "jobs", "-x"), "'-x'")
    contains(usage_error(box, "--scoket", "x", "jobs"), "did you mean '--socket'")
    contains(usage_error(box, "jobs", "--socket", "x"), "before the command")


@test
def an_option_without_its_value_is_refused(box):
    contains(usage_error(box, "submit", "x", "--cores"), "--cores N")
    contains(usage_error(box, "submit", "x", "-c"), "--cores N")
    contains(usage_error(box, "jobs", "--json=1"), "takes no value")
    contains(usage_error(box, "--socket"), "--socket PATH")
    contains(usage_error(box, "--socket=", "jobs"), "--socket")


@test
def a_number_out_of_its_range_is_refused(box):
    for words in (["submit", "x", "--cores", "0"], ["submit", "x", "--cores=-1"],
                  ["jobs", "--limit", "many"], ["jobs", "-n", "0"], ["ping", "-c", "0"],
                  ["log", "7", "-n", "99999999999999999999"], ["jobs", "-n1x"]):
        contains(usage_error(box, *words), "a whole number from")


@test
def too_few_and_too_many_words_are_answered_with_the_synopsis(box):
    contains(usage_error(box, "submit"), "crystalmath submit [OPTION]… FILE…")
    contains(usage_error(box, "submit", "--"), "crystalmath submit")
    contains(usage_error(box, "show"), "crystalmath show [OPTION]… ID")
    contains(usage_error(box, "show", "1", "2"), "'2'")
    contains(usage_error(box, "jobs", "x"), "'x'")


@test
def what_is_no_id_is_refused_before_the_server_is_asked(box):
    for command in ("show", "log", "wait", "cancel"):
        for word in ("si.in", "0", "7.5", "1e3", "99999999999999999999", ""):
            contains(usage_error(box, command, word), "is not the id of a job")


@test
def contradicting_options_are_refused(box):
    contains(usage_error(box, "log", "7", "--error", "--input"), "not both")
    contains(usage_error(box, "log", "7", "-f", "--input"), "does not grow")
    contains(usage_error(box, "server", "stop", "--json"), "server status")
    contains(usage_error(box, "server", "status", "-f"), "server logs")


@test
def an_unknown_state_verb_or_shell_is_refused(box):
    contains(usage_error(box, "jobs", "--state", "runing"), "did you mean 'running'")
    contains(usage_error(box, "jobs", "--code", "qe"), "there are quantum_espresso, vasp, crystal")
    contains(usage_error(box, "jobs", "--state", "running,done"), "'done'")
    contains(usage_error(box, "server", "stpo"), "did you mean 'stop'")
    contains(usage_error(box, "server", "x"), "start | stop")
    contains(usage_error(box, "completion", "tcsh"), "bash, zsh and fish")


@test
def params_that_are_not_json_are_refused_with_the_place(box):
    contains(usage_error(box, "call", "jobs.get", "{id:7}"), "column")
    contains(usage_error(box, "call", "jobs.get", "7"), "object or array")
    contains(usage_error(box, "call", "jobs.get", '{"id":1,"id":2}'), "duplicate")


@test
def a_full_disk_does_not_pass_for_success(box):
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    with open("/dev/full", "w", encoding="ascii") as full:
        result = box.cli("help", stdout=full)
    equal(result.status, 1)
    contains(result.err, "No space left")


@test
def a_reader_that_goes_away_ends_it_quietly(box):
    reader, writer = os.pipe()
    os.close(reader)
    result = box.cli("help", stdout=writer)
    os.close(writer)
    check(result.status != 0, "success, though nobody read")
    equal(result.err, "")


def completion(box, shell):
    return box.ok("completion", shell).out


@test
def bash_reads_its_completion_script(box):
    script = box.write("c.bash", completion(box, "bash"))
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
    equal((done.returncode, done.stderr), (0, ""))


def bash_completes(box, *words):
    """What bash offers for the last of these words."""
    box.write("c.bash", completion(box, "bash"))
    listing = " ".join(f"'{word}'" for word in ("crystalmath",) + words)
    script = (f"PATH={os.path.dirname(PROGRAM)}:$PATH; . ./c.bash; COMP_WORDS=({listing}); "
              f"COMP_CWORD={len(words)}; _crystalmath; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", script], cwd=box.work, env=box.env,
                          capture_output=True, text=True)
    equal((done.returncode, done.stderr), (0, ""))
    return [line for line in done.stdout.split("\n") if line]


@test
def bash_completes_commands_options_words_and_files(box):
    equal(bash_completes(box, "su"), ["submit"])
    equal(bash_completes(box, "--socket", "x", "--no-start", "ca"), ["cancel", "call"])
    equal(bash_completes(box, "submit", "--cor"), ["--cores"])
    equal(bash_completes(box, "jobs", "--state", "ca"), ["cancelling", "cancelled"])
    equal(bash_completes(box, "server", "st"), ["start", "stop", "status"])
    equal(bash_completes(box, "completion", ""), ["bash", "zsh", "fish"])
    equal(bash_completes(box, "help", "par"), ["parse"])
    equal(bash_completes(box, "submit", "--name", ""), [])
    box.write("a b.in", "")
    equal(bash_completes(box, "submit", "a"), ["a b.in"])
    equal(bash_completes(box, "show", ""), [])
    no_server(box)


@test
def bash_completes_ids_of_jobs_when_a_server_runs(box):
    first = box.shell("exit 0")
    second = box.shell("exit 0")
    equal(bash_completes(box, "show", ""), [str(second), str(first)])


@test
def zsh_and_fish_read_their_completion_scripts(box):
    for shell, check_only in (("zsh", "-fn"), ("fish", "--no-execute")):
        if not shutil.which(shell):
            continue
        script = box.write(f"c.{shell}", completion(box, shell))
        done = subprocess.run([shell, check_only, script], capture_output=True, text=True)
        equal((done.returncode, done.stderr), (0, ""))


@test
def no_text_of_a_completion_script_breaks_its_quotes(box):
    for shell in ("zsh", "fish"):
        for line in completion(box, shell).splitlines():
            if not line.startswith("#"):
                equal(line.count("'") % 2, 0, line)


@test
def every_command_is_in_every_completion_script(box):
    for shell in ("bash", "zsh", "fish"):
        text = completion(box, shell)
        for name in COMMANDS:
            check(re.search(rf"\b{name}\b", text), f"{shell} lacks {name}")


main()
