"""How jobs end on a cluster: each way is told apart, by a real Slurm."""

import os
import signal

from clusters import on_both_ways
from slurm_site import SlurmSite
from support import check, contains, equal, lacks, main, test, wait_until


def running(box, *options, script="sleep 600"):
    job = box.shell(script, "--on", "slurm", *options)
    return job, str(box.wait_state(job, "running")["slurm_id"])


@test
def a_job_that_was_cancelled_by_hand_says_so(box):
    site = SlurmSite(box)
    job, number = running(box)
    site.run("scancel", number)
    ended = box.wait_state(job, "cancelled")
    contains(ended["reason"], "cancelled in Slurm")


@test
def a_job_that_is_cancelled_while_it_waits_says_so(box):
    site = SlurmSite(box)
    running(box, "--ntasks", str(os.cpu_count()))
    job = box.shell("true", "--on", "slurm", "--ntasks", str(os.cpu_count()))
    number = wait_until(lambda: box.job(job)["slurm_id"], "its number")
    site.run("scancel", str(number))
    contains(box.wait_state(job, "cancelled")["reason"], "cancelled in Slurm")


@on_both_ways
def the_time_limit_is_told_and_what_to_type(box, way):
    cluster = way(box)
    job = box.shell("sleep 600", "--on", cluster.name, "--time", "10", "--retries", "2")
    number = box.wait_state(job, "running")["slurm_id"]
    cluster.run("scontrol", "update", f"JobId={number}", "EndTime=now+3")
    ended = box.wait_state(job, "failed")
    contains(ended["reason"], "Slurm ended it at its time limit")
    contains(ended["reason"], "--time")
    equal(ended["attempt"], 1)


@on_both_ways
def too_much_memory_is_told_and_what_to_type(box, way):
    cluster = way(box, JobAcctGatherParams="OverMemoryKill")
    eater = "import time; a = bytearray(300 << 20); time.sleep(600)"
    job = box.submit("--on", cluster.name, "--mem", "60M", "--", "python3", "-c", eater)
    ended = box.wait_state(job, "failed")
    contains(ended["reason"], "memory limit")
    equal(ended["results"]["problems"][0]["category"] if ended["results"] else "out_of_memory",
          "out_of_memory")


@test
def a_job_that_slurm_begins_anew_is_followed(box):
    site = SlurmSite(box, JobRequeue=1)
    box.write("count", "")
    job, number = running(box, script=f"echo begin; echo x >>'{box.path('count')}'; {box.gate()}; echo end")
    wait_until(lambda: box.read("count") == "x\n", "the first start")
    site.run("scontrol", "requeue", number)
    back = wait_until(lambda: (lambda j: j if j["state"] == "queued" else None)(box.job(job)),
                      "the queue again")
    contains(str([change["reason"] for change in back["history"]]), "put it back into its queue")
    # Slurm lets a requeued job wait for two minutes.
    site.run("scontrol", "update", f"JobId={number}", "StartTime=now")
    box.open_gate()
    box.wait_state(job, "completed")
    equal(box.read("count"), "x\nx\n")
    equal(box.ok("log", str(job)).out, "begin\nend\n")


@test
def a_failing_node_is_no_fault_of_the_job(box):
    site = SlurmSite(box, JobRequeue=0)
    job, number = running(box)
    site.run("scontrol", "update", f"NodeName={site.host}", "State=DOWN", "Reason=test")
    ended = box.wait_state(job, "failed")
    contains(ended["reason"], "a node that it ran on failed")
    check(number, ended)


@test
def a_job_is_tried_again_under_another_name(box):
    site = SlurmSite(box)
    job = box.shell(f"if [ -e '{box.path('once')}' ]; then exit 0; fi; touch '{box.path('once')}'; "
                    "exit 3", "--on", "slurm", "--retries", "1")
    first = wait_until(lambda: box.job(job)["slurm_id"], "its number")
    ended = box.wait_state(job, "completed")
    equal(ended["attempt"], 2)
    check(ended["slurm_id"] != first, ended)
    equal(len({name for _, name, _ in site.jobs()}), 2)


@test
def a_try_that_nobody_saw_running_is_told_of_like_others(box):
    site = SlurmSite(box)
    _, first = running(box, "--ntasks", str(os.cpu_count()))
    once = box.path("once")
    job = box.shell(f"[ -e '{once}' ] && exit 0; touch '{once}'; exit 3", "--on", "slurm",
                    "--ntasks", str(os.cpu_count()), "--retries", "1")
    number = wait_until(lambda: box.job(job)["slurm_id"], "its number")
    server = box.server_pid()
    os.kill(server, signal.SIGSTOP)
    site.run("scancel", first)
    wait_until(lambda: os.path.exists(once), "its first try")
    wait_until(lambda: str(number) not in site.run("squeue", "-h", "-o", "%A"), "the end of that")
    os.kill(server, signal.SIGCONT)
    ended = box.wait_state(job, "completed")
    equal(ended["attempt"], 2)
    told = [change["reason"] or "" for change in ended["history"] if change["state"] == "queued"]
    contains(str(told), "try 1 of 2: exit status 3")
    with open(box.log, encoding="utf-8") as log:
        lacks(log.read(), "cannot go from")


@test
def a_job_that_nobody_knows_any_more_is_lost_only_then(box):
    site = SlurmSite(box)
    job, number = running(box)
    site.stop_controller()
    site.end("slurmd")
    for pid in site.node_pids():
        os.kill(pid, 9)
    for folder, _, names in os.walk(site.file("state")):
        for name in names:
            os.unlink(os.path.join(folder, name))
    site.start_controller()
    site.start_node()
    equal(box.job(job)["state"], "running")
    check(number not in site.run("squeue", "-h", "-t", "all", "-o", "%i").split(), number)
    # For a minute its word may come late, as it does through NFS.
    ended = wait_until(lambda: (lambda j: j if j["state"] == "lost" else None)(box.job(job)),
                       "the job is given up", seconds=150)
    contains(ended["reason"], "Slurm does not know it any more")


main()
