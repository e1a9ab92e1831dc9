"""Jobs on the Slurm of this machine, a real one: handed over once, followed, found again."""

import json
import os
import signal

from slurm_site import SlurmSite
from support import check, contains, equal, is_running, lacks, main, matches, plain, test, wait_until


def pending(box, job):
    """The job once it is in Slurm's queue."""
    return wait_until(lambda: (lambda j: j if j["slurm_id"] else None)(box.job(job)),
                      f"job {job} in the queue")


def reason(box, job, part):
    return wait_until(lambda: (lambda j: j if part in (j["reason"] or "") else None)(box.job(job)),
                      f"job {job} because {part}")


def ours(site):
    """The jobs that Slurm knows, by name."""
    return [name for _, name, _ in site.jobs()]


@test
def a_real_pwx_goes_through_the_queue_and_its_results_are_there(box):
    box.silicon()
    site = SlurmSite(box)
    box.ok("submit", "--on", "slurm", "--wait", "si.in")
    job = box.job(1)
    equal((job["cluster"], job["exit_code"], job["progress"]["converged"]), ("slurm", 0, True))
    check(job["slurm_id"] > 0, job)
    check(job["started_at"] <= job["finished_at"], job)
    equal([change["state"] for change in job["history"]],
          ["queued", "starting", "running", "completed"])
    contains(box.read("si.out"), "JOB DONE")
    contains(box.ok("show", "1").out, f"slurm, as job {job['slurm_id']}")
    equal(len(ours(site)), 1)
    wait_until(lambda: not os.path.exists(box.path(".crystalmath")), "the folder to be tidied")


@test
def the_list_tells_where_a_job_is_once_one_is_elsewhere(box):
    SlurmSite(box)
    box.wait_state(box.shell("true"), "completed")
    lacks(box.on_terminal("jobs").out, " ON ")
    box.wait_state(box.shell("true", "--on", "slurm"), "completed")
    head, there, here = plain(box.on_terminal("jobs").out).splitlines()
    at = head.index("ON")
    equal((there[at:].split()[0], here[at:at + 5].strip()), ("slurm", ""))


@test
def a_parallel_run_has_the_processes_that_it_asked_for(box):
    box.silicon(k=4)
    SlurmSite(box)
    job = box.submit("--on", "slurm", "--ntasks", "2", "si.in")
    box.wait_state(job, "completed")
    contains(box.read("si.out"), "Parallel version (MPI), running on     2 processors")
    equal(box.job(job)["cores"], 2)
    equal(box.job(job)["asked"], {"ntasks": "2"})
    matches(box.ok("show", str(job)).out, r"(?m)^  it asks for +ntasks 2$")


@test
def what_slurm_says_of_a_job_that_waits_is_said_in_words(box):
    site = SlurmSite(box)
    cores = os.cpu_count()
    first = box.shell(box.gate(), "--on", "slurm", "--ntasks", str(cores))
    box.wait_state(first, "running")
    second = box.shell("echo second", "--on", "slurm", "--ntasks", str(cores))
    # For its turn or for cores, as Slurm happens to look at it.
    job = reason(box, second, "waits")
    equal(job["state"], "queued")
    matches(job["reason"], r"^on slurm as job \d+: (is next, and )?waits")
    box.open_gate()
    box.wait_state(first, "completed")
    box.wait_state(second, "completed")
    contains(box.ok("log", str(second)).out, "second")
    equal(len(ours(site)), 2)


@test
def an_output_is_followed_live(box):
    SlurmSite(box)
    job = box.shell(f"echo one; {box.gate()}; echo two", "--on", "slurm")
    box.wait_state(job, "running")
    wait_until(lambda: box.cli("log", str(job)).out == "one\n", "the first line")
    follower = box.start("log", "-f", str(job))
    box.open_gate()
    equal(box.finish(follower).out, "one\ntwo\n")


