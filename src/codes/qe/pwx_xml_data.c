/* What stands in a data-file-schema.xml (QE's schema "qes", of pw.x 6 and 7): Hartree
 * and bohr throughout. Optimisations and dynamics list a <step> for every geometry; the
 * <output> tells the last of them again, or, after a variable cell, one more SCF.
 * Energies of single cycles are not there. */
#include "codes/qe/pwx_xml.h"

#include "base/fortran.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum element {
    ELEMENT_OTHER,
    CREATOR,
    INPUT,
    CALCULATION,
    CONV_THR,
    MAX_NSTEP,
    PRESS_CONV_THR,
    HYBRID,
    STEP,
    OUTPUT,
    SCF_CONV,
    OPT_CONV,
    ACHIEVED,
    N_SCF,
    SCF_ERROR,
    STRUCTURE,
    ATOM,
    CELL,
    VECTOR,
    ETOT,
    FORCES,
    STRESS,
    MAGNETIZATION,
    LSDA,
    NONCOLIN,
    TOTAL,
    TOTAL_VEC,
    BANDS,
    NBND_UP,
    FERMI,
    HIGHEST,
    LOWEST,
    LEVELS,
    EIGENVALUES,
    OCCUPATIONS,
    EXIT_STATUS,
    TIMING,
    CPU,
    WALL,
    ROOT,
    PASSED_OVER,
};

static const struct {
    const char *tag;
    enum element element;
    enum xml_wish wish;
} elements[] = {
    {"creator", CREATOR, XML_NOTHING},
    {"input", INPUT, XML_NOTHING},
    {"calculation", CALCULATION, XML_WORDS},
    {"conv_thr", CONV_THR, XML_WORDS},
    {"max_nstep", MAX_NSTEP, XML_WORDS},
    {"press_conv_thr", PRESS_CONV_THR, XML_WORDS},
    {"hybrid", HYBRID, XML_NOTHING},
    {"step", STEP, XML_NOTHING},
    {"output", OUTPUT, XML_NOTHING},
    {"scf_conv", SCF_CONV, XML_NOTHING},
    {"opt_conv", OPT_CONV, XML_NOTHING},
    {"convergence_achieved", ACHIEVED, XML_WORDS},
    {"n_scf_steps", N_SCF, XML_WORDS},
    {"scf_error", SCF_ERROR, XML_WORDS},
    {"atomic_structure", STRUCTURE, XML_NOTHING},
    {"atom", ATOM, XML_WORDS},
    {"cell", CELL, XML_NOTHING},
    {"a1", VECTOR, XML_WORDS},
    {"a2", VECTOR, XML_WORDS},
    {"a3", VECTOR, XML_WORDS},
    {"etot", ETOT, XML_WORDS},
    {"forces", FORCES, XML_NUMBERS},
    {"stress", STRESS, XML_NUMBERS},
    {"magnetization", MAGNETIZATION, XML_NOTHING},
    {"lsda", LSDA, XML_WORDS},
    {"noncolin", NONCOLIN, XML_WORDS},
    {"total", TOTAL, XML_WORDS},
    {"total_vec", TOTAL_VEC, XML_WORDS},
    {"band_structure", BANDS, XML_NOTHING},
    {"nbnd_up", NBND_UP, XML_WORDS},
    {"fermi_energy", FERMI, XML_WORDS},
    {"highestOccupiedLevel", HIGHEST, XML_WORDS},
    {"lowestUnoccupiedLevel", LOWEST, XML_WORDS},
    {"ks_energies", LEVELS, XML_NOTHING},
    {"eigenvalues", EIGENVALUES, XML_NUMBERS},
    {"occupations", OCCUPATIONS, XML_NUMBERS},
    {"status", EXIT_STATUS, XML_WORDS},
    {"exit_status", EXIT_STATUS, XML_WORDS},
    {"timing_info", TIMING, XML_NOTHING},
    {"cpu", CPU, XML_WORDS},
    {"wall", WALL, XML_WORDS},
    {"qes:espresso", ROOT, XML_NOTHING},
    {"espresso", ROOT, XML_NOTHING},
    {"symmetries", PASSED_OVER, XML_ASIDE},
    {"FCP", PASSED_OVER, XML_ASIDE},
};

