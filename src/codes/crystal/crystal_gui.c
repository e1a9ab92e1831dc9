/* fort.34: how many directions repeat, the vectors, symmetry operations as Cartesian
 * matrices with translations, atoms. CRYSTAL writes all atoms of the cell; other
 * programs leave out those that the operations make, so these are made. */
#include "codes/crystal/crystal_d12.h"

#include "base/fortran.h"
#include "structure/element.h"
#include "structure/expand.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    OPERATIONS_MAX = 192,
    COMPARED_MAX = 20000, /* atoms beyond which all are taken to be there */
};

struct gui {
    struct structure_lines lines;
    struct errmsg *msg;
    double rotation[OPERATIONS_MAX][3][3];
    double translation[OPERATIONS_MAX][3]; /* Å */
    size_t n;
    struct cell_inverse inverse;
    struct structure got;
};

static int fail(struct gui *gui, const char *what) {
    return structure_fail(gui->msg, gui->lines.text->file, gui->lines.number, "%s",
                          what);
}

static bool next(struct gui *gui) {
    bool more = structure_lines_next(&gui->lines);
    gui->lines.number += !more;
    return more;
}

static bool read_reals(struct gui *gui, double out[3]) {
    const char *at = next(gui) ? gui->lines.line : "";
    return fortran_reals(&at, out, 3);
}

static bool read_count(struct gui *gui, long most, long *out) {
    const char *at = next(gui) ? gui->lines.line : "";
    return fortran_int(&at, out) && *out >= 1 && *out <= most;
}

static int read_cell(struct gui *gui) {
    long periodic = 0;
    const char *at = next(gui) ? gui->lines.line : "";
    if (!fortran_int(&at, &periodic) || periodic < 0 || periodic > 3) {
        return fail(gui, "along how many directions it repeats is expected here, 0 to "
                         "3");
    }
    gui->got.periodic = (int)periodic;
    for (int i = 0; i < 3; i++) {
        if (!read_reals(gui, gui->got.cell.vector[i])) {
            return fail(gui, "a vector of the cell is expected here: three numbers");
        }
    }
    if (cell_invert(&gui->got.cell, &gui->inverse)) {
        return fail(gui, "the three vectors above span no volume");
    }
    return 0;
}

static int read_operations(struct gui *gui) {
    long count = 0;
    if (!read_count(gui, OPERATIONS_MAX, &count)) {
        return fail(gui, "how many symmetry operations follow is expected here");
    }
    gui->n = (size_t)count;
    for (size_t i = 0; i < gui->n; i++) {
        for (int k = 0; k < 4; k++) {
            if (!read_reals(gui, k < 3 ? gui->rotation[i][k] : gui->translation[i])) {
                return fail(gui,
                            "a symmetry operation is expected here: three lines of "
                            "its matrix and one of its translation");
            }
        }
    }
    return 0;
}

static int read_atoms(struct gui *gui) {
    long count = 0;
    int r = 0;
    if (!read_count(gui, STRUCTURE_MAX_ATOMS, &count)) {
        return fail(gui, "how many atoms follow is expected here");
    }
    for (long i = 0; r == 0 && i < count; i++) {
        const char *at = next(gui) ? gui->lines.line : "";
        double position[3];
        long z = 0;
        if (!fortran_int(&at, &z) || z < 0 || !fortran_reals(&at, position, 3)) {
            return structure_fail(gui->msg, gui->lines.text->file, gui->lines.number,
                                  "an atom is expected here, its atomic number and "
                                  "three coordinates in angstrom (atom %ld)",
                                  i + 1);
        }
        r = structure_add(&gui->got, z > 0 ? element_symbol((int)(z % 100)) : "X",
                          position);
    }
    return structure_added(r, gui->msg, gui->lines.text->file, gui->lines.number);
}

/* ---- what the operations make ---- */

/* The atom of this element there, or in another cell at the same place; n_atoms where
 * there is none. */
static size_t find_atom(const struct gui *gui, const char *element,
                        const double at[3]) {
    for (size_t i = 0; i < gui->got.n_atoms; i++) {
        const struct atom *atom = &gui->got.atoms[i];
        double apart[3];
        double x[3];
        if (strcmp(atom->element, element) != 0) {
            continue;
        }
        for (int k = 0; k < 3; k++) {
            apart[k] = at[k] - atom->position[k];
        }
        cell_to_fractional(&gui->inverse, apart, x);
        for (int k = 0; k < gui->got.periodic; k++) {
            x[k] -= round(x[k]);
        }
        cell_to_cartesian(&gui->got.cell, x, apart);
        if (hypot(hypot(apart[0], apart[1]), apart[2]) < EXPAND_MERGE) {
            return i;
        }
    }
    return gui->got.n_atoms;
}

