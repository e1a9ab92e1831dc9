/* Reading the geometry block of a CRYSTAL input, record by record as CRYSTAL does:
 * blank lines, and lines that begin with #, count for nothing. Atoms are multiplied by
 * the group's operations in the conventional cell and kept in the primitive one. Of the
 * keywords behind them those that only enlarge the cell are followed; others that
 * change the structure are told. */
#include "codes/crystal/crystal_d12.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/str.h"
#include "codes/crystal/crystal_point_group.h"
#include "codes/crystal/crystal_scan.h"
#include "structure/element.h"
#include "structure/expand.h"
#include "structure/layer_group.h"
#include "structure/supercell.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum kind { KIND_CRYSTAL, KIND_SLAB, KIND_POLYMER, KIND_MOLECULE, KIND_EXTERNAL };

struct d12 {
    struct structure_lines lines;
    const struct code_beside *beside;
    struct errmsg *msg;
    enum kind kind;
    struct cell frame; /* what the atoms' coordinates refer to */
    struct setting setting;
    double point_group[POINT_GROUP_OPERATIONS][3][3];
    size_t n_point_group;
    struct structure got;
};

static int fail(struct d12 *d12, const char *what) {
    return structure_lines_fail(&d12->lines, d12->msg, what);
}

/* The next record; false behind the last, and `lines.line` is empty then. */
static bool next(struct d12 *d12) {
    bool more = structure_lines_next(&d12->lines);
    while (more && strchr("#", *structure_line_text(d12->lines.line))) {
        more = structure_lines_next(&d12->lines);
    }
    d12->lines.number += !more;
    return more;
}

static bool read_ints(struct d12 *d12, long *out, size_t n) {
    const char *at = next(d12) ? d12->lines.line : "";
    for (size_t i = 0; i < n; i++) {
        if (!fortran_int(&at, &out[i])) {
            return false;
        }
    }
    return true;
}

/* ---- groups ---- */

static void shift_origin(struct setting *setting, const long shift[3]) {
    for (size_t i = 0; i < setting->n; i++) {
        struct operation *o = &setting->operations[i];
        for (int k = 0; k < 3; k++) {
            double moved = -(double)shift[k];
            for (int m = 0; m < 3; m++) {
                moved += o->rotation[k][m] * (double)shift[m];
            }
            o->translation[k] += moved / 24;
        }
    }
}

static bool is_rhombohedral(long group) {
    return group == 146 || group == 148 || group == 155 || group == 160 ||
           group == 161 || group == 166 || group == 167;
}

/* The group by number or symbol; *place is where it is in the table of settings. */
static int read_space_group(struct d12 *d12, const long flags[3], int *place) {
    const char *choice = flags[2] == 1 ? "1" : "2";
    const char *axes = flags[1] == 1 ? "R" : "H";
    const char *line = next(d12) ? structure_line_text(d12->lines.line) : "";
    const char *at = line;
    long number = 0;
    if (flags[0] == 0) {
        bool right = fortran_int(&at, &number) && number >= 1 && number <= 230;
        *place = right ? symmetry_by_number((int)number,
                                            is_rhombohedral(number) ? axes : choice)
                       : 0;
    } else {
        *place = toupper((unsigned char)*line) == 'R'
                     ? symmetry_by_symbol(line, axes)
                     : symmetry_by_symbol(line, choice);
    }
    if (!symmetry_setting(*place, &d12->setting)) {
        return fail(d12, flags[0] == 0
                             ? "the number of a space group is expected here, 1 to 230 "
                               "(a symbol where the line above begins with 1)"
                             : "this is no symbol of a space group that is known, such "
                               "as F M -3 M");
    }
    return 0;
}

/* ---- cells ---- */

static int read_lengths(struct d12 *d12, size_t n, const char *names, double *out) {
    const char *at = next(d12) ? d12->lines.line : "";
    bool good = fortran_reals(&at, out, n);
    if (good && at[0] == ',' && isdigit((unsigned char)at[1])) {
        return fail(d12,
                    "of a number with a comma CRYSTAL reads what stands before it; "
                    "write a point");
    }
    return good ? 0
                : structure_fail(d12->msg, d12->lines.text->file, d12->lines.number,
                                 "the cell is expected here: %s", names);
}

static int make_frame(struct d12 *d12, const struct cell_parameters *p) {
    return cell_of_parameters(p, &d12->frame)
               ? fail(d12, "no cell has such edges and angles")
               : 0;
}

