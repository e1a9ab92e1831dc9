/* A folder for VASP: whether INCAR, POSCAR, KPOINTS and POTCAR are there and go
 * together. Of the POTCAR only the lines that name its parts and their cutoffs are
 * looked at. */
#include "codes/vasp/vasp_input.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "codes/code_check.h"
#include "codes/geometry_check.h"
#include "structure/poscar.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPECIES_MAX = POSCAR_SPECIES_MAX,
    NAME_MAX_KEPT = POSCAR_NAME_SIZE,
    TEXT_MAX = 16 * 1024 * 1024,
    POTCAR_MAX = 64 * 1024 * 1024,
};

struct folder {
    const char *incar;
    size_t n;
    const struct code_beside *beside;
    struct code_findings *out;
    struct poscar_species species; /* of the POSCAR; none where it is not right */
    struct structure structure;    /* likewise; owned */
    char potcar[SPECIES_MAX][NAME_MAX_KEPT];
    size_t n_potcar;
    double enmax; /* eV, the largest of the POTCAR; 0: not known */
};

/* 0, -ENOENT where there is none (or nothing in it), or -ENOMEM. */
static int read_file(const struct folder *folder, const char *name, size_t most,
                     struct buf *out) {
    int r = folder->beside->read(folder->beside->data, name, most, out);
    return r == -ENOMEM ? r : r < 0 || buf_len(out) == 0 ? -ENOENT : 0;
}

/* ---- POSCAR ---- */

static int check_poscar(struct folder *folder) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = read_file(folder, "POSCAR", STRUCTURE_TEXT_MAX, &bytes);
    if (r == -ENOENT) {
        return code_find(
            folder->out, true, "POSCAR", 0,
            "there is none, or nothing in it: the cell and the atoms belong "
            "there (of a run before: cp CONTCAR POSCAR)");
    }
    if (r < 0) {
        return r;
    }
    const struct structure_text text = {"POSCAR", buf_bytes(&bytes), buf_len(&bytes)};
    r = poscar_read_species(&text, &folder->structure, &folder->species, &msg);
    if (r != 0) {
        return r == -ENOMEM ? r : code_found(folder->out, true, msg.text);
    }
    if (cell_determinant(&folder->structure.cell) < 0) {
        r = code_find(folder->out, true, "POSCAR", 3,
                      "the three vectors are left-handed, at which VASP stops; "
                      "exchange two of them, and the same two coordinates of each atom "
                      "if they are Direct");
    }
    if (r == 0 && folder->species.extra > 0) {
        r = code_find(folder->out, false, "POSCAR", folder->species.extra,
                      "this looks like one more position, but the numbers of atoms are "
                      "%zu together",
                      folder->structure.n_atoms);
    }
    return r ? r
             : geometry_check_contacts(&folder->structure, "POSCAR", 0, folder->out);
}

/* ---- POTCAR ---- */

/* "   TITEL  = PAW_PBE Si_sv 05Jan2001": the second word, up to a _. */
static void take_title(struct folder *folder, const char *value) {
    value += strspn(value, " \t=");
    value += strcspn(value, " \t");
    value += strspn(value, " \t");
    if (folder->n_potcar < SPECIES_MAX && *value) {
        (void)snprintf(folder->potcar[folder->n_potcar++], NAME_MAX_KEPT, "%.*s",
                       (int)strcspn(value, " \t_"), value);
    }
}

static int read_potcar(struct folder *folder) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    char line[CODE_LINE_MAX];
    int r = read_file(folder, "POTCAR", POTCAR_MAX, &text);
    if (r == -ENOENT) {
        return code_find(folder->out, true, "POTCAR", 0,
                         "there is none, or nothing in it; put those of your licence "
                         "together in the order of the species in POSCAR");
    }
    if (r < 0) {
        return r;
    }
    const char *at = buf_bytes(&text);
    const char *end = at + buf_len(&text);
    while (code_next_line(&at, end, line)) {
        const char *title = strstr(line, "TITEL");
        const char *enmax = strstr(line, "ENMAX");
        if (title) {
            take_title(folder, title + strlen("TITEL"));
        } else if (enmax) {
            enmax += strlen("ENMAX");
            double value = strtod(enmax + strspn(enmax, " ="), NULL);
            folder->enmax = value > folder->enmax ? value : folder->enmax;
        }
    }
    return folder->n_potcar > 0
               ? 0
               : code_find(folder->out, false, "POTCAR", 0,
                           "no line with TITEL is in it, so that it cannot be compared "
                           "with the POSCAR");
}

