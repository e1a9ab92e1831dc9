/* A CRYSTAL input: whether its basis set and k points are there, and the files that it
 * asks for. Where these are right, its blocks are looked at (crystal_check_blocks.c).
 */
#include "codes/crystal/crystal_d12.h"
#include "codes/crystal/crystal_run.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/str.h"
#include "codes/code_check.h"
#include "codes/geometry_check.h"

#include <errno.h>
#include <string.h>

struct seen {
    long shrink, basis, end, guess; /* lines; 0: not there */
    bool periodic;
    bool external;
    bool has_group;     /* CRYSTAL or SLAB, whose groups are all known here */
    bool basis_named;   /* by a keyword */
    bool only_geometry; /* TESTGEOM: the run ends behind that */
    long lines;
};

static const char *behind_blanks(const char *line) {
    return line + strspn(line, " \t");
}

static bool begins(const char *line, const char *word) {
    return strncmp(line, word, strlen(word)) == 0;
}

/* Five numbers behind TOLINTEG. */
static int check_tolerances(const char *file, const char *next, long number,
                            struct code_findings *out) {
    long value = 0;
    int n = 0;
    while (fortran_int(&next, &value)) {
        n++;
    }
    return n == 5
               ? 0
               : code_find(out, true, file, number,
                           "TOLINTEG takes five whole numbers, and %d stand here", n);
}

static int look_at_line(const char *file, const char *line, const char *before,
                        struct seen *seen, struct code_findings *out) {
    long number = seen->lines;
    if (number == 2) {
        seen->periodic = true;
        seen->has_group = begins(line, "CRYSTAL") || begins(line, "SLAB");
        seen->external = begins(line, "EXTERNAL") || begins(line, "DLVINPUT");
    }
    /* Below a crystal they take a molecule, or a cluster, out of it. */
    if (begins(line, "MOLECULE") || begins(line, "CLUSTER")) {
        seen->periodic = false;
    } else if (begins(line, "SHRINK")) {
        seen->shrink = number;
    } else if (begins(line, "GUESSP")) {
        seen->guess = number;
    } else if (begins(line, "END")) {
        seen->end = number;
    } else if (begins(line, "TESTGEOM")) {
        seen->only_geometry = true;
    } else if (begins(line, "BASISSET")) {
        seen->basis_named = true;
    } else if (begins(line, "99 ") || strcmp(line, "99") == 0) {
        seen->basis = number;
    }
    return begins(before, "TOLINTEG") ? check_tolerances(file, line, number, out) : 0;
}

static int check_beside(const char *file, long line, const char *stem,
                        const char *ending, const char *fort, const char *keyword,
                        const struct code_beside *beside, struct code_findings *out) {
    _cleanup_buf_ struct buf some = BUF_NULL;
    _cleanup_free_ char *name = NULL;
    int r =
        stem ? str_printf(&name, "%s.%s", stem, ending) : str_printf(&name, "%s", fort);
    r = r ? r : beside->read(beside->data, name, 1, &some);
    return r == -ENOMEM ? r
           : r == 0     ? 0
                        : code_find(out, true, file, line,
                                    "%s reads %s, which is not there", keyword, name);
}

static int judge(const char *file, const struct seen *seen,
                 const struct code_beside *beside, struct code_findings *out) {
    bool own = str_ends_with(file, ".d12");
    _cleanup_free_ char *stem =
        own ? strndup(file, strlen(file) - strlen(".d12")) : NULL;
    int r = own && !stem ? -ENOMEM : 0;
    if (r == 0 && seen->basis == 0 && !seen->basis_named && !seen->only_geometry) {
        r = code_find(
            out, true, file, seen->lines,
            "no basis set is here: behind the END of the geometry they stand, "
            "closed by a line '99 0' (or BASISSET names one)");
    }
    if (r == 0 && seen->periodic && !seen->external && !seen->only_geometry &&
        seen->shrink == 0) {
        r = code_find(
            out, true, file, seen->lines,
            "SHRINK, which gives the k points of a periodic system, is missing");
    }
    if (r == 0 && seen->end == 0) {
        r = code_find(out, true, file, seen->lines, "no block is closed by END");
    }
    if (r == 0 && seen->external) {
        r = check_beside(file, 2, stem, "gui", "fort.34", "EXTERNAL", beside, out);
    }
    if (r == 0 && seen->guess > 0) {
        r = check_beside(file, seen->guess, stem, "f9", "fort.20", "GUESSP", beside,
                         out);
    }
    return r;
}

/* SHRINK takes one number for all directions and one for Gilat's net; or 0, and three
 * numbers on the next line. *line is that of the mesh. */
static bool find_mesh(const char *text, size_t n, const struct seen *seen, long mesh[3],
                      long *line) {
    char words[CODE_LINE_MAX] = "";
    const char *at = text;
    bool more = seen->shrink > 0;
    for (long i = 0; more && i <= seen->shrink; i++) {
        more = code_next_line(&at, text + n, words);
    }
    const char *value = words;
    *line = seen->shrink + 1;
    if (!more || !fortran_int(&value, &mesh[0])) {
        return false;
    }
    mesh[1] = mesh[2] = mesh[0];
    if (mesh[0] != 0) {
        return true;
    }
    value = code_next_line(&at, text + n, words) ? words : "";
    ++*line;
    return fortran_int(&value, &mesh[0]) && fortran_int(&value, &mesh[1]) &&
           fortran_int(&value, &mesh[2]);
}

/* What is not read here, CRYSTAL may read; so that stops nobody. Where keywords change
 * the structure further on, its atoms may lie on each other before. */
static int check_geometry(const char *file, const char *text, size_t n,
                          const struct seen *seen, const struct code_beside *beside,
                          struct code_findings *out) {
    const struct structure_text whole = {file, text, n};
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = crystal_d12_read(&whole, beside, &structure, &msg);
    if (r == STRUCTURE_E_INPUT) {
        return seen->has_group ? code_found(out, false, msg.text) : 0;
    }
    if (r != 0 || structure.n_notes > 0) {
        return r;
    }
    long mesh[3] = {0};
    long line = 0;
    r = geometry_check_contacts(&structure, file, 0, out);
    return r == 0 && find_mesh(text, n, seen, mesh, &line)
               ? geometry_check_mesh(&structure, mesh, file, line, out)
               : r;
}

int crystal_check(const char *file, const char *text, size_t n, char *const *env,
                  const struct code_beside *beside, struct code_findings *out) {
    struct seen seen = {.lines = 0};
    char lines[2][CODE_LINE_MAX] = {"", ""};
    const char *at = text;
    int r = 0;
    (void)env;
    while (r == 0 && code_next_line(&at, text + n, lines[seen.lines % 2])) {
        const char *line = behind_blanks(lines[seen.lines % 2]);
        const char *before = behind_blanks(lines[(seen.lines + 1) % 2]);
        seen.lines++;
        r = look_at_line(file, line, before, &seen, out);
    }
    r = r ? r : judge(file, &seen, beside, out);
    if (r == 0 && out->errors == 0) {
        r = crystal_check_blocks(file, text, n, out);
    }
    return r || out->errors > 0 ? r : check_geometry(file, text, n, &seen, beside, out);
}
