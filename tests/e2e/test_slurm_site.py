"""The private Slurm of the other tests: it runs a real pw.x, survives its controller, and is alone."""

import os

from slurm_site import SlurmSite
from support import Box, check, contains, equal, is_running, main, test, wait_until


def ended(site, job):
    """The state that Slurm tells, once it is the last one."""
    state = site.run("squeue", "-h", "-t", "all", "-j", job, "-o", "%T").strip()
    return state if state in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT") else None


def sbatch(site, box, script, *options):
    result = site.command("sbatch", "--parsable", *options, "-o", box.path("slurm.log"), input=script)
    equal(result.returncode, 0, result.stderr)
    return result.stdout.strip()


@test
def a_real_pwx_runs_in_it(box):
    path = box.silicon()
    site = SlurmSite(box)
    job = sbatch(site, box, f"#!/bin/sh\npw.x -in '{path}' >si.out\n")
    equal(wait_until(lambda: ended(site, job), "the end"), "COMPLETED", box.read("slurm.log"))
    contains(box.read("si.out"), "JOB DONE")


@test
def a_job_outlives_its_controller(box):
    site = SlurmSite(box)
    job = sbatch(site, box, f"#!/bin/sh\ntouch began\n{box.gate()}\n")
    wait_until(lambda: os.path.exists(box.path("began")), "its start")
    site.stop_controller()
    check(not site.answers(), "the controller answers after its end")
    site.start_controller()
    box.open_gate()
    equal(wait_until(lambda: ended(site, job), "the end"), "COMPLETED")


@test
def two_sites_do_not_meet_and_leave_nothing_behind(box):
    other = Box()
    try:
        site, second = SlurmSite(box), SlurmSite(other)
        sbatch(site, box, "#!/bin/sh\nsleep 600\n")
        equal(second.jobs(), [])
        wait_until(site.node_pids, "the job's processes")
        pids = other.processes()
        check(len(pids) >= 3, pids)
    finally:
        other.close()
    wait_until(lambda: not any(is_running(pid) for pid in pids), "the end of the second site")
    equal(len(site.jobs()), 1)


main()