static void image_of(const struct gui *gui, size_t operation, const double from[3],
                     double to[3]) {
    for (int k = 0; k < 3; k++) {
        const double *row = gui->rotation[operation][k];
        to[k] = row[0] * from[0] + row[1] * from[1] + row[2] * from[2] +
                gui->translation[operation][k];
    }
}

/* Whether every operation makes vectors of the lattice of its vectors. */
static bool keep_lattice(const struct gui *gui) {
    for (size_t i = 0; i < gui->n * (size_t)gui->got.periodic; i++) {
        const double *vector = gui->got.cell.vector[i % (size_t)gui->got.periodic];
        double turned[3] = {0, 0, 0};
        double x[3];
        for (int k = 0; k < 9; k++) {
            turned[k / 3] +=
                gui->rotation[i / (size_t)gui->got.periodic][k / 3][k % 3] *
                vector[k % 3];
        }
        cell_to_fractional(&gui->inverse, turned, x);
        for (int k = 0; k < 3; k++) {
            if (fabs(x[k] - round(x[k])) > 0.01) {
                return false;
            }
        }
    }
    return true;
}

/* Whether some image of a listed atom is missing, and whether some is another listed
 * atom, so that the list is not one of atoms that make the others. */
static void look_at_images(const struct gui *gui, bool *missing, bool *listed) {
    *missing = *listed = false;
    for (size_t i = 0; i < gui->got.n_atoms; i++) {
        for (size_t o = 0; o < gui->n; o++) {
            double at[3];
            image_of(gui, o, gui->got.atoms[i].position, at);
            size_t found = find_atom(gui, gui->got.atoms[i].element, at);
            *missing |= found == gui->got.n_atoms;
            *listed |= found != gui->got.n_atoms && found != i;
        }
    }
}

static int add_images(struct gui *gui, size_t i) {
    int r = 0;
    for (size_t o = 0; r == 0 && o < gui->n; o++) {
        const struct atom atom = gui->got.atoms[i];
        double at[3];
        image_of(gui, o, atom.position, at);
        if (find_atom(gui, atom.element, at) == gui->got.n_atoms) {
            r = structure_add(&gui->got, atom.element, at);
        }
    }
    return r;
}

static int complete(struct gui *gui) {
    size_t n = gui->got.n_atoms;
    bool missing = false;
    bool listed = false;
    int r = 0;
    if (n * gui->n > COMPARED_MAX) {
        return 0;
    }
    look_at_images(gui, &missing, &listed);
    if (missing && (listed || !keep_lattice(gui))) {
        return structure_note(&gui->got, "the symmetry operations of this file do not "
                                         "fit its atoms; these are all that it lists");
    }
    for (size_t i = 0; r == 0 && missing && i < n; i++) {
        r = add_images(gui, i);
    }
    return structure_added(r, gui->msg, gui->lines.text->file, gui->lines.number);
}

int crystal_gui_read(const struct structure_text *text, struct structure *out,
                     struct errmsg *msg) {
    struct gui gui = {.msg = msg};
    structure_lines_begin(&gui.lines, text);
    int r = read_cell(&gui);
    r = r ? r : read_operations(&gui);
    r = r ? r : read_atoms(&gui);
    r = r ? r : complete(&gui);
    if (r == 0 && gui.got.periodic == 0) {
        memset(&gui.got.cell, 0, sizeof gui.got.cell);
    }
    if (r == 0) {
        structure_move(out, &gui.got);
    }
    structure_deinit(&gui.got);
    return r;
}

bool crystal_gui_recognise(const char *text, size_t n) {
    const struct structure_text whole = {"", text, n};
    struct structure_lines lines;
    long number = 0;
    double x[3];
    structure_lines_begin(&lines, &whole);
    const char *at = structure_lines_next(&lines) ? lines.line : "";
    if (!fortran_int(&at, &number) || number < 0 || number > 3 ||
        !fortran_int(&at, &number)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        at = structure_lines_next(&lines) ? lines.line : "";
        if (!fortran_reals(&at, x, 3)) {
            return false;
        }
    }
    at = structure_lines_next(&lines) ? lines.line : "";
    return fortran_int(&at, &number) && *structure_line_text(at) == '\0';
}
