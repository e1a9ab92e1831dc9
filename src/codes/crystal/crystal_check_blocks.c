/* The blocks of a CRYSTAL input, line by line: keywords that look mistyped, and a basis
 * set whose shells and primitives are as many as it says, with one for each kind of
 * atom of the geometry. What is read by rules of its own (pseudopotentials, a basis set
 * that is named, a geometry from elsewhere) is passed over. */
#include "codes/crystal/crystal_run.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/quoted.h"
#include "codes/code_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ATOMS_MAX = 2000, /* in the input; the unit cell may have more */
    KINDS_MAX = 64,
    SHELLS_MAX = 100,
    ECP_FROM = 201, /* conventional numbers of atoms with a pseudopotential */
    WORD_SHOWN = 32,
};

struct kind {
    long number; /* conventional */
    long line;
};

struct reader {
    const char *file;
    const char *at, *end;
    long number; /* of `line` */
    char line[CODE_LINE_MAX];
    struct code_findings *out;
    struct kind atoms[KINDS_MAX], basis[KINDS_MAX];
    size_t n_atoms, n_basis;
    long count, count_line; /* of atoms, and where that stands */
};

/* Comments and empty lines are passed over. */
static bool next(struct reader *reader) {
    while (code_next_line(&reader->at, reader->end, reader->line)) {
        reader->number++;
        const char *text = reader->line + strspn(reader->line, " \t");
        if (*text && *text != '#' && *text != '!') {
            return true;
        }
    }
    return false;
}

static const char *text_of(const struct reader *reader) {
    return reader->line + strspn(reader->line, " \t");
}

static bool begins(const struct reader *reader, const char *word) {
    return strncasecmp(text_of(reader), word, strlen(word)) == 0;
}

static bool has(const struct kind *kinds, size_t n, long number) {
    for (size_t i = 0; i < n; i++) {
        if (kinds[i].number == number) {
            return true;
        }
    }
    return false;
}

static void add(struct kind *kinds, size_t *n, long number, long line) {
    if (*n < KINDS_MAX && !has(kinds, *n, number)) {
        kinds[(*n)++] = (struct kind){number, line};
    }
}

/* How many numbers a line has, at most six. */
static int read_reals(const char *line, double out[6]) {
    int n = 0;
    while (n < 6 && fortran_real(&line, &out[n])) {
        n++;
    }
    return n;
}

/* ---- keywords ---- */

/* Letters of one case, with digits and - behind: what a keyword looks like. */
static bool looks_like_keyword(const char *word, size_t n) {
    bool capitals = isupper((unsigned char)*word);
    bool like = n >= 4 && n < WORD_SHOWN && isalpha((unsigned char)*word);
    for (size_t i = 0; like && i < n; i++) {
        like = isalpha((unsigned char)word[i])
                   ? (isupper((unsigned char)word[i]) != 0) == capitals
                   : isdigit((unsigned char)word[i]) || word[i] == '-';
    }
    return like;
}

/* A word that is none, but near to one. Others may be names, or keywords of a version
 * that is not known here. */
static int check_word(struct reader *reader) {
    _cleanup_free_ char *near = NULL;
    char capitals[WORD_SHOWN] = "";
    const char *word = text_of(reader);
    size_t n = crystal_word_length(word);
    if (!looks_like_keyword(word, n) || begins(reader, "END") ||
        crystal_is_keyword(word, n)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        capitals[i] = (char)toupper((unsigned char)word[i]);
    }
    int r = crystal_keyword_nearest(capitals, n, &near);
    return r < 0 || !near ? r
                          : code_find(reader->out, false, reader->file, reader->number,
                                      "%.*s is no keyword of CRYSTAL; did you mean %s?",
                                      (int)n, word, near);
}

/* ---- geometry ---- */

/* Up to the number of atoms; false where it is not read here, which crystal_check.c
 * tells in its own words. */
static bool read_head(struct reader *reader) {
    double numbers[6] = {0};
    bool crystal = begins(reader, "CRYSTAL");
    bool molecule = begins(reader, "MOLECULE");
    const char *at = reader->line;
    if (!crystal && !molecule && !begins(reader, "SLAB") &&
        !begins(reader, "POLYMER")) {
        return false;
    }
    if (!next(reader) || (crystal && read_reals(reader->line, numbers) < 3)) {
        return false;
    }
    bool shifted = numbers[2] > 1;
    bool good =
        (!crystal || next(reader)) && (!shifted || next(reader)) &&
        (molecule || (next(reader) && read_reals(reader->line, numbers) >= 1)) &&
        next(reader);
    reader->count_line = reader->number;
    return good && fortran_int(&at, &reader->count) && reader->count >= 1;
}

