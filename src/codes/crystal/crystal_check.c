/* A CRYSTAL input: whether its basis set and k points are there, and the files that it
 * asks for. Where these are right, its blocks are looked at (crystal_check_blocks.c).
 */
#include "codes/crystal/crystal_d12.h"
#include "codes/crystal/crystal_run.h"
#include "codes/crystal/crystal_scan.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/nearest.h"
#include "base/str.h"
#include "codes/code_check.h"
#include "codes/geometry_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct seen {
    long shrink, basis, end, guess; /* lines; 0: not there */
    long near;                      /* of a word that looks like SHRINK, … */
    char word[16];                  /* … and the word */
    long basis_end;   /* of the first "99 0", or the name of a basis set */
    long dft;         /* of DFT below that, while it is open */
    int blocks, ends; /* below that: DFT, DFTD3, and what closes blocks */
    int dfts;         /* how many of the blocks are DFT */
    bool periodic;
    bool external;
    bool has_group;     /* CRYSTAL or SLAB, whose groups are all known here */
    bool basis_named;   /* by a keyword */
    bool only_geometry; /* TEST, TESTGEOM: the run ends behind that */
    bool tested;        /* another keyword ends the run early */
    bool slab, crystal;
    bool numbered; /* the space group is a number, on the fourth line */
    long lines;
};

static const char *behind_blanks(const char *line) {
    return line + strspn(line, " \t");
}

/* Capital and small letters are the same to CRYSTAL. */
static bool begins(const char *line, const char *word) {
    return strncasecmp(line, word, strlen(word)) == 0;
}

static int count_integers(const char *line) {
    long value = 0;
    int n = 0;
    while (fortran_int(&line, &value)) {
        n++;
    }
    return n;
}

/* What stands on the line below some keywords. */
static int check_numbers(const char *file, const char *line, const char *keyword,
                         long number, struct code_findings *out) {
    if (!begins(keyword, "TOLINTEG")) {
        return crystal_check_value(file, line, keyword, number, out);
    }
    int n = count_integers(line);
    return n == 5
               ? 0
               : code_find(out, true, file, number,
                           "TOLINTEG takes five whole numbers, and %d stand here", n);
}

/* One number, with a keyword on the next line. */
static int check_shrink(const char *file, const char *line, const char *before,
                        const struct seen *seen, struct code_findings *out) {
    return seen->shrink > 0 && seen->lines == seen->shrink + 2 &&
                   count_integers(before) == 1 && isalpha((unsigned char)*line)
               ? code_find(out, true, file, seen->lines - 1,
                           "SHRINK takes two numbers, for the k points and for the net "
                           "of Gilat, as in \"8 8\"")
               : 0;
}

/* The number of a group: line 4 of CRYSTAL, where line 3 begins with 0; line 3 of SLAB.
 * What is no number is left to those who read the geometry. */
static int check_group(const char *file, const char *line, bool slab,
                       struct code_findings *out) {
    long most = slab ? 80 : 230;
    const char *at = line;
    long group = 0;
    return fortran_int(&at, &group) && count_integers(line) == 1 &&
                   (group < 1 || group > most)
               ? code_find(out, true, file, slab ? 3 : 4,
                           "there is no %s group %ld; the numbers are 1 to %ld",
                           slab ? "layer" : "space", group, most)
               : 0;
}

static void note_near(struct seen *seen, const char *line) {
    size_t n = crystal_word_length(line);
    struct nearest nearest;
    nearest_init(&nearest, line, n);
    nearest_offer(&nearest, "SHRINK");
    if (seen->near == 0 && n < sizeof seen->word && nearest.best &&
        isalpha((unsigned char)*line) && !crystal_is_keyword(line, n)) {
        seen->near = seen->lines;
        (void)snprintf(seen->word, sizeof seen->word, "%.*s", (int)n, line);
    }
}

static void closes_basis(const char *line, struct seen *seen) {
    long number = 0;
    long zero = 1;
    const char *at = line;
    if (seen->basis_end == 0 && count_integers(line) == 2 &&
        fortran_int(&at, &number) && fortran_int(&at, &zero) && zero == 0) {
        seen->basis_end = seen->lines;
    }
}

