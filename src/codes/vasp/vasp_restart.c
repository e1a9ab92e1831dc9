/* How a run of VASP goes on: in the same folder, with the last CONTCAR as POSCAR, and
 * with the orbitals of the WAVECAR, which VASP reads by itself unless the INCAR forbids
 * it. Its files have names that cannot be chosen, so those of the run before get a
 * number: POSCAR.1, OUTCAR.1. VASP was not at hand to be run; what its files are like
 * is known from its manual and from what others read of them. */
#include "codes/vasp/vasp_input.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/str.h"
#include "codes/code_check.h"
#include "codes/code_internal.h"
#include "codes/code_restart.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    TEXT_MAX = 16 * 1024 * 1024,
    NUMBERS_MAX = 10000,
    /* Of lines in a CONTCAR, and of numbers in the head of a WAVECAR. */
    HEAD = 2,
};

/* What gets a number when it is written anew: by us, and by the run. */
static const char *const numbered[] = {
    "POSCAR",      "INCAR",      "CONTCAR", "OUTCAR",   "OSZICAR",
    "vasprun.xml", "vaspout.h5", "XDATCAR", "EIGENVAL", "DOSCAR",
    "PROCAR",      "IBZKPT",     "PCDAT",   "REPORT",   NULL};
enum { BY_US = 2 };

struct plan {
    const struct code_stopped *stopped;
    struct code_restart *out;
    struct errmsg *msg;
    struct buf contcar; /* owned; empty: it is not used */
    bool waves;         /* the WAVECAR is whole */
    int number;         /* of the files that are kept */
};

/* ---- CONTCAR ---- */

/* The counts of a POSCAR's line; 0: it is none. */
static long count_atoms(const char *line) {
    long sum = 0;
    long one = 0;
    while (fortran_int(&line, &one) && one > 0) {
        sum += one;
    }
    return sum;
}

static int cut(struct plan *plan, const char *what) {
    return errmsg_set(plan->msg, CODE_E_RESTART, "CONTCAR is not whole: %s", what);
}

static int check_positions(struct plan *plan, const char *at, const char *end,
                           long atoms) {
    char line[CODE_LINE_MAX] = "";
    struct errmsg what = ERRMSG_NULL;
    bool more = code_next_line(&at, end, line);
    if (more && toupper((unsigned char)line[strspn(line, " \t")]) == 'S') {
        more = code_next_line(&at, end, line);
    }
    long n = 0;
    double x[3];
    for (const char *number = line; more && n < atoms; number = line) {
        /* A last line without its end may be cut in the middle of a number. */
        more = code_next_line(&at, end, line) && at[-1] == '\n' &&
               fortran_reals(&number, x, 3);
        n += more;
    }
    if (n < atoms) {
        (void)errmsg_set(&what, 0, "it ends after %ld of %ld positions", n, atoms);
        return cut(plan, what.text);
    }
    return 0;
}

static int check_contcar(struct plan *plan) {
    enum { CELL_LINES = 5 };
    const char *at = buf_bytes(&plan->contcar);
    const char *end = at + buf_len(&plan->contcar);
    char line[CODE_LINE_MAX] = "";
    bool more = true;
    for (int i = 0; more && i < CELL_LINES; i++) {
        more = code_next_line(&at, end, line);
    }
    more = more && code_next_line(&at, end, line);
    if (more && isalpha((unsigned char)line[strspn(line, " \t")])) {
        more = code_next_line(&at, end, line);
    }
    long atoms = more ? count_atoms(line) : 0;
    return atoms > 0 ? check_positions(plan, at, end, atoms)
                     : cut(plan, "it ends before the numbers of its atoms");
}

