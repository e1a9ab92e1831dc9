/* The electrons in CRYSTAL's output: SCF cycles and their convergence, total energies,
 * levels and spin.
 *
 * An SCF run begins with cycle 0 and ends with the word about its convergence, which
 * tells the number of the last cycle. Its energy leaves out what is added to it
 * afterwards (dispersion, the entropy of smearing); an optimiser tells the sum, so
 * within an optimisation the optimiser's word counts. Without ONELOG an optimisation
 * prints the levels of its first geometry only, and the gap or the Fermi energy of its
 * last one at its end. */
#include "codes/crystal/crystal_scan.h"

#include "base/fortran.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A gap as printed is this near to the one that it was rounded from, eV. */
#define PRINTED_GAP 1.5e-4

/* ---- levels ---- */

static struct crystal_levels no_levels(void) {
    return (struct crystal_levels){
        .fermi = NAN, .top = NAN, .bottom = NAN, .gap_ev = NAN};
}

void crystal_scf_forget_levels(struct crystal_scan *scan) {
    struct crystal_scf *scf = &scan->scf;
    scf->spin = 0;
    scf->two_spins = false;
    scf->levels[0] = no_levels();
    scf->levels[1] = no_levels();
    scf->alpha_gap = NAN;
}

/* Where a state is locked, CRYSTAL prints edges of -1 and 1, or the first alone. */
static bool are_placeholders(const struct crystal_levels *levels) {
    return levels->top == -1 && (levels->bottom == 1 || isnan(levels->bottom));
}

static bool insulates(const struct crystal_levels *levels) {
    return !levels->conducting && !are_placeholders(levels);
}

/* From a gap that it prints CRYSTAL has taken a level shifter out, from the edges not;
 * which of them it has moved is not told. */
static bool has_gap(const struct crystal_levels *levels) {
    return insulates(levels) && !isnan(levels->top + levels->bottom) &&
           (levels->shift == 0 || !isnan(levels->gap_ev));
}

/* One of two numbers, none where one of them is not known. */
static double both(double chosen, double a, double b) {
    return isnan(a + b) ? NAN : chosen;
}

/* The gap between the spins may be smaller than that of either, which is what CRYSTAL
 * prints; where it is the same, the printed digits count. */
static double gap_ev(const struct crystal_scf *scf, double top, double bottom) {
    double gap = (bottom - top) * CRYSTAL_HARTREE_EV;
    for (size_t i = 0; i < (scf->two_spins ? 2 : 1); i++) {
        if (fabs(scf->levels[i].gap_ev - gap) < PRINTED_GAP) {
            return scf->levels[i].gap_ev;
        }
    }
    return fmax(gap, 0);
}

static void show_levels(struct crystal_scan *scan) {
    const struct crystal_scf *scf = &scan->scf;
    struct results *results = scan->results;
    const struct crystal_levels *a = &scf->levels[0];
    const struct crystal_levels *b = &scf->levels[scf->two_spins ? 1 : 0];
    double fermi = a->conducting ? a->fermi : b->fermi;
    double top = both(fmax(a->top, b->top), a->top, b->top);
    double bottom = both(fmin(a->bottom, b->bottom), a->bottom, b->bottom);
    bool edges = insulates(a) && insulates(b) && a->shift == 0 && b->shift == 0;
    bool gap = has_gap(a) && has_gap(b) && a->shift == b->shift;
    results->fermi_ev = fermi * CRYSTAL_HARTREE_EV;
    results->vbm_ev = edges ? top * CRYSTAL_HARTREE_EV : NAN;
    results->cbm_ev = edges ? bottom * CRYSTAL_HARTREE_EV : NAN;
    results->gap_ev = gap ? gap_ev(scf, top, bottom - a->shift) : NAN;
}

static int take_alpha(struct crystal_scan *scan, const char *rest) {
    if (!crystal_behind(rest + strspn(rest, " "), "ELECTRONS")) {
        return CRYSTAL_DECLINED;
    }
    scan->scf.spin = 0;
    return 0;
}

static int take_beta(struct crystal_scan *scan, const char *rest) {
    if (!crystal_behind(rest + strspn(rest, " "), "ELECTRONS")) {
        return CRYSTAL_DECLINED;
    }
    scan->scf.spin = 1;
    scan->scf.two_spins = true;
    scan->scf.levels[1] = no_levels();
    return 0;
}

