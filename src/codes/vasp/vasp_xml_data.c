/* What stands in a vasprun.xml. A step's energy to sigma→0 is that of its last cycle,
 * moved by what the step adds to it: versions before 6 write something else under that
 * name in the step itself. The cycles of a linear response stand among those of the SCF
 * run that it follows; the first is behind the cycle that lists all terms again. */
#include "codes/vasp/vasp_xml.h"

#include "base/fortran.h"
#include "structure/element.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- elements ---- */

static const struct {
    const char *tag, *name; /* the attribute, NULL for any */
    enum vasp_element element;
} elements[] = {
    {"v", "eigenvalues", VASP_MODES},
    {"v", NULL, VASP_V},
    {"r", NULL, VASP_R},
    {"i", NULL, VASP_I},
    {"c", NULL, VASP_C},
    {"rc", NULL, VASP_RC},
    {"set", NULL, VASP_SET},
    {"scstep", NULL, VASP_SCSTEP},
    {"energy", NULL, VASP_ENERGY},
    {"varray", "basis", VASP_BASIS},
    {"varray", "positions", VASP_POSITIONS},
    {"varray", "forces", VASP_FORCES},
    {"varray", "stress", VASP_STRESS},
    {"varray", NULL, VASP_ELEMENT_OTHER},
    {"structure", "primitive_cell", VASP_ASIDE},
    {"structure", NULL, VASP_STRUCTURE},
    {"calculation", NULL, VASP_CALCULATION},
    {"eigenvalues", NULL, VASP_EIGENVALUES},
    {"dos", NULL, VASP_DOS},
    {"dynmat", NULL, VASP_DYNMAT},
    {"total", NULL, VASP_ASIDE},
    {"partial", NULL, VASP_ASIDE},
    {"projected", NULL, VASP_ASIDE},
    {"eigenvalues_kpoints_opt", NULL, VASP_ASIDE},
    {"projected_kpoints_opt", NULL, VASP_ASIDE},
    {"array", "atoms", VASP_ATOM_LIST},
    {"atoms", NULL, VASP_ATOM_COUNT},
    {"separator", "response functions", VASP_SEPARATOR_RESPONSE},
    {"separator", NULL, VASP_SEPARATOR},
    {"parameters", NULL, VASP_PARAMETERS},
    {"incar", NULL, VASP_INCAR},
    {"generator", NULL, VASP_GENERATOR},
    {"generation", NULL, VASP_GENERATION},
    {"modeling", NULL, VASP_MODELING},
};

int vasp_xml_element(const char *tag, const char **attributes) {
    for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
        if (strcmp(elements[i].tag, tag) == 0 &&
            (!elements[i].name ||
             strcmp(elements[i].name, xml_attribute(attributes, "name")) == 0)) {
            bool other_mesh = elements[i].element == VASP_DOS &&
                              *xml_attribute(attributes, "comment");
            bool path =
                elements[i].element == VASP_GENERATION &&
                strcmp(xml_attribute(attributes, "param"), "listgenerated") == 0;
            return other_mesh ? VASP_ASIDE
                   : path     ? VASP_ELEMENT_OTHER
                              : elements[i].element;
        }
    }
    return VASP_ELEMENT_OTHER;
}

enum xml_wish vasp_xml_wish(int element) {
    switch (element) {
    case VASP_I:
    case VASP_V:
    case VASP_R:
    case VASP_C:
    case VASP_ATOM_COUNT:
        return XML_WORDS;
    case VASP_MODES:
        return XML_NUMBERS;
    case VASP_ASIDE:
        return XML_ASIDE;
    default:
        return XML_NOTHING;
    }
}

static void forget_energies(struct vasp_energies *energies) {
    *energies = (struct vasp_energies){.free = NAN, .sigma0 = NAN, .without = NAN};
}

void vasp_xml_data_init(struct vasp_xml_data *data) {
    *data = (struct vasp_xml_data){0};
    forget_energies(&data->energies);
    forget_energies(&data->last);
}

/* ---- beginnings ---- */

static void begin_calculation(struct vasp_scan *scan, struct vasp_xml_data *data) {
    data->in_scf = false;
    data->scf_over = false;
    forget_energies(&data->last);
    scan->geometry.max_force = NAN;
    scan->geometry.pressure = NAN;
    scan->end.ionic_last = false;
}

