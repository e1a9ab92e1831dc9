"""What a real Slurm here does not show, by a stand-in for one of its programs before the real one: squeue
that fails or says something else, sacct that is late, sbatch whose answer is lost or untrue."""

import os
import time

from clusters import Here, number, reason
from support import contains, equal, lacks, main, test, wait_until

CASES = {
    # (what squeue does, whether it is told)
    "a failure": ('echo "slurm_load_jobs error: Socket timed out on send/recv operation" >&2; exit 1', True),
    "words on stdout": ('echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"', False),
    "nothing": ("exit 0", False),
    "a banner and cut lines": ('echo "Welcome!"; "$REAL" "$@" | head -c 20', False),
    "another format": ('"$REAL" | tail -n +1', False),
}


@test
def whatever_squeue_says_a_job_runs_until_its_end_is_known(box):
    cluster = Here(box)
    # Here no sacct, and a controller that denies nothing: only squeue is odd.
    for case, (script, is_told) in CASES.items():
        gate = case.replace(" ", "_")
        cluster.stand_back("squeue")
        job = box.shell(f"{box.gate(gate)}; echo done", "--on", "slurm")
        box.wait_state(job, "running")
        cluster.stand_in("squeue", f"echo >>'{box.path(gate + '.asked')}'\n{script}")
        asked = lambda: os.path.getsize(box.path(gate + ".asked")) if os.path.exists(box.path(gate + ".asked")) else 0
        wait_until(lambda: asked() >= 2, f"squeue to be asked: {case}")
        told = box.job(job)
        equal(told["state"], "running", case)
        if is_told:
            contains(reason(box, job, "as it was last seen")["reason"], "Socket timed out")
        box.open_gate(gate)
        if is_told:
            cluster.stand_back("squeue")
        equal(box.wait_state(job, "completed", "failed", "lost")["state"], "completed", case)
        equal(box.ok("log", str(job)).out, "done\n")


@test
def an_end_that_sacct_tells_late_is_waited_for(box):
    cluster = Here(box, MinJobAge=2)
    state = box.write("state", "1|RUNNING|0:0|1700000000|Unknown|n1\n")
    cluster.stand_in("sacct", f"cat '{state}'")
    cluster.stand_in("scontrol", 'case "$*" in *"show job"*) echo "slurm_load_jobs error: Invalid job id specified" >&2; '
                     'exit 1;; esac; exec "$REAL" "$@"')
    job = box.shell(box.gate(), "--on", "slurm", "--time", "10")
    box.wait_state(job, "running")
    equal(number(box, job), 1)
    # As when the node dies: the script leaves no word, and the controller is asked no more.
    cluster.stand_in("squeue", "exit 0")
    for pid in cluster.site.node_pids():
        os.kill(pid, 9)
    asked = box.path("asked")
    cluster.stand_in("sacct", f"echo >>'{asked}'; cat '{state}'")
    wait_until(lambda: os.path.exists(asked) and os.path.getsize(asked) >= 3, "sacct to be asked")
    equal(box.job(job)["state"], "running")
    box.write("state", "")
    wait_until(lambda: os.path.getsize(asked) >= 6, "sacct to be asked while it knows nothing")
    equal(box.job(job)["state"], "running")
    contains(reason(box, job, "has left the queue")["reason"], "its end is not known yet")
    box.write("state", "1|TIMEOUT|0:15|1700000000|1700000600|n1\n")
    contains(box.wait_state(job, "failed")["reason"], "Slurm ended it at its time limit")


@test
def tasks_of_which_nobody_tells_are_not_given_up_as_long_as_somebody_may(box):
    cluster = Here(box)
    state = box.write("state", "")
    cluster.stand_in("sacct", f"cat '{state}'; echo 'sacct: error: slurm_persist_conn_open: no connection' >&2; exit 1")
    job = box.shell(box.gate(), "--on", "slurm", "--array", "0-1", "--time", "10")
    box.wait_state(job, "running")
    # As when their nodes die while the controller is away.
    cluster.stand_in("squeue", "exit 0")
    cluster.stand_in("scontrol", 'case "$*" in *"show job"*) echo "slurm_load_jobs error: Unable to contact slurm '
                     'controller" >&2; exit 1;; esac; exec "$REAL" "$@"')
    for pid in cluster.site.node_pids():
        os.kill(pid, 9)
    asked = box.path("asked")
    cluster.stand_in("sacct", f"echo >>'{asked}'; cat '{state}'; [ -s '{state}' ] || echo 'sacct: error: no' >&2")
    begin = time.monotonic()
    wait_until(lambda: os.path.exists(asked) and os.path.getsize(asked) >= 4 and time.monotonic() > begin + 70,
               "more than the minute after which a task is given up", seconds=120)
    told = box.job(job)
    equal((told["state"], told["tasks"]["failed"]), ("running", 0), told)
    box.write("state", "1_0|TIMEOUT|0:15\n1_1|NODE_FAIL|0:0\n")
    contains(box.wait_state(job, "failed")["reason"], "Slurm ended it at its time limit")


@test
def a_job_that_sbatch_took_and_then_said_no_to_runs_once(box):
    cluster = Here(box)
    before = box.shell(box.gate("before"), "--on", "slurm", "--ntasks", str(os.cpu_count()))
    box.wait_state(before, "running")
    cluster.stand_in("sbatch", f"""
if [ -e '{box.path("lost")}' ]; then
    exec "$REAL" "$@"
fi
"$REAL" "$@" >'{box.path("lost")}'
echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
exit 1""")
    job = box.shell(f"echo once >>'{box.path('ran')}'; {box.gate()}", "--on", "slurm")
    told = reason(box, job, "Slurm does not answer")
    contains(told["reason"], "Socket timed out")
    equal(str(number(box, job)), box.read("lost").strip())
    equal(len(cluster.site.jobs()), 2)
    box.open_gate("before")
    box.open_gate()
    box.wait_state(job, "completed")
    equal(box.read("ran"), "once\n")


@test
def an_answer_of_sbatch_with_words_around_it_is_understood(box):
    cluster = Here(box)
    cluster.stand_in("sbatch", 'echo "sbatch: You have used 3 % of your hours" >&2; "$REAL" "$@" | sed "s/$/;here/"')
    job = box.shell("echo done", "--on", "slurm")
    box.wait_state(job, "completed")
    lacks(str(box.job(job)["reason"]), "hours")


@test
def no_line_of_a_job_is_run_outside_slurm(box):
    Here(box)
    words = f"CM_SCRIPT\n)\ntouch '{box.path('ran')}'\n"
    job = box.shell(f"cat <<'WORDS'\n{words}WORDS", "--on", "slurm")
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    equal(box.ok("log", str(job)).out, words)
    equal(os.path.exists(box.path("ran")), False)


@test
def a_shell_that_cannot_read_what_hands_a_job_over_is_not_asked_for_ever(box):
    cluster = Here(box)
    cluster.stand_in("sh", 'program=$(cat)\ncase $program in\n'
                     '*"sbatch --parsable"*) echo "sh: 3: Syntax error: newline unexpected" >&2; exit 2 ;;\nesac\n'
                     'printf "%s\\n" "$program" | "$REAL" "$@"')
    job = box.shell("true", "--on", "slurm")
    contains(box.wait_state(job, "failed")["reason"], "Syntax error: newline unexpected")


main()
