/* The state of a scanner of pw.x's standard output, shared by the files that each read
 * one subject. A subject is a table of rules: what a line begins with, blanks apart,
 * and who takes it. Where a table of numbers follows, the rule opens a section, and the
 * section is offered the lines until it declines one. */
#pragma once

#include "codes/line_reader.h"
#include "codes/outside.h"
#include "codes/results_build.h"
#include "codes/rule_index.h"

#include <stdbool.h>
#include <stddef.h>

/* CODATA 2018. */
#define PWX_RYDBERG_EV 13.605693122994
#define PWX_BOHR_ANG 0.529177210903
#define PWX_EV_PER_ANG3_GPA 160.21766208
#define PWX_KBAR_PER_GPA 10.0

#define PWX_SCF_REMEDY                                                                 \
    "Lower mixing_beta in &electrons (0.7 → 0.3; metals and slabs: mixing_mode = "   \
    "'local-TF'), raise electron_maxstep, give metals a smearing, and continue from "  \
    "the charge density with startingpot = 'file'."

enum pwx_unit {
    PWX_ALAT,
    PWX_BOHR,
    PWX_ANGSTROM,
    PWX_CRYSTAL,
};

enum pwx_motion {
    PWX_STILL, /* as far as the output says */
    PWX_RELAXING,
    PWX_MOVING, /* molecular dynamics */
};

struct pwx_scan;

/* Answers of a section: 0 it has taken the line, PWX_DECLINED it is over and the line
 * is somebody else's, PWX_PASSED the line is somebody else's but it goes on, or
 * -ENOMEM. */
enum {
    PWX_DECLINED = 1,
    PWX_PASSED = 2,
};
typedef int pwx_section_fn(struct pwx_scan *scan, const char *text);

/* A rule takes what is behind its prefix: 0 or -ENOMEM. */
typedef int pwx_rule_fn(struct pwx_scan *scan, const char *rest);
struct pwx_rule {
    const char *prefix; /* NULL ends the table */
    pwx_rule_fn *take;
};

struct pwx_geometry {
    double alat_bohr; /* 0 before it is known */
    enum pwx_unit unit;
    double scale; /* of the vectors being read, to Å */
    double rows[3][6];
    size_t n_rows;
    struct atom *pending; /* owned: a list of atoms that is not complete yet */
    size_t n_pending, pending_cap;
    double largest_force; /* squared, Ry/bohr; of the table being read */
    size_t n_forces;
    size_t n_before; /* lines between the headline and the first force */
    bool moved;      /* the geometry is not the one of the last energy */
};

struct pwx_scf {
    bool open;           /* an SCF run is under way */
    bool pending;        /* a cycle's energy is known, its accuracy not yet */
    bool pending_final;  /* the final energy is known, its accuracy not yet */
    double energy_ev;    /* of the pending cycle */
    long last_iteration; /* of the run under way */
    double threshold_ry; /* of its accuracy, as printed; 0 before it is known */
    double at_seconds;   /* as printed in the cycle under way; NAN where not */
    bool solvent;        /* the next word about convergence is about the solvent */
    bool added_step;     /* the final energy has begun a geometry */
    bool hybrid;         /* exact exchange: several SCF runs make one energy */
    bool exchange_unconverged;
    bool levels; /* Fermi energy or band edges have been printed */
};

struct pwx_end {
    bool scf;                /* some self-consistent calculation */
    bool bands;              /* a band structure calculation */
    enum pwx_motion motion;  /* what moves the atoms */
    bool damped;             /* optimisation by damped dynamics */
    bool geometry_converged; /* the optimiser says so … */
    bool geometry_failed;    /* … or that it gave up, which it may say as well */
    long nstep;              /* how many steps it may make; 0 where not known */
    size_t first_step;       /* of this run, in a text that holds several */
    bool final_scf;          /* the SCF at the relaxed cell has begun */
    double threshold_gpa;    /* of the pressure, as the optimiser prints it; else 0 */
    double relaxed_gpa;      /* the pressure with which it was content */
    bool stopped;            /* by max_seconds or by request */
    bool between_steps;      /* an XML that was not the last to be written */
    bool done;               /* "JOB DONE." */
    bool error;              /* an error ended it */
    bool killed;             /* so says somebody else in the same text */
    struct outside outside;  /* what others say of it */
};

enum {
    PWX_MESSAGE_SIZE = 512,
    PWX_ROUTINE_SIZE = 64,
};