/* A state is announced: what was known of this spin is of the cycle before. */
static struct crystal_levels *begin_state(struct crystal_scan *scan) {
    struct crystal_scf *scf = &scan->scf;
    struct crystal_levels *levels = &scf->levels[scf->spin];
    if (scf->spin == 0) {
        crystal_scf_forget_levels(scan);
    }
    *levels = no_levels();
    scf->stale = false;
    scf->in_summary = false;
    return levels;
}

/* "EFERMI(AU) -1.0301147E-01 (RES. CHARGE  4.46E-13;IT. 12)" */
static int take_conducting(struct crystal_scan *scan, const char *rest) {
    struct crystal_levels *levels = begin_state(scan);
    const char *word = strstr(rest, "EFERMI(AU)");
    const char *at = word ? word + strlen("EFERMI(AU)") : "";
    levels->conducting = true;
    (void)fortran_real(&at, &levels->fermi);
    show_levels(scan);
    return 0;
}

/* Versions before 09 tell one edge, on the line itself, and not that it is shifted:
 * "INSULATING STATE - TOP OF VALENCE BANDS (A.U.) -3.6754430E-01". */
static int take_insulating(struct crystal_scan *scan, const char *rest) {
    struct crystal_levels *levels = begin_state(scan);
    const char *word = strstr(rest, "LEVEL SHIFTER");
    const char *at = word ? word + strlen("LEVEL SHIFTER") : "";
    if (word && !fortran_real(&at, &levels->shift)) {
        levels->shift = NAN;
    }
    word = strstr(rest, "TOP OF VALENCE BANDS (A.U.)");
    at = word ? word + strlen("TOP OF VALENCE BANDS (A.U.)") : "";
    if (word && fortran_real(&at, &levels->top)) {
        levels->shift = scan->scf.shift;
    }
    show_levels(scan);
    return 0;
}

/* "EIGENVALUE LEVEL SHIFTING OF  0.400 HARTREE" */
static int take_shift(struct crystal_scan *scan, const char *rest) {
    (void)fortran_real(&rest, &scan->scf.shift);
    return 0;
}

/* "BAND     10; K   12; EIG -2.0823120E-01 AU" */
static bool read_level(const char *rest, double *hartree) {
    const char *word = strstr(rest, "EIG");
    const char *at = word ? word + 3 : "";
    return fortran_real(&at, hartree);
}

/* Where the gap is indirect, the top at the place of the other edge comes as well. */
static int take_top(struct crystal_scan *scan, const char *rest) {
    struct crystal_levels *levels = &scan->scf.levels[scan->scf.spin];
    double level;
    if (read_level(rest, &level) && !(level <= levels->top)) {
        levels->top = level;
    }
    show_levels(scan);
    return 0;
}

static int take_bottom(struct crystal_scan *scan, const char *rest) {
    struct crystal_levels *levels = &scan->scf.levels[scan->scf.spin];
    double level;
    if (read_level(rest, &level) && !(level >= levels->bottom)) {
        levels->bottom = level;
    }
    show_levels(scan);
    return 0;
}

static int take_gap(struct crystal_scan *scan, const char *rest) {
    (void)fortran_real(&rest, &scan->scf.levels[scan->scf.spin].gap_ev);
    show_levels(scan);
    return 0;
}

/* What stands behind an optimisation is about its last geometry; the edges are those of
 * the last SCF that was printed. */
static void begin_summary(struct crystal_scan *scan) {
    if (!scan->scf.in_summary && scan->scf.stale) {
        scan->results->vbm_ev = NAN;
        scan->results->cbm_ev = NAN;
    }
    if (!scan->scf.in_summary) {
        scan->results->fermi_ev = NAN;
    }
    scan->scf.in_summary = true;
}

static int take_final_gap(struct crystal_scan *scan, const char *rest) {
    double gap;
    if (!fortran_real(&rest, &gap)) {
        return 0;
    }
    begin_summary(scan);
    if (scan->scf.stale || !scan->scf.two_spins) {
        scan->results->gap_ev = gap;
    }
    return 0;
}

static int take_final_alpha_gap(struct crystal_scan *scan, const char *rest) {
    scan->scf.alpha_gap = NAN;
    (void)fortran_real(&rest, &scan->scf.alpha_gap);
    return 0;
}

