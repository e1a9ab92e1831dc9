"""How an SCF goes on, told while it runs: by real runs of pw.x, and by stand-ins for VASP where an
output has to stand still."""

import math
import os
import shutil

from support import (FINAL, PSEUDO, Skip, check, contains, equal, lacks, main, matches, test,
                     wait_until)

METAL = """&control
  calculation = 'scf', prefix = 'al', outdir = './tmp', pseudo_dir = '{pseudo}'
/
&system
  ibrav = 6, celldm(1) = 5.3, celldm(3) = 12, nat = 3, ntyp = 1, ecutwfc = 10
  occupations = 'smearing', smearing = 'mp', degauss = 0.01
/
&electrons
  mixing_beta = {beta}, mixing_ndim = {ndim}, conv_thr = 1d-8, electron_maxstep = {maxstep}
/
ATOMIC_SPECIES
 Al 26.98 Al.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Al 0 0 0
 Al .5 .5 .8
 Al 0 0 6
K_POINTS automatic
 {k} {k} 1 0 0 0
"""
HEAD = "   NELM   =     40;   NELMIN=  2; NELMDL=  0     # of ELM steps\n" \
       "   EDIFF  = 0.1E-07   stopping-criterion for ELM\n"


def metal(box, name="al.in", **changes):
    if not shutil.which("pw.x") or not os.path.exists(f"{PSEUDO}/Al.pz-vbc.UPF"):
        raise Skip("pw.x or its pseudopotentials are not installed")
    values = {"pseudo": PSEUDO, "beta": 0.7, "ndim": 8, "maxstep": 100, "k": 1}
    return box.write(name, METAL.format(**{**values, **changes}))


def vasp(box, rows, then=""):
    """A run of VASP whose OUTCAR has cycles that leave so much, of 100 s each."""
    text = HEAD
    for i, left in enumerate(rows, 1):
        text += (f"--------------------------------------- Iteration      1({i:4d})  ------------------\n"
                 f" total energy-change (2. order) :{left:.7E}  ({-left:.7E})\n"
                 f"  free energy    TOTEN  =       {-10 + left:.8f} eV\n"
                 "      LOOP:  cpu time   90.00: real time  100.00\n")
    box.write("cycles", text)
    box.write("bin/vasp_std", f"#!/bin/sh\ncp {box.path('cycles')} OUTCAR\n{box.gate()}\n{then}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    box.write("run/INCAR", "SYSTEM = x\nENCUT = 200\n")
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n")
    box.write("run/POTCAR", "  PAW_PBE Si 05Jan2001\n")


def decay(cycles, factor=10):
    return [factor ** -i for i in range(cycles)]


def forecast(box, job_id):
    return box.job(job_id)["forecast"] or {}


def wait_forecast(box, job_id, badge):
    wait_until(lambda: forecast(box, job_id).get("badge") == badge, f"to be told {badge}")
    return forecast(box, job_id)


def told_while_it_ran(box, *args):
    """What jobs.cycle told of a job until its end: forecasts in their order; and the job."""
    box.ok("ping")
    wire = box.connect()
    wire.call("jobs.subscribe", {})
    job_id = box.submit(*args)
    told = []
    while True:
        message = wire.receive()
        params = message.get("params", {})
        if message.get("method") == "jobs.cycle" and params["id"] == job_id and params["forecast"]:
            told.append(params["forecast"])
        if message.get("method") == "jobs.changed" and params["job"]["id"] == job_id and \
                params["job"]["state"] in FINAL:
            return told, box.job(job_id)


@test
def an_scf_that_is_mixed_too_hard_is_told_to_go_wrong(box):
    told, job = told_while_it_ran(box, metal(box, beta=2.0, ndim=1, maxstep=40))
    badges = [one["badge"] for one in told]
    equal(job["results"]["scf"][0]["converged"], False)
    check({"oscillating", "diverging"} & set(badges), badges)
    equal(badges[-1], "will_not_make_cycles")
    equal(told[-1]["cycle_limit_name"], "electron_maxstep")
    equal((job["forecast"], job["results"]["forecast"]), (None, None))


@test
def an_scf_that_converges_is_told_to(box):
    told, job = told_while_it_ran(box, box.silicon(ecutwfc=50, k=4, conv_thr="1.0d-12"))
    equal(job["results"]["converged"], True)
    badges = {one["badge"] for one in told}
    check("converging" in badges and not badges & {"diverging", "will_not_make_cycles"}, badges)
    last = [one for one in told if one["badge"] == "converging"][-1]
    check(math.isclose(last["threshold_ev"], 13.605693122994e-12, rel_tol=1e-6), last)
    check(1 <= last["cycles_low"] <= 10, last)
    check(last["cycles_left"] < 100, last)


@test
def too_few_cycles_are_told_before_they_are_over(box):
    told, job = told_while_it_ran(box, metal(box, ndim=1, k=2, maxstep=20))
    equal(job["results"]["converged"], False)
    check("will_not_make_cycles" in {one["badge"] for one in told}, told)
    check(all(one["cycles_left"] < 20 for one in told), told)


@test
def a_forecast_is_in_the_lists_and_goes_with_the_end(box):
    vasp(box, decay(6))
    job_id = box.submit("run")
    one = wait_forecast(box, job_id, "converging")
    equal((one["cycles_low"], one["cycles_high"], one["cycles_left"]), (3, 3, 34))
    equal((one["seconds_low"], one["cycle_limit_name"]), (300, "NELM"))
    equal(one, box.job(job_id)["results"]["forecast"])
    shown = box.on_terminal("show", str(job_id)).out
    matches(shown, r"forecast +\033\[32mconverging\033\[\d*m, ≈ 3 cycles, 5 min")
    listed = box.on_terminal("jobs").out
    contains(listed, "FORECAST")
    contains(listed, "\033[32mconverging")
    contains(box.ok("show", str(job_id)).out, "converging, ≈ 3 cycles, 5 min")
    lacks(box.ok("jobs").out, "converging")
    box.open_gate()
    box.wait_state(job_id, *FINAL)
    equal((box.job(job_id)["forecast"], box.job(job_id)["results"]["forecast"]), (None, None))
    lacks(box.on_terminal("jobs").out, "FORECAST")


@test
def a_time_limit_that_will_not_do_is_told(box):
    vasp(box, decay(6))
    job_id = box.submit("--time", "4:00", "run")
    one = wait_forecast(box, job_id, "will_not_make_time")
    check(one["seconds_left"] <= 240, one)
    contains(box.ok("show", str(job_id)).out, "will not make its time limit, ≈ 3 cycles, 5 min")
    box.open_gate()
    box.wait_state(job_id, *FINAL)


@test
def an_scf_that_stands_still_is_told_to(box):
    vasp(box, decay(4) + [1e-3] * 12)
    job_id = box.submit("run")
    one = wait_forecast(box, job_id, "stalled")
    equal((one["cycles_low"], one["cycles_high"], one["seconds_low"]), (None, None, None))
    box.open_gate()
    box.wait_state(job_id, *FINAL)


@test
def the_next_server_forecasts_as_the_one_before(box):
    vasp(box, decay(6))
    job_id = box.submit("run")
    before = wait_forecast(box, job_id, "converging")
    box.kill_server()
    equal(wait_forecast(box, job_id, "converging"), before)
    box.open_gate()
    box.wait_state(job_id, *FINAL)


main()
