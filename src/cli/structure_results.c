/* Results have atoms in Cartesian coordinates and the vectors of the cell beside them.
 * Nothing is guessed: where either is missing there is no structure. */
#include "cli/structure_results.h"

#include "cli/cli.h"
#include "cli/field.h"
#include "cli/say.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *format_of(const char *code) {
    return !code                                   ? "output of a code"
           : strcmp(code, "crystal") == 0          ? "output of CRYSTAL"
           : strcmp(code, "quantum_espresso") == 0 ? "output of pw.x"
           : strcmp(code, "vasp") == 0             ? "output of VASP"
                                                   : "output of a code";
}

static bool is_crystal(const json_t *results) {
    const char *code = field_text(results, "code");
    return code && strcmp(code, "crystal") == 0;
}

static bool take_vectors(const json_t *cell, struct structure *out) {
    const json_t *vectors = json_object_get(cell, "vectors");
    struct cell_inverse inverse;
    for (size_t i = 0; i < 9; i++) {
        const json_t *value = json_array_get(json_array_get(vectors, i / 3), i % 3);
        if (!json_is_number(value)) {
            return false;
        }
        out->cell.vector[i / 3][i % 3] = json_number_value(value);
    }
    return cell_invert(&out->cell, &inverse) == 0;
}

/* CRYSTAL's formal vectors come last. */
static int count_periods(const json_t *cell) {
    static const char *const lengths[] = {"a", "b", "c"};
    int n = 3;
    while (n > 0 &&
           fabs(field_number(cell, lengths[n - 1]) - STRUCTURE_NO_PERIOD) < 1e-6) {
        n--;
    }
    return n;
}

static int take_cell(const json_t *results, const char *name, struct structure *out) {
    const json_t *cell = json_object_get(results, "cell");
    if (!json_is_object(cell)) {
        if (is_crystal(results)) {
            return CLI_OK;
        }
        say_error("%s tells the places of atoms, but not the cell", name);
        return CLI_FAILED;
    }
    out->periodic = is_crystal(results) ? count_periods(cell) : 3;
    if (take_vectors(cell, out)) {
        return CLI_OK;
    }
    say_error("%s was recorded by a CrystalMath that kept no vectors of the cell; name "
              "its output instead",
              name);
    return CLI_FAILED;
}

static int take_atoms(const json_t *results, const char *name, struct structure *out) {
    const json_t *atoms = json_object_get(results, "atoms");
    size_t i = 0;
    const json_t *atom = NULL;
    json_array_foreach(atoms, i, atom) {
        const char *element = field_text(atom, "element");
        const double position[3] = {field_number(atom, "x"), field_number(atom, "y"),
                                    field_number(atom, "z")};
        bool placed =
            isfinite(position[0]) && isfinite(position[1]) && isfinite(position[2]);
        int r = placed ? structure_add(out, element ? element : "X", position) : 0;
        if (r == -ENOMEM) {
            say_no_memory();
        }
        if (r != 0) {
            say_error("%s has more than %d atoms", name, (int)STRUCTURE_MAX_ATOMS);
            return CLI_FAILED;
        }
    }
    if (out->n_atoms == 0) {
        say_error("%s tells no places of atoms: the run did not come that far, or this "
                  "file of it has none",
                  name);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static void note_state(const json_t *results, struct structure *out) {
    const char *code = field_text(results, "code");
    const char *calculation = field_text(results, "calculation");
    bool moves = calculation && strcmp(calculation, "geometry_optimization") == 0;
    if (moves && !json_is_true(json_object_get(results, "converged")) &&
        structure_note(out, "the last geometry of an optimisation that has not "
                            "converged") < 0) {
        say_no_memory();
    }
    bool displaces = calculation && strcmp(calculation, "frequencies") == 0;
    if (displaces && code && strcmp(code, "vasp") == 0 &&
        structure_note(out, "the last geometry of frequencies, which by finite "
                            "differences is a displaced one") < 0) {
        say_no_memory();
    }
}

int structure_of_results(const json_t *results, const char *name, struct structure *out,
                         const char **format) {
    struct structure got = STRUCTURE_NULL;
    int status = take_atoms(results, name, &got);
    status = status ? status : take_cell(results, name, &got);
    if (status == CLI_OK) {
        note_state(results, &got);
        *format = format_of(field_text(results, "code"));
        structure_move(out, &got);
    }
    structure_deinit(&got);
    return status;
}
