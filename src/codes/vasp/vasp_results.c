/* What a run comes to: levels and gap, modes, the clock, the end. */
#include "codes/vasp/vasp_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- bands ---- */

/* Of a band that holds one electron. vasprun.xml prints four digits; with the five of
 * OUTCAR, the tails of a smearing would make another gap of the same bands. */
#define OCCUPIED 5.0e-5

void vasp_bands_begin(struct vasp_bands *bands) {
    *bands = (struct vasp_bands){.vbm = -INFINITY, .cbm = INFINITY};
}

void vasp_bands_add(struct vasp_bands *bands, double energy_ev, double occupation) {
    if (occupation > OCCUPIED) {
        bands->vbm = fmax(bands->vbm, energy_ev);
    } else {
        bands->cbm = fmin(bands->cbm, energy_ev);
    }
}

/* Where bands overlap there are no edges to speak of. Without an empty band nothing is
 * known of the gap. */
void vasp_bands_take(struct vasp_scan *scan) {
    const struct vasp_bands *bands = &scan->bands;
    struct results *results = scan->results;
    bool known = !bands->wrong && isfinite(bands->vbm) && isfinite(bands->cbm);
    bool open = known && bands->cbm > bands->vbm;
    results->gap_ev = open ? bands->cbm - bands->vbm : known ? 0 : NAN;
    results->vbm_ev = open ? bands->vbm : NAN;
    results->cbm_ev = open ? bands->cbm : NAN;
}

static long tables_wanted(const struct vasp_settings *settings) {
    long spins = settings->ispin == 2 ? 2 : 1;
    bool known = settings->nkpts > 0 && settings->nkpts < LONG_MAX / 2;
    return known ? settings->nkpts * spins : 0;
}

static void end_table(struct vasp_scan *scan) {
    struct vasp_bands *bands = &scan->bands;
    const struct vasp_settings *settings = &scan->settings;
    bands->wrong |= settings->nbands != VASP_UNSET && bands->rows != settings->nbands;
    bands->tables++;
    if (bands->tables == tables_wanted(settings)) {
        vasp_bands_take(scan);
    }
}

/* "      1      -6.5288      2.00000" */
static int band_row(struct vasp_scan *scan, const char *text) {
    struct vasp_bands *bands = &scan->bands;
    double numbers[3];
    if (!isdigit((unsigned char)*text)) {
        end_table(scan);
        return VASP_DECLINED;
    }
    bands->rows++;
    if (fortran_reals(&text, numbers, 3)) {
        const struct vasp_settings *settings = &scan->settings;
        double electrons = settings->ispin == 2 || settings->spinors ? 1 : 2;
        vasp_bands_add(bands, numbers[1], numbers[2] / electrons);
    } else {
        bands->wrong = true;
    }
    return 0;
}

static int take_band_table(struct vasp_scan *scan, const char *rest) {
    if (strstr(rest, "occupation")) {
        scan->bands.rows = 0;
        scan->section = band_row;
    }
    return 0;
}

/* The bands of this Fermi energy follow. */
static int take_fermi(struct vasp_scan *scan, const char *rest) {
    double fermi;
    rest += strspn(rest, " :");
    scan->results->fermi_ev = fortran_real(&rest, &fermi) ? fermi : NAN;
    vasp_bands_begin(&scan->bands);
    return 0;
}

/* ---- modes ---- */

int vasp_modes_row(struct vasp_scan *scan, const char *text) {
    long index;
    double cm1;
    const char *unit = strstr(text, "cm-1");
    const char *number = unit ? memrchr(text, 'z', (size_t)(unit - text)) : NULL;
    bool imaginary = strstr(text, "f/i") != NULL;
    if (!number || !fortran_int(&text, &index)) {
        return 0;
    }
    number++;
    if (!fortran_real(&number, &cm1)) {
        return 0;
    }
    if (index == 1) {
        results_drop_frequencies(scan->results);
    }
    return results_add_frequency(scan->results, imaginary ? -cm1 : cm1);
}

/* ---- beginning and end ---- */

int vasp_take_version(struct vasp_scan *scan, const char *version) {
    if (scan->end.banner) {
        vasp_begin_run(scan);
    }
    scan->end.banner = true;
    version += strspn(version, " ");
    size_t n = strcspn(version, " ");
    return n > 0 ? results_set_text(&scan->results->version, version, n) : 0;
}

/* "vasp.5.4.4.18Apr17-6-g9f103f2a35 (build …) complex" */
static int take_banner(struct vasp_scan *scan, const char *rest) {
    return isdigit((unsigned char)*rest) ? vasp_take_version(scan, rest)
                                         : VASP_DECLINED;
}

static int take_outcar(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->kind = VASP_OUTCAR;
    return 0;
}

static double seconds(const char *rest) {
    double value;
    rest += strspn(rest, " :");
    return fortran_real(&rest, &value) ? value : NAN;
}

static int take_cpu(struct vasp_scan *scan, const char *rest) {
    scan->results->cpu_seconds = seconds(rest);
    return 0;
}

static int take_wall(struct vasp_scan *scan, const char *rest) {
    scan->results->wall_seconds = seconds(rest);
    return 0;
}

/* "POSCAR found :  4 types and      79 ions" */
static int take_poscar(struct vasp_scan *scan, const char *rest) {
    const char *at = strstr(rest, "types and");
    long natoms;
    at = at ? at + strlen("types and") : "";
    if (fortran_int(&at, &natoms) && natoms > 0) {
        scan->results->natoms = natoms;
    }
    return 0;
}

const struct vasp_rule vasp_result_rules[] = {
    {"E-fermi :", take_fermi},
    {"band No.", take_band_table},
    {"vasp.", take_banner},
    {"executed on", take_outcar},
    {"Startparameter for this run", take_outcar},
    {"Total CPU time used (sec)", take_cpu},
    {"Elapsed time (sec)", take_wall},
    {"POSCAR found :", take_poscar},
    {NULL, NULL},
};

static int take_end(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->kind = VASP_OUTCAR;
    scan->end.finished = true;
    return 0;
}

/* The last that is said on stdout; an OUTCAR says it before its end. */
static int take_writing(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->end.finished |= scan->kind == VASP_TEXT;
    return 0;
}

static int take_reached(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->end.geometry_reached = true;
    return 0;
}

static int take_stop(struct vasp_scan *scan, const char *message) {
    scan->end.stopped = true;
    return results_add_problem(scan->results, "killed", message, scan->line,
                               "The file STOPCAR asked for it: remove STOPCAR, copy "
                               "CONTCAR to POSCAR and start again.");
}

static int take_soft_stop(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    return take_stop(scan, "soft stop encountered!  aborting job ...");
}

static int take_hard_stop(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    return take_stop(scan, "hard stop encountered!  aborting job ...");
}

/* These are safe in a line that is cut, too. */
const struct vasp_rule vasp_stdout_rules[] = {
    {"General timing and accounting informations for this job:", take_end},
    {"writing wavefunctions", take_writing},
    {"reached required accuracy", take_reached},
    {"soft stop encountered!", take_soft_stop},
    {"hard stop encountered!", take_hard_stop},
    {NULL, NULL},
};