int pwx_xml_element(const char *tag, const char **attributes) {
    (void)attributes;
    for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
        if (strcmp(elements[i].tag, tag) == 0) {
            return elements[i].element;
        }
    }
    return ELEMENT_OTHER;
}

enum xml_wish pwx_xml_wish(int element) {
    for (size_t i = 0; element && i < sizeof(elements) / sizeof(*elements); i++) {
        if ((int)elements[i].element == element) {
            return elements[i].wish;
        }
    }
    return XML_NOTHING;
}

static struct pwx_xml_block no_block(void) {
    return (struct pwx_xml_block){.converged = TRUTH_UNKNOWN, .energy = NAN};
}

void pwx_xml_data_init(struct pwx_xml_data *data) {
    *data = (struct pwx_xml_data){.block = no_block()};
    pwx_xml_bands_init(&data->bands);
}

/* In the input stands what was meant. */
static bool is_result(const struct xml_path *path) {
    for (size_t back = 1; back < path->depth; back++) {
        int element = xml_above(path, back);
        if (element == STEP || element == OUTPUT) {
            return true;
        }
    }
    return false;
}

/* ---- beginnings ---- */

static void begin_structure(struct pwx_scan *scan, struct pwx_xml_data *data,
                            const char **attributes) {
    const char *nat = xml_attribute(attributes, "nat");
    long natoms;
    data->n_rows = 0;
    pwx_geometry_begin(scan, PWX_BOHR);
    if (fortran_int(&nat, &natoms) && natoms > 0) {
        scan->results->natoms = natoms;
    }
}

int pwx_xml_begin(struct pwx_scan *scan, struct pwx_xml_data *data,
                  const struct xml_path *path, const char **attributes) {
    switch (xml_above(path, 0)) {
    case CREATOR: {
        const char *version = xml_attribute(attributes, "VERSION");
        return results_set_text(&scan->results->version, version, strlen(version));
    }
    case HYBRID:
        data->hybrid = true;
        return 0;
    case STEP:
    case OUTPUT:
        data->block = no_block();
        return 0;
    case STRUCTURE:
        if (is_result(path)) {
            begin_structure(scan, data, attributes);
        }
        return 0;
    case FORCES:
        data->block.n_forces = 0;
        data->block.largest_force = 0;
        return 0;
    case STRESS:
        data->block.n_stress = 0;
        return 0;
    case EIGENVALUES:
        pwx_xml_bands_begin_point(&data->bands);
        return 0;
    default:
        return 0;
    }
}

/* ---- many numbers ---- */

static void add_force(struct pwx_xml_block *block, double value) {
    const double *row = block->row;
    block->row[block->n_forces++ % 3] = value;
    if (block->n_forces % 3 == 0) {
        double square = row[0] * row[0] + row[1] * row[1] + row[2] * row[2];
        /* Not fmax: once one is not known, the largest is not. */
        block->largest_force = isnan(square) || square > block->largest_force
                                   ? square
                                   : block->largest_force;
    }
}

void pwx_xml_number(struct pwx_xml_data *data, const struct xml_path *path,
                    double value) {
    struct pwx_xml_block *block = &data->block;
    switch (xml_above(path, 0)) {
    case FORCES:
        add_force(block, value);
        break;
    case STRESS:
        if (block->n_stress < 9) {
            block->stress[block->n_stress] = value;
        }
        block->n_stress++;
        break;
    case EIGENVALUES:
        pwx_xml_bands_level(&data->bands, value);
        break;
    case OCCUPATIONS:
        pwx_xml_bands_occupation(&data->bands, value);
        break;
    default:
        break;
    }
}

/* ---- ends ---- */

static double read_number(const char *text) {
    double value;
    return fortran_real(&text, &value) ? value : NAN;
}

static bool is_true(const char *text) {
    return strncmp(text + strspn(text, " "), "true", 4) == 0;
}

static void take_vector(struct pwx_scan *scan, struct pwx_xml_data *data,
                        const char *text) {
    if (data->n_rows == 3 || !fortran_reals(&text, data->rows[data->n_rows], 3) ||
        ++data->n_rows < 3) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            scan->results->cell.vector[i][k] = data->rows[i][k] * PWX_BOHR_ANG;
        }
    }
    scan->results->has_cell = true;
}