static int compare_species(struct folder *folder) {
    if (folder->n_potcar == 0 || folder->species.n == 0) {
        return 0;
    }
    if (folder->n_potcar != folder->species.n) {
        return code_find(folder->out, true, "POTCAR", 0,
                         "it has %zu parts, and POSCAR %zu species", folder->n_potcar,
                         folder->species.n);
    }
    for (size_t i = 0; folder->species.named && i < folder->species.n; i++) {
        if (strcmp(folder->species.name[i], folder->potcar[i]) != 0) {
            return code_find(folder->out, true, "POTCAR", 0,
                             "part %zu is for %s, and species %zu of POSCAR is %s; put "
                             "the parts into the order of the POSCAR",
                             i + 1, folder->potcar[i], i + 1, folder->species.name[i]);
        }
    }
    return 0;
}

/* ---- INCAR and KPOINTS ---- */

static bool find(const struct folder *folder, const char *name, struct vasp_tag *tag) {
    return vasp_incar_find(folder->incar, folder->n, name, tag);
}

/* NAN when the tag is not there or no number. */
static double number_of(const struct folder *folder, const char *name,
                        struct vasp_tag *tag) {
    char text[64];
    if (!find(folder, name, tag)) {
        return NAN;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)tag->n, tag->value);
    const char *at = text;
    double value = 0;
    return fortran_real(&at, &value) ? value : NAN;
}

/* A mesh is two lines: Gamma or Monkhorst-Pack, and three numbers. */
static int check_mesh(struct folder *folder, const char *at, const char *end) {
    char line[CODE_LINE_MAX];
    long mesh[3] = {0};
    if (!code_next_line(&at, end, line) || !*line ||
        !strchr("GgMm", line[strspn(line, " \t")])) {
        return 0;
    }
    const char *value = code_next_line(&at, end, line) ? line : "";
    for (int i = 0; i < 3; i++) {
        if (!fortran_int(&value, &mesh[i]) || mesh[i] < 1) {
            return 0; /* that is told */
        }
    }
    struct vasp_tag tag;
    double ismear = number_of(folder, "ISMEAR", &tag);
    bool tetrahedra = ismear == -5 || ismear == -4 || ismear == -14 || ismear == -15;
    if (tetrahedra && mesh[0] < 4 && mesh[1] < 4 && mesh[2] < 4 &&
        mesh[0] * mesh[1] * mesh[2] < 4) {
        int r = code_find(folder->out, false, "INCAR", tag.line,
                          "ISMEAR = %g, the tetrahedron method, needs 4 k points or "
                          "more, and the mesh in KPOINTS has %ld; take ISMEAR = 0 with "
                          "a small SIGMA",
                          ismear, mesh[0] * mesh[1] * mesh[2]);
        if (r != 0) {
            return r;
        }
    }
    return geometry_check_mesh(&folder->structure, mesh, "KPOINTS", 4, folder->out);
}

static int check_kpoints(struct folder *folder) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct vasp_tag tag;
    char line[CODE_LINE_MAX];
    bool spacing = find(folder, "KSPACING", &tag);
    int r = read_file(folder, "KPOINTS", TEXT_MAX, &text);
    if (r == -ENOENT) {
        return spacing
                   ? 0
                   : code_find(folder->out, false, "KPOINTS", 0,
                               "there is none, and no KSPACING in INCAR: VASP takes a "
                               "spacing of 0.5, or stops");
    }
    if (r < 0) {
        return r;
    }
    if (spacing) {
        r = code_find(
            folder->out, false, "INCAR", tag.line,
            "KSPACING means nothing where there is a KPOINTS; keep one of them");
    }
    size_t before = folder->out->errors;
    r = r ? r : vasp_check_kpoints(buf_bytes(&text), buf_len(&text), folder->out);
    const char *at = buf_bytes(&text);
    const char *end = at + buf_len(&text);
    bool more = code_next_line(&at, end, line) && code_next_line(&at, end, line);
    const char *value = line;
    long count = 1;
    return r == 0 && folder->out->errors == before && more &&
                   fortran_int(&value, &count) && count == 0
               ? check_mesh(folder, at, end)
               : r;
}