/* Spins that have the same gap mirror each other. Where they differ, the gap between
 * them, which may be smaller than both, is not told. */
static int take_final_beta_gap(struct crystal_scan *scan, const char *rest) {
    double gap;
    if (!fortran_real(&rest, &gap) || isnan(scan->scf.alpha_gap)) {
        return 0;
    }
    begin_summary(scan);
    if (scan->scf.stale) {
        bool same = fabs(gap - scan->scf.alpha_gap) < PRINTED_GAP;
        scan->results->gap_ev = same ? gap : NAN;
    }
    return 0;
}

/* "FERMI ENERGY:                 -1.1373763E-01 Ha", and in the properties program
 * "FERMI ENERGY AND DENSITY MATRIX", which is none. */
static int take_final_fermi(struct crystal_scan *scan, const char *rest) {
    double fermi;
    if (!fortran_real(&rest, &fermi)) {
        return 0;
    }
    begin_summary(scan);
    scan->results->fermi_ev = fermi * CRYSTAL_HARTREE_EV;
    if (scan->scf.stale) {
        scan->results->gap_ev = NAN;
    }
    return 0;
}

/* The properties program: "ENERGY RANGE (A.U.)   -6.8 - 118.0 EFERMI  -0.16446". */
static int take_energy_range(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "EFERMI");
    const char *at = word ? word + strlen("EFERMI") : "";
    double fermi;
    if (!crystal_is_afterthought(scan) && fortran_real(&at, &fermi)) {
        scan->results->fermi_ev = fermi * CRYSTAL_HARTREE_EV;
    }
    return 0;
}

/* The properties program, of the run that it analyses:
 * "N. OF SCF CYCLES               13  FERMI ENERGY              -0.164E+00". It stands
 * until a later line has more digits; -1 is what CRYSTAL begins with. */
static int take_parent(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "FERMI ENERGY");
    const char *at = word ? word + strlen("FERMI ENERGY") : "";
    double fermi;
    if (scan->end.properties && !scan->end.scf && isnan(scan->results->fermi_ev) &&
        !crystal_is_afterthought(scan) && fortran_real(&at, &fermi) && fermi != -1.0) {
        scan->results->fermi_ev = fermi * CRYSTAL_HARTREE_EV;
    }
    return 0;
}

static int take_spin(struct crystal_scan *scan, const char *rest) {
    double spin;
    if (fortran_real(&rest, &spin)) {
        scan->results->magnetization_mub = spin;
    }
    return 0;
}

/* With two components the magnetisation is a vector, a line for each part of it:
 * "TOTAL X-COMP MAGNETIZATION    0.00000001"; its length is told, as for other codes.
 */
static int take_component(struct crystal_scan *scan, const char *rest) {
    static const char words[] = "-COMP MAGNETIZATION";
    double *parts = scan->scf.moment;
    const char *at = crystal_behind(rest + (*rest != '\0'), words);
    if (!at || *rest < 'X' || *rest > 'Z') {
        return CRYSTAL_DECLINED;
    }
    double *part = &parts[*rest - 'X'];
    *part = NAN;
    (void)fortran_real(&at, part);
    if (*rest == 'Z') {
        scan->results->magnetization_mub =
            sqrt(parts[0] * parts[0] + parts[1] * parts[1] + parts[2] * parts[2]);
    }
    return 0;
}

/* ---- cycles ---- */

/* "CYC   7 ETOT(AU) -2.712181437493E+02 DETOT -4.92E-09 tst  3.48E-10 PX  3.62E-04" */
static int take_cycle(struct crystal_scan *scan, const char *rest) {
    struct crystal_scf *scf = &scan->scf;
    const char *word = strstr(rest, "ETOT(AU)");
    if (!word) {
        return CRYSTAL_DECLINED;
    }
    long number = scf->last_cycle + 1; /* where it is printed as "***" */
    (void)fortran_int(&rest, &number);
    double energy = NAN;
    const char *at = word + strlen("ETOT(AU)");
    (void)fortran_real(&at, &energy);
    if (!scf->open || number <= scf->last_cycle) {
        crystal_begin_computing(scan);
        int r = results_begin_scf(scan->results);
        if (r < 0) {
            return r;
        }
        crystal_scf_forget_levels(scan);
        scf->open = true;
        scan->results->scf_cycles_after = 1; /* which prints the analyses */
        scan->end.scf = true;
        crystal_name_calculation(scan);
    }
    scf->last_cycle = number;
    struct scf_run *run = results_last_scf(scan->results);
    run->counted = number >= 0 && number < 1000000 ? (int)number : run->counted;
    int r = results_add_cycle(scan->results, energy * CRYSTAL_HARTREE_EV, NAN);
    if (r == 0) {
        results_last_cycle(scan->results)->at_seconds = scan->results->wall_seconds;
    }
    return r;
}