void vasp_xml_begin(struct vasp_scan *scan, struct vasp_xml_data *data,
                    const struct xml_path *path) {
    switch (xml_above(path, 0)) {
    case VASP_GENERATION:
        scan->settings.mesh = true;
        break;
    case VASP_CALCULATION:
        begin_calculation(scan, data);
        break;
    case VASP_ENERGY:
        forget_energies(&data->energies);
        break;
    case VASP_BASIS:
        data->n_basis = 0;
        break;
    case VASP_POSITIONS:
        scan->geometry.n_pending = 0;
        scan->geometry.pending_wrong = false;
        break;
    case VASP_FORCES:
        scan->geometry.largest_force = 0;
        scan->geometry.forces_wrong = false;
        data->n_forces = 0;
        break;
    case VASP_STRESS:
        data->n_stress = 0;
        break;
    case VASP_EIGENVALUES:
        vasp_bands_begin(&scan->bands);
        break;
    case VASP_RC:
        data->n_first = 0;
        break;
    case VASP_DYNMAT:
        vasp_xml_modes_begin(scan, &data->modes);
        break;
    default:
        break;
    }
}

/* ---- settings ---- */

static bool is_true(const char *text) {
    text += strspn(text, " .");
    return *text == 'T' || *text == 't';
}

static void take_setting(struct vasp_scan *scan, struct vasp_xml_data *data,
                         const char *name, const char *text) {
    struct vasp_settings *settings = &scan->settings;
    const struct {
        const char *name;
        long *integer;
        double *real;
    } known[] = {
        {"NSW", &settings->nsw, NULL},       {"IBRION", &settings->ibrion, NULL},
        {"ICHARG", &settings->icharg, NULL}, {"NELM", &settings->nelm, NULL},
        {"NELMDL", &settings->nelmdl, NULL}, {"ISPIN", &settings->ispin, NULL},
        {"IALGO", &settings->ialgo, NULL},   {"EDIFF", NULL, &settings->ediff},
        {"EDIFFG", NULL, &settings->ediffg}, {"ISMEAR", &settings->ismear, NULL},
        {"PSTRESS", NULL, &data->pstress},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].name, name) == 0) {
            (void)(known[i].integer ? fortran_int(&text, known[i].integer)
                                    : fortran_real(&text, known[i].real));
            return;
        }
    }
    if (strcmp(name, "LEPSILON") == 0 || strcmp(name, "LCHIMAG") == 0) {
        settings->response |= is_true(text);
    }
}

/* Within <incar>, or within <parameters> at any depth but for one part of it. */
static bool is_setting(const struct xml_path *path) {
    for (size_t back = 1; back < path->depth; back++) {
        switch (xml_above(path, back)) {
        case VASP_INCAR:
        case VASP_PARAMETERS:
            return true;
        case VASP_SEPARATOR:
            break;
        default:
            return false;
        }
    }
    return false;
}

/* ---- values ---- */

static void take_energy(struct vasp_xml_data *data, const char *name,
                        const char *text) {
    double value;
    bool known = fortran_real(&text, &value);
    data->energies.items++;
    if (strcmp(name, "e_fr_energy") == 0) {
        data->energies.free = known ? value : NAN;
    } else if (strcmp(name, "e_wo_entrp") == 0) {
        data->energies.without = known ? value : NAN;
    } else if (strcmp(name, "e_0_energy") == 0) {
        data->energies.sigma0 = known ? value : NAN;
    }
}

static int take_item(struct vasp_scan *scan, struct vasp_xml_data *data,
                     const struct xml_path *path, const char *name, const char *text) {
    double value;
    switch (xml_above(path, 1)) {
    case VASP_GENERATOR:
        return strcmp(name, "version") == 0 && !scan->end.banner
                   ? vasp_take_version(scan, text)
                   : 0;
    case VASP_ENERGY:
        take_energy(data, name, text);
        return 0;
    case VASP_DOS:
    case VASP_CALCULATION:
        if (strcmp(name, "efermi") == 0) {
            scan->results->fermi_ev = fortran_real(&text, &value) ? value : NAN;
        }
        return 0;
    case VASP_DYNMAT:
        if (strcmp(name, "unit") == 0) {
            vasp_xml_modes_unit(scan, &data->modes, text);
        }
        return 0;
    default:
        if (is_setting(path)) {
            take_setting(scan, data, name, text);
        }
        return 0;
    }
}

