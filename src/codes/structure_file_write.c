/* The formats that a structure is written in. */
#include "codes/structure_file.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/crystal/crystal_d12.h"
#include "codes/qe/pwx_input.h"
#include "structure/cif.h"
#include "structure/contact.h"
#include "structure/frame.h"
#include "structure/poscar.h"
#include "structure/symmetry.h"
#include "structure/xyz.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct format {
    const char *name;
    const char *title;             /* as people call it */
    const char *const *beginnings; /* of names that mean it */
    const char *const *endings;
    bool bulk;     /* only what repeats in three directions */
    bool nameless; /* takes atoms of no element ("X") */
    /* NULL: it is written by write_d12. */
    int (*write)(const struct structure *structure, struct buf *out);
};

/* ---- CRYSTAL ---- */

/* The volume, or the area of a slab's cell. */
static double space_of(const struct structure *structure) {
    struct cell_parameters p = cell_parameters(&structure->cell);
    return structure->periodic == 3 ? p.volume
                                    : p.a * p.b * sin(p.gamma * M_PI / 180.0);
}

/* Whether two cells seem to be of one crystal: as many atoms in as much space, and the
 * nearest ones as near each other. 0, 1, or -ENOMEM. */
static int seem_same(const struct structure *one, const struct structure *other) {
    double v = space_of(one) * (double)other->n_atoms;
    double w = space_of(other) * (double)one->n_atoms;
    struct contact near = {0, 0, 0};
    struct contact nearest = {0, 0, 0};
    int r = contact_closest(one, NULL, &near);
    int s = contact_closest(other, NULL, &nearest);
    if (r == -ENOMEM || s == -ENOMEM) {
        return -ENOMEM;
    }
    return fabs(v - w) < 2e-3 * w &&
           fabs(near.distance - nearest.distance) < 4 * SYMMETRY_PRECISION;
}

/* Whether the cell is the primitive one, of so many atoms, or the group's usual one:
 * any other is a multiple, whose atoms may be about to be changed one by one. 0, 1, or
 * -ENOMEM. */
static int is_unit_cell(const struct structure *structure, size_t primitive) {
    _cleanup_structure_ struct structure usual = STRUCTURE_NULL;
    int group = 0;
    if (structure->n_atoms == primitive) {
        return 1;
    }
    int r = structure->periodic == 3
                ? symmetry_standard(structure, SYMMETRY_PRECISION, false, &usual, NULL)
                : symmetry_layer(structure, SYMMETRY_PRECISION, &group, &usual);
    return r < 0 ? r : r == 0 && usual.n_atoms == structure->n_atoms;
}

/* What is written by its space group is read again: if it is not what it was, all atoms
 * are written. */
static int write_d12(const struct structure *structure, struct buf *out,
                     struct errmsg *note) {
    _cleanup_structure_ struct structure again = STRUCTURE_NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    bool symmetry = structure->periodic >= 2 && !structure->enlarged;
    int r = symmetry ? crystal_d12_write(structure, true, &text) : STRUCTURE_E_INPUT;
    if (r == 0) {
        const struct structure_text written = {"", buf_bytes(&text), buf_len(&text)};
        r = crystal_d12_read(&written, NULL, &again, NULL);
    }
    int same = r == 0 ? is_unit_cell(structure, again.n_atoms) : 0;
    same = same > 0 ? seem_same(structure, &again) : same;
    if (r == -ENOMEM || same < 0) {
        return -ENOMEM;
    }
    if (same) {
        (void)errmsg_set(note, 0,
                         "written by its %s group, in the cell and with the origin "
                         "that the International Tables have for it: CRYSTAL makes the "
                         "other atoms",
                         structure->periodic == 3 ? "space" : "layer");
        return buf_append(out, buf_bytes(&text), buf_len(&text)) < 0 ? -ENOMEM : 0;
    }
    return crystal_d12_write(structure, false, out);
}

/* ---- the table ---- */

static const char *const none[] = {NULL};
static const char *const poscar_names[] = {"POSCAR", "CONTCAR", NULL};
static const char *const poscar_endings[] = {".vasp", ".poscar", ".POSCAR", NULL};
static const char *const cif_endings[] = {".cif", NULL};
static const char *const pw_endings[] = {".in", ".pwi", NULL};
static const char *const d12_endings[] = {".d12", NULL};
static const char *const xyz_endings[] = {".xyz", ".extxyz", NULL};

static const struct format formats[] = {
    [STRUCTURE_POSCAR] = {"poscar", "POSCAR", poscar_names, poscar_endings, true, true,
                          poscar_write},
    [STRUCTURE_CIF] = {"cif", "CIF", none, cif_endings, true, true, cif_write},
    [STRUCTURE_PW] = {"pw", "pw.x", none, pw_endings, true, false, pwx_structure_write},
    [STRUCTURE_XYZ] = {"xyz", "XYZ", none, xyz_endings, false, true, xyz_write},
    [STRUCTURE_D12] = {"d12", "CRYSTAL", none, d12_endings, false, false, NULL},
};

const char *structure_format_name(enum structure_format format) {
    return formats[format].name;
}

bool structure_format_by_name(const char *name, enum structure_format *out) {
    for (int i = 0; i < STRUCTURE_N_FORMATS; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = (enum structure_format)i;
            return true;
        }
    }
    return false;
}

static bool has_name(const struct format *format, const char *name) {
    for (size_t i = 0; format->beginnings[i]; i++) {
        if (str_starts_with(name, format->beginnings[i])) {
            return true;
        }
    }
    for (size_t i = 0; format->endings[i]; i++) {
        if (str_ends_with(name, format->endings[i])) {
            return true;
        }
    }
    return false;
}

bool structure_format_of_file(const char *name, enum structure_format *out) {
    /* "POSCAR.cif" is a CIF. */
    for (int i = STRUCTURE_N_FORMATS - 1; i >= 0; i--) {
        if (has_name(&formats[i], name)) {
            *out = (enum structure_format)i;
            return true;
        }
    }
    return false;
}

static int check_atoms(const struct structure *structure, const struct format *format,
                       struct errmsg *msg) {
    if (structure->n_atoms == 0) {
        return errmsg_set(msg, STRUCTURE_E_INPUT, "there are no atoms to write");
    }
    for (size_t i = 0; i < structure->n_atoms && !format->nameless; i++) {
        if (strcmp(structure->atoms[i].element, "X") == 0) {
            return errmsg_set(msg, STRUCTURE_E_INPUT,
                              "atom %zu is of no element that is known, and %s takes "
                              "no others; name its element first",
                              i + 1, format->title);
        }
    }
    return 0;
}

int structure_file_write(const struct structure *structure, enum structure_format to,
                         struct buf *out, struct errmsg *note, struct errmsg *msg) {
    const struct format *format = &formats[to];
    _cleanup_structure_ struct structure boxed = STRUCTURE_NULL;
    note->text[0] = '\0';
    int r = check_atoms(structure, format, msg);
    if (r == 0 && !format->write) {
        return write_d12(structure, out, note);
    }
    if (r != 0 || !format->bulk || structure->periodic == 3) {
        return r ? r : format->write(structure, out);
    }
    r = frame_boxed(structure, FRAME_VACUUM, &boxed);
    if (r == 0) {
        (void)errmsg_set(note, 0,
                         "%s repeats along all three directions: along what does not, "
                         "%g Å of vacuum lie between the images",
                         format->title, FRAME_VACUUM);
        r = format->write(&boxed, out);
    }
    return r;
}