/* "2*1.0 -1": how many numbers; -1 when it is something else. */
static long count_values(const struct vasp_tag *tag) {
    char text[4096];
    if (tag->n >= sizeof text) {
        return -1;
    }
    memcpy(text, tag->value, tag->n);
    text[tag->n] = '\0';
    long n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " \t\r\n\\", &rest); word;
         word = strtok_r(NULL, " \t\r\n\\", &rest)) {
        char *star = strchr(word, '*');
        long times = star ? strtol(word, NULL, 10) : 1;
        const char *at = star ? star + 1 : word;
        double value = 0;
        if (times < 1 || times > 1000000 || !fortran_real(&at, &value)) {
            return -1;
        }
        n += times;
    }
    return n;
}

static int check_magmom(struct folder *folder) {
    struct vasp_tag tag;
    bool spins = vasp_incar_is_true(folder->incar, folder->n, "LNONCOLLINEAR") ||
                 vasp_incar_is_true(folder->incar, folder->n, "LSORBIT");
    long atoms = (long)folder->structure.n_atoms;
    if (atoms == 0 || !find(folder, "MAGMOM", &tag)) {
        return 0;
    }
    const char *apart = memmem(tag.value, tag.n, "* ", 2);
    if (apart && apart > tag.value && isdigit((unsigned char)apart[-1])) {
        return code_find(folder->out, true, "INCAR", tag.line,
                         "no blank may stand behind the * in MAGMOM, as in \"4*1.0\"");
    }
    long n = count_values(&tag);
    long want = atoms * (spins ? 3 : 1);
    return n < 0 || n == want
               ? 0
               : code_find(folder->out, n < want, "INCAR", tag.line,
                           "MAGMOM has %ld values, and %ld atoms need %ld", n, atoms,
                           want);
}

/* A value for each species; VASP stops where some are missing. */
static int check_hubbard(struct folder *folder) {
    static const char *const tags[] = {"LDAUL", "LDAUU", "LDAUJ"};
    size_t want = folder->species.n;
    int r = 0;
    if (want == 0 || !vasp_incar_is_true(folder->incar, folder->n, "LDAU")) {
        return 0;
    }
    for (size_t i = 0; r == 0 && i < sizeof tags / sizeof *tags; i++) {
        struct vasp_tag tag;
        long n = find(folder, tags[i], &tag) ? count_values(&tag) : -1;
        if (n >= 0 && (size_t)n != want) {
            r = code_find(folder->out, (size_t)n < want, "INCAR", tag.line,
                          "%s has %ld value%s, and POSCAR %zu species", tags[i], n,
                          n == 1 ? "" : "s", want);
        }
    }
    return r;
}

static int check_tags(struct folder *folder) {
    struct vasp_tag tag;
    double encut = number_of(folder, "ENCUT", &tag);
    int r = 0;
    if (folder->enmax > 0 && encut < folder->enmax - 0.5) {
        r = code_find(
            folder->out, false, "INCAR", tag.line,
            "ENCUT is %g eV, less than the largest ENMAX of the POTCAR, %g eV", encut,
            folder->enmax);
    }
    double ibrion = number_of(folder, "IBRION", &tag);
    struct vasp_tag nsw_tag;
    double nsw = number_of(folder, "NSW", &nsw_tag);
    /* NSW = 0 is how many turn it off on purpose. */
    if (r == 0 && ibrion >= 1 && ibrion <= 3 && isnan(nsw)) {
        r = code_find(folder->out, false, "INCAR", tag.line,
                      "IBRION = %g moves atoms, but without NSW no steps are allowed",
                      ibrion);
    }
    if (r == 0 && ibrion == -1 && nsw > 1) {
        r = code_find(folder->out, false, "INCAR", tag.line,
                      "IBRION = -1 moves no atoms, but NSW = %g steps are asked for",
                      nsw);
    }
    r = r ? r : check_magmom(folder);
    return r ? r : check_hubbard(folder);
}

int vasp_check(const char *file, const char *text, size_t n, char *const *env,
               const struct code_beside *beside, struct code_findings *out) {
    struct folder folder = {.incar = text, .n = n, .beside = beside, .out = out};
    (void)env;
    int r = check_poscar(&folder);
    r = r ? r : read_potcar(&folder);
    r = r ? r : compare_species(&folder);
    r = r ? r : check_kpoints(&folder);
    r = r ? r : check_tags(&folder);
    structure_deinit(&folder.structure);
    return r ? r : vasp_check_incar(file, text, n, out);
}