static int take_atom(struct pwx_scan *scan, const char *name, const char *text) {
    double at[3];
    /* A list that lacks one is not complete, and no geometry. */
    return fortran_reals(&text, at, 3) ? pwx_geometry_add(scan, name, at) : 0;
}

static bool has_scf(const struct pwx_xml_data *data) {
    return strcmp(data->calculation, "nscf") != 0 &&
           strcmp(data->calculation, "bands") != 0;
}

static int note_scf(struct pwx_scan *scan, struct pwx_xml_data *data) {
    struct pwx_xml_block *block = &data->block;
    struct results *results = scan->results;
    int r = results_begin_scf(results);
    if (r < 0) {
        return r;
    }
    struct scf_run *run = results_last_scf(results);
    bool judged = !data->hybrid && data->threshold > 0;
    bool above = judged && block->error > 1.001 * data->threshold;
    /* The first versions of the schema do not say. */
    if (block->converged == TRUTH_UNKNOWN && judged && block->n_cycles > 0) {
        block->converged = above ? TRUTH_NO : TRUTH_YES;
    }
    data->cut_short = block->converged == TRUTH_NO && !data->hybrid &&
                      block->n_cycles > 0 && block->n_cycles < data->most_cycles;
    above = above && block->converged == TRUTH_YES;
    run->counted =
        block->n_cycles > 0 && block->n_cycles < 1000000 ? (int)block->n_cycles : 0;
    run->converged = above ? TRUTH_NO : block->converged;
    scan->end.scf = true;
    if (block->converged == TRUTH_YES && !isnan(block->energy)) {
        r = results_add_cycle(results, block->energy * PWX_HARTREE_EV,
                              block->error * PWX_HARTREE_EV);
        run->ended = r == 0;
    }
    if (r < 0 || run->converged != TRUTH_NO) {
        return r;
    }
    char message[PWX_MESSAGE_SIZE];
    (void)snprintf(
        message, sizeof(message),
        "after %ld scf steps the scf_error is %.2g Ha, the threshold %.2g Ha",
        block->n_cycles, block->error, data->threshold);
    return results_add_problem(results, "scf_not_converged", message, block->line,
                               PWX_SCF_REMEDY);
}

/* One that was not computed is all zeros. */
static bool has_number(const double stress[9]) {
    for (size_t i = 0; i < 9; i++) {
        if (stress[i] != 0) {
            return true;
        }
    }
    return false;
}

static void note_forces(struct pwx_scan *scan, const struct pwx_xml_block *block) {
    static const size_t voigt[6] = {0, 4, 8, 1, 5, 6};
    const double gpa = PWX_HARTREE_EV / (PWX_BOHR_ANG * PWX_BOHR_ANG * PWX_BOHR_ANG) *
                       PWX_EV_PER_ANG3_GPA;
    struct results *results = scan->results;
    struct step *step = results_last_step(results);
    double force = block->n_forces > 0 && block->n_forces % 3 == 0
                       ? sqrt(block->largest_force) * PWX_HARTREE_EV / PWX_BOHR_ANG
                       : NAN;
    results->max_force_ev_per_ang = force;
    results->has_stress = block->n_stress == 9 && has_number(block->stress);
    results->pressure_gpa = NAN;
    if (results->has_stress) {
        for (size_t i = 0; i < 6; i++) {
            results->stress_gpa[i] = block->stress[voigt[i]] * gpa;
        }
        results->pressure_gpa =
            (results->stress_gpa[0] + results->stress_gpa[1] + results->stress_gpa[2]) /
            3;
    }
    if (step) {
        step->max_force_ev_per_ang = force;
        step->pressure_gpa = results->pressure_gpa;
    }
}