@test
def a_cancelled_job_leaves_the_queue_and_no_process(box):
    site = SlurmSite(box)
    running = box.shell("sleep 600", "--on", "slurm", "--ntasks", str(os.cpu_count()))
    box.wait_state(running, "running")
    waiting = box.shell("sleep 600", "--on", "slurm", "--ntasks", str(os.cpu_count()))
    pending(box, waiting)
    for job in (waiting, running):
        box.ok("cancel", str(job))
        ended = box.wait_state(job, "cancelled")
        equal(ended["reason"], "cancelled on request")
    wait_until(lambda: not site.node_pids(), "the end of its processes")


@test
def nothing_is_done_twice_when_the_server_is_killed_in_the_midst(box):
    site = SlurmSite(box)
    jobs = []
    for i in range(6):
        jobs.append(box.shell(f"echo once >>'{box.path(f'ran.{i}')}'", "--on", "slurm"))
        if i % 2:
            box.kill_server()
    for job in jobs:
        box.wait_state(job, "completed")
    for i in range(6):
        equal(box.read(f"ran.{i}"), "once\n")
    equal(len(set(ours(site))), len(ours(site)))


@test
def a_run_goes_on_and_is_followed_again_when_the_server_was_killed(box):
    SlurmSite(box)
    job = box.shell(f"echo one; {box.gate()}; exit 3", "--on", "slurm")
    before = box.wait_state(job, "running")
    box.kill_server()
    equal(box.job(job)["state"], "running")
    box.open_gate()
    after = box.wait_state(job, "failed")
    equal((after["exit_code"], after["slurm_id"], after["started_at"]),
          (3, before["slurm_id"], before["started_at"]))
    contains(after["reason"], "exit status 3")


@test
def an_end_that_no_server_saw_is_told_by_the_next(box):
    site = SlurmSite(box)
    job = box.shell(f"{box.gate()}; echo done", "--on", "slurm")
    box.wait_state(job, "running")
    box.kill_server()
    box.open_gate()
    wait_until(lambda: not site.node_pids(), "its end")
    equal(box.wait_state(job, "completed")["exit_code"], 0)


@test
def what_sbatch_refuses_for_good_fails_with_its_words(box):
    SlurmSite(box)
    job = box.shell("true", "--on", "slurm", "--partition", "nowhere")
    ended = box.wait_state(job, "failed")
    contains(ended["reason"], "sbatch on slurm refused it: ")
    contains(ended["reason"], "invalid partition")


@test
def no_more_jobs_are_handed_over_than_the_cluster_is_to_have(box):
    site = SlurmSite(box)
    box.ok("cluster", "add", "slurm", "--max-jobs", "2")
    jobs = [box.shell(box.gate(), "--on", "slurm") for _ in range(4)]
    for job in jobs[:2]:
        pending(box, job)
    contains(reason(box, jobs[2], "waits for its turn")["reason"], "slurm")
    equal(len(ours(site)), 2)
    box.open_gate()
    for job in jobs:
        box.wait_state(job, "completed")


@test
def the_jobs_of_others_are_counted_and_left_alone(box):
    site = SlurmSite(box)
    other = site.command("sbatch", "--parsable", "-n1", "-o", "/dev/null",
                         input=f"#!/bin/sh\n{box.gate('other')}\n").stdout.strip()
    job = box.shell(box.gate(), "--on", "slurm")
    pending(box, job)
    wait_until(lambda: box.call("clusters.get", {"name": "slurm"})["others"] == 1, "the other one")
    box.ok("cancel", str(job))
    box.wait_state(job, "cancelled")
    contains(site.run("squeue", "-h", "-j", other, "-o", "%T"), "RUNNING")
    box.open_gate("other")


