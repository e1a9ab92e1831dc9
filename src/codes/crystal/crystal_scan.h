/* The state of a scanner of CRYSTAL's output, shared by the files that each read one
 * subject. A subject is a table of rules: what a line begins with, blanks apart, and
 * who takes it. Where a table of numbers follows, the rule opens a section, and the
 * section is offered the lines until it declines one. */
#pragma once

#include "codes/line_reader.h"
#include "codes/outside.h"
#include "codes/results_build.h"
#include "codes/rule_index.h"

#include <stdbool.h>
#include <stddef.h>

/* CODATA 2018. */
#define CRYSTAL_HARTREE_EV 27.211386245988
#define CRYSTAL_BOHR_ANG 0.529177210903
#define CRYSTAL_EV_PER_ANG3_GPA 160.21766208

struct crystal_scan;

/* Answers of a section: 0 it has taken the line, CRYSTAL_DECLINED it is over and the
 * line is somebody else's, CRYSTAL_PASSED the line is somebody else's but it goes on,
 * or -ENOMEM. */
enum {
    CRYSTAL_DECLINED = 1,
    CRYSTAL_PASSED = 2,
};
typedef int crystal_section_fn(struct crystal_scan *scan, const char *text);

/* A rule takes what is behind its prefix: 0, CRYSTAL_DECLINED or -ENOMEM. */
typedef int crystal_rule_fn(struct crystal_scan *scan, const char *rest);
struct crystal_rule {
    const char *prefix; /* NULL ends the table */
    crystal_rule_fn *take;
};

struct crystal_geometry {
    double rows[3][3];
    size_t n_rows;
    size_t n_before;      /* lines between a headline and its first number */
    double scale;         /* of what is being read, to Å */
    bool molecule;        /* the system has no periodic direction */
    bool framed;          /* `frame` is known … */
    double frame[3][3];   /* … which turns the standard orientation into CRYSTAL's */
    bool fractional[3];   /* the column being read is in units of a lattice vector */
    struct atom *pending; /* owned: a list of atoms that is not complete yet */
    size_t n_pending, pending_cap;
};

/* One spin's levels at the last diagonalisation, Hartree; NAN where not printed. */
struct crystal_levels {
    double fermi;
    double top, bottom;
    double gap_ev;
    bool conducting;
    double shift; /* of a level shifter, which is in the edges; 0: there is none */
};

struct crystal_scf {
    bool open; /* an SCF run is under way */
    long last_cycle;
    size_t spin; /* 0 alpha or both, 1 beta: whose levels are being read */
    bool two_spins;
    struct crystal_levels levels[2];
    double shift;     /* that the input asks for, Hartree */
    double moment[3]; /* of two components, X to Z as far as they are read */
    bool stale;       /* the geometry has moved since the levels were printed */
    double alpha_gap; /* as printed behind an optimisation, eV */
    bool in_summary;  /* what is printed of levels is about the optimised geometry */
};

struct crystal_motion {
    bool started;   /* some optimisation */
    bool open;      /* it goes on */
    bool has_step;  /* the geometry at hand has an energy */
    bool failed;    /* an optimisation ended without converging */
    bool converged; /* the last one that ended did so */
    bool frequencies;
    bool elastic;
    bool other_k_point; /* the modes that follow are not those at the zone centre */
    double rows[3][3];  /* of the stress tensor being read, Hartree/bohr³ */
    size_t n_rows;      /* that the open section has read */
};

struct crystal_moment {
    long day;      /* of a calendar of its own */
    double second; /* of that day */
};

struct crystal_end {
    int programs; /* that have started in this text */
    bool idle;    /* the last of them has not shown to be an SCF program */
    bool banner;
    char number[16]; /* "CRYSTAL23" of the banner, its version line still to come */
    bool scf;        /* some self-consistent calculation */
    bool properties; /* the program that analyses wave functions */
    bool bands;      /* … and was asked for a band structure */
    bool timed;      /* `start` is known */
    struct crystal_moment start;
    bool done;              /* the last program came to its end */
    bool computed;          /* the one before it did, and what it found stands */
    bool error;             /* an error ended it */
    long unsaved;           /* the line where its script misses a wave function, or 0 */
    char complaint[256];    /* … and what it says there */
    bool killed;            /* so says somebody else in the same text */
    struct outside outside; /* what others say of it */
};

struct crystal_scan {
    struct rule_index rules;     /* of all tables */
    struct results *results;     /* not ours */
    long line;                   /* the number of the line at hand */
    bool whole;                  /* the line at hand has its end */
    crystal_section_fn *section; /* NULL outside of tables */
    struct crystal_geometry geometry;
    struct crystal_scf scf;
    struct crystal_motion motion;
    struct crystal_end end;
};

extern const struct crystal_rule crystal_scf_rules[];
extern const struct crystal_rule crystal_geometry_rules[];
extern const struct crystal_rule crystal_motion_rules[];
extern const struct crystal_rule crystal_error_rules[];
extern const struct crystal_rule crystal_end_rules[];

/* Behind `text` when it begins so, else NULL. */
const char *crystal_behind(const char *text, const char *prefix);

/* The program is one that computes, not one that analyses: what an earlier one in the
 * same text has left to judge is history. */
void crystal_begin_computing(struct crystal_scan *scan);
/* This is the program that analyses, behind one that has computed. */
bool crystal_is_afterthought(const struct crystal_scan *scan);

/* Say in the results what kind of calculation this is, as far as it is known. */
void crystal_name_calculation(struct crystal_scan *scan);

/* The total energy that counts by now. */
void crystal_note_energy(struct crystal_scan *scan, double hartree);
/* The optimiser tells energies with the corrections in them: where there are some, that
 * with them is the same. */
void crystal_correct_energy(struct crystal_scan *scan);

/* The levels that were read make the Fermi energy, the edges and the gap. */
void crystal_scf_forget_levels(struct crystal_scan *scan);

/* Look in a line that no rule has taken for what MPI, the Fortran runtime, the kernel
 * or a batch system say about the end of a run. 0 or -ENOMEM. */
int crystal_error_foreign(struct crystal_scan *scan, const char *line);
/* The text has ended: what others say of it counts where CRYSTAL says nothing. 0 or
 * -ENOMEM. */
int crystal_error_end(struct crystal_scan *scan);

/* The text has ended: judge. 0 or -ENOMEM. */
int crystal_end_judge(struct crystal_scan *scan);

/* The scanner, as code_internal.h wants it. */
int crystal_scan_new(void **state, struct results *results);
void *crystal_scan_free(void *state);
int crystal_scan_line(void *state, const char *line, long number, bool whole);
int crystal_scan_finish(void *state);
bool crystal_scan_goes_with_a_run(const void *state);
bool crystal_scan_is_output(const char *text, size_t n);

/* Whether a text is an input for CRYSTAL: a title, then what kind of system it is. */
bool crystal_input_recognise(const char *text, size_t n);
/* Whether its second line says what kind of system it is. */
bool crystal_input_has_kind(const char *text, size_t n);
