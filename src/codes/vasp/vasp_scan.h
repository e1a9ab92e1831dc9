/* The state of a scanner of VASP's outputs, shared by the files that each read one
 * subject. What is read may be an OUTCAR, an OSZICAR, a captured stdout or stderr (all
 * read by lines, by one set of rules), or a vasprun.xml (read by vasp_xml.c); the
 * judgement at the end is common to all. */
#pragma once

#include "codes/line_reader.h"
#include "codes/outside.h"
#include "codes/results_build.h"
#include "codes/rule_index.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define VASP_KBAR_PER_GPA 10.0

/* A setting that has not been read. */
#define VASP_UNSET LONG_MIN

/* What the text is, as far as it has shown. */
enum vasp_kind {
    VASP_UNDECIDED, /* nothing but blanks so far */
    VASP_TEXT,      /* lines: an OSZICAR, stdout, stderr, until they show to be more */
    VASP_OUTCAR,
    VASP_XML,
};

/* What the run was told, as VASP echoes it. VASP_UNSET or NAN where it is not known. */
struct vasp_settings {
    long nsw, ibrion, icharg, nelm, nelmdl, ispin, ialgo, ismear;
    long nkpts, nbands;
    double ediff, ediffg;
    bool mesh;     /* the k-points are a regular mesh made by VASP */
    bool response; /* linear response follows the SCF */
    bool shifts;   /* that to a magnetic field, whose cycles follow the step */
    bool spinors;  /* non-collinear: a band holds one electron */
};

struct vasp_types {
    struct vasp_type {
        char element[ATOM_ELEMENT_SIZE];
        long count; /* 0 before it is known */
    } * list;       /* owned */
    size_t n, cap;
    size_t counted; /* how many have a count */
    bool wrong;     /* counts and types do not fit */
};

struct vasp_geometry {
    double rows[3][3];
    size_t n_rows;
    struct atom *pending; /* owned: a list of atoms that is not complete yet */
    size_t n_pending, pending_cap;
    bool pending_wrong;
    double largest_force;             /* squared; of the table being read */
    bool forces_wrong;                /* a row of it could not be read */
    double max_force, pressure;       /* of the step whose energy has not come yet */
    double free_energy;               /* likewise */
    bool force_waits, pressure_waits; /* they are of a step without an energy yet */
    bool forces_first;                /* steps so far had them before their energy, */
    bool pressure_first;              /* … and the pressure */
};

struct vasp_scf {
    bool open;         /* an SCF run is under way */
    bool filled;       /* the last cycle has its energy */
    bool response;     /* linear response: its cycles are not those of an SCF run */
    long step, cycle;  /* the counters printed last */
    double change;     /* of the energy in the last cycle, … */
    double eigenvalue; /* … and of the eigenvalues; NAN where not printed */
    double clock;      /* seconds of the cycles so far, where they are printed */
    bool learned;      /* the last step's energy is that of a force field */
    bool summed;       /* a step's summary has come, and no headline behind it */
};

struct vasp_bands {
    double vbm, cbm;
    long tables; /* complete ones since the Fermi energy was printed */
    long rows;   /* of the table being read */
    bool wrong;  /* a number could not be read */
};

struct vasp_end {
    bool finished;          /* the code came to its own end */
    bool error;             /* an error ended it */
    bool killed;            /* so says somebody else in the same text */
    struct outside outside; /* what others say of it */
    bool stopped;           /* by STOPCAR */
    bool geometry_reached;  /* the optimiser says so */
    bool moving;            /* molecular dynamics, by the look of its steps */
    bool trouble;           /* a problem that need not end the run was noted */
    bool ionic_last;        /* nothing of an SCF run has come behind the last step */
    bool banner;            /* the version was printed */
    bool broken;            /* the text could not be read to its end */
    size_t first_scf, first_step; /* of this run, in a text that holds several */
    double entropy_ev; /* the largest of a step, times temperature; 0 at first */
};

