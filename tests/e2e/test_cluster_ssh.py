"""Jobs on a Slurm behind ssh: a real sshd, whose side sees none of this machine's files but by ssh."""

import os
import re
import shutil

from clusters import Far as Cluster, on_both_ways
from support import PSEUDO, check, contains, equal, lacks, main, matches, test, wait_until


@test
def a_real_pwx_goes_there_and_its_results_come_back(box):
    box.silicon()
    before = box.read("si.in")
    cluster = Cluster(box)
    job = box.submit("--on", "far", "si.in")
    ended = box.wait_state(job, "completed", "failed")
    equal(ended["state"], "completed", ended["reason"])
    equal((ended["progress"]["converged"], ended["exit_code"]), (True, 0))
    contains(box.read("si.out"), "JOB DONE")
    equal(box.read("si.in"), before)
    check(os.path.exists(box.path("tmp/si.save/data-file-schema.xml")), os.listdir(box.work))
    check(not os.path.exists(box.path("Si.pz-vbc.UPF")), "a file that was sent came back")
    check(os.path.exists(os.path.join(cluster.folder(), "Si.pz-vbc.UPF")), "the pseudopotential")


def without_rsync(box, *settings):
    """A cluster that has none."""
    tools = os.path.join(box.root, "tools")
    os.mkdir(tools)
    for folder in reversed(os.environ["PATH"].split(":")):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name != "rsync" and not os.path.lexists(os.path.join(tools, name)):
                os.symlink(os.path.join(folder, name), os.path.join(tools, name))
    return Cluster(box, *settings, path=f"{box.root}/cluster-bin:{tools}")


@test
def the_same_without_rsync(box):
    box.silicon("in it/s i.in")
    without_rsync(box)
    job = box.submit("--on", "far", "in it/s i.in")
    ended = box.wait_state(job, "completed", "failed")
    equal(ended["state"], "completed", ended["reason"])
    contains(box.read("in it/s i.out"), "JOB DONE")
    check(not os.path.exists(box.path("in it/Si.pz-vbc.UPF")), "a file that was sent came back")


@test
def an_input_that_cannot_be_sent_is_told_also_without_rsync(box):
    box.silicon(pseudo=".")
    shutil.copy(f"{PSEUDO}/Si.pz-vbc.UPF", box.work)
    cluster = without_rsync(box)
    cluster.host.stop()
    job = box.submit("--on", "far", "si.in")
    os.unlink(box.path("Si.pz-vbc.UPF"))
    cluster.host.start()
    ended = box.wait_state(job, "completed", "failed")
    equal(ended["state"], "failed")
    contains(ended["reason"], "its files could not be brought to far: tar: ./Si.pz-vbc.UPF")


@test
def what_could_not_be_read_there_is_brought_again_also_without_rsync(box):
    cluster = without_rsync(box)
    for program in ("find", "tar"):
        once = box.path(f"{program}.once")
        cluster.stand_in(program, f"""
case "$*" in *-cf*|*-print0*) if [ ! -e '{once}' ]; then
    touch '{once}'
    echo "{program}: ./x: Cannot open: Input/output error" >&2
    [ {program} = find ] || "$REAL" -cf - -T /dev/null
    exit 2
fi;; esac
exec "$REAL" "$@" """)
        job = box.shell(f"echo {program} >of.{program}", "--on", "far")
        equal(box.wait_state(job, "completed", "failed")["state"], "completed")
        equal(box.read(f"of.{program}"), f"{program}\n")
        cluster.stand_back(program)


@test
def nothing_of_what_was_sent_stays_in_the_run_folders(box):
    box.silicon()
    Cluster(box)
    runs = os.path.join(box.root, "state/crystalmath/runs")
    left = lambda: [name for _, folders, files in os.walk(runs) for name in folders + files if "there" in name]
    jobs = [box.submit("--on", "far", "si.in"),
            box.shell("exit 3", "--on", "far", "--retries", "1"),
            box.shell("sleep 600", "--on", "far")]
    box.wait_state(jobs[2], "running")
    box.ok("cancel", str(jobs[2]))
    for job in jobs:
        box.wait_state(job, "completed", "failed", "cancelled")
    wait_until(lambda: not left(), "the folders to be tidied up")
    # As a server before this one left it.
    os.makedirs(os.path.join(runs, str(jobs[0]), "there/tmp"))
    os.symlink(box.path("si.in"), os.path.join(runs, str(jobs[0]), "there/tmp/si.in"))
    box.write(os.path.join(runs, str(jobs[0]), "there.names"), "si.in\n")
    box.ok("remove", "--yes", str(jobs[0]))
    equal(os.path.exists(os.path.join(runs, str(jobs[0]))), False)
    check(os.path.exists(box.path("si.in")), "the input itself")


