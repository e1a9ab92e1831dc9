/* A folder for VASP: whether INCAR, POSCAR, KPOINTS and POTCAR are there and go
 * together. Of the POTCAR only the lines that name its parts and their cutoffs are
 * looked at. */
#include "codes/vasp/vasp_input.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "codes/code_check.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPECIES_MAX = 64,
    NAME_MAX_KEPT = 8,
    TEXT_MAX = 16 * 1024 * 1024,
    POTCAR_MAX = 64 * 1024 * 1024,
};

struct folder {
    const char *incar;
    size_t n;
    const struct code_beside *beside;
    struct code_findings *out;
    char species[SPECIES_MAX][NAME_MAX_KEPT]; /* of the POSCAR */
    size_t n_species;                         /* groups of atoms in it */
    bool named;                               /* it names them */
    long atoms;                               /* 0: not known */
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

/* The words of a line that names species, or counts atoms. Returns how many. */
static size_t take_names(const char *line, char out[SPECIES_MAX][NAME_MAX_KEPT]) {
    size_t n = 0;
    for (line += strspn(line, " \t"); *line && n < SPECIES_MAX;
         line += strspn(line, " \t")) {
        size_t length = strcspn(line, " \t");
        /* "Si_pv" and "Si/hash" are Si. */
        size_t kept = strcspn(line, " \t_/");
        (void)snprintf(out[n++], NAME_MAX_KEPT, "%.*s", (int)kept, line);
        line += length;
    }
    return n;
}

static size_t take_counts(const char *line, long *sum) {
    size_t n = 0;
    long count = 0;
    *sum = 0;
    while (fortran_int(&line, &count) && count > 0) {
        *sum += count;
        n++;
    }
    line += strspn(line, " \t");
    return *line == '\0' || *line == '!' || *line == '#' ? n : 0;
}

static int check_counts(struct folder *folder, const char *line, long number,
                        size_t names) {
    long sum = 0;
    size_t n = take_counts(line, &sum);
    if (n == 0) {
        return code_find(
            folder->out, true, "POSCAR", number,
            "the numbers of atoms are expected here, one for each species");
    }
    folder->n_species = n;
    folder->atoms = sum;
    return names == 0 || names == n
               ? 0
               : code_find(folder->out, true, "POSCAR", number,
                           "%zu numbers of atoms for the %zu species named above", n,
                           names);
}

static long count_positions(const char *at, const char *end, long *line_number) {
    char line[CODE_LINE_MAX];
    long n = 0;
    while (code_next_line(&at, end, line)) {
        const char *number = line;
        double x[3];
        if (!fortran_reals(&number, x, 3)) {
            break;
        }
        n++;
        ++*line_number;
    }
    return n;
}

static int check_positions(struct folder *folder, const char *at, const char *end,
                           long number) {
    char line[CODE_LINE_MAX] = "";
    bool more = code_next_line(&at, end, line);
    number++;
    if (more && toupper((unsigned char)line[strspn(line, " \t")]) == 'S') {
        more = code_next_line(&at, end, line);
        number++;
    }
    if (!more || !strchr("CcKkDd", line[strspn(line, " \t")])) {
        return code_find(folder->out, true, "POSCAR", number,
                         "Direct or Cartesian is expected here");
    }
    long n = count_positions(at, end, &number);
    return n >= folder->atoms
               ? 0
               : code_find(folder->out, true, "POSCAR", number + 1,
                           "%ld positions, but %ld atoms are counted above", n,
                           folder->atoms);
}

static int check_poscar(struct folder *folder) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    char line[CODE_LINE_MAX];
    int r = read_file(folder, "POSCAR", TEXT_MAX, &text);
    if (r == -ENOENT) {
        return code_find(
            folder->out, true, "POSCAR", 0,
            "there is none, or nothing in it: the cell and the atoms belong "
            "there (of a run before: cp CONTCAR POSCAR)");
    }
    if (r < 0) {
        return r;
    }
    const char *at = buf_bytes(&text);
    const char *end = at + buf_len(&text);
    long number = 1;
    bool more = code_next_line(&at, end, line);
    for (; more && number < 5; number++) {
        more = code_next_line(&at, end, line);
        const char *value = line;
        double x[3];
        size_t want = number == 1 ? 1 : 3;
        if (!more || !fortran_reals(&value, x, want)) {
            return code_find(folder->out, true, "POSCAR", number + 1, "%s",
                             number == 1 ? "the scale, a number, is expected here"
                                         : "a vector of the cell, three numbers, is "
                                           "expected here");
        }
    }
    size_t names = 0;
    more = code_next_line(&at, end, line);
    number++;
    if (more && isalpha((unsigned char)line[strspn(line, " \t")])) {
        names = take_names(line, folder->species);
        folder->named = true;
        more = code_next_line(&at, end, line);
        number++;
    }
    r = check_counts(folder, more ? line : "", number, names);
    return r || folder->atoms == 0 ? r : check_positions(folder, at, end, number);
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
    if (folder->n_potcar == 0 || folder->n_species == 0) {
        return 0;
    }
    if (folder->n_potcar != folder->n_species) {
        return code_find(folder->out, true, "POTCAR", 0,
                         "it has %zu parts, and POSCAR %zu species", folder->n_potcar,
                         folder->n_species);
    }
    for (size_t i = 0; folder->named && i < folder->n_species; i++) {
        if (strcmp(folder->species[i], folder->potcar[i]) != 0) {
            return code_find(folder->out, true, "POTCAR", 0,
                             "part %zu is for %s, and species %zu of POSCAR is %s; put "
                             "the parts into the order of the POSCAR",
                             i + 1, folder->potcar[i], i + 1, folder->species[i]);
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
    const char *at = buf_bytes(&text);
    const char *end = at + buf_len(&text);
    bool more = code_next_line(&at, end, line) && code_next_line(&at, end, line);
    const char *value = line;
    long count = 0;
    if (r == 0 && (!more || !fortran_int(&value, &count) || count < 0)) {
        r = code_find(folder->out, true, "KPOINTS", 2,
                      "how many k points follow is expected here, 0 for a mesh");
    }
    return r;
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
    if (folder->atoms == 0 || !find(folder, "MAGMOM", &tag)) {
        return 0;
    }
    long n = count_values(&tag);
    long want = folder->atoms * (spins ? 3 : 1);
    return n < 0 || n == want
               ? 0
               : code_find(folder->out, n < want, "INCAR", tag.line,
                           "MAGMOM has %ld values, and %ld atoms need %ld", n,
                           folder->atoms, want);
}

static int check_incar(struct folder *folder) {
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
    if (r == 0 && ibrion >= 1 && ibrion <= 3 && !(nsw > 0)) {
        r = code_find(folder->out, false, "INCAR", tag.line,
                      "IBRION = %g moves atoms, but NSW allows no steps", ibrion);
    }
    if (r == 0 && ibrion == -1 && nsw > 0) {
        r = code_find(folder->out, false, "INCAR", tag.line,
                      "IBRION = -1 moves no atoms, but NSW = %g steps are asked for",
                      nsw);
    }
    return r ? r : check_magmom(folder);
}

int vasp_check(const char *file, const char *text, size_t n, char *const *env,
               const struct code_beside *beside, struct code_findings *out) {
    struct folder folder = {.incar = text, .n = n, .beside = beside, .out = out};
    (void)file;
    (void)env;
    int r = check_poscar(&folder);
    r = r ? r : read_potcar(&folder);
    r = r ? r : compare_species(&folder);
    r = r ? r : check_kpoints(&folder);
    return r ? r : check_incar(&folder);
}
