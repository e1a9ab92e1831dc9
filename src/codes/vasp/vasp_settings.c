/* What a run was told: the settings that OUTCAR echoes, the POTCARs, the numbers of
 * atoms, bands and k-points. The INCAR itself, which newer versions print first, is
 * read by the same rules; what VASP made of it comes later and counts. */
#include "codes/vasp/vasp_scan.h"

#include "base/fortran.h"
#include "structure/element.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Behind the first '=' of a text that holds nothing but blanks before it. */
static const char *behind_equals(const char *rest) {
    rest += strspn(rest, " \t");
    return *rest == '=' ? rest + 1 : NULL;
}

static int read_long(const char *rest, long *value) {
    const char *at = behind_equals(rest);
    if (!at) {
        return VASP_DECLINED;
    }
    (void)fortran_int(&at, value);
    return 0;
}

static int read_real(const char *rest, double *value) {
    const char *at = behind_equals(rest);
    if (!at) {
        return VASP_DECLINED;
    }
    (void)fortran_real(&at, value);
    return 0;
}

/* The number behind "NKPTS =" and the like, somewhere in the line. */
static void find_long(const char *text, const char *name, long *value) {
    const char *at = strstr(text, name);
    at = at ? at + strlen(name) : "";
    at += strspn(at, " =");
    (void)fortran_int(&at, value);
}

static int take_nsw(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.nsw);
}

static int take_ibrion(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.ibrion);
}

static int take_icharg(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.icharg);
}

/* "NELM   =    100;   NELMIN=  2; NELMDL= -5     # of ELM steps" */
static int take_nelm(struct vasp_scan *scan, const char *rest) {
    int r = read_long(rest, &scan->settings.nelm);
    if (r == 0) {
        find_long(rest, "NELMDL", &scan->settings.nelmdl);
    }
    return r;
}

static int take_nelmdl(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.nelmdl);
}

static int take_ispin(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.ispin);
}

static int take_ialgo(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.ialgo);
}

static int take_ediff(struct vasp_scan *scan, const char *rest) {
    return read_real(rest, &scan->settings.ediff);
}

static int take_ediffg(struct vasp_scan *scan, const char *rest) {
    return read_real(rest, &scan->settings.ediffg);
}

static int take_ismear(struct vasp_scan *scan, const char *rest) {
    return read_long(rest, &scan->settings.ismear);
}

static int read_logical(const char *rest, bool *out) {
    const char *at = behind_equals(rest);
    if (!at) {
        return VASP_DECLINED;
    }
    at += strspn(at, " .");
    *out = *at == 'T' || *at == 't';
    return 0;
}

/* The response to a magnetic field. */
static int take_lchimag(struct vasp_scan *scan, const char *rest) {
    return read_logical(rest, &scan->settings.shifts);
}

static int take_lnoncollinear(struct vasp_scan *scan, const char *rest) {
    return read_logical(rest, &scan->settings.spinors);
}

static int take_mesh(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->settings.mesh = true;
    return 0;
}

static int take_dimensions(struct vasp_scan *scan, const char *rest) {
    find_long(rest, "NKPTS", &scan->settings.nkpts);
    find_long(rest, "NBANDS", &scan->settings.nbands);
    return 0;
}

static int take_nions(struct vasp_scan *scan, const char *rest) {
    long nions = 0;
    find_long(rest, "NIONS", &nions);
    if (nions > 0) {
        scan->results->natoms = nions;
    }
    return 0;
}

/* ---- types of atoms ---- */

static int add_type(struct vasp_types *types, const char *label) {
    if (types->n == RESULTS_MAX_ATOMS) {
        return 0;
    }
    struct vasp_type *list =
        results_grow(types->list, types->n, &types->cap, sizeof(*types->list));
    if (!list) {
        return -ENOMEM;
    }
    types->list = list;
    element_of_label(label, list[types->n].element);
    list[types->n++].count = 0;
    return 0;
}

int vasp_types_add(struct vasp_scan *scan, const char *label) {
    return add_type(&scan->types, label);
}

/* "VRHFIN =Si: s2p2" */
static int take_vrhfin(struct vasp_scan *scan, const char *rest) {
    const char *at = behind_equals(rest);
    return at ? vasp_types_add(scan, at + strspn(at, " ")) : VASP_DECLINED;
}

/* "TITEL  = PAW_PBE Si_sv 05Jan2001": for a type whose VRHFIN names no element. */
static int take_titel(struct vasp_scan *scan, const char *rest) {
    const char *at = behind_equals(rest);
    struct vasp_types *types = &scan->types;
    if (!at || types->n == 0) {
        return at ? 0 : VASP_DECLINED;
    }
    struct vasp_type *last = &types->list[types->n - 1];
    at += strspn(at, " ");
    at += strcspn(at, " ");
    at += strspn(at, " ");
    if (strcmp(last->element, "X") == 0) {
        element_of_label(at, last->element);
    }
    return 0;
}

/* "POTCAR:    PAW_PBE Si_sv 05Jan2001" */
static int take_potcar(struct vasp_scan *scan, const char *rest) {
    rest += strspn(rest, " ");
    rest += strcspn(rest, " ");
    rest += strspn(rest, " ");
    return *rest ? add_type(&scan->titles, rest) : 0;
}