/* Which angle a monoclinic cell has, by its setting: "b1", "-c2", "a". */
static char unique_axis(const struct setting *setting) {
    const char *at = setting->choice + strcspn(setting->choice, "abc");
    return *at ? *at : 'b';
}

static int read_monoclinic(struct d12 *d12) {
    double x[4];
    char axis = unique_axis(&d12->setting);
    const char *names = axis == 'a'   ? "a, b, c and alpha"
                        : axis == 'c' ? "a, b, c and gamma"
                                      : "a, b, c and beta";
    int r = read_lengths(d12, 4, names, x);
    struct cell_parameters p = {.a = x[0], .b = x[1], .c = x[2], 90, 90, 90, 0};
    *(axis == 'a' ? &p.alpha : axis == 'c' ? &p.gamma : &p.beta) = x[3];
    return r ? r : make_frame(d12, &p);
}

/* As many numbers as the lattice leaves open. */
static int read_cell(struct d12 *d12) {
    double x[6] = {0};
    int group = d12->setting.number;
    struct cell_parameters p = {.alpha = 90, .beta = 90, .gamma = 90};
    int r = 0;
    if (group <= 2) {
        r = read_lengths(d12, 6, "a, b, c, alpha, beta and gamma", x);
        p = (struct cell_parameters){x[0], x[1], x[2], x[3], x[4], x[5], 0};
    } else if (group <= 15) {
        return read_monoclinic(d12);
    } else if (group <= 74) {
        r = read_lengths(d12, 3, "a, b and c", x);
        p.a = x[0], p.b = x[1], p.c = x[2];
    } else if (group >= 195) {
        r = read_lengths(d12, 1, "a", x);
        p.a = p.b = p.c = x[0];
    } else if (d12->setting.choice[0] == 'R') {
        r = read_lengths(d12, 2, "a and alpha of the rhombohedron", x);
        p = (struct cell_parameters){x[0], x[0], x[0], x[1], x[1], x[1], 0};
    } else {
        r = read_lengths(d12, 2, "a and c", x);
        p.a = p.b = x[0], p.c = x[1];
        p.gamma = group >= 143 ? 120 : 90;
    }
    return r ? r : make_frame(d12, &p);
}

/* The primitive vectors, in sixths of the conventional ones. */
static void take_primitive(struct d12 *d12, char centring) {
    static const struct {
        char letter;
        int sixths[3][3];
    } cells[] = {
        {'A', {{6, 0, 0}, {0, 3, -3}, {0, 3, 3}}},
        {'B', {{3, 0, -3}, {0, 6, 0}, {3, 0, 3}}},
        {'C', {{3, 3, 0}, {-3, 3, 0}, {0, 0, 6}}},
        {'F', {{0, 3, 3}, {3, 0, 3}, {3, 3, 0}}},
        {'I', {{-3, 3, 3}, {3, -3, 3}, {3, 3, -3}}},
        {'R', {{4, 2, 2}, {-2, 2, 2}, {-2, -4, 2}}},
    };
    d12->got.cell = d12->frame;
    for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
        for (int i = 0; i < 3 && cells[c].letter == centring; i++) {
            const double row[3] = {cells[c].sixths[i][0] / 6.0,
                                   cells[c].sixths[i][1] / 6.0,
                                   cells[c].sixths[i][2] / 6.0};
            cell_to_cartesian(&d12->frame, row, d12->got.cell.vector[i]);
        }
    }
}

/* ---- what repeats, by kind ---- */

static int read_crystal(struct d12 *d12) {
    long flags[3] = {0, 0, 0};
    long shift[3] = {0, 0, 0};
    int place = 0;
    if (!read_ints(d12, flags, 3)) {
        return fail(d12,
                    "three numbers are expected behind CRYSTAL, such as 0 0 0: how "
                    "the group is named, rhombohedral axes, and the origin");
    }
    d12->got.periodic = 3;
    int r = read_space_group(d12, flags, &place);
    if (r == 0 && flags[2] > 1 && !read_ints(d12, shift, 3)) {
        return fail(d12,
                    "the shift of the origin is expected here: three whole numbers, "
                    "in parts of 24");
    }
    if (r == 0) {
        shift_origin(&d12->setting, shift);
        r = read_cell(d12);
    }
    if (r == 0) {
        take_primitive(d12, symmetry_centring(place));
    }
    return r;
}