/* A geometry with all that belongs to it has been read. */
static int end_block(struct pwx_scan *scan, struct pwx_xml_data *data, bool step) {
    const struct pwx_xml_block *block = &data->block;
    struct results *results = scan->results;
    const struct step *last = results_last_step(results);
    double energy_ev = block->energy * PWX_HARTREE_EV;
    /* Other programs of the suite leave the file without an SCF of their own. */
    bool nothing =
        block->n_cycles == 0 &&
        (block->energy == 0 || (isnan(block->energy) && block->converged == TRUTH_YES));
    if (!has_scf(data) || nothing) {
        return 0;
    }
    bool again = !step && last && last->energy_ev == energy_ev;
    if (!step && !again && strcmp(data->calculation, "vc-relax") == 0) {
        scan->end.final_scf = true;
        scan->end.relaxed_gpa = results->pressure_gpa;
    }
    int r = again ? 0 : note_scf(scan, data);
    if (r < 0 || isnan(energy_ev) || block->converged == TRUTH_NO) {
        return r;
    }
    results->printed_energy = block->energy;
    results->printed_unit = "Ha";
    results->energy_ev = energy_ev;
    r = again ? 0 : results_add_step(results, energy_ev);
    /* Dynamics of the cell have put their own into both by then. */
    bool altered = again && strcmp(data->calculation, "vc-md") == 0;
    if (r == 0 && !altered) {
        note_forces(scan, block);
    }
    return r;
}

static int take_achieved(struct pwx_scan *scan, struct pwx_xml_data *data,
                         const struct xml_path *path, const char *text) {
    if (xml_above(path, 1) == SCF_CONV) {
        data->block.converged = is_true(text) ? TRUTH_YES : TRUTH_NO;
        data->block.line = scan->line;
        return 0;
    }
    scan->end.geometry_converged = is_true(text);
    data->geometry_line = scan->line;
    return 0;
}

static void take_magnetization(struct pwx_scan *scan, const struct pwx_xml_data *data,
                               const struct xml_path *path, const char *text) {
    double m[3];
    if (xml_above(path, 1) != MAGNETIZATION || !is_result(path)) {
        return;
    }
    if (xml_above(path, 0) == TOTAL_VEC && fortran_reals(&text, m, 3)) {
        scan->results->magnetization_mub =
            sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]);
    } else if (xml_above(path, 0) == TOTAL && data->lsda) {
        scan->results->magnetization_mub = read_number(text);
    }
}

static int take_exit_status(struct pwx_scan *scan, const char *text) {
    long status;
    if (fortran_int(&text, &status) && status == 255) {
        scan->end.stopped = true;
    }
    return 0;
}

static void take_time(const struct xml_path *path, double *seconds, const char *text) {
    if (xml_above(path, 1) == TOTAL && xml_above(path, 2) == TIMING) {
        *seconds = read_number(text);
    }
}

static void take_calculation(struct pwx_xml_data *data, const struct xml_path *path,
                             const char *text) {
    for (size_t back = 1; back < path->depth; back++) {
        if (xml_above(path, back) == INPUT) {
            (void)snprintf(data->calculation, sizeof(data->calculation), "%.*s",
                           (int)strcspn(text, " "), text);
        }
    }
}

/* What is one value. */
static int end_value(struct pwx_scan *scan, struct pwx_xml_data *data,
                     const struct xml_path *path, const char *text) {
    switch (xml_above(path, 0)) {
    case CALCULATION:
        take_calculation(data, path, text);
        return 0;
    case CONV_THR:
        data->threshold = read_number(text);
        return 0;
    case MAX_NSTEP:
        (void)fortran_int(&text, &data->most_cycles);
        return 0;
    case PRESS_CONV_THR:
        scan->end.threshold_gpa = read_number(text) / PWX_KBAR_PER_GPA;
        return 0;
    case ACHIEVED:
        return take_achieved(scan, data, path, text);
    case N_SCF:
        (void)fortran_int(&text, &data->block.n_cycles);
        return 0;
    case SCF_ERROR:
        data->block.error = read_number(text);
        return 0;
    case ETOT:
        data->block.energy = read_number(text);
        return 0;
    case LSDA:
        data->lsda = is_true(text);
        return 0;
    case TOTAL:
    case TOTAL_VEC:
        take_magnetization(scan, data, path, text);
        return 0;
    case NBND_UP:
        (void)fortran_int(&text, &data->bands.n_up);
        return 0;
    case FERMI:
        data->bands.fermi = read_number(text);
        return 0;
    case HIGHEST:
        pwx_xml_bands_highest(scan, &data->bands, read_number(text));
        return 0;
    case LOWEST:
        pwx_xml_bands_lowest(scan, read_number(text));
        return 0;
    case EXIT_STATUS:
        return take_exit_status(scan, text);
    case CPU:
        take_time(path, &scan->results->cpu_seconds, text);
        return 0;
    case WALL:
        take_time(path, &scan->results->wall_seconds, text);
        return 0;
    default:
        return 0;
    }
}