static int add_position(struct vasp_scan *scan, const double row[3]) {
    struct vasp_geometry *geometry = &scan->geometry;
    return results_push_atom(&geometry->pending, &geometry->n_pending,
                             &geometry->pending_cap, NULL, row);
}

static int take_vector(struct vasp_scan *scan, struct vasp_xml_data *data,
                       const struct xml_path *path, const char *text) {
    struct vasp_geometry *geometry = &scan->geometry;
    double row[3];
    bool known = fortran_reals(&text, row, 3);
    switch (xml_above(path, 1)) {
    case VASP_BASIS:
        if (known && data->n_basis < 3) {
            memcpy(data->basis[data->n_basis++], row, sizeof(row));
        }
        return 0;
    case VASP_STRESS:
        if (known && data->n_stress < 3) {
            memcpy(data->stress[data->n_stress++], row, sizeof(row));
        }
        return 0;
    case VASP_POSITIONS:
        geometry->pending_wrong |= !known;
        return known ? add_position(scan, row) : 0;
    case VASP_FORCES:
        geometry->forces_wrong |= !known;
        data->n_forces++;
        if (known) {
            double size = row[0] * row[0] + row[1] * row[1] + row[2] * row[2];
            geometry->largest_force = fmax(geometry->largest_force, size);
        }
        return 0;
    default:
        return 0;
    }
}

/* VASP writes Xenon as "X" and Zirconium as "r". */
static int take_atom_type(struct vasp_scan *scan, const char *text) {
    struct vasp_types *types = &scan->types;
    text += strspn(text, " ");
    size_t n = strcspn(text, " ");
    const char *label = n == 1 && *text == 'X'   ? "Xe"
                        : n == 1 && *text == 'r' ? "Zr"
                                                 : text;
    int r = vasp_types_add(scan, label);
    if (r == 0) {
        types->list[types->n - 1].count = 1;
        types->counted = types->n;
    }
    return r;
}

static int take_column(struct vasp_scan *scan, struct vasp_xml_data *data,
                       const struct xml_path *path, const char *text) {
    bool first = xml_above(path, 1) == VASP_RC &&
                 xml_above(path, 3) == VASP_ATOM_LIST && data->n_first++ == 0;
    return first ? take_atom_type(scan, text) : 0;
}

/* ---- ends of what is made of values ---- */

static void end_structure(struct vasp_scan *scan, struct vasp_xml_data *data) {
    struct vasp_geometry *geometry = &scan->geometry;
    if (data->n_basis != 3) {
        geometry->n_pending = 0;
        return;
    }
    for (size_t i = 0; i < geometry->n_pending; i++) {
        double *at = geometry->pending[i].position;
        const double f[3] = {at[0], at[1], at[2]};
        for (size_t k = 0; k < 3; k++) {
            at[k] = f[0] * data->basis[0][k] + f[1] * data->basis[1][k] +
                    f[2] * data->basis[2][k];
        }
    }
    memcpy(scan->results->cell.vector, data->basis, sizeof(data->basis));
    scan->results->has_cell = true;
    vasp_geometry_take_atoms(scan);
}

static void end_forces(struct vasp_scan *scan, const struct vasp_xml_data *data) {
    struct vasp_geometry *geometry = &scan->geometry;
    geometry->max_force = geometry->forces_wrong || data->n_forces == 0
                              ? NAN
                              : sqrt(geometry->largest_force);
}

static void end_stress(struct vasp_scan *scan, const struct vasp_xml_data *data) {
    static const size_t where[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {2, 0}};
    struct results *results = scan->results;
    results->has_stress = data->n_stress == 3;
    for (size_t i = 0; results->has_stress && i < 6; i++) {
        results->stress_gpa[i] =
            data->stress[where[i][0]][where[i][1]] / VASP_KBAR_PER_GPA;
    }
    /* With PSTRESS it is not said whether that is part of it. */
    bool known = results->has_stress && data->pstress == 0;
    scan->geometry.pressure = known ? (results->stress_gpa[0] + results->stress_gpa[1] +
                                       results->stress_gpa[2]) /
                                          3
                                    : NAN;
    results->pressure_gpa = scan->geometry.pressure;
}

