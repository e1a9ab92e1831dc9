"""What goes wrong while jobs are on their way to a cluster, with one at each moment: its files are being
sent, sbatch has not been asked, it has been and its answer is outstanding, it runs. Each runs once, and
its end is told."""

import os

from clusters import Far, on_both_ways, reason
from support import contains, equal, main, test, wait_until

SBATCH = """
script='{work}/script.'$$
cat >"$script"
name=$(sed -n 's/^#SBATCH --job-name=//p' "$script")
case $name in before.*) touch '{work}/at.before'; {gate} ;; esac
answer=$("$REAL" "$@" <"$script")
status=$?
case $name in after.*) touch '{work}/at.after'; {gate} ;; esac
[ -z "$answer" ] || printf '%s\\n' "$answer"
exit $status
"""


class Moments:
    """The jobs, by their moments, each at its own."""

    def __init__(self, box, cluster):
        self.box, self.cluster = box, cluster
        cluster.stand_in("sbatch", SBATCH.format(work=box.work, gate=box.gate("sbatch")))
        self.jobs = {name: self.submit(name) for name in ("running", "before", "after")}
        for name in ("before", "after"):
            self.wait_at(name)
        box.wait_state(self.jobs["running"], "running")
        if isinstance(cluster, Far):
            cluster.stand_in("rsync", f"touch '{box.path('at.transfer')}'; {box.gate('rsync')}\n"
                             'exec "$REAL" "$@"')
            self.jobs["transfer"] = self.submit("transfer")
            self.wait_at("transfer")

    def submit(self, name):
        return self.box.shell(f"echo once >>'{self.box.path('ran.' + name)}'; {self.box.gate('program')}; echo {name}",
                              "--name", name, "--on", self.cluster.name)

    def wait_at(self, name):
        wait_until(lambda: os.path.exists(self.box.path("at." + name)), f"the moment: {name}")

    def go_on(self):
        for name in ("sbatch", "rsync", "program"):
            self.box.open_gate(name)

    def end_well(self):
        for name, job in self.jobs.items():
            ended = wait_until(lambda job=job: (lambda j: j if j["finished_at"] else None)(self.box.job(job)),
                               f"the end of {name}", seconds=120)
            equal(ended["state"], "completed", ended)
            equal(self.box.read("ran." + name), "once\n", name)
            equal(self.box.ok("log", str(job)).out, name + "\n")
        names = self.cluster.run("squeue", "-h", "-t", "all", "-o", "%j").split()
        equal(sorted(name.partition(".")[0] for name in names), sorted(self.jobs))


@on_both_ways
def a_server_that_is_killed_at_any_moment_loses_and_doubles_nothing(box, way):
    cluster = way(box, cpus=8)
    moments = Moments(box, cluster)
    box.kill_server()
    equal(box.job(moments.jobs["running"])["state"], "running")
    box.kill_server()
    moments.go_on()
    moments.end_well()


@on_both_ways
def a_controller_that_goes_away_at_any_moment_loses_and_doubles_nothing(box, way):
    cluster = way(box, cpus=8)
    moments = Moments(box, cluster)
    cluster.site.stop_controller()
    contains(reason(box, moments.jobs["running"], "as it was last seen")["reason"], cluster.name)
    equal(box.job(moments.jobs["running"])["state"], "running")
    moments.go_on()
    reason(box, moments.jobs["before"], "Slurm does not answer")
    cluster.start_controller()
    moments.end_well()


@test
def an_sshd_that_goes_away_at_any_moment_loses_and_doubles_nothing(box):
    cluster = Far(box, cpus=8)
    moments = Moments(box, cluster)
    cluster.host.stop()
    for name in ("running", "transfer", "before", "after"):
        contains(reason(box, moments.jobs[name], "refused")["reason"], "far")
    equal(box.job(moments.jobs["running"])["state"], "running")
    moments.go_on()
    cluster.host.start()
    moments.end_well()


@test
def a_line_that_falls_silent_at_any_moment_loses_and_doubles_nothing(box):
    cluster = Far(box, cpus=8, silenced=True)
    moments = Moments(box, cluster)
    cluster.line.silent.set()
    reason(box, moments.jobs["running"], "as it was last seen")
    reason(box, moments.jobs["transfer"], "waits to be handed to far")
    equal(box.job(moments.jobs["running"])["state"], "running")
    moments.go_on()
    cluster.line.silent.clear()
    moments.end_well()


main()