/* *good: they are all there. A line that is odd otherwise CRYSTAL may still read. */
static int read_atoms(struct reader *reader, bool *good) {
    double numbers[6];
    *good = false;
    for (long i = 1; i <= reader->count && i <= ATOMS_MAX; i++) {
        const char *at = reader->line;
        long number = 0;
        bool more = next(reader);
        if (more && isalpha((unsigned char)*text_of(reader))) {
            const char *word = text_of(reader);
            return code_find(reader->out, true, reader->file, reader->number,
                             "%.*s stands where atom %ld of the %ld is expected that "
                             "line %ld tells of",
                             (int)strcspn(word, " \t"), word, i, reader->count,
                             reader->count_line);
        }
        if (!more || !fortran_int(&at, &number) ||
            read_reals(reader->line, numbers) < 4) {
            return 0;
        }
        add(reader->atoms, &reader->n_atoms, number, reader->number);
    }
    *good = true;
    return 0;
}

/* Directly behind the atoms. */
static int check_more_atoms(const struct reader *reader) {
    double numbers[6];
    return read_reals(reader->line, numbers) == 4 && numbers[0] >= 1 &&
                   numbers[0] == (double)(long)numbers[0]
               ? code_find(reader->out, true, reader->file, reader->number,
                           "one more atom seems to stand here, and line %ld tells of "
                           "%ld",
                           reader->count_line, reader->count)
               : 0;
}

/* Whether a line closes a block: END, ENDG, ENDGEOM; but not ENDOPT and its like, of
 * blocks within. */
static bool closes(const struct reader *reader, const char *with) {
    const char *word = text_of(reader);
    size_t n = strcspn(word, " \t");
    return (n == 3 && strncasecmp(word, "END", 3) == 0) ||
           (n > 3 && strncasecmp(word, with, 4) == 0);
}

static bool is_one_of(const struct reader *reader, const char *const *names) {
    const char *word = text_of(reader);
    size_t n = strcspn(word, " \t");
    for (; *names; names++) {
        if (strlen(*names) == n && strncasecmp(word, *names, n) == 0) {
            return true;
        }
    }
    return false;
}

/* What stands on the next line is a number, as where a basis set begins. */
static bool number_follows(const struct reader *reader) {
    struct reader ahead = *reader;
    const char *at = ahead.line;
    long number = 0;
    return next(&ahead) && fortran_int(&at, &number);
}

/* The blocks within the geometry, by the lines that open and close them. */
struct within {
    int opened;
    int perhaps; /* more of them: some take an END only in other blocks or with options
                  */
    int ends;
    long line; /* that opens the last of them; 0: none */
};

/* Whether the line at hand closes the geometry. *within knows of those before. Behind
 * the last END the basis set begins, with a number. */
static int ends_geometry(const struct reader *reader, struct within *within,
                         bool *ends) {
    static const char *const blocks[] = {
        "OPTGEOM",  "FREQCALC", "ELASTCON", "EOS",       "CPHF", "ELAPIEZO", "PIEZOCON",
        "PHOTOELA", "ANHARM",   "QHA",      "NANOMULTI", "WALL", NULL};
    static const char *const perhaps[] = {"PREOPTGEOM", "INTCPHF",  "IRSPEC",
                                          "RAMSPEC",    "COMBMODE", NULL};
    if (is_one_of(reader, blocks)) {
        within->opened++;
        within->line = reader->number;
    } else if (is_one_of(reader, perhaps)) {
        within->perhaps++;
    } else if (begins(reader, "END")) {
        int most = within->opened + within->perhaps;
        bool named = begins(reader, "ENDG");
        bool last = number_follows(reader);
        bool early = within->ends++ < within->opened;
        *ends = named || last || (within->ends > most && closes(reader, "ENDG"));
        if (early && last && !named) {
            return code_find(reader->out, true, reader->file, reader->number,
                             "an END is missing here: the geometry needs one, and each "
                             "block within it");
        }
    }
    return 0;
}

static bool closes_basis(const struct reader *reader) {
    const char *at = reader->line;
    long number = 0;
    long zero = 1;
    return fortran_int(&at, &number) && fortran_int(&at, &zero) && number == 99 &&
           zero == 0 && at[strspn(at, " \t")] == '\0';
}

/* The basis set was read as part of the geometry. */
static int fail_open(const struct reader *reader, long opened) {
    char also[80] = "";
    if (opened > 0) {
        (void)snprintf(also, sizeof also,
                       "; the block in it that line %ld opens needs one of its own",
                       opened);
    }
    return code_find(
        reader->out, true, reader->file, reader->number,
        "the basis set ends here, but the geometry, which line 2 opens, is "
        "not closed by END before it%s",
        also);
}

/* Behind the atoms, to the end of the block. *done: the input ends with it. */
static int read_rest(struct reader *reader, bool *done) {
    static const char *const tests[] = {"TEST", "TESTGEOM", NULL};
    struct within within = {0};
    bool first = true;
    int r = 0;
    *done = false;
    for (; r == 0; first = false) {
        *done = !next(reader) || is_one_of(reader, tests) || begins(reader, "BASISSET");
        if (*done) {
            return 0;
        }
        bool ends = false;
        r = ends_geometry(reader, &within, &ends);
        if (r < 0 || ends) {
            return r;
        }
        if (closes_basis(reader)) {
            *done = true;
            return fail_open(reader, within.line);
        }
        r = first ? check_more_atoms(reader) : 0;
        *done = reader->out->errors > 0;
        if (r == 0 && *done) {
            return 0;
        }
        r = r ? r : check_word(reader);
    }
    return r;
}

