/* The texts that VASP reads, each by itself: an INCAR statement by statement, a KPOINTS
 * line by line. VASP passes over a tag that it does not know, and stops at a value that
 * it cannot read. */
#include "codes/vasp/vasp_input.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/str.h"
#include "codes/code_check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    TAGS_MAX = 1000, /* looked at, of one INCAR */
    VALUE_SHOWN = 40,
};

/* ---- INCAR ---- */

static bool is_logical(const char *word) {
    word += *word == '.';
    return *word && strchr("TtFf", *word);
}

/* Its first word alone counts. */
static int check_value(const char *file, const struct vasp_tag *tag,
                       struct code_findings *out) {
    static const char *const needs[] = {[VASP_WHOLE] = "a whole number",
                                        [VASP_REAL] = "a number",
                                        [VASP_LOGICAL] = ".TRUE. or .FALSE."};
    enum vasp_value kind = vasp_tag_kind(tag->name);
    char word[VALUE_SHOWN];
    (void)snprintf(word, sizeof word, "%.*s", (int)tag->n, tag->value);
    word[strcspn(word, " \t\r\n\\")] = '\0';
    const char *at = word;
    double number = 0;
    long whole = 0;
    bool good = true;
    switch (kind) {
    case VASP_WHOLE:
        good = fortran_int(&at, &whole) && *at == '\0';
        break;
    case VASP_REAL:
        good = fortran_real(&at, &number) && *at == '\0';
        break;
    case VASP_LOGICAL:
        good = is_logical(word);
        break;
    case VASP_UNKNOWN:
    case VASP_OTHER:
        return 0;
    }
    return good ? 0
                : code_find(out, true, file, tag->line, "%s takes %s, not '%s'",
                            tag->name, needs[kind], word);
}

/* Those of a numbered family, and the names that ML_… had before VASP 6.3. */
static bool is_of_family(const char *name) {
    static const char *const families[] = {"LIBXC1_P", "LIBXC2_P", "IMAGE_", "ML_FF_"};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (str_starts_with(name, families[i])) {
            return true;
        }
    }
    return false;
}

static int check_name(const char *file, const struct vasp_tag *tag,
                      struct code_findings *out) {
    _cleanup_free_ char *near = NULL;
    /* What goes on behind a ; in a remark is no tag that somebody meant. */
    bool meant = isalpha((unsigned char)tag->name[0]) && !strchr(tag->name, '(');
    bool odd = (unsigned char)tag->name[0] >= 0x80;
    if (str_starts_with(tag->name, "\xEF\xBB\xBF")) {
        return code_find(out, false, file, tag->line,
                         "a byte order mark stands before %s, so that VASP does not "
                         "know it; save the file without, as plain UTF-8",
                         tag->name + 3);
    }
    if (vasp_tag_kind(tag->name) != VASP_UNKNOWN || is_of_family(tag->name) ||
        (!meant && !odd)) {
        return 0;
    }
    int r = vasp_tag_nearest(tag->name, &near);
    if (r < 0) {
        return r;
    }
    return near ? code_find(out, false, file, tag->line,
                            "%s is no tag of VASP, which passes over it; did you mean "
                            "%s?",
                            tag->name, near)
                : code_find(out, false, file, tag->line,
                            "%s is no tag of VASP that is known here; VASP passes over "
                            "what it does not know",
                            tag->name);
}

/* The first of several counts. *again: this is not the first. */
static int check_again(const char *file, const char *text, size_t n,
                       const struct vasp_tag *tag, bool *again,
                       struct code_findings *out) {
    struct vasp_tag first;
    *again = vasp_incar_find(text, n, tag->name, &first) && first.value != tag->value;
    return *again ? code_find(out, false, file, tag->line,
                              "%s stands in line %ld already, and that one counts",
                              tag->name, first.line)
                  : 0;
}

/* A heading does no harm, and programs write them; a tag that is meant to be set is
 * something else. */
static int check_statement(const char *file, const struct vasp_tag *tag,
                           struct code_findings *out) {
    char word[sizeof tag->name];
    size_t n = 0;
    for (; n < tag->n && n + 1 < sizeof word && strchr(" \t:", tag->value[n]) == NULL;
         n++) {
        word[n] = (char)toupper((unsigned char)tag->value[n]);
    }
    word[n] = '\0';
    return vasp_tag_kind(word) == VASP_UNKNOWN
               ? 0
               : code_find(out, false, file, tag->line,
                           "there is no = in '%.*s', so that VASP passes over it; "
                           "write %s = and the value, or put # before a comment",
                           (int)(tag->n < VALUE_SHOWN ? tag->n : VALUE_SHOWN),
                           tag->value, word);
}

/* Whether this belongs to a block, "TAG { NAME = value … }", whose names are its own.
 */
static bool is_in_block(const struct vasp_tag *tag, bool *open) {
    *open = *open || strchr(tag->name, '{') ||
            (!*tag->name && memchr(tag->value, '{', tag->n));
    bool in = *open;
    *open = *open && !memchr(tag->value, '}', tag->n);
    return in;
}