@test
def a_job_in_the_queue_is_slurms_to_hold(box):
    SlurmSite(box)
    job = box.shell("sleep 600", "--on", "slurm", "--hold")
    equal(box.job(job)["state"], "held")
    box.ok("release", str(job))
    pending(box, job)
    check(box.cli("hold", str(job)).status != 0, "it was held")
    box.ok("cancel", str(job))
    box.wait_state(job, "cancelled")


@test
def names_with_anything_in_them_arrive_unharmed(box):
    SlurmSite(box)
    folder = "a b'c\"d$(touch hurt)`e;f"
    box.silicon(f"{folder}/s i $x.in")
    job = box.submit("--on", "slurm", "--name", "it's \"$HOME\"\n#SBATCH --hold",
                     os.path.join(folder, "s i $x.in"))
    equal(box.wait_state(job, "completed", "failed")["state"], "completed", box.job(job))
    contains(box.read(f"{folder}/s i $x.out"), "JOB DONE")
    word = "two\nlines '\" $(id) \\"
    words = box.submit("--on", "slurm", "--", "printf", "<%s>", word, "")
    box.wait_state(words, "completed")
    equal(box.ok("log", str(words)).out, f"<{word}><>")
    check(not os.path.exists(box.path("hurt")), "a shell saw the name")


@test
def the_environment_of_the_submission_is_the_jobs(box):
    SlurmSite(box)
    job = box.submit("--on", "slurm", "--", "sh", "-c", 'echo "$MINE:$OMP_NUM_THREADS"',
                     env={"MINE": "a 'b' $c", "OMP_NUM_THREADS": ""})
    box.wait_state(job, "completed")
    contains(box.ok("log", str(job)).out, "a 'b' $c:")


@test
def wishes_reach_sbatch_and_wrong_ones_are_told(box):
    site = SlurmSite(box)
    job = box.shell("sleep 600", "--on", "slurm", "--ntasks", "2", "--mem", "100M", "--partition",
                    "short", "--time", "5")
    number = str(pending(box, job)["slurm_id"])
    told = site.run("scontrol", "-o", "show", "job", number)
    for part in ("NumTasks=2", "Partition=short", "TimeLimit=00:05:00", "mem=100M"):
        contains(told, part)
    box.ok("cancel", str(job))
    wrong = box.cli("submit", "--on", "slurm", "--mem", "much", "--", "true")
    contains(wrong.err, "mem: 'much' cannot be memory of each node")
    wrong = box.cli("submit", "--on", "big", "--", "true")
    contains(wrong.err, "there is no cluster 'big', only slurm")
    wrong = box.cli("submit", "--nodes", "2", "--", "true")
    contains(wrong.err, "say which with 'on'")


@test
def a_job_that_was_submitted_by_hand_is_taken_up(box):
    site = SlurmSite(box)
    box.silicon()
    number = site.command("sbatch", "--parsable", "-J", "by hand", input="#!/bin/sh\n"
                          f"pw.x -in si.in >si.out\n{box.gate()}\nexit 3\n").stdout.strip()
    wait_until(lambda: os.path.exists(box.path("si.out")) and "JOB DONE" in box.read("si.out"), "pw.x")
    job = int(box.ok("adopt", number, "--output", "si.out").out)
    found = box.wait_state(job, "running")
    equal((found["name"], found["code"], found["slurm_id"]), ("by hand", "quantum_espresso", int(number)))
    contains(box.cli("adopt", number).err, "is in the list already")
    contains(box.cli("adopt", "999999").err, "has no job 999999 of yours")
    box.kill_server()
    box.open_gate()
    ended = box.wait_state(job, "failed")
    equal((ended["exit_code"], ended["progress"]["converged"]), (3, True))