/* Below the basis set. */
static int note_blocks(const char *file, const char *line, struct seen *seen,
                       struct code_findings *out) {
    static const char *const outside[] = {"SHRINK",   "TOLINTEG", "FMIXING",
                                          "MAXCYCLE", "TOLDEE",   "SCFDIR"};
    if (begins(line, "END")) {
        seen->ends++;
        seen->dft = 0;
    } else if (crystal_is_word(line, "DFT")) {
        seen->blocks++;
        seen->dfts++;
        seen->dft = seen->lines;
    } else if (crystal_is_word(line, "DFTD3")) {
        seen->blocks++;
    } else if (begins(line, "TEST")) {
        seen->tested = true;
    }
    for (size_t i = 0; seen->dft > 0 && i < sizeof outside / sizeof *outside; i++) {
        if (crystal_is_word(line, outside[i])) {
            long dft = seen->dft;
            seen->dft = 0;
            seen->ends++; /* that one is told here */
            return code_find(out, true, file, seen->lines,
                             "%s stands inside of DFT, which line %ld opens; close it "
                             "by END before",
                             outside[i], dft);
        }
    }
    return 0;
}

static int look_at_head(const char *file, const char *line, struct seen *seen,
                        struct code_findings *out) {
    if (seen->lines == 2) {
        seen->periodic = true;
        seen->slab = begins(line, "SLAB");
        seen->crystal = begins(line, "CRYSTAL");
        seen->has_group = seen->slab || seen->crystal;
        seen->external = begins(line, "EXTERNAL") || begins(line, "DLVINPUT");
        return 0;
    }
    const char *at = line;
    long flag = 1;
    if (seen->lines == 3 && seen->crystal) {
        seen->numbered =
            count_integers(line) == 3 && fortran_int(&at, &flag) && flag == 0;
    }
    bool here = seen->lines == 3 ? seen->slab : seen->numbered;
    return here ? check_group(file, line, seen->slab, out) : 0;
}

static int look_at_line(const char *file, const char *line, const char *before,
                        struct seen *seen, struct code_findings *out) {
    long number = seen->lines;
    if (number == 1) {
        return 0; /* the title */
    }
    int r = number <= 4 ? look_at_head(file, line, seen, out) : 0;
    /* Below a crystal they take a molecule, or a cluster, out of it. */
    if (begins(line, "MOLECULE") || begins(line, "CLUSTER")) {
        seen->periodic = false;
    } else if (begins(line, "SHRINK")) {
        seen->shrink = number;
    } else if (begins(line, "GUESSP")) {
        seen->guess = number;
    } else if (begins(line, "END")) {
        seen->end = number;
    } else if (seen->basis == 0 &&
               (crystal_is_word(line, "TEST") || begins(line, "TESTGEOM"))) {
        seen->only_geometry = true;
    } else if (begins(line, "BASISSET")) {
        seen->basis_named = true;
        seen->basis_end = number + 1;
    } else if (begins(line, "99") &&
               (line[2] == '\0' || isblank((unsigned char)line[2]))) {
        seen->basis = number;
        closes_basis(line, seen);
    } else {
        note_near(seen, line);
    }
    bool below = seen->basis_end > 0 && number > seen->basis_end - !seen->basis_named;
    r = r ? r : below ? note_blocks(file, line, seen, out) : 0;
    r = r ? r : number > 2 ? check_numbers(file, line, before, number, out) : 0;
    return r ? r : check_shrink(file, line, before, seen, out);
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

/* BASISSET closes the geometry, and takes no END of its own. */
static int judge_ends(const char *file, const struct seen *seen,
                      struct code_findings *out) {
    bool named = seen->basis_named;
    if (seen->basis_end == 0 || seen->tested || seen->only_geometry ||
        seen->ends >= (named ? 1 : 2) + seen->blocks) {
        return 0;
    }
    const char *within = seen->dfts == 0 ? seen->blocks > 0 ? "DFTD3 and " : ""
                         : seen->blocks > seen->dfts ? "DFT, DFTD3 and "
                                                     : "DFT and ";
    char basis[60] = "";
    if (!named) {
        (void)snprintf(basis, sizeof basis, "the basis set, which line %ld ends, %s",
                       seen->basis_end, seen->blocks > 0 ? "" : "and ");
    }
    return code_find(out, true, file, seen->lines,
                     "an END is missing: %s%sthe input %s one (there: %d)", basis,
                     within, named && seen->blocks == 0 ? "needs" : "each need",
                     seen->ends);
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
        r = seen->near > 0
                ? code_find(out, true, file, seen->near,
                            "%s is no keyword of CRYSTAL; did you mean SHRINK, which "
                            "gives the k points of a periodic system?",
                            seen->word)
                : code_find(out, true, file, seen->lines,
                            "SHRINK, which gives the k points of a periodic system, is "
                            "missing");
    }
    if (r == 0 && seen->end == 0) {
        r = code_find(out, true, file, seen->lines, "no block is closed by END");
    } else if (r == 0) {
        r = judge_ends(file, seen, out);
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
    if (!crystal_input_has_kind(text, n)) {
        return code_find(out, true, file, 2,
                         "CRYSTAL, SLAB, POLYMER, HELIX, MOLECULE or EXTERNAL is "
                         "expected here; the line above is the title");
    }
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