/* VASP opens it when it begins, and writes it after each step. */
static int look_at_contcar(struct plan *plan) {
    const struct code_look *look = plan->stopped->look;
    int64_t size = 0;
    int64_t modified = 0;
    int r = look->state(look->data, "CONTCAR", &size, &modified);
    if (r < 0 || size == 0) {
        return code_look_broke_off(r) ? r : 0;
    }
    r = code_look_written(plan->stopped, "CONTCAR", &size, plan->msg);
    if (r == 0 && size > TEXT_MAX) {
        return cut(plan, "it is larger than 16 MiB");
    }
    r = r ? r : look->read(look->data, "CONTCAR", 0, TEXT_MAX, &plan->contcar);
    if (r < 0 && !code_look_broke_off(r)) {
        return errmsg_set(plan->msg, CODE_E_RESTART, "CONTCAR cannot be read");
    }
    return r ? r : check_contcar(plan);
}

/* ---- WAVECAR ---- */

/* Numbers of a record's beginning; false: it is shorter. */
static int read_numbers(const struct plan *plan, int64_t at, double *out, size_t n,
                        bool *whole) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    const struct code_look *look = plan->stopped->look;
    int r = look->read(look->data, "WAVECAR", at, n * sizeof *out, &bytes);
    *whole = r == 0 && buf_len(&bytes) == n * sizeof *out;
    if (*whole) {
        memcpy(out, buf_bytes(&bytes), n * sizeof *out);
    }
    return code_look_broke_off(r) ? r : 0;
}

/* Records of one length: two of a head, and for each spin and k point one with the
 * energies of the bands and one for each band. */
static int least_size(const struct plan *plan, double *out) {
    double first[HEAD] = {0, 0};
    double second[HEAD] = {0, 0};
    bool whole = false;
    *out = INFINITY;
    int r = read_numbers(plan, 0, first, HEAD, &whole);
    if (r < 0 || !whole || !(first[0] >= 24 && first[0] < 1e12)) {
        return r;
    }
    r = read_numbers(plan, (int64_t)first[0], second, HEAD, &whole);
    if (r == 0 && whole) {
        *out = first[0] * (2 + first[1] * second[0] * (second[1] + 1));
    }
    return r;
}

static int look_at_wavecar(struct plan *plan) {
    double least = 0;
    int64_t size = 0;
    bool there = false;
    int r = code_look_exists(plan->stopped->look, "WAVECAR", &there);
    if (r < 0 || !there) {
        return r;
    }
    r = code_look_written(plan->stopped, "WAVECAR", &size, plan->msg);
    r = r ? r : least_size(plan, &least);
    if (r == 0 && !((double)size >= least)) {
        r = errmsg_set(plan->msg, CODE_E_RESTART,
                       "WAVECAR is not whole: it ends in the middle, as when a run is "
                       "ended while it writes");
    }
    if (r == CODE_E_RESTART && buf_len(&plan->contcar) > 0) {
        struct errmsg why = *plan->msg;
        return errmsg_set(plan->msg, r,
                          "%s. To go on from CONTCAR with new orbitals: rm WAVECAR",
                          why.text);
    }
    plan->waves = r == 0;
    return r;
}

static bool has_value(const struct plan *plan, const char *name, const char *value,
                      struct vasp_tag *tag) {
    return vasp_incar_find(plan->stopped->text, plan->stopped->n, name, tag) &&
           tag->n == strlen(value) && memcmp(tag->value, value, tag->n) == 0;
}

static int look_at_charge(const struct plan *plan) {
    struct vasp_tag tag;
    return has_value(plan, "ICHARG", "1", &tag) || has_value(plan, "ICHARG", "11", &tag)
               ? code_look_written(&(struct code_stopped){.look = plan->stopped->look},
                                   "CHGCAR", NULL, plan->msg)
               : 0;
}

/* ---- what changes ---- */

/* An INCAR that forbids it is told to read the WAVECAR: ISTART = 0 becomes 1, and
 * ICHARG = 2, which would take the charge of free atoms, 0. */