@test
def a_job_whose_files_have_no_folder_here_any_more_ends_and_says_where_they_are(box):
    cluster = Cluster(box)
    home = box.path("a/b")
    os.makedirs(home)
    job = int(box.ok("submit", "--on", "far", "--", "sh", "-c", f"echo done >result; {box.gate()}", cwd=home).out)
    box.wait_state(job, "running")
    shutil.rmtree(box.path("a"))
    box.open_gate()
    ended = box.wait_state(job, "completed", "failed")
    contains(ended["reason"], "its files could not be brought here: rsync")
    contains(ended["reason"], f"They are in ~/crystalmath/{os.path.basename(cluster.folder())} on far; `crystalmath fetch {job} NAME`")
    os.makedirs(home)
    box.ok("fetch", str(job), "result")
    equal(box.read("a/b/result"), "done\n")
    check(os.path.exists(os.path.join(cluster.folder(), ".crystalmath")), "what it printed")


@test
def a_job_whose_files_cannot_come_can_be_cancelled(box):
    cluster = Cluster(box)
    job = box.shell(box.gate(), "--on", "far")
    box.wait_state(job, "running")
    cluster.stand_in("rsync", "echo 'rsync: write failed: No space left on device (28)' >&2; exit 11")
    box.open_gate()
    wait_until(lambda: "No space left" in (box.job(job)["reason"] or ""), "why it does not end")
    box.ok("cancel", str(job))
    box.wait_state(job, "cancelled", "completed")


@test
def an_output_there_is_followed_live(box):
    Cluster(box)
    job = box.shell(f"echo one; {box.gate()}; echo two", "--on", "far")
    box.wait_state(job, "running")
    follower = box.terminal("log", "-f", str(job))
    follower.wait_for("one")
    piped = box.start("log", "-f", str(job))
    box.open_gate()
    contains(follower.finish().out, "two")
    result = box.finish(piped)
    equal((result.status, result.out, result.err), (0, "one\ntwo\n", ""))
    equal(box.ok("log", str(job)).out, "one\ntwo\n")


@on_both_ways
def cycles_of_pwx_are_told_as_they_come(box, way):
    box.silicon()
    cluster = way(box)
    cluster.stand_in("pw.x", 'n=0\n"$REAL" "$@" | while IFS= read -r line; do\nprintf "%s\\n" "$line"\n'
                     'case $line in *"estimated scf"*) n=$((n+1)); [ $n = 2 ] && { '
                     f"{box.gate()}; }};; esac\ndone")
    job = box.submit("--on", cluster.name, "si.in")
    box.wait_state(job, "running")
    wait_until(lambda: (box.job(job)["progress"] or {}).get("cycle", 0) >= 2, "two cycles")
    equal(box.job(job)["state"], "running")
    box.open_gate()
    equal(box.wait_state(job, "completed", "failed")["progress"]["converged"], True)


@on_both_ways
def an_output_without_an_end_fails_a_run_that_exits_with_0(box, way):
    box.silicon()
    cluster = way(box)
    cluster.stand_in("pw.x", '"$REAL" "$@" > whole; head -40 whole')
    job = box.submit("--on", cluster.name, "si.in")
    job = box.wait_state(job, "completed", "failed")
    equal((job["state"], job["exit_code"]), ("failed", 0), job)
    contains(job["reason"], "the output ends at line 40 without JOB DONE, though the exit status is 0")


@test
def a_connection_that_is_cut_at_any_moment_loses_nothing(box):
    cluster = Cluster(box)
    job = box.shell(f"echo once >>'{box.path('ran')}'; {box.gate()}; echo done", "--on", "far")
    cluster.host.cut()
    box.wait_state(job, "running")
    cluster.host.stop()
    wait_until(lambda: "cannot be asked now" in (box.job(job)["reason"] or ""), "it is told")
    equal(box.job(job)["state"], "running")
    box.open_gate()
    cluster.host.start()
    box.wait_state(job, "completed")
    equal(box.read("ran"), "once\n")
    equal(box.ok("log", str(job)).out, "done\n")


