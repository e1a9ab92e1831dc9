"""Array jobs: one job here, whose tasks a real Slurm runs."""

from clusters import Far
from slurm_site import SlurmSite
from support import FINAL, check, contains, equal, lacks, main, test, wait_until

PRINT = 'echo "task $SLURM_ARRAY_TASK_ID"'


def array(box, tasks, script, *options, on="slurm"):
    return box.shell(script, "--on", on, "--array", tasks, *options)


def end(box, job_id):
    return box.wait_state(job_id, *FINAL)


def groups(job):
    return {group["tasks"]: (group["state"], group["exit_code"]) for group in job["tasks"]["groups"]}


@test
def each_task_has_an_output_of_its_own_and_the_job_ends_with_the_last(box):
    site = SlurmSite(box)
    job_id = array(box, "1,3-5", PRINT)
    job = end(box, job_id)
    equal((job["state"], job["exit_code"]), ("completed", 0), job)
    equal(groups(job), {"1,3-5": ("completed", 0)})
    equal({k: v for k, v in job["tasks"].items() if k != "groups"},
          {"total": 4, "waiting": 0, "running": 0, "completed": 4, "cancelled": 0, "failed": 0})
    for task in (1, 3, 4, 5):
        equal(box.ok("log", str(job_id), "--task", str(task)).out, f"task {task}\n")
        equal(box.read(f"crystalmath-{job_id}_{task}.out"), f"task {task}\n")
    contains(box.cli("log", str(job_id)).err, f"crystalmath log {job_id} --task NUMBER")
    contains(box.cli("log", str(job_id), "--task", "9").err, f"job {job_id} has no task 9; its tasks are 1,3-5")
    contains(box.ok("show", str(job_id)).out, "1,3-5: completed")
    equal(len({line[0].split("_")[0] for line in site.jobs()}), 1)


@test
def tasks_that_run_wait_and_have_ended_are_told_apart(box):
    SlurmSite(box)
    job_id = array(box, "0-4%2", f"case $SLURM_ARRAY_TASK_ID in 0) exit 3;; 1) exit 0;; esac; {box.gate()}")
    def look():
        tasks = box.job(job_id)["tasks"]
        return tasks if (tasks["failed"], tasks["completed"], tasks["running"]) == (1, 1, 2) else None
    tasks = wait_until(look, "two ended, two run", seconds=60)
    equal((tasks["total"], tasks["waiting"]), (5, 1), tasks)
    job = box.job(job_id)
    equal(job["state"], "running")
    contains(job["reason"], "of 5 tasks 2 run, 1 waits, 1 completed, 1 failed")
    box.open_gate()
    job = end(box, job_id)
    equal((job["state"], job["exit_code"]), ("failed", 3), job)
    contains(job["reason"], f"1 of 5 tasks failed: 0; task 0: exit status 3. `crystalmath log {job_id} --task 0`")
    equal(groups(job), {"0": ("failed", 3), "1-4": ("completed", 0)})
    contains(box.ok("show", str(job_id)).out, "0: failed, exit status 3")


@test
def all_tasks_are_cancelled_with_their_job(box):
    site = SlurmSite(box)
    job_id = array(box, "0-9%1", "sleep 600")
    box.wait_state(job_id, "running")
    box.ok("cancel", str(job_id))
    job = end(box, job_id)
    equal((job["state"], job["reason"]), ("cancelled", "cancelled on request"), job)
    equal(job["tasks"]["cancelled"], 10, job["tasks"])
    equal(site.run("squeue", "-h", "-o", "%i"), "")


@test
def one_task_that_was_cancelled_by_hand_is_told(box):
    site = SlurmSite(box)
    job_id = array(box, "1-2", "[ $SLURM_ARRAY_TASK_ID = 1 ] || exec sleep 600")
    number = wait_until(lambda: box.job(job_id)["slurm_id"], "its number")
    wait_until(lambda: box.job(job_id)["tasks"]["completed"] == 1, "the first task's end", seconds=60)
    site.run("scancel", f"{number}_2")
    job = end(box, job_id)
    equal(job["state"], "cancelled", job)
    equal({tasks: state for tasks, (state, _) in groups(job).items()}, {"1": "completed", "2": "cancelled"})


@test
def the_ends_of_tasks_outlive_the_server_and_the_controllers_memory(box):
    site = SlurmSite(box, MinJobAge=2)
    job_id = array(box, "0-3", f"[ $SLURM_ARRAY_TASK_ID != 0 ] || exit 4; [ $SLURM_ARRAY_TASK_ID != 1 ] || exit 0; {box.gate()}")
    ends = {"0": ("failed", 4), "1": ("completed", 0)}
    wait_until(lambda: ends.items() <= groups(box.job(job_id)).items(), "two ends", seconds=60)
    box.kill_server()
    wait_until(lambda: len(site.jobs("%i")) <= 2, "Slurm forgets two tasks", seconds=90)
    check(ends.items() <= groups(box.job(job_id)).items(), box.job(job_id)["tasks"])
    box.open_gate()
    job = end(box, job_id)
    equal(groups(job), {"0": ("failed", 4), "1-3": ("completed", 0)})


@test
def an_array_runs_behind_ssh(box):
    Far(box)
    job_id = array(box, "1-3", PRINT + "; [ $SLURM_ARRAY_TASK_ID != 2 ] || exit 5", on="far")
    job = end(box, job_id)
    equal((job["state"], groups(job)), ("failed", {"1,3": ("completed", 0), "2": ("failed", 5)}), job)
    for task in (1, 2, 3):
        equal(box.ok("log", str(job_id), "--task", str(task)).out, f"task {task}\n")


@test
def one_squeue_asks_for_all_tasks_and_the_script_is_shown(box):
    SlurmSite(box)
    script = box.ok("submit", "--on", "slurm", "--array", "0-9%4", "--dry-run", "--", "true").out
    contains(script, "#SBATCH --array=0-9%4")
    contains(script, '"$SLURM_ARRAY_TASK_ID".out')
    lacks(box.ok("submit", "--on", "slurm", "--dry-run", "--", "true").out, "--array")


@test
def nonsense_is_refused_with_what_to_type(box):
    SlurmSite(box)
    for tasks, words in (("x", "cannot be"), ("3-1", "is no list of tasks"),
                         ("1,,2", "is no list of tasks"), ("0-9%", "behind its %"), ("0-9%0", "behind its %"),
                         ("0-10000", "more than 10000 tasks"), ("1-9:0", "is no list of tasks")):
        result = box.cli("submit", "--on", "slurm", "--array", tasks, "--", "true")
        check(result.status != 0, result)
        contains(result.err, words)
    contains(box.cli("submit", "--array", "0-3", "--", "true").err, "--on NAME")
    contains(box.cli("submit", "--on", "slurm", "--array", "0-3", "--retries", "1", "--", "true").err, "--array 3,7")
    contains(box.cli("submit", "--on", "slurm", "--array", "0-3", "--chain", "1", "--", "true").err, "for an input")
    box.silicon()
    contains(box.cli("submit", "--on", "slurm", "--array", "0-3", "si.in").err, "--sweep NAME=VALUES")
    equal(box.call("jobs.list")["jobs"], [])
    job_id = box.shell("echo one")
    end(box, job_id)
    contains(box.cli("log", str(job_id), "--task", "1").err, "has no tasks")


main()