static int change_incar(const struct plan *plan) {
    static const char *const changes[][3] = {{"ISTART", "0", "1"},
                                             {"ICHARG", "2", "0"}};
    const char *at = plan->stopped->text;
    const char *end = at + plan->stopped->n;
    const char *from[2] = {NULL, NULL};
    int r = 0;
    for (size_t i = 0; plan->waves && i < 2; i++) {
        struct vasp_tag tag;
        from[i] =
            has_value(plan, changes[i][0], changes[i][1], &tag) ? tag.value : NULL;
    }
    size_t first = from[0] && (!from[1] || from[0] < from[1]) ? 0 : 1;
    for (size_t k = 0; r == 0 && k < 2; k++) {
        size_t i = k == 0 ? first : 1 - first;
        if (from[i]) {
            r = buf_append(&plan->out->text, at, (size_t)(from[i] - at));
            r = r ? r : buf_append_str(&plan->out->text, changes[i][2]);
            at = from[i] + 1;
        }
    }
    return r ? r : buf_append(&plan->out->text, at, (size_t)(end - at));
}

static int is_taken(const struct plan *plan, bool *taken) {
    _cleanup_free_ char *output = NULL;
    int r = str_printf(&output, "vasp.%d.out", plan->number + 1);
    r = r ? r : code_look_exists(plan->stopped->look, output, taken);
    for (size_t i = 0; r == 0 && !*taken && numbered[i]; i++) {
        _cleanup_free_ char *name = NULL;
        r = str_printf(&name, "%s.%d", numbered[i], plan->number);
        r = r ? r : code_look_exists(plan->stopped->look, name, taken);
    }
    return r;
}

/* The first number that none of the kept files has. */
static int find_number(struct plan *plan) {
    bool taken = true;
    int r = 0;
    while (r == 0 && taken && plan->number < NUMBERS_MAX) {
        plan->number++;
        r = is_taken(plan, &taken);
    }
    return r == 0 && taken ? -EMFILE : r;
}

static int keep(const struct plan *plan, const char *name) {
    _cleanup_free_ char *kept = NULL;
    int r = str_printf(&kept, "%s.%d", name, plan->number);
    return r ? r : code_step_keep(plan->out, name, kept);
}

/* Keep a file, and write it anew. */
static int replace(const struct plan *plan, const char *name, const struct buf *text) {
    int r = keep(plan, name);
    return r ? r : code_step_write(plan->out, name, buf_bytes(text), buf_len(text));
}

static int put_steps(struct plan *plan) {
    struct code_restart *out = plan->out;
    const struct code_stopped *stopped = plan->stopped;
    bool changed = buf_len(&out->text) != stopped->n ||
                   memcmp(buf_bytes(&out->text), stopped->text, stopped->n) != 0;
    int r = 0;
    for (size_t i = BY_US; r == 0 && numbered[i]; i++) {
        r = keep(plan, numbered[i]);
    }
    if (r == 0 && buf_len(&plan->contcar) > 0) {
        r = replace(plan, "POSCAR", &plan->contcar);
    }
    if (r == 0 && changed) {
        r = replace(plan, stopped->input, &out->text);
    }
    out->input = strdup(stopped->input);
    r = r == 0 && !out->input ? -ENOMEM : r;
    return r ? r : str_printf(&out->output, "vasp.%d.out", plan->number + 1);
}

int vasp_restart(const struct code *code, const struct code_stopped *stopped,
                 struct code_restart *out, struct errmsg *msg) {
    struct plan plan = {
        .stopped = stopped, .out = out, .msg = msg, .contcar = BUF_NULL};
    (void)code;
    int r = look_at_contcar(&plan);
    r = r ? r : look_at_wavecar(&plan);
    r = r ? r : look_at_charge(&plan);
    if (r == 0 && buf_len(&plan.contcar) == 0 && !plan.waves) {
        r = errmsg_set(
            msg, CODE_E_RESTART,
            "the run has left no CONTCAR with anything in it and no WAVECAR: "
            "it was ended before the end of its first step");
    }
    r = r ? r : change_incar(&plan);
    r = r ? r : find_number(&plan);
    r = r ? r : put_steps(&plan);
    buf_deinit(&plan.contcar);
    return r;
}