enum {
    VASP_MESSAGE_SIZE = 512,
    VASP_SHORT_SIZE = 48,
};

enum vasp_box {
    VASP_BOX_NONE,
    VASP_BOX_PLAIN, /* its kind is not known yet, or it is advice or a warning */
    VASP_BOX_ERROR,
};

struct vasp_message {
    enum vasp_box box;
    char text[VASP_MESSAGE_SIZE]; /* collected from a box or from two lines */
    long line;                    /* of its first words */
    bool two_lines;               /* the next line belongs to it */
    bool closed;                  /* the box has had its last words */
};

/* What a character is to who looks for troubles, which is most of an output's lines:
 * 0 between words, VASP_IN_WORD in one, or more: one that begins troubles, the first of
 * them so many places on in their table. */
enum {
    VASP_IN_WORD = 1,
};
struct vasp_trouble_index {
    unsigned char of[UCHAR_MAX + 1];
};

struct vasp_scan;

/* Answers of a section: 0 it has taken the line, VASP_DECLINED it is over and the line
 * is somebody else's, or -ENOMEM. */
enum {
    VASP_DECLINED = 1,
};
typedef int vasp_section_fn(struct vasp_scan *scan, const char *text);

/* A rule takes what is behind its prefix: 0, VASP_DECLINED when the line turns out to
 * be another one, or -ENOMEM. */
typedef int vasp_rule_fn(struct vasp_scan *scan, const char *rest);
struct vasp_rule {
    const char *prefix; /* NULL ends the table */
    vasp_rule_fn *take;
};

struct vasp_xml; /* vasp_xml.c */

struct vasp_scan {
    struct rule_index rules; /* of all tables */
    struct results *results; /* not ours */
    enum vasp_kind kind;
    struct line_reader reader;
    long line;                /* the number of the line at hand */
    vasp_section_fn *section; /* NULL outside of tables */
    struct vasp_settings settings;
    struct vasp_types types;
    struct vasp_types titles; /* by the list of POTCARs, for want of what they hold */
    struct vasp_geometry geometry;
    struct vasp_scf scf;
    struct vasp_bands bands;
    struct vasp_end end;
    struct vasp_message message;
    struct vasp_trouble_index troubles;
    struct vasp_xml *xml; /* owned; NULL unless the text is XML */
};

extern const struct vasp_rule vasp_setting_rules[];
extern const struct vasp_rule vasp_geometry_rules[];
extern const struct vasp_rule vasp_scf_rules[];
extern const struct vasp_rule vasp_result_rules[];
extern const struct vasp_rule vasp_stdout_rules[];

/* Behind `text` when it begins so, else NULL. */
const char *vasp_behind(const char *text, const char *prefix);

/* A new run: forget how an earlier one in the same text ended. */
void vasp_begin_run(struct vasp_scan *scan);

/* Give the pending atoms their elements and take them into the results when the list is
 * complete; drop them otherwise. */
void vasp_geometry_take_atoms(struct vasp_scan *scan);
/* 0 or -ENOMEM. */
int vasp_types_add(struct vasp_scan *scan, const char *label);

/* The forces, the pressure (GPa) or the cell of a step are known, before its energy or,
 * in old versions, behind it. NAN where they can not be read. */
void vasp_note_force(struct vasp_scan *scan, double ev_per_ang);
void vasp_note_pressure(struct vasp_scan *scan, double gpa);
void vasp_note_cell(struct vasp_scan *scan);
/* What the smearing takes from a step's energy; NAN when it is not known. */
void vasp_note_entropy(struct vasp_scan *scan, double ev);

/* A step's energy is known: begin it, with the forces and the pressure that came
 * before. 0 or -ENOMEM. */
int vasp_add_step(struct vasp_scan *scan, double energy_ev, double free_energy_ev);

/* A line of dashes with words in it, which begin at `text`. 0, VASP_DECLINED or
 * -ENOMEM. */
int vasp_scf_dashed(struct vasp_scan *scan, const char *text, size_t dashes);
/* The table of cycles that OSZICAR and stdout have: such a row, or a step's summary. 0,
 * VASP_DECLINED or -ENOMEM. */
