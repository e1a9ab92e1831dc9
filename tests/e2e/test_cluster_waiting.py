"""Jobs of a cluster that wait for something else than the cluster, or of which it is not known whether it
has them: none is handed over before its time, or twice, or left there."""

import os

from clusters import Far, Here, number, on_both_ways, reason
from support import check, contains, equal, main, test, wait_until

LATER = "2200-01-01T00:00:00Z"


def count_sbatch(box, cluster):
    """From now on; returns a function that tells how often it was asked for a job."""
    calls = box.path("calls")
    cluster.stand_in("sbatch", f"echo >>'{calls}'; exec \"$REAL\" \"$@\"")
    return lambda: os.path.getsize(calls) if os.path.exists(calls) else 0


@on_both_ways
def what_waits_for_something_else_goes_on_waiting_after_a_crash(box, way):
    cluster = way(box)
    calls = count_sbatch(box, cluster)
    on = ("--on", cluster.name)
    first = box.shell(f"{box.gate()}; echo first", *on)
    after = box.shell("echo after", *on, "--after", str(first))
    begin = box.shell("echo begin", *on, "--begin", LATER)
    held = box.shell("echo held", *on, "--begin", LATER)
    box.ok("hold", str(held))
    box.wait_state(first, "running")
    box.kill_server()
    last = box.shell("echo last", *on)
    equal(box.wait_state(last, "completed", "failed")["state"], "completed")
    equal([box.job(job)["state"] for job in (first, after, begin, held)], ["running", "queued", "queued", "held"])
    equal(calls(), 2)
    box.open_gate()
    equal(box.wait_state(after, "completed", "failed")["state"], "completed")
    equal(box.ok("log", str(after)).out, "after\n")
    for job in (begin, held):
        box.ok("cancel", str(job))
        contains(box.wait_state(job, "cancelled")["reason"], "before it started")
    equal(calls(), 3)


@test
def a_job_that_slurm_may_have_taken_is_looked_for_before_its_cancelling_is_told(box):
    cluster = Here(box)
    cluster.stand_in("sbatch", f"""
"$REAL" "$@" >'{box.path("lost")}'
echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
exit 1""")
    job = box.shell(f"touch '{box.path('ran')}'; sleep 300", "--on", "slurm")
    reason(box, job, "Socket timed out")
    wait_until(lambda: os.path.exists(box.path("ran")), "the job that was taken")
    box.ok("cancel", str(job))
    box.wait_state(job, "cancelled")
    wait_until(lambda: not cluster.run("squeue", "-h", "-t", "running,completing"), "Slurm to have none")


@test
def a_job_that_is_adopted_twice_at_once_is_followed_once(box):
    cluster = Here(box)
    theirs = cluster.run("sbatch", "--parsable", "--chdir", box.work, "--wrap", "sleep 300").strip()
    box.ok("ping")
    wire = box.connect()
    for i in (1, 2):
        wire.send({"jsonrpc": "2.0", "id": i, "method": "slurm.adopt", "params": {"job": int(theirs)}})
    answers = sorted((wire.receive() for _ in range(2)), key=lambda one: "error" in one)
    equal(answers[0]["result"]["slurm_id"], int(theirs), answers)
    contains(answers[1]["error"]["message"], f"job {theirs} of slurm is in the list already")
    equal(len(box.call("jobs.list", {})["jobs"]), 1)
    box.ok("cancel", str(answers[0]["result"]["id"]))


@test
def an_array_of_somebody_else_is_not_taken_up(box):
    cluster = Here(box)
    theirs = cluster.run("sbatch", "--parsable", "--chdir", box.work, "--array=1-2", "--wrap", "sleep 300").strip()
    refused = box.cli("adopt", theirs)
    contains(refused.err, f"job {theirs} of slurm is an array, whose tasks cannot be taken up")
    equal(box.call("jobs.list", {})["total"], 0)


@test
def what_sbatch_does_not_understand_is_final_and_holds_up_nobody(box):
    cluster = Here(box)
    wrong = box.shell("true", "--on", "slurm", "--nodes", "3-1")
    right = box.shell("echo right", "--on", "slurm")
    contains(box.wait_state(wrong, "failed")["reason"], "sbatch on slurm refused it: ")
    equal(box.wait_state(right, "completed", "failed")["state"], "completed")


@test
def a_job_in_the_queue_is_let_go_by_slurm_alone(box):
    cluster = Here(box)
    theirs = cluster.run("sbatch", "--parsable", "--hold", "--chdir", box.work, "--wrap", "true").strip()
    job = box.ok("adopt", theirs, "--json").json()["id"]
    for command in ("hold", "release"):
        refused = box.cli(command, str(job))
        equal(refused.status, 1, refused)
        contains(refused.err, f"scontrol {command} {theirs}")
    cluster.run("scontrol", "release", theirs)
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")


@test
def results_come_home_into_a_folder_that_keeps_its_mode(box):
    Far(box)
    os.mkdir(box.path("shared"))
    os.chmod(box.path("shared"), 0o2775)
    job = box.submit("--on", "far", "--", "sh", "-c", "echo x >made; chmod 755 made", cwd=box.path("shared"))
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    equal(oct(os.stat(box.path("shared")).st_mode & 0o7777), oct(0o2775))
    check(os.path.exists(box.path("shared/made")), "the result")


@test
def a_cluster_stays_as_it_is_while_a_job_waits_to_go_there(box):
    cluster = Far(box)
    first = box.shell(box.gate(), "--on", "far")
    number(box, first)
    held = box.shell("echo held", "--on", "far", "--begin", LATER)
    box.ok("hold", str(held))
    box.ok("cancel", str(first))
    box.wait_state(first, "cancelled")
    for command in (("remove", "far"), ("set", "far", "--ssh", "login2")):
        refused = box.cli("cluster", *command)
        equal(refused.status, 1, refused)
        contains(refused.err, "jobs are on their way on far")
    box.ok("cancel", str(held))
    box.wait_state(held, "cancelled")
    box.ok("cluster", "remove", "far")


main()