@test
def a_host_that_is_not_there_makes_a_job_wait_and_says_so(box):
    cluster = Cluster(box)
    cluster.host.stop()
    job = box.shell("echo done", "--on", "far")
    wait_until(lambda: "refused" in (box.job(job)["reason"] or ""), "why it waits")
    told = box.call("clusters.get", {"name": "far"})
    equal(told["state"], "unreachable")
    check(told["tries"] >= 1 and told["next_try_at"], told)
    cluster.host.start()
    box.wait_state(job, "completed")


@test
def nothing_is_done_twice_there_when_the_server_is_killed(box):
    cluster = Cluster(box)
    box.silicon()
    jobs = []
    for i in range(3):
        jobs.append(box.shell(f"echo once >>'{box.path(f'ran.{i}')}'", "--on", "far"))
        box.kill_server()
    for i, job in enumerate(jobs):
        box.wait_state(job, "completed")
        equal(box.read(f"ran.{i}"), "once\n")
    names = cluster.run("squeue", "-h", "-t", "all", "-o", "%j").split()
    equal(len(names), len(set(names)))


@test
def a_cancelled_job_ends_there(box):
    cluster = Cluster(box)
    job = box.shell("sleep 600", "--on", "far")
    box.wait_state(job, "running")
    box.ok("cancel", str(job))
    equal(box.wait_state(job, "cancelled")["reason"], "cancelled on request")
    wait_until(lambda: not cluster.site.node_pids(), "the end of its processes")


@test
def all_goes_through_one_connection(box):
    cluster = Cluster(box)
    jobs = [box.shell("echo done", "--on", "far") for _ in range(5)]
    for job in jobs:
        box.wait_state(job, "completed")
    accepted = re.findall(r"Accepted publickey", cluster.host.read("log"))
    equal(len(accepted), 1)


@test
def what_is_missing_there_is_told_with_what_to_do(box):
    Cluster(box)
    out = box.ok("cluster", "test", "far").out
    for part in ("connection", "slurm-wlm", "main* (infinite)", "by rsync", "pw.x", "GiB free"):
        contains(out, part)
    box.ok("cluster", "set", "far", "--partition", "nowhere", "--workdir", "/proc/none")
    wrong = box.cli("cluster", "test", "far")
    equal(wrong.status, 1)
    matches(wrong.out, r"not +folder")
    contains(wrong.out, "crystalmath cluster set far --workdir DIR")
    contains(wrong.out, "crystalmath cluster set far --partition OTHER")


@test
def a_large_file_stays_there_until_it_is_fetched(box):
    box.silicon("in it/si.in")
    cluster = Cluster(box)
    job = box.submit("--on", "far", "in it/si.in")
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    there = os.path.join(cluster.folder(), "tmp/si.save")
    name = next(name for name in os.listdir(there) if name.startswith("wfc"))
    here = box.path("in it/tmp/si.save", name)
    check(not os.path.exists(here), "it came by itself")
    box.ok("fetch", str(job), f"tmp/si.save/{name}")
    with open(here, "rb") as mine, open(os.path.join(there, name), "rb") as theirs:
        equal(mine.read(), theirs.read())
    equal(box.cli("fetch", str(job), "none").status, 1)
    contains(box.cli("fetch", str(job), "../x").err, "in the job's folder")
    local = box.shell("true")
    contains(box.cli("fetch", str(local), "x").err, "are here already")


@test
def a_login_opens_the_way_for_jobs_that_wait(box):
    cluster = Cluster(box)
    keys = cluster.host.read("authorized_keys")
    cluster.host.write("authorized_keys", "")
    cluster.host.cut()
    job = box.shell("echo done", "--on", "far")
    wait_until(lambda: "Permission denied" in (box.job(job)["reason"] or ""), "why it waits")
    equal(box.call("clusters.get", {"name": "far"})["state"], "needs login")
    equal(box.cli("cluster", "login", "far").status, 1)
    cluster.host.write("authorized_keys", keys)
    box.ok("cluster", "login", "far")
    box.wait_state(job, "completed")


@test
def the_environment_of_this_machine_does_not_go_there(box):
    Cluster(box)
    job = box.submit("--on", "far", "--", "sh", "-c", 'echo "[$MINE]"; pwd', env={"MINE": "here"})
    box.wait_state(job, "completed")
    out = box.ok("log", str(job)).out
    contains(out, "[]")
    lacks(out, box.work)


main()
