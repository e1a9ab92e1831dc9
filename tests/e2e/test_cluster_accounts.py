"""How jobs end on a cluster with accounting (slurmdbd): each way is told apart by sacct alone, where the
batch script has left no word and the controller has forgotten the job."""

import glob
import os

from clusters import on_both_ways
from slurm_accounts import set_state
from support import contains, equal, main, wait_until

WORDS = {
    "TIMEOUT": ("failed", "Slurm ended it at its time limit"),
    "CANCELLED": ("cancelled", "cancelled in Slurm"),
    "OUT_OF_MEMORY": ("failed", "it took more memory than it had asked for"),
    "NODE_FAIL": ("failed", "a node that it ran on failed"),
}


@on_both_ways
def sacct_tells_each_end_that_nobody_else_can(box, way):
    cluster = way(box, accounting=True, cpus=8, MinJobAge=2, JobRequeue=0)
    jobs = {state: box.shell(box.gate(), "--on", cluster.name, "--time", "10") for state in WORDS}
    numbers = {}
    for state, job in jobs.items():
        numbers[state] = str(box.wait_state(job, "running")["slurm_id"])
    box.kill_server()

    def told():
        lines = cluster.run("sacct", "-n", "-P", "-X", "-o", "JobIDRaw,State").splitlines()
        states = dict(line.split("|") for line in lines)
        return [states.get(numbers[state], "nothing").split()[0] for state in WORDS]

    def ends():
        return sum(state in WORDS for state in told())

    cluster.run("scontrol", "update", f"JobId={numbers['TIMEOUT']}", "EndTime=now+2")
    cluster.run("scancel", numbers["CANCELLED"], numbers["OUT_OF_MEMORY"])
    wait_until(lambda: ends() == 3, "three ends")
    cluster.run("scontrol", "update", f"NodeName={cluster.site.host}", "State=DOWN", "Reason=test")
    wait_until(lambda: ends() == 4, "the last one")
    # Only a cgroup kills for memory, and there may be none for us.
    set_state(cluster.site, numbers["OUT_OF_MEMORY"], 11, 125)
    equal(told(), list(WORDS))
    wait_until(lambda: not cluster.run("squeue", "-h", "-t", "all"), "Slurm to forget them", seconds=120)
    for folder in cluster.folders():
        for end in glob.glob(os.path.join(folder, ".crystalmath/*/end")):
            os.unlink(end)

    for state, (ends, words) in WORDS.items():
        job = box.wait_state(jobs[state], "completed", "failed", "cancelled", "lost")
        equal(job["state"], ends, job)
        contains(job["reason"], words)


main()