static int end_cycle(struct vasp_scan *scan, struct vasp_xml_data *data) {
    struct vasp_scf *scf = &scan->scf;
    const struct vasp_energies *now = &data->energies;
    if (data->scf_over) {
        return 0;
    }
    if (!data->in_scf) {
        int r = vasp_scf_begin(scan);
        if (r < 0) {
            return r;
        }
        data->in_scf = true;
    }
    struct scf_run *run = results_last_scf(scan->results);
    run->counted++;
    scf->change = now->free - data->last.free;
    scf->eigenvalue = NAN;
    data->last = *now;
    bool all_terms = now->items > 3;
    data->scf_over = scan->settings.response && all_terms && run->counted > 1;
    return isnan(now->free) ? 0 : results_add_cycle(scan->results, now->free, NAN);
}

static double sigma0(const struct vasp_xml_data *data) {
    const struct vasp_energies *step = &data->energies;
    double moved = step->free + (data->last.sigma0 - data->last.free);
    bool same = isnan(moved) || fabs(moved - step->sigma0) <= 1.0e-7;
    return same ? step->sigma0 : moved;
}

static int end_energy(struct vasp_scan *scan, struct vasp_xml_data *data,
                      const struct xml_path *path) {
    if (xml_above(path, 1) != VASP_CALCULATION || isnan(data->energies.free)) {
        return 0;
    }
    vasp_note_entropy(scan, data->last.free - data->last.without);
    return vasp_add_step(scan, sigma0(data), data->energies.free);
}

static int end_block(struct vasp_scan *scan, struct vasp_xml_data *data,
                     const struct xml_path *path) {
    switch (xml_above(path, 0)) {
    case VASP_SCSTEP:
        return end_cycle(scan, data);
    case VASP_ENERGY:
        return end_energy(scan, data, path);
    case VASP_STRUCTURE:
        end_structure(scan, data);
        return 0;
    case VASP_FORCES:
        end_forces(scan, data);
        return 0;
    case VASP_STRESS:
        end_stress(scan, data);
        return 0;
    case VASP_EIGENVALUES:
        vasp_bands_take(scan);
        return 0;
    case VASP_MODES:
        return data->modes.error;
    case VASP_MODELING:
        scan->end.finished = true;
        return 0;
    default:
        return 0;
    }
}

static void take_eigenvalue(struct vasp_scan *scan, const char *text) {
    double numbers[2];
    if (fortran_reals(&text, numbers, 2)) {
        vasp_bands_add(&scan->bands, numbers[0], numbers[1]);
    } else {
        scan->bands.wrong = true;
    }
}

static bool is_below(const struct xml_path *path, enum vasp_element element) {
    for (size_t back = 1; back < path->depth; back++) {
        if (xml_above(path, back) == (int)element) {
            return true;
        }
    }
    return false;
}

void vasp_xml_number(struct vasp_scan *scan, struct vasp_xml_data *data,
                     const struct xml_path *path, double value) {
    if (xml_above(path, 1) == VASP_DYNMAT) {
        vasp_xml_modes_add(scan, &data->modes, value);
    }
}

int vasp_xml_end(struct vasp_scan *scan, struct vasp_xml_data *data,
                 const struct xml_path *path, const char *name, const char *text) {
    long count;
    switch (xml_above(path, 0)) {
    case VASP_I:
        return take_item(scan, data, path, name, text);
    case VASP_V:
        return take_vector(scan, data, path, text);
    case VASP_C:
        return take_column(scan, data, path, text);
    case VASP_R:
        if (is_below(path, VASP_EIGENVALUES)) {
            take_eigenvalue(scan, text);
        }
        return 0;
    case VASP_ATOM_COUNT:
        if (fortran_int(&text, &count) && count > 0) {
            scan->results->natoms = count;
        }
        return 0;
    default:
        return end_block(scan, data, path);
    }
}