static int read_slab(struct d12 *d12) {
    long group = 0;
    double x[3] = {0};
    int r = 0;
    if (!read_ints(d12, &group, 1) ||
        !layer_group_setting(group > 0 && group <= LAYER_GROUPS ? (int)group : 0,
                             &d12->setting)) {
        return fail(d12, "the number of a layer group is expected here, 1 to 80");
    }
    struct cell_parameters p = {
        .c = STRUCTURE_NO_PERIOD, .alpha = 90, .beta = 90, .gamma = 90};
    switch (layer_group_lattice((int)group)) {
    case LAYER_OBLIQUE:
        r = read_lengths(d12, 3, "a, b and gamma", x);
        p.a = x[0], p.b = x[1], p.gamma = x[2];
        break;
    case LAYER_RECTANGULAR:
        r = read_lengths(d12, 2, "a and b", x);
        p.a = x[0], p.b = x[1];
        break;
    case LAYER_SQUARE:
    case LAYER_HEXAGONAL:
        r = read_lengths(d12, 1, "a", x);
        p.a = p.b = x[0];
        p.gamma = layer_group_lattice((int)group) == LAYER_HEXAGONAL ? 120 : 90;
        break;
    }
    r = r ? r : make_frame(d12, &p);
    d12->got.periodic = 2;
    if (r == 0) {
        take_primitive(d12, layer_group_is_centred((int)group) ? 'C' : 'P');
    }
    return r != 0 || layer_group_has_one_origin((int)group)
               ? r
               : structure_note(
                     &d12->got,
                     "of layer group %ld tables have different origins; this "
                     "is with that of space group %s, at an inversion where "
                     "it has one",
                     group, layer_group_symbol((int)group));
}

static int read_polymer(struct d12 *d12) {
    long group = 0;
    double a = 0;
    if (!read_ints(d12, &group, 1) || group < 1 || group > 99) {
        return fail(d12, "the number of a rod group is expected here");
    }
    if (group != 1) {
        return fail(d12,
                    "of the rod groups only 1 is read, all atoms without symmetry; "
                    "the output of CRYSTAL for this input can be read instead");
    }
    int r = read_lengths(d12, 1, "a", &a);
    struct cell_parameters p = {a, STRUCTURE_NO_PERIOD, STRUCTURE_NO_PERIOD, 90, 90, 90,
                                0};
    r = r ? r : make_frame(d12, &p);
    d12->got.periodic = 1;
    (void)symmetry_setting(1, &d12->setting);
    d12->got.cell = d12->frame;
    return r;
}

static int read_molecule(struct d12 *d12) {
    long group = 0;
    if (!read_ints(d12, &group, 1) || group < 1 || group > POINT_GROUPS) {
        return fail(d12, "the number of a point group is expected here, 1 to 47");
    }
    d12->n_point_group = crystal_point_group((int)group, d12->point_group);
    return d12->n_point_group > 0
               ? 0
               : fail(d12, "the axes of this point group are not known here; write all "
                           "atoms with group 1, or read the output of CRYSTAL");
}

/* ---- atoms ---- */

static int add_images(struct d12 *d12, const char *element, const double x[3]) {
    size_t before = d12->got.n_atoms;
    int r = 0;
    for (size_t i = 0; r == 0 && i < d12->n_point_group; i++) {
        double at[3] = {0, 0, 0};
        bool there = false;
        for (int k = 0; k < 9; k++) {
            at[k / 3] += d12->point_group[i][k / 3][k % 3] * x[k % 3];
        }
        for (size_t k = before; k < d12->got.n_atoms && !there; k++) {
            const double *old = d12->got.atoms[k].position;
            there = hypot(hypot(at[0] - old[0], at[1] - old[1]), at[2] - old[2]) <
                    EXPAND_MERGE;
        }
        r = there ? 0 : structure_add(&d12->got, element, at);
    }
    return r;
}

/* Å where nothing repeats. The frame's formal vectors are so long that images of an
 * atom below the plane come out at the upper end; they are put back. */
static int place_atom(struct d12 *d12, const char *element, double x[3]) {
    const struct expansion expansion = {.frame = d12->frame,
                                        .cell = d12->got.cell,
                                        .operations = d12->setting.operations,
                                        .n = d12->setting.n};
    size_t before = d12->got.n_atoms;
    if (d12->kind == KIND_MOLECULE) {
        return add_images(d12, element, x);
    }
    for (int k = d12->got.periodic; k < 3; k++) {
        x[k] /= STRUCTURE_NO_PERIOD;
    }
    int r = expand_atom(&expansion, element, x, &d12->got);
    for (size_t i = before; i < d12->got.n_atoms; i++) {
        for (int k = d12->got.periodic; k < 3; k++) {
            double *at = &d12->got.atoms[i].position[k];
            *at -= *at > STRUCTURE_NO_PERIOD / 2 ? STRUCTURE_NO_PERIOD : 0;
        }
    }
    return r;
}

