"""What is known of a run of VASP or CRYSTAL while it goes on, from the files that they write beside
their stdout. Stand-ins write the samples of their outputs, a piece at a time."""

import os

from support import FINAL, check, contains, equal, main, test, wait_until

SAMPLES = os.path.join(os.path.dirname(__file__), "..", "samples")
D12 = "slab\nSLAB\n1\n1 1 90\n1\n6 0 0 0\nEND\n6 1\n1 0 3 2. 0.\n99 0\nEND\nSHRINK\n8 8\nEND\n"


def sample(name):
    return os.path.join(os.path.realpath(SAMPLES), name)


def stand_in(box, name, script):
    box.write(f"bin/{name}", f"#!/bin/sh\n{script}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


def vasp(box, script):
    stand_in(box, "vasp_std", script)
    box.write("run/INCAR", "SYSTEM = x\nENCUT = 200\n")
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n")
    box.write("run/POTCAR", "  PAW_PBE Si 05Jan2001\n")


def progress(box, job_id):
    known = box.job(job_id)["progress"] or {}
    return known.get("scf", 0), known.get("cycle"), known.get("energy_ev")


@test
def cycles_of_vasp_are_known_from_oszicar_while_it_runs(box):
    oszicar = sample("vasp/OSZICAR")
    vasp(box, f"head -3 {oszicar} > OSZICAR\n{box.gate('a')}\n"
              f"tail -n +4 {oszicar} >> OSZICAR\n{box.gate('b')}\ncp {sample('vasp/OUTCAR')} .")
    job_id = box.submit("run")
    wait_until(lambda: progress(box, job_id) == (1, 2, -6.01), "two cycles")
    box.open_gate("a")
    wait_until(lambda: progress(box, job_id)[:2] == (2, 2), "two SCF runs")
    box.open_gate("b")
    job = box.wait_state(job_id, *FINAL)
    equal((job["state"], job["results"]["status"]), ("completed", "finished"), job)


@test
def the_results_of_vasp_are_those_of_its_files_together(box):
    for name in ("OUTCAR", "OSZICAR"):
        box.write(f"alone/{name}", open(sample(f"vasp/{name}"), "rb").read())
    alone = box.ok("parse", "alone", "--json").json()
    vasp(box, f"cp {sample('vasp/OUTCAR')} {sample('vasp/OSZICAR')} .; cat {sample('vasp/stdout')}")
    job = box.wait_state(box.submit("run"), *FINAL)
    for key in ("energy_ev", "converged", "status", "formula", "scf", "calculation"):
        equal(job["results"][key], alone[key], key)


@test
def files_of_an_earlier_run_are_not_believed(box):
    vasp(box, "exit 3")
    for name in ("OUTCAR", "OSZICAR"):
        box.write(f"run/{name}", open(sample(f"vasp/{name}"), "rb").read())
    job = box.wait_state(box.submit("run"), *FINAL)
    equal((job["state"], job["progress"]), ("failed", None), job)
    vasp(box, f"cp {sample('vasp/OUTCAR')} .")
    job = box.wait_state(box.submit("run"), *FINAL)
    equal((job["state"], job["results"]["status"]), ("completed", "finished"), job)


@test
def a_new_server_reads_the_files_of_a_run_from_their_beginning(box):
    oszicar = sample("vasp/OSZICAR")
    vasp(box, f"cp {oszicar} .\n{box.gate()}")
    job_id = box.submit("run")
    wait_until(lambda: progress(box, job_id)[:2] == (2, 2), "two SCF runs")
    box.kill_server()
    wait_until(lambda: progress(box, job_id)[:2] == (2, 2), "the same from the next server")
    box.open_gate()
    equal(box.wait_state(job_id, *FINAL)["state"], "completed")


@test
def an_error_in_stdout_fails_a_run_that_ended_with_0(box):
    vasp(box, "echo ' ZBRENT: fatal error in bracketing'; exit 0")
    job = box.wait_state(box.submit("run"), *FINAL)
    if job["results"]["status"] == "failed":
        equal(job["state"], "failed")
    contains(job["reason"] or "", "ZBRENT")


@test
def the_scf_runs_of_an_optimisation_in_crystal_are_known_from_its_log(box):
    log = sample("crystal/SCFOUT.LOG")
    stand_in(box, "crystal", f"head -44 {sample('crystal/slab_opt.out')}\n"
             f"head -8 {log} > SCFOUT.LOG\n{box.gate()}\ntail -n +9 {log} >> SCFOUT.LOG\n")
    box.write("slab.d12", D12)
    job_id = box.submit("slab.d12")
    wait_until(lambda: progress(box, job_id)[0] >= 2, "a second SCF run")
    before = progress(box, job_id)
    box.open_gate()
    job = box.wait_state(job_id, *FINAL)
    after = progress(box, job_id)
    check(after[0] == before[0] and after[1] > before[1], (before, after, job["state"]))
    check(os.path.exists(box.path("slab.SCFOUT.LOG")), "the log was not kept")


@test
def a_cycle_of_crystal_has_the_number_that_crystal_gives_it(box):
    out = sample("crystal/scf.out")
    stand_in(box, "crystal", f"head -60 {out}\n{box.gate()}\ntail -n +61 {out}")
    box.write("slab.d12", D12)
    box.ok("ping")
    wire = box.connect()
    wire.call("jobs.subscribe")
    job = box.submit("slab.d12")
    wait_until(lambda: progress(box, job)[:2] == (1, 1), "CYC 1")
    contains(box.ok("show", str(job)).out, ", scf: running\n")
    box.open_gate()
    told = []
    while not told or told[-1].get("job", {}).get("state") not in FINAL:
        told.append(wire.receive().get("params", {}))
    equal([params["cycle"] for params in told if "cycle" in params], [0, 1, 2])
    equal(progress(box, job)[:2], (1, 2))


@test
def an_error_of_crystal_fails_the_job_though_it_ends_with_0(box):
    stand_in(box, "crystal", f"cat {sample('crystal/scf.out')} | head -20\n"
             "echo ' ERROR **** INPBAS **** BASIS SET LINEARLY DEPENDENT'")
    box.write("slab.d12", D12)
    job = box.wait_state(box.submit("slab.d12"), *FINAL)
    equal((job["state"], job["exit_code"]), ("failed", 0), job)
    contains(job["reason"], "LINEARLY DEPENDENT")


main()
