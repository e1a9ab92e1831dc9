/* What a calculation reached, as read from its output.
 *
 * Energies in eV, lengths in Å, forces in eV/Å, pressures in GPa, times in seconds. A
 * number that the output does not hold is NAN, a text NULL, a list empty, a truth
 * UNKNOWN. Constants: CODATA 2018 (Hartree 27.211386245988 eV, Rydberg 13.605693122994
 * eV, bohr 0.529177210903 Å, 1 eV/Å³ = 160.21766208 GPa). */
#pragma once

#include "codes/forecast.h"
#include "structure/cell.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum truth {
    TRUTH_UNKNOWN = -1,
    TRUTH_NO = 0,
    TRUTH_YES = 1,
};

enum run_status {
    RUN_TRUNCATED, /* the text just ends: killed, or still running */
    RUN_FINISHED,  /* the code came to its own end */
    RUN_FAILED,    /* the code stopped with an error */
    RUN_UNKNOWN,   /* the text is of a kind that does not say */
};

struct scf_cycle {
    double energy_ev;
    double accuracy_ev; /* the code's own estimate of what is left; NAN where it prints
                           none */
    double left_ev;     /* what the code compares with its threshold; NAN where that is
                           the energy's change, or not printed */
    double at_seconds;  /* when it ended, by a clock of the code's that only goes on
                           within an SCF run */
};

struct scf_run {
    struct scf_cycle *cycles; /* owned */
    size_t n_cycles;
    size_t cap;
    bool ended;     /* the last of the cycles is the final energy */
    bool over;      /* it does not go on, however it ended */
    int counted;    /* cycles as the code counts them */
    size_t delayed; /* cycles at its beginning that keep the density as it is */
    enum truth converged;
};

struct step {
    double energy_ev;
    double max_force_ev_per_ang;
    double pressure_gpa;
    double volume_ang3; /* of the cell, when the energy was told */
};

struct problem {
    const char *category; /* static, a name such as "scf_not_converged" */
    char *message;        /* owned, in the output's own words */
    long line;            /* 1-based; 0 when there is none */
    const char *remedy;   /* static, what to try; may be NULL */
};

struct results {
    const char *code; /* static: "crystal", "quantum_espresso", "vasp" */
    char *version;    /* owned */
    const char
        *calculation; /* static: "scf", "nscf", "bands", "geometry_optimization", … */
    enum run_status status;
    enum truth converged;

    struct scf_run *scf; /* owned; every SCF run in the output, in order */
    size_t n_scf, scf_cap;
    size_t n_cycles;         /* of all of them */
    double scf_threshold_ev; /* of the SCF run begun last; NAN where not known */
    long scf_cycle_limit;    /* likewise; 0 where not known */
    long scf_cycles_after;   /* that the code adds when it is at its threshold */
    struct step *steps;      /* owned; every geometry with a final energy, in order */
    size_t n_steps, steps_cap;

    double energy_ev;
    double free_energy_ev;
    double energy_with_corrections_ev; /* with dispersion and the like where the code
                                          adds them afterwards */
    double printed_energy;             /* exactly as printed, … */
    const char *printed_unit;          /* … in this unit; static */
    double fermi_ev, vbm_ev, cbm_ev, gap_ev;
    double magnetization_mub;
    double max_force_ev_per_ang;
    double pressure_gpa;
    double stress_gpa[6]; /* XX YY ZZ XY YZ ZX */
    bool has_stress;

    struct cell cell; /* last primitive cell, even where no energy followed it */
    bool has_cell;
    struct atom *atoms; /* owned; Cartesian, last geometry */
    size_t n_atoms, atoms_cap;
    long natoms; /* as printed; 0 when not */

    double *frequencies_cm1; /* owned; of the modes, negative where imaginary */
    size_t n_frequencies, frequencies_cap;

    double wall_seconds, cpu_seconds;

    struct problem *problems; /* owned */
    size_t n_problems, problems_cap;
    bool overfull; /* something was left out, which is among them */
};

void results_init(struct results *results);
void results_deinit(struct results *results);

/* The JSON object that `crystalmath parse --json` prints; NULL when memory runs out.
 *
 * In it, `energies_ev` and `accuracy_ev` of an SCF run are those of the cycles before
 * the final one, whose numbers are `final_energy_ev` and `final_accuracy_ev`; `natoms`
 * is the count of the atoms listed where the output prints none. */
json_t *results_to_json(const struct results *results);

/* Which cycles are listed, numbered as the code counts them: CRYSTAL's first is 0. */
struct scf_count {
    size_t n;
    int first;
};

/* A final energy is that of the cycle behind those listed, or of the last of them told
 * again, by how many the code has counted. */
struct scf_count scf_count(size_t energies, bool final, long counted);
struct scf_count scf_run_count(const struct scf_run *run);
/* Of an element of "scf" in such an object. */
struct scf_count scf_json_count(const json_t *scf);

/* Whether an SCF run is under way, as far as the output goes. */
bool scf_run_goes_on(const struct scf_run *run);
/* What its first n cycles, of which there are so many, say of how it goes on. */
struct forecast scf_run_forecast(const struct scf_run *run, size_t n,
                                 const struct forecast_aim *aim);
/* What the SCF run begun last is to reach; time plays no part. */
struct forecast_aim results_aim(const struct results *results);
/* How the largest force of an optimisation goes on, by its steps so far. */
enum forecast_badge results_forces(const struct results *results);
/* How that run goes on, where it does; else the forecast says nothing. */
struct forecast_told results_forecast(const struct results *results);

/* Complete such an object by what another file of the same run says: what `into` holds
 * stays, problems of another category are added, and an output that just ends is one
 * that failed where `other` says so. One that failed beside one that finished, or the
 * other way round, or that finished with another energy, is of another run: nothing is
 * taken of it. 0, or -ENOMEM and `into` may hold part of it. */
int results_join(json_t *into, const json_t *other);