/* ---- basis set ---- */

static int expect(const struct reader *reader, const char *what) {
    return quoted_is_plain(reader->line)
               ? code_find(reader->out, true, reader->file, reader->number,
                           "%s expected here", what)
               : code_find(reader->out, true, reader->file, reader->number,
                           "%s expected here, not \"%.40s\"", what, text_of(reader));
}

/* A primitive, of whose numbers a line may have only some: then the next ones have the
 * rest. */
static bool read_primitive(struct reader *reader, int want) {
    struct reader ahead = *reader;
    double numbers[6];
    for (int n = 0; n < want;) {
        int more = next(&ahead) && !begins(&ahead, "99 0")
                       ? read_reals(ahead.line, numbers)
                       : 0;
        bool first = n == 0;
        n += more;
        if (first) {
            *reader = ahead; /* which a mistake is told of */
        } else if (n > want) {
            return false;
        }
        if (more == 0) {
            return false;
        }
    }
    *reader = ahead;
    return true;
}

static int read_shell(struct reader *reader, long atom, long shell, long shells) {
    double numbers[6];
    struct errmsg what = ERRMSG_NULL;
    if (!next(reader) || read_reals(reader->line, numbers) < 5) {
        (void)errmsg_set(&what, 0,
                         "shell %ld of %ld of atom %ld, five numbers (type, kind, "
                         "primitives, electrons, scale), is",
                         shell, shells, atom);
        return expect(reader, what.text);
    }
    long kind = (long)numbers[1];
    long primitives = (long)numbers[2];
    int want = kind == 1 ? 3 : 2;
    for (long i = 0; numbers[0] == 0 && i < primitives && i < SHELLS_MAX; i++) {
        if (!read_primitive(reader, want)) {
            (void)errmsg_set(&what, 0,
                             "primitive %ld of %ld of shell %ld of atom %ld, %s, is",
                             i + 1, primitives, shell, atom,
                             want == 3 ? "an exponent and two coefficients"
                                       : "an exponent and a coefficient");
            return expect(reader, what.text);
        }
    }
    return 0;
}

/* *whole: all of it was read. */
static int read_basis(struct reader *reader, bool *whole) {
    size_t before = reader->out->n;
    int r = 0;
    *whole = false;
    while (r == 0 && reader->out->n == before && next(reader)) {
        const char *at = reader->line;
        long number = 0;
        long shells = 0;
        if (!fortran_int(&at, &number) || !fortran_int(&at, &shells)) {
            return begins(reader, "BASISSET") || begins(reader, "GHOSTS")
                       ? 0
                       : expect(reader,
                                "an atom's number and how many shells it has, or "
                                "99 0 behind the last, are");
        }
        if (number == 99 && shells == 0) {
            *whole = true;
            return 0;
        }
        add(reader->basis, &reader->n_basis, number, reader->number);
        if (number >= ECP_FROM) {
            return 0; /* a pseudopotential comes first */
        }
        for (long i = 1;
             r == 0 && i <= shells && i <= SHELLS_MAX && reader->out->n == before;
             i++) {
            r = read_shell(reader, number, i, shells);
        }
    }
    return r;
}

static int compare(const struct reader *reader) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < reader->n_atoms; i++) {
        const struct kind *atom = &reader->atoms[i];
        if (!has(reader->basis, reader->n_basis, atom->number)) {
            r = code_find(reader->out, true, reader->file, atom->line,
                          "atom %ld has no basis set: none of those below begins with "
                          "this number",
                          atom->number);
        }
    }
    return r;
}

int crystal_check_blocks(const char *file, const char *text, size_t n,
                         struct code_findings *out) {
    struct reader *reader = calloc(1, sizeof *reader);
    bool done = false;
    bool good = false;
    int r = 0;
    if (!reader) {
        return -ENOMEM;
    }
    *reader = (struct reader){.file = file, .at = text, .end = text + n, .out = out};
    char title[CODE_LINE_MAX];
    (void)code_next_line(&reader->at, reader->end, title);
    reader->number = 1;
    if (next(reader) && read_head(reader)) {
        r = read_atoms(reader, &good);
    }
    r = r == 0 && good ? read_rest(reader, &done) : r;
    if (r == 0 && good && !done) {
        bool whole = false;
        r = read_basis(reader, &whole);
        if (r == 0 && whole) {
            r = compare(reader);
        }
        while (r == 0 && whole && next(reader)) {
            r = check_word(reader);
        }
    }
    free(reader);
    return r;
}