int pwx_xml_end(struct pwx_scan *scan, struct pwx_xml_data *data,
                const struct xml_path *path, const char *name, const char *text) {
    switch (xml_above(path, 0)) {
    case ATOM:
        return is_result(path) ? take_atom(scan, name, text) : 0;
    case VECTOR:
        if (is_result(path)) {
            take_vector(scan, data, text);
        }
        return 0;
    case STRUCTURE:
        if (is_result(path)) {
            pwx_geometry_end(scan);
        }
        return 0;
    case STEP:
        data->block.error /= 2; /* pw.x leaves it in Ry there */
        return end_block(scan, data, true);
    case OUTPUT:
        return end_block(scan, data, false);
    case LEVELS:
        pwx_xml_bands_end_point(&data->bands);
        return 0;
    case BANDS:
        pwx_xml_bands_end(scan, &data->bands);
        return 0;
    case ROOT:
        scan->end.done = true;
        return 0;
    default:
        return end_value(scan, data, path, text);
    }
}

/* ---- the judgement ---- */

/* With what it had begun nothing is wrong. */
static int note_stop(struct pwx_scan *scan, const struct pwx_xml_data *data) {
    struct scf_run *last = results_last_scf(scan->results);
    char message[96] = "exit_status 255: stopped before its end";
    if (!scan->end.stopped) {
        (void)snprintf(message, sizeof message,
                       "the scf was stopped after %ld of at most %ld steps",
                       data->block.n_cycles, data->most_cycles);
    }
    scan->end.stopped = true;
    results_drop_problems(scan->results);
    if (last && last->converged == TRUTH_NO) {
        last->converged = TRUTH_UNKNOWN;
    }
    return results_add_problem(
        scan->results, "out_of_time", message, scan->line,
        "By max_seconds in &control, or by a file prefix.EXIT: raise the one or remove "
        "the other, and go on with restart_mode = 'restart'.");
}

/* With the status of a run that was stopped the file is written after each step that is
 * not the last; a run that is stopped stops within an SCF. */
static bool stands_between_steps(const struct pwx_scan *scan) {
    const struct scf_run *last = results_last_scf(scan->results);
    return scan->end.motion != PWX_STILL && last && last->converged == TRUTH_YES;
}

/* Without forces that count no optimiser gets further. */
static int note_geometry(struct pwx_scan *scan, const struct pwx_xml_data *data) {
    const struct scf_run *last = results_last_scf(scan->results);
    if (data->geometry_line == 0 || scan->end.geometry_converged) {
        return 0;
    }
    scan->end.geometry_failed = true;
    if (last && last->converged == TRUTH_NO) {
        return 0;
    }
    return results_add_problem(scan->results, "geometry_not_converged",
                               "opt_conv: convergence_achieved is false",
                               data->geometry_line,
                               "Raise nstep in &control and continue from the last "
                               "geometry, which the file holds.");
}

int pwx_xml_judge(struct pwx_scan *scan, const struct pwx_xml_data *data) {
    static const struct {
        const char *keyword;
        enum pwx_motion motion;
        const char *name;
    } kinds[] = {
        {"scf", PWX_STILL, "scf"},
        {"nscf", PWX_STILL, "nscf"},
        {"bands", PWX_STILL, "bands"},
        {"relax", PWX_RELAXING, "geometry_optimization"},
        {"vc-relax", PWX_RELAXING, "geometry_optimization"},
        {"md", PWX_MOVING, "molecular_dynamics"},
        {"vc-md", PWX_MOVING, "molecular_dynamics"},
    };
    const char *name = NULL;
    scan->end.bands = !has_scf(data);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i].keyword, data->calculation) == 0) {
            scan->end.motion = kinds[i].motion;
            name = kinds[i].name;
        }
    }
    if (scan->end.stopped && stands_between_steps(scan)) {
        scan->end.between_steps = true;
        scan->end.stopped = false;
        scan->end.done = false;
    }
    int r = scan->end.stopped || data->cut_short ? note_stop(scan, data)
            : scan->end.between_steps            ? 0
                                                 : note_geometry(scan, data);
    r = r < 0 ? r : pwx_end_judge(scan);
    scan->results->calculation = name;
    return r;
}