@test
def the_batch_script_can_be_seen_before_and_be_ones_own(box):
    site = SlurmSite(box)
    box.silicon()
    script = box.ok("submit", "--on", "slurm", "--ntasks", "2", "--time", "1-0", "--dry-run", "si.in").out
    for part in ("#!/bin/sh\n", "#SBATCH --ntasks=2\n", "#SBATCH --time=1-00:00:00\n", "pw.x"):
        contains(script, part)
    box.write("mine", "#!/bin/bash\n{{directives}}\n#SBATCH --comment=mine\n{{begin}}\n{{setup}}\n"
                      "echo my own\n{{run}}\n")
    box.ok("cluster", "add", "slurm", "--template", box.path("mine"))
    contains(box.ok("submit", "--on", "slurm", "--dry-run", "--", "true").out, "echo my own\n")
    box.ok("cluster", "set", "slurm", "--time", "1-0")
    usual = box.ok("submit", "--on", "slurm", "--dry-run", "si.in").out
    contains(usual, "#SBATCH --time=1-00:00:00\n")
    contains(usual, "#SBATCH --signal=B:USR1@")
    contains(box.cli("cluster", "set", "slurm", "--time", "abc").err, "'abc' is no time limit of sbatch")
    equal((site.jobs(), box.call("jobs.list")["total"]), ([], 0))
    wrong = box.cli("submit", "--dry-run", "--", "true")
    contains(wrong.err, "a job of this machine has no batch script")


@test
def slurm_says_before_whether_it_would_take_a_job(box):
    site = SlurmSite(box)
    told = box.ok("submit", "--on", "slurm", "--test-only", "--", "true")
    contains(told.out, "to start at 20")
    contains(told.out, site.host)
    contains(box.ok("submit", "--on", "slurm", "--test-only", "--json", "--", "true").out, '"text"')
    refused = box.cli("submit", "--on", "slurm", "--nodes", "3", "--test-only", "--", "true")
    equal(refused.status, 1)
    contains(refused.err, "slurm would not take this job: ")
    contains(box.cli("submit", "--test-only", "--", "true").err, "only Slurm can tell")
    equal((site.jobs(), box.call("jobs.list")["total"]), ([], 0))
    site.stop_controller()
    contains(box.cli("submit", "--on", "slurm", "--test-only", "--", "true").err, "slurm")


@test
def a_clusters_description_is_kept_and_used(box):
    site = SlurmSite(box)
    added = box.ok("cluster", "add", "big", "--partition", "short", "--setup", "export MINE='x y'",
                   "--setup", "echo set up", "--option", "--comment=hello", "--json").json()
    equal(added["settings"]["setup"], "export MINE='x y'\necho set up")
    box.kill_server()
    contains(box.ok("cluster", "show", "big").out, "--comment=hello")
    equal([line.split()[0] for line in box.ok("cluster", "list").out.splitlines()], ["big"])
    job = box.submit("--on", "big", "--", "sh", "-c", f'echo "$MINE"; {box.gate()}')
    number = str(pending(box, job)["slurm_id"])
    contains(site.run("scontrol", "-o", "show", "job", number), "Comment=hello")
    refused = box.cli("cluster", "remove", "big")
    contains(refused.err, "jobs are on their way on big")
    box.open_gate()
    box.wait_state(job, "completed")
    contains(box.ok("log", str(job)).out, "x y\n")
    box.ok("cluster", "set", "big", "--partition", "")
    lacks(json.dumps(box.call("clusters.get", {"name": "big"})), "partition")
    box.ok("cluster", "remove", "big")
    contains(box.cli("cluster", "show", "big").err, "no cluster 'big'")
    contains(box.ok("cluster", "list").out, "slurm")


@test
def a_stopped_server_is_not_needed_for_a_job_to_run(box):
    site = SlurmSite(box)
    job = box.shell(f"{box.gate()}; echo done", "--on", "slurm")
    pending(box, job)
    pid = box.server_pid()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_running(pid), "its end")
    box.open_gate()
    wait_until(lambda: os.path.exists(box.path(".crystalmath"))
               and not site.node_pids(), "the job's end")
    equal(box.wait_state(job, "completed")["exit_code"], 0)


main()
