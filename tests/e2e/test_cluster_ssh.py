"""Jobs on a Slurm behind ssh: a real sshd, whose side sees none of this machine's files but by ssh."""

import os
import re

from clusters import Far as Cluster, on_both_ways
from support import check, contains, equal, lacks, main, matches, test, wait_until


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


@test
def the_same_without_rsync(box):
    box.silicon("in it/s i.in")
    tools = box.path("tools")
    os.mkdir(tools)
    for folder in reversed(os.environ["PATH"].split(":")):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name != "rsync" and not os.path.lexists(os.path.join(tools, name)):
                os.symlink(os.path.join(folder, name), os.path.join(tools, name))
    Cluster(box, path=tools)
    job = box.submit("--on", "far", "in it/s i.in")
    ended = box.wait_state(job, "completed", "failed")
    equal(ended["state"], "completed", ended["reason"])
    contains(box.read("in it/s i.out"), "JOB DONE")
    check(not os.path.exists(box.path("in it/Si.pz-vbc.UPF")), "a file that was sent came back")


@test
def an_output_there_is_followed_live(box):
    Cluster(box)
    job = box.shell(f"echo one; {box.gate()}; echo two", "--on", "far")
    box.wait_state(job, "running")
    follower = box.terminal("log", "-f", str(job))
    follower.wait_for("one")
    box.open_gate()
    contains(follower.finish().out, "two")
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