int vasp_check_incar(const char *file, const char *text, size_t n,
                     struct code_findings *out) {
    struct vasp_incar incar = vasp_incar_begin(text, n);
    struct vasp_tag tag;
    bool open = false;
    int r = 0;
    for (int i = 0; r == 0 && i < TAGS_MAX && vasp_incar_next(&incar, &tag); i++) {
        if (is_in_block(&tag, &open)) {
            continue;
        }
        if (!*tag.name) {
            r = check_statement(file, &tag, out);
            continue;
        }
        bool again = false;
        r = check_again(file, text, n, &tag, &again, out);
        if (r == 0 && !again) {
            r = check_name(file, &tag, out);
            r = r ? r : check_value(file, &tag, out);
            r = r ? r : vasp_check_known(file, &tag, out);
        }
    }
    return r;
}

/* ---- KPOINTS ---- */

struct lines {
    const char *at, *end;
    long number;
    char line[CODE_LINE_MAX];
};

static bool next(struct lines *lines) {
    lines->number++;
    bool more = code_next_line(&lines->at, lines->end, lines->line);
    /* Fortran takes commas between numbers as blanks. */
    for (char *comma = strchr(lines->line, ','); comma; comma = strchr(comma, ',')) {
        *comma = ' ';
    }
    return more;
}

static char first_letter(const struct lines *lines) {
    return (char)toupper((unsigned char)lines->line[strspn(lines->line, " \t")]);
}

static int expect(const struct lines *lines, struct code_findings *out,
                  const char *what) {
    return code_find(out, true, "KPOINTS", lines->number, "%s expected here", what);
}

/* How many numbers a line begins with, at most four. */
static int count_reals(const char *line) {
    double value = 0;
    int n = 0;
    while (n < 4 && fortran_real(&line, &value)) {
        n++;
    }
    return n;
}

static int check_grid(struct lines *lines, struct code_findings *out) {
    bool more = next(lines);
    const char *at = lines->line;
    long n = 0;
    for (int i = 0; i < 3; i++) {
        if (!more || !fortran_int(&at, &n) || n < 1) {
            return expect(
                lines, out,
                "the divisions of the mesh, three whole numbers from 1 on, are");
        }
    }
    more = next(lines);
    return more && lines->line[strspn(lines->line, " \t")] &&
                   count_reals(lines->line) < 3
               ? code_find(out, false, "KPOINTS", lines->number,
                           "the shift of the mesh is three numbers, as in \"0 0 0\"")
               : 0;
}

/* With no points to follow: a mesh of some kind. */
static int check_mesh(struct lines *lines, struct code_findings *out) {
    bool more = next(lines);
    char kind = more ? first_letter(lines) : '\0';
    switch (kind) {
    case 'G':
    case 'M':
        return check_grid(lines, out);
    case 'A':
        return next(lines) && count_reals(lines->line) >= 1
                   ? 0
                   : expect(lines, out,
                            "the length of the automatic mesh, a number, is");
    default:
        break;
    }
    if (!kind || !strchr("CKRD", kind)) {
        return expect(lines, out, "Gamma, Monkhorst or Automatic is");
    }
    for (int i = 0; i < 3; i++) {
        if (!next(lines) || count_reals(lines->line) < 3) {
            return expect(lines, out, "a vector of the mesh, three numbers, is");
        }
    }
    return 0;
}

static int check_path(struct lines *lines, struct code_findings *out) {
    long ends = 0;
    if (!next(lines)) {
        return expect(lines, out, "Reciprocal or Cartesian is");
    }
    while (next(lines)) {
        if (lines->line[strspn(lines->line, " \t")] == '\0') {
            continue;
        }
        if (count_reals(lines->line) < 3) {
            return expect(lines, out, "an end of a line, three numbers, is");
        }
        ends++;
    }
    return ends >= 2 && ends % 2 == 0
               ? 0
               : code_find(
                     out, true, "KPOINTS", 0,
                     "%ld ends of lines are here; each line through the zone needs "
                     "two",
                     ends);
}

static int check_list(struct lines *lines, long count, struct code_findings *out) {
    for (long i = 0; i < count; i++) {
        if (!next(lines)) {
            return code_find(out, true, "KPOINTS", 2,
                             "%ld k points are told here, and %ld follow", count, i);
        }
        if (count_reals(lines->line) < 4) {
            return expect(lines, out, "a k point and its weight, four numbers, are");
        }
    }
    return 0;
}

int vasp_check_kpoints(const char *text, size_t n, struct code_findings *out) {
    struct lines lines = {.at = text, .end = text + n};
    bool more = next(&lines) && next(&lines);
    const char *at = lines.line;
    long count = 0;
    if (!more || !fortran_int(&at, &count) || count < 0) {
        lines.number = 2;
        return expect(&lines, out, "how many k points follow, 0 for a mesh, is");
    }
    if (count == 0) {
        return check_mesh(&lines, out);
    }
    if (!next(&lines)) {
        return expect(&lines, out, "Reciprocal, Cartesian or Line-mode is");
    }
    return first_letter(&lines) == 'L' ? check_path(&lines, out)
                                       : check_list(&lines, count, out);
}