/* 208 is an oxygen with a pseudopotential, 108 one with another basis set. */
static const char *element_of_number(long number) {
    return number > 0 ? element_symbol((int)(number % 100)) : "X";
}

static int read_atom(struct d12 *d12, long number) {
    const char *at = next(d12) ? d12->lines.line : "";
    long z = 0;
    double x[3];
    if (!fortran_int(&at, &z) || z < 0 || !fortran_reals(&at, x, 3)) {
        char what[100];
        (void)snprintf(what, sizeof what,
                       "an atom is expected here, its atomic number and three "
                       "coordinates (atom %ld)",
                       number);
        return fail(d12, what);
    }
    for (int k = 0; k < 3; k++) {
        if (fabs(x[k]) > 1e4) {
            return fail(d12, "no atom is that far away");
        }
    }
    return structure_added(place_atom(d12, element_of_number(z), x), d12->msg,
                           d12->lines.text->file, d12->lines.number);
}

static int read_atoms(struct d12 *d12) {
    long count = 0;
    if (!read_ints(d12, &count, 1) || count < 1) {
        return fail(d12, "how many atoms follow is expected here");
    }
    int r = 0;
    for (long i = 1; r == 0 && i <= count; i++) {
        r = read_atom(d12, i);
    }
    return r;
}

/* ---- EXTERNAL ---- */

static int read_beside(struct d12 *d12, char *const names[2], struct buf *out,
                       const char **used) {
    int r = -ENOENT;
    for (size_t i = 0; r == -ENOENT && i < 2 && d12->beside; i++) {
        if (names[i]) {
            r = d12->beside->read(d12->beside->data, names[i], STRUCTURE_TEXT_MAX, out);
            *used = names[i];
        }
    }
    return r;
}

static int read_external(struct d12 *d12) {
    const char *file = d12->lines.text->file;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    _cleanup_free_ char *own = NULL;
    const char *used = NULL;
    char fort[] = "fort.34";
    if (str_ends_with(file, ".d12") &&
        str_printf(&own, "%.*s.gui", (int)(strlen(file) - 4), file) < 0) {
        return -ENOMEM;
    }
    char *const names[2] = {own, fort};
    int r = read_beside(d12, names, &bytes, &used);
    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0) {
        return structure_fail(d12->msg, file, d12->lines.number,
                              "EXTERNAL takes the structure from %s%sfort.34 beside "
                              "this file, which cannot be read",
                              own ? own : "", own ? " or " : "");
    }
    const struct structure_text text = {used, buf_bytes(&bytes), buf_len(&bytes)};
    return crystal_gui_read(&text, &d12->got, d12->msg);
}

/* ---- the keywords behind ---- */

/* Of the cell that the matrix is for, the vectors in primitive ones. */
static void conventional_rows(const struct d12 *d12, int rows[3][3]) {
    struct cell_inverse inverse;
    if (cell_invert(&d12->got.cell, &inverse)) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        double x[3];
        cell_to_fractional(&inverse, d12->frame.vector[i], x);
        for (int k = 0; k < 3; k++) {
            rows[i][k] = (int)lround(x[k]);
        }
    }
}

/* Of whole numbers, which may be written as "1.0". */
static bool read_row(struct d12 *d12, double *out, size_t n) {
    const char *at = next(d12) ? d12->lines.line : "";
    bool whole = fortran_reals(&at, out, n);
    for (size_t i = 0; whole && i < n; i++) {
        whole = out[i] == round(out[i]);
    }
    return whole;
}