/* An OUTCAR from which what the POTCARs hold was taken out still has their titles: all
 * in a list, and each once more. */
static int use_titles(struct vasp_scan *scan) {
    const struct vasp_types *titles = &scan->titles;
    size_t half = titles->n / 2;
    bool twice = titles->n % 2 == 0;
    for (size_t i = 0; twice && i < half; i++) {
        twice = strcmp(titles->list[i].element, titles->list[half + i].element) == 0;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < (twice ? half : titles->n); i++) {
        r = vasp_types_add(scan, titles->list[i].element);
    }
    return r;
}

static long sum_counts(const struct vasp_types *types) {
    long sum = 0;
    for (size_t i = 0; i < types->counted && i < types->n; i++) {
        sum += types->list[i].count;
    }
    return sum;
}

/* Counts that fill their four columns touch each other: "10001000". */
static bool next_count(const char **at, bool columns, long *count) {
    char field[5];
    if (!columns) {
        return fortran_int(at, count) && *count > 0;
    }
    (void)snprintf(field, sizeof(field), "%.4s", *at);
    const char *p = field;
    if (!fortran_int(&p, count) || *count <= 0) {
        return false;
    }
    *at += strlen(field);
    return true;
}

static void read_counts(struct vasp_types *types, const char *at, bool columns) {
    long count;
    while (types->counted < types->n && next_count(&at, columns, &count) &&
           count < LONG_MAX / 2 - sum_counts(types)) {
        types->list[types->counted++].count = count;
    }
}

static bool all_counted(const struct vasp_scan *scan) {
    const struct vasp_types *types = &scan->types;
    return types->counted >= types->n || sum_counts(types) == scan->results->natoms;
}

static bool is_dimension(const char *text) {
    static const char *const rows[] = {
        "Dimension of arrays", "k-points  ",        "number of dos ",
        "non local maximal",   "total plane-waves", "max r-space",
        "dimension x,y,z",     "support grid",      "ions per type",
    };
    bool is = false;
    for (size_t i = 0; !is && i < sizeof(rows) / sizeof(*rows); i++) {
        is = vasp_behind(text, rows[i]) != NULL;
    }
    return is;
}

/* The format that prints the dimensions ends with ten counts. Where there are more it
 * begins anew, and the next of them stand where the dimensions did: behind NKPTS and
 * its like, one after the other. */
static int repeated_row(struct vasp_scan *scan, const char *text) {
    if (all_counted(scan) || (*text && !is_dimension(text))) {
        return VASP_DECLINED;
    }
    const char *at = strchr(text, '=');
    for (; at && !all_counted(scan); at = strchr(at, '=')) {
        read_counts(&scan->types, ++at, false);
    }
    scan->section = all_counted(scan) ? NULL : repeated_row;
    return 0;
}

/* More counts than fit in a line. */
static int count_row(struct vasp_scan *scan, const char *text) {
    if (!isdigit((unsigned char)*text) || scan->types.counted >= scan->types.n) {
        return repeated_row(scan, text);
    }
    read_counts(&scan->types, text, false);
    return 0;
}

static int take_counts(struct vasp_scan *scan, const char *rest) {
    struct vasp_types *types = &scan->types;
    const char *at = behind_equals(rest);
    if (!at) {
        return VASP_DECLINED;
    }
    if (types->n == 0) {
        int r = use_titles(scan);
        if (r < 0) {
            return r;
        }
    }
    types->counted = 0;
    read_counts(types, at, false);
    if (types->counted < types->n && sum_counts(types) != scan->results->natoms) {
        at += strspn(at, " ");
        size_t first = strspn(at, "0123456789") % 4;
        const char *from = at - (first ? 4 - first : 0);
        size_t before = types->counted;
        types->counted = 0;
        read_counts(types, from, true);
        if (types->counted < before) {
            types->counted = 0;
            read_counts(types, at, false);
        }
    }
    scan->section = types->counted < types->n ? count_row : NULL;
    return 0;
}

const struct vasp_rule vasp_setting_rules[] = {
    {"NSW", take_nsw},
    {"IBRION", take_ibrion},
    {"ICHARG", take_icharg},
    {"NELMDL", take_nelmdl},
    {"NELM", take_nelm},
    {"ISPIN", take_ispin},
    {"IALGO", take_ialgo},
    {"ISMEAR", take_ismear},
    {"LCHIMAG", take_lchimag},
    {"LNONCOLLINEAR", take_lnoncollinear},
    {"EDIFFG", take_ediffg},
    {"EDIFF", take_ediff},
    {"Automatic generation of k-mesh", take_mesh},
    {"generate k-points for:", take_mesh},
    {"k-points           ", take_dimensions},
    {"k-Points           ", take_dimensions}, /* 4.6 */
    {"number of dos      NEDOS", take_nions},
    {"POTCAR:", take_potcar},
    {"VRHFIN", take_vrhfin},
    {"TITEL", take_titel},
    {"ions per type", take_counts},
    {NULL, NULL},
};