/* "MAX NUMBER OF SCF CYCLES      50  CONVERGENCE ON DELTAP        10**-17" */
static int take_limit(struct crystal_scan *scan, const char *rest) {
    long cycles;
    if (fortran_int(&rest, &cycles) && cycles > 0) {
        scan->results->scf_cycle_limit = cycles;
    }
    return 0;
}

/* "WEIGHT OF F(I) IN F(I+1)      30% CONVERGENCE ON ENERGY        10**- 7" */
static int take_threshold(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "CONVERGENCE ON ENERGY");
    const char *power = word ? strstr(word, "10**-") : NULL;
    const char *at = power ? power + strlen("10**-") : "";
    long digits;
    if (fortran_int(&at, &digits) && digits > 0 && digits < 100) {
        scan->results->scf_threshold_ev = pow(10, -(double)digits) * CRYSTAL_HARTREE_EV;
    }
    return 0;
}

void crystal_note_energy(struct crystal_scan *scan, double hartree) {
    scan->results->printed_energy = hartree;
    scan->results->printed_unit = "Ha";
    scan->results->energy_ev = hartree * CRYSTAL_HARTREE_EV;
}

void crystal_correct_energy(struct crystal_scan *scan) {
    struct results *results = scan->results;
    if (!isnan(results->energy_with_corrections_ev)) {
        results->energy_with_corrections_ev = results->energy_ev;
    }
}

static int note_unconverged(struct crystal_scan *scan, const char *rest) {
    char message[160];
    (void)snprintf(message, sizeof(message), "== SCF ENDED - %.120s", rest);
    return results_add_problem(
        scan->results, "scf_not_converged", message, scan->line,
        "Suggestions: raise MAXCYCLE, mix more of the old matrix (FMIXING 50 or more), "
        "add LEVSHIFT, give metals SMEAR and a denser SHRINK, and start from the last "
        "wave function with GUESSP (fort.9 copied to fort.20).");
}

/* Behind the last place where a line says `words`; "" when it does not. */
static const char *behind_last(const char *line, const char *words) {
    const char *behind = "";
    for (const char *at = strstr(line, words); at; at = strstr(at, words)) {
        at += strlen(words);
        behind = at;
    }
    return behind;
}

static int end_scf(struct crystal_scan *scan) {
    int r = scan->scf.open ? 0 : results_begin_scf(scan->results);
    scan->scf.open = false;
    scan->scf.last_cycle = 0;
    scan->end.scf = true;
    crystal_name_calculation(scan);
    return r;
}

/* "CONVERGENCE ON ENERGY      E(AU) -2.7121814374931E+02 CYCLES   7",
 * "TOO MANY CYCLES            E(AU) -3.1282821683361E+03 CYCLES  10" */
static int take_scf_ended(struct crystal_scan *scan, const char *rest) {
    struct results *results = scan->results;
    crystal_begin_computing(scan);
    int r = end_scf(scan);
    if (r < 0) {
        return r;
    }
    bool converged = crystal_behind(rest, "CONVERGENCE") != NULL;
    struct scf_run *run = results_last_scf(results);
    run->converged = converged ? TRUTH_YES : TRUTH_NO;
    run->over = true;
    long cycles;
    const char *at = behind_last(rest, "CYCLES ");
    if (fortran_int(&at, &cycles) && cycles >= 0 && cycles < 1000000) {
        run->counted = (int)cycles;
    }
    double hartree;
    at = behind_last(rest, "E(AU)");
    if (fortran_real(&at, &hartree)) {
        r = results_add_cycle(results, hartree * CRYSTAL_HARTREE_EV, NAN);
        if (r < 0) {
            return r;
        }
        run->ended = true;
        results->energy_with_corrections_ev = NAN; /* those of the SCF before */
        crystal_note_energy(scan, hartree);
        r = scan->motion.open ? 0 : results_add_step(results, results->energy_ev);
    }
    return r < 0 || converged ? r : note_unconverged(scan, rest);
}