/* Programs that print into one text at once: their banners come before the first of
 * them has told its system. */
struct pwx_copies {
    size_t banners, systems;
};

struct pwx_error {
    char routine[PWX_ROUTINE_SIZE];
    char message[PWX_MESSAGE_SIZE]; /* headline and text, as they are reported */
    size_t headline;                /* its length */
    long line;
    char lapack[128]; /* what LAPACK said last; it may have ended the run by that */
    long lapack_line; /* 0: it said nothing */
};

enum pwx_kind {
    PWX_UNDECIDED, /* nothing but blanks so far */
    PWX_TEXT,      /* the standard output */
    PWX_XML,
};

struct pwx_xml; /* pwx_xml.c */

struct pwx_scan {
    struct rule_index rules; /* of all tables */
    struct results *results; /* not ours */
    enum pwx_kind kind;
    struct line_reader reader;
    struct pwx_xml *xml;     /* owned; NULL unless the text is XML */
    long line;               /* the number of the line at hand */
    bool sibling;            /* it is another program of the suite that prints */
    pwx_section_fn *section; /* NULL outside of tables */
    struct pwx_geometry geometry;
    struct pwx_scf scf;
    struct pwx_end end;
    struct pwx_copies copies;
    struct pwx_error error;
};

extern const struct pwx_rule pwx_scf_rules[];
extern const struct pwx_rule pwx_geometry_rules[];
extern const struct pwx_rule pwx_table_rules[];
extern const struct pwx_rule pwx_motion_rules[];
extern const struct pwx_rule pwx_error_rules[];
extern const struct pwx_rule pwx_end_rules[];

/* Behind `text` when it begins so, else NULL. */
const char *pwx_behind(const char *text, const char *prefix);

/* A list of atoms begins, in such units; an atom of it, in its label; its end, where it
 * becomes the geometry or, being short, is forgotten. 0 or -ENOMEM. */
void pwx_geometry_begin(struct pwx_scan *scan, enum pwx_unit unit);
int pwx_geometry_add(struct pwx_scan *scan, const char *label, const double at[3]);
void pwx_geometry_end(struct pwx_scan *scan);

/* data-file-schema.xml. 0 or -ENOMEM; free accepts NULL and returns NULL. */
int pwx_xml_new(struct pwx_xml **out, struct pwx_scan *scan);
struct pwx_xml *pwx_xml_free(struct pwx_xml *xml);
int pwx_xml_feed(struct pwx_xml *xml, const char *bytes, size_t n);
/* The text has ended: judge. */
int pwx_xml_finish(struct pwx_xml *xml);

/* Say in the results what kind of calculation this is, as far as it is known. */
void pwx_name_calculation(struct pwx_scan *scan);

/* Note the energy of a cycle whose accuracy does not come any more. 0 or -ENOMEM. */
int pwx_scf_flush(struct pwx_scan *scan);

/* Note the error whose text has been collected, if any. 0 or -ENOMEM. */
int pwx_error_flush(struct pwx_scan *scan);
/* Look in a line that no rule has taken for what MPI, the Fortran runtime, the kernel
 * or a batch system say about the end of a run. 0 or -ENOMEM. */
int pwx_error_foreign(struct pwx_scan *scan, const char *line);
/* The text has ended: what others say of it counts where pw.x says nothing. 0 or
 * -ENOMEM. */
int pwx_error_end(struct pwx_scan *scan);
/* Whether a text holds an error that only pw.x words so. */
bool pwx_error_recognise(const char *text, size_t n);

/* What went wrong by an error message of pw.x: a category and a remedy. */
struct pwx_diagnosis {
    const char *category;
    const char *remedy;
};
struct pwx_diagnosis pwx_diagnose(const char *routine, const char *message);

/* The text has ended: judge. 0 or -ENOMEM. */
int pwx_end_judge(struct pwx_scan *scan);

/* The scanner, as code_internal.h wants it. */
int pwx_scan_new(void **state, struct results *results);
void *pwx_scan_free(void *state);
int pwx_scan_feed(void *state, const char *bytes, size_t n);
int pwx_scan_finish(void *state);
bool pwx_scan_goes_with_a_run(const void *state);
bool pwx_scan_is_output(const char *text, size_t n);
bool pwx_scan_is_sibling(const char *text, size_t n, char *name, size_t room);
