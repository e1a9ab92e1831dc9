"""Where jobs run: those that would overwrite each other's files are refused, or run one after
the other, or in a fresh folder."""

import os
import stat

from support import FINAL, PSEUDO, check, contains, equal, main, test, wait_until

# In place of pw.x: it notes when it runs and whether another one does, and waits for a gate.
PWX = """#!/bin/sh
mkdir '{work}/alone' || echo together >> '{work}/runs'
echo "$WHO" >> '{work}/runs'
trap "rmdir '{work}/alone'; exit 1" TERM
while [ ! -e '{work}/go' ]; do sleep 0.05; done
rmdir '{work}/alone'
exit 3
"""


def pwx(box, who=""):
    """Put that into the PATH of what is submitted; returns the environment for it."""
    folder = os.path.join(box.root, "bin")
    box.write(os.path.join(folder, "pw.x"), PWX.format(work=box.work), 0o755)
    return {"PATH": folder + ":" + box.env["PATH"], "WHO": who}


def silicon(box, name, prefix="si", outdir="./tmp", pseudos=PSEUDO):
    """An input that need not be run by the real pw.x."""
    lines = [f"prefix = '{prefix}'", f"outdir = '{outdir}'" if outdir else ""]
    box.write(name, f"""&control
  pseudo_dir = '{pseudos}'
  {lines[0]}
  {lines[1]}
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


def refused(box, *args, **more):
    result = box.cli("submit", *args, **more)
    equal((result.status, result.out), (1, ""), result)
    return result.err


@test
def a_job_that_would_write_the_output_of_another_is_refused_and_told_what_to_type(box):
    env = pwx(box)
    silicon(box, "si.in", "one")
    box.submit("--hold", "si.in", env=env)
    silicon(box, "si.in", "two")
    err = refused(box, "si.in", env=env)
    contains(err, f"job 1 (si) has not ended yet and writes to {os.path.realpath(box.work)}/si.out")
    for command in ("crystalmath submit --queue", "crystalmath wait 1", "crystalmath cancel 1"):
        contains(err, f"`{command}`")
    os.symlink(box.work, os.path.join(box.root, "other name"))
    contains(refused(box, os.path.join(box.root, "other name", "si.in"), env=env), "job 1 (si)")
    equal(len(box.call("jobs.list")["jobs"]), 1)
    box.ok("cancel", "1")
    box.submit("--hold", "si.in", env=env)


@test
def a_queued_job_runs_after_the_one_in_its_way_whatever_its_end(box):
    silicon(box, "si.in")
    box.submit("si.in", env=pwx(box, "1"))
    wait_until(lambda: os.path.exists(box.path("runs")), "the first run")
    for job in (2, 3, 4):
        equal(box.submit("--queue", "--priority", str(job), "si.in",
                         env=pwx(box, str(job))), job)
        equal(box.job(job)["reason"], "waits for job 1, which writes to the same files")
    box.ok("cancel", "1")
    equal(box.wait_state(1, *FINAL)["state"], "cancelled")
    box.open_gate()
    for job in (2, 3, 4):
        equal(box.wait_state(job, *FINAL)["state"], "failed")
    equal(box.read("runs").split(), ["1", "2", "3", "4"])


@test
def a_queued_job_waits_also_for_a_held_one_and_says_so(box):
    silicon(box, "si.in")
    box.open_gate()
    box.submit("--hold", "si.in", env=pwx(box, "1"))
    box.submit("--queue", "si.in", env=pwx(box, "2"))
    equal(box.job(2)["reason"], "waits for job 1, which writes to the same files and is held; "
          "crystalmath release 1")
    box.ok("release", "1")
    for job in (1, 2):
        box.wait_state(job, *FINAL)
    equal(box.read("runs").split(), ["1", "2"])


@test
def the_order_outlives_the_server(box):
    silicon(box, "si.in")
    box.submit("si.in", env=pwx(box, "1"))
    box.wait_state(1, "running")
    box.submit("--queue", "si.in", env=pwx(box, "2"))
    box.kill_server()
    equal(box.job(2)["reason"], "waits for job 1, which writes to the same files")
    contains(refused(box, "si.in", env=pwx(box)), "job 2 (si)")
    box.open_gate()
    box.wait_state(2, *FINAL)
    equal(box.read("runs").split(), ["1", "2"])


@test
def the_same_prefix_in_the_same_outdir_is_a_conflict_from_any_folder(box):
    env = pwx(box)
    shared = os.path.realpath(box.root) + "/scratch"
    os.symlink(box.root, box.path("link"))
    silicon(box, "a/one.in", "si", shared)
    silicon(box, "b/other.in", "si", "../link/scratch/")
    silicon(box, "b/third.in", "ge", shared)
    silicon(box, "c/tmpdir.in", "si", None)
    box.submit("--hold", "a/one.in", env=env)
    err = refused(box, "b/other.in", env=env)
    contains(err, f"job 1 (one) has not ended yet and keeps files of the same names in {shared} ")
    contains(err, "outdir and prefix are the same")
    contains(err, "`crystalmath submit --queue`")
    contains(refused(box, "c/tmpdir.in", env={**env, "ESPRESSO_TMPDIR": shared}), "job 1 (one)")
    box.submit("--hold", "b/third.in", env=env)
    box.submit("--hold", "c/tmpdir.in", env=env)
    equal(box.submit("--queue", "b/other.in", env=env), 4)
    equal(box.job(4)["reason"], "waits for job 1, which writes to the same files and is held; "
          "crystalmath release 1")


@test
def a_job_that_waits_for_the_other_one_anyhow_and_a_command_are_in_nobodys_way(box):
    env = pwx(box)
    silicon(box, "si.in")
    box.submit("--hold", "si.in", env=env)
    box.submit("--after", "1:any", "si.in", env=env)
    box.submit("--after", "2:any", "si.in", env=env)
    check(box.submit("--hold", "--", "true") < box.submit("--hold", "--", "true"), "two commands")


@test
def the_same_submission_once_more_is_not_in_its_own_way(box):
    env = pwx(box)
    silicon(box, "si.in")
    box.ok("ping")
    params = {"input": box.path("si.in"), "environment": {**box.env, **env}, "token": "t",
              "hold": True}
    wire = box.connect()
    equal([wire.call("jobs.submit", params)["result"]["id"] for _ in range(2)], [1, 1])
    answer = wire.call("jobs.submit", {**params, "token": "u"})
    contains(answer["error"]["message"], "job 1 (si) has not ended yet")
    equal(wire.call("jobs.submit", {**params, "token": "u", "queue": True})["result"]["id"], 2)
    wire.close()


def copies(box):
    folder = os.path.join(box.home, ".local/share/crystalmath/jobs")
    return [os.path.join(folder, name) for name in (os.listdir(folder) if os.path.exists(folder) else [])]


@test
def a_copy_runs_in_a_fresh_folder_and_says_where(box):
    box.silicon()
    box.write("si.in", box.read("si.in").replace(PSEUDO, "ps/sub"))
    with open(f"{PSEUDO}/Si.pz-vbc.UPF", "rb") as file:
        box.write("ps/sub/Si.pz-vbc.UPF", file.read())
    text = box.read("si.in")
    first, second = (box.submit("--copy", "--name", name, "si.in") for name in ("one", "two"))
    for job in (first, second):
        equal(box.wait_state(job, *FINAL)["state"], "completed")
    one, two = box.job(first), box.job(second)
    equal(sorted(copies(box)), sorted([one["directory"], two["directory"]]))
    check(os.path.basename(one["directory"]).startswith("si-"), one["directory"])
    equal(stat.S_IMODE(os.stat(one["directory"]).st_mode), 0o700)
    equal((one["origin"], one["results"]["converged"]), (box.work, True))
    equal(os.path.dirname(one["output"]), one["directory"])
    with open(os.path.join(one["directory"], "si.in"), encoding="utf-8") as file:
        equal(file.read(), text)
    equal(sorted(os.listdir(box.work)), ["ps", "si.in"])
    shown = box.ok("show", str(first)).out
    contains(shown, one["directory"])
    contains(shown, f"copied from    {box.work}")
    told = box.on_terminal("submit", "--hold", "--copy", "si.in", columns=300)
    contains(told.out, f"in {box.home}/.local/share/crystalmath/jobs/si-")


@test
def the_place_of_copies_is_set_and_their_input_may_lie_where_nobody_can_write(box):
    env = pwx(box)
    place = os.path.join(box.root, "copies here")
    box.write(os.path.join(box.home, ".config/crystalmath/config.ini"),
              f"[jobs]\ncopy_directory = {place}\n")
    silicon(box, "frozen/si.in")
    os.chmod(box.path("frozen"), 0o500)
    job = box.job(box.submit("--hold", "--copy", "frozen/si.in", env=env))
    os.chmod(box.path("frozen"), 0o700)
    equal(os.path.dirname(job["directory"]), place)


@test
def files_outside_of_the_inputs_folder_are_read_where_they_are(box):
    env = pwx(box)
    box.write("ps/Si.pz-vbc.UPF", "some")
    silicon(box, "in/si.in", pseudos="../ps")
    job = box.job(box.submit("--hold", "--copy", "in/si.in", env=env))
    equal(os.listdir(job["directory"]), ["si.in"])
    with open(os.path.join(job["directory"], "si.in"), encoding="utf-8") as file:
        contains(file.read(), f"'{box.work}/in/../ps'")
    equal([one["path"] for one in job["inputs"]],
          [box.path("in/si.in"), box.path("ps/Si.pz-vbc.UPF")])


@test
def what_cannot_be_copied_is_refused_and_leaves_no_folder(box):
    env = pwx(box)
    silicon(box, "up.in", outdir="../tmp")
    contains(refused(box, "--copy", "up.in", env=env), "leads out of its fresh folder; make outdir")
    equal(copies(box), [])
    silicon(box, "a.in", "si", box.root + "/scratch")
    box.submit("--hold", "--copy", "a.in", env=env)
    contains(refused(box, "--copy", "a.in", env=env), "job 1 (a) has not ended yet and keeps")
    contains(refused(box, "--copy", "--after", "9", "a.in", env=env), "9")
    equal(len(copies(box)), 1)


@test
def a_submission_that_is_repeated_is_copied_once(box):
    env = pwx(box)
    silicon(box, "si.in")
    box.ok("ping")
    params = {"input": box.path("si.in"), "environment": {**box.env, **env}, "token": "t",
              "hold": True, "copy": True}
    wire = box.connect()
    equal([wire.call("jobs.submit", params)["result"]["id"] for _ in range(2)], [1, 1])
    equal(len(copies(box)), 1)
    answer = wire.call("jobs.submit", {"command": ["true"], "directory": box.work, "copy": True})
    contains(answer["error"]["message"], "'copy' is for an input")
    wire.close()


@test
def a_copy_for_which_there_is_no_place_is_refused_with_the_way_out(box):
    env = pwx(box)
    box.write(os.path.join(box.home, ".local/share/crystalmath"), "in the way")
    silicon(box, "si.in")
    err = refused(box, "--copy", "si.in", env=env)
    contains(err, f"cannot be made in {box.home}/.local/share/crystalmath/jobs: Not a directory")
    contains(err, "copy_directory in [jobs]")


@test
def only_inputs_are_copied_and_sweeps_have_folders_of_their_own(box):
    silicon(box, "si.in")
    for args in (("--", "true"), ("--sweep", "ecutwfc=1,2", "si.in")):
        result = box.cli("submit", "--copy", *args)
        equal((result.status, result.out), (2, ""), result)
        contains(result.err, "submit --copy: only for input files")


main()