/* ---- energies ---- */

/* "DFT)(AU)(  6) -1.9033838347833E+02     DE (AU)   -6.814E-05": of the geometry at
 * hand, first as its SCF ends, then, with the change, as the optimiser counts it. */
static int take_total_energy(struct crystal_scan *scan, const char *rest) {
    const char *count = strstr(rest, ")(AU)(");
    const char *close = count ? strchr(count + strlen(")(AU)("), ')') : NULL;
    const char *at = close ? close + 1 : "";
    double hartree;
    if (!fortran_real(&at, &hartree) || !scan->motion.open) {
        return 0;
    }
    crystal_note_energy(scan, hartree);
    if (strstr(at, "DE (AU)")) {
        crystal_correct_energy(scan);
        scan->results->free_energy_ev = NAN; /* that of a geometry before */
    }
    struct step *step = results_last_step(scan->results);
    if (scan->motion.has_step && step) {
        step->energy_ev = scan->results->energy_ev;
        return 0;
    }
    scan->motion.has_step = true;
    /* Those of a geometry before; without ONELOG only the first one's are printed. */
    scan->results->pressure_gpa = NAN;
    scan->results->has_stress = false;
    return results_add_step(scan->results, scan->results->energy_ev);
}

/* "DISP (AU)        -1.9033831533508E+02", "DISP + GCP (AU)  …" */
static int take_corrected(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "(AU)");
    const char *at = word ? word + strlen("(AU)") : "";
    double hartree;
    if (fortran_real(&at, &hartree)) {
        scan->results->energy_with_corrections_ev = hartree * CRYSTAL_HARTREE_EV;
    }
    return 0;
}

/* Of electrons at a finite temperature: "(F)   -1.263620424773E+03". */
static int take_free_energy(struct crystal_scan *scan, const char *rest) {
    double hartree;
    if (fortran_real(&rest, &hartree)) {
        scan->results->free_energy_ev = hartree * CRYSTAL_HARTREE_EV;
    }
    return 0;
}

/* A run of frequencies that goes on from stored data has no SCF of its own:
 * "CENTRAL POINT             -2.746641918888E+02     7     0.0000E+00    48", where 0
 * is none that was stored. */
static int take_central_point(struct crystal_scan *scan, const char *rest) {
    double hartree;
    if (scan->end.scf || !fortran_real(&rest, &hartree) || hartree == 0) {
        return 0;
    }
    crystal_note_energy(scan, hartree);
    return results_add_step(scan->results, scan->results->energy_ev);
}

const struct crystal_rule crystal_scf_rules[] = {
    {"CYC ", take_cycle},
    {"== SCF ENDED - ", take_scf_ended},
    {"MAX NUMBER OF SCF CYCLES ", take_limit},
    {"WEIGHT OF F(I) IN F(I+1) ", take_threshold},
    {"TOTAL ENERGY(", take_total_energy},
    {"TOTAL ENERGY + ", take_corrected},
    {"FREE ENERGY      (F)", take_free_energy},
    {"CENTRAL POINT ", take_central_point},
    {"ALPHA BAND GAP:", take_final_alpha_gap},
    {"ALPHA ", take_alpha},
    {"BETA BAND GAP:", take_final_beta_gap},
    {"BETA ", take_beta},
    {"BAND GAP:", take_final_gap},
    {"FERMI ENERGY:", take_final_fermi},
    {"POSSIBLY CONDUCTING STATE", take_conducting},
    {"INSULATING STATE", take_insulating},
    {"EIGENVALUE LEVEL SHIFTING OF", take_shift},
    {"TOP OF VALENCE BANDS", take_top},
    {"BOTTOM OF VIRTUAL BANDS", take_bottom},
    {"DIRECT ENERGY BAND GAP:", take_gap},
    {"INDIRECT ENERGY BAND GAP:", take_gap},
    {"SUMMED SPIN DENSITY", take_spin},
    {"SPIN POLARIZED SYSTEM: SUMMED SPIN DENSITY", take_spin},
    {"TOTAL ", take_component},
    {"ENERGY RANGE (A.U.)", take_energy_range},
    {"N. OF SCF CYCLES ", take_parent},
    {NULL, NULL},
};