static int enlarge(struct d12 *d12, bool conventional) {
    int rows[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int matrix[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int n = d12->got.periodic;
    if (conventional && d12->kind != KIND_EXTERNAL) {
        conventional_rows(d12, rows);
    }
    for (int i = 0; i < n; i++) {
        double e[3] = {0, 0, 0};
        if (!read_row(d12, e, (size_t)n)) {
            return fail(d12, "a row of the supercell's matrix is expected here, whole "
                             "numbers");
        }
        for (int k = 0; k < n; k++) {
            double sum = 0;
            for (int m = 0; m < n; m++) {
                sum += e[m] * rows[m][k];
            }
            matrix[i][k] = (int)fmax(-1e6, fmin(1e6, sum));
        }
    }
    int r = supercell_make(&d12->got, matrix, &d12->got);
    return r == SUPERCELL_E_MATRIX
               ? fail(d12, "this matrix makes no cell, or one too large")
               : structure_added(r, d12->msg, d12->lines.text->file, d12->lines.number);
}

static bool is_keyword(const char *line, const char *keyword) {
    size_t n = strlen(keyword);
    return strncasecmp(line, keyword, n) == 0;
}

static bool changes_structure(const char *line) {
    static const char *const keywords[] = {
        "ATOMDISP", "ATOMINSE", "ATOMREMO", "ATOMROT",  "ATOMSUBS", "ATOMBSSE",
        "CLUSTER",  "CLUSTSIZ", "ELASTIC",  "HYDROSUB", "MOLECULE", "MOLEBSSE",
        "MOLEXP",   "MOLSPLIT", "NANOTUBE", "NANOROD",  "NANOCRYS", "ROTCRY",
        "SLAB",     "SWCNT",    "WULFF",    "FULLE",    "ATOMVARI"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (is_keyword(line, keywords[i]) && !is_keyword(line, "SLABINFO") &&
            !is_keyword(line, "ELASTCON")) {
            return true;
        }
    }
    return false;
}

static int read_keywords(struct d12 *d12) {
    int r = 0;
    while (r == 0 && next(d12)) {
        const char *line = structure_line_text(d12->lines.line);
        if (is_keyword(line, "END") || is_keyword(line, "OPTGEOM")) {
            break;
        }
        if (is_keyword(line, "SUPERCEL") || is_keyword(line, "SUPERCON")) {
            r = d12->got.periodic > 0 ? enlarge(d12, is_keyword(line, "SUPERCON")) : 0;
        } else if (changes_structure(line)) {
            return structure_note(&d12->got,
                                  "%.*s (line %ld) changes the structure and is not "
                                  "followed; this is the structure before it",
                                  (int)strcspn(line, " \t"), line, d12->lines.number);
        }
    }
    return r;
}

/* ---- all ---- */

static bool find_kind(const char *line, enum kind *out) {
    static const struct {
        const char *name;
        enum kind kind;
    } kinds[] = {{"CRYSTAL", KIND_CRYSTAL},   {"SLAB", KIND_SLAB},
                 {"POLYMER", KIND_POLYMER},   {"MOLECULE", KIND_MOLECULE},
                 {"EXTERNAL", KIND_EXTERNAL}, {"DLVINPUT", KIND_EXTERNAL}};
    line = structure_line_text(line);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if (is_keyword(line, kinds[i].name) && *structure_line_text(line + n) == '\0') {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static int read_kind(struct d12 *d12) {
    if (!next(d12) || !find_kind(d12->lines.line, &d12->kind)) {
        return fail(d12,
                    is_keyword(structure_line_text(d12->lines.line), "HELIX")
                        ? "HELIX is not read; the output of CRYSTAL for this input "
                          "can be read instead"
                        : "CRYSTAL, SLAB, POLYMER, MOLECULE or EXTERNAL is "
                          "expected here, in the second line");
    }
    switch (d12->kind) {
    case KIND_CRYSTAL:
        return read_crystal(d12);
    case KIND_SLAB:
        return read_slab(d12);
    case KIND_POLYMER:
        return read_polymer(d12);
    case KIND_MOLECULE:
        return read_molecule(d12);
    case KIND_EXTERNAL:
        return read_external(d12);
    }
    return 0;
}

int crystal_d12_read(const struct structure_text *text,
                     const struct code_beside *beside, struct structure *out,
                     struct errmsg *msg) {
    struct d12 d12 = {.beside = beside, .msg = msg};
    _cleanup_free_ char *title = NULL;
    structure_lines_begin(&d12.lines, text);
    (void)structure_lines_next(&d12.lines);
    title = strdup(d12.lines.line);
    int r = title ? read_kind(&d12) : -ENOMEM;
    r = r != 0 || d12.kind == KIND_EXTERNAL ? r : read_atoms(&d12);
    r = r ? r : structure_set_title(&d12.got, title, strlen(title));
    r = r ? r : read_keywords(&d12);
    if (r == 0) {
        structure_move(out, &d12.got);
    }
    structure_deinit(&d12.got);
    return r;
}

bool crystal_d12_recognise(const char *text, size_t n) {
    const struct structure_text whole = {"", text, n};
    struct structure_lines lines;
    enum kind kind;
    structure_lines_begin(&lines, &whole);
    return structure_lines_next(&lines) && structure_lines_next(&lines) &&
           find_kind(lines.line, &kind) && !crystal_scan_is_output(text, n);
}