int vasp_scf_row(struct vasp_scan *scan, const char *text);
/* An SCF run begins; one that is under way is over. 0 or -ENOMEM. */
int vasp_scf_begin(struct vasp_scan *scan);
/* The SCF run under way has ended; judge it by its counters. */
void vasp_scf_close(struct vasp_scan *scan);
/* Whether the SCF is only one of name: bands are computed, nothing is converged. */
bool vasp_scf_is_formal(const struct vasp_settings *settings);

/* One eigenvalue with its occupation. */
void vasp_bands_begin(struct vasp_bands *bands);
void vasp_bands_add(struct vasp_bands *bands, double energy_ev, double occupation);
/* All of them are known: say what gap there is. */
void vasp_bands_take(struct vasp_scan *scan);

/* "  1 f  =  21.371977 THz  134.284095 2PiTHz  712.892411 cm-1 …", with "f/i=" where
 * imaginary. The first one drops those of an earlier list. 0 or -ENOMEM. */
int vasp_modes_row(struct vasp_scan *scan, const char *text);

/* " 6.3.2 27Jun22 (build …": the version as printed; a run begins. 0 or -ENOMEM. */
int vasp_take_version(struct vasp_scan *scan, const char *version);

/* A line of a box, "|  …  |", whose content begins at `text`. 0 or -ENOMEM. */
int vasp_message_boxed(struct vasp_scan *scan, const char *text);
/* Note what has been collected, if anything. 0 or -ENOMEM. */
int vasp_message_flush(struct vasp_scan *scan);
/* Look in a line that no rule has taken for VASP's own words about trouble, and for
 * those of MPI, the Fortran runtime, the kernel or a batch system. 0 or -ENOMEM. */
int vasp_message_look(struct vasp_scan *scan, const char *line);
/* The text has ended: what others say of it counts where VASP says nothing. 0 or
 * -ENOMEM. */
int vasp_message_end(struct vasp_scan *scan);

/* What goes wrong in VASP, by its words. */
struct vasp_trouble {
    const char *words; /* begin a word of the output */
    const char *category;
    enum vasp_ending {
        VASP_HINTS,   /* advice, moot when the run comes to a good end */
        VASP_GOES_ON, /* it may, or may not */
        VASP_STOPS,   /* VASP stops itself */
    } ending;
    const char *remedy;
};
void vasp_trouble_index(struct vasp_trouble_index *index);
/* The first trouble of VASP's own that a text tells of; NULL when there is none. */
const struct vasp_trouble *vasp_trouble_own(const struct vasp_trouble_index *index,
                                            const char *text);

/* Say in the results what kind of calculation this is, as far as it is known. */
void vasp_name_calculation(struct vasp_scan *scan);
/* Whether the advice of a kind is moot in a run that came to a good end. */
bool vasp_trouble_is_hint(const char *category);
/* Problems of energies that can not be right, whatever the run says. 0 or -ENOMEM. */
int vasp_doubt_energies(struct vasp_scan *scan);
/* The text has ended: judge. 0 or -ENOMEM. */
int vasp_end_judge(struct vasp_scan *scan);

/* 0 or -ENOMEM. */
int vasp_xml_new(struct vasp_xml **out, struct vasp_scan *scan);
/* Accepts NULL, returns NULL. */
struct vasp_xml *vasp_xml_free(struct vasp_xml *xml);
int vasp_xml_feed(struct vasp_xml *xml, const char *bytes, size_t n);
int vasp_xml_finish(struct vasp_xml *xml);

/* The scanner, as code_internal.h wants it. */
int vasp_scan_new(void **state, struct results *results);
void *vasp_scan_free(void *state);
int vasp_scan_feed(void *state, const char *bytes, size_t n);
int vasp_scan_finish(void *state);
bool vasp_scan_is_capture(const void *state);
bool vasp_scan_is_output(const char *text, size_t n);
