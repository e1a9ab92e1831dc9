/* Reading the output of CRYSTAL and of its properties program, versions 06 to 23, a
 * line at a time. Each line goes to the open section, else to the first rule whose
 * prefix it begins with, else it is looked through for words of others than CRYSTAL.
 * Every number is checked where it is read: a line with "****" or "NaN" in it yields
 * nothing rather than something wrong. */
#include "codes/crystal/crystal_scan.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct crystal_rule *const tables[] = {
    crystal_scf_rules,   crystal_geometry_rules, crystal_motion_rules,
    crystal_error_rules, crystal_end_rules,
};

const char *crystal_behind(const char *text, const char *prefix) {
    return line_behind(text, prefix);
}

int crystal_scan_new(void **state, struct results *results) {
    struct crystal_scan *scan = calloc(1, sizeof(*scan));
    if (!scan) {
        return -ENOMEM;
    }
    scan->results = results;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        rule_index_add(&scan->rules, tables[i], sizeof(*tables[i]));
    }
    crystal_scf_forget_levels(scan);
    *state = scan;
    return 0;
}

void *crystal_scan_free(void *state) {
    struct crystal_scan *scan = state;
    if (scan) {
        free(scan->geometry.pending);
        free(scan);
    }
    return NULL;
}

static int apply_rules(struct crystal_scan *scan, const struct crystal_rule *table,
                       const char *text) {
    for (; table->prefix; table++) {
        const char *rest = line_behind(text, table->prefix);
        int r = rest ? table->take(scan, rest) : CRYSTAL_DECLINED;
        if (r != CRYSTAL_DECLINED) {
            return r;
        }
    }
    return CRYSTAL_DECLINED;
}

/* Those of all tables. */
static int apply_all_rules(struct crystal_scan *scan, const char *text) {
    const struct rule_index *index = &scan->rules;
    size_t letter = (unsigned char)*text;
    for (size_t i = index->begin[letter]; i < index->begin[letter + 1]; i++) {
        const struct crystal_rule *rule = index->rules[i];
        const char *rest = line_behind(text, rule->prefix);
        int r = rest ? rule->take(scan, rest) : CRYSTAL_DECLINED;
        if (r != CRYSTAL_DECLINED) {
            return r;
        }
    }
    return CRYSTAL_DECLINED;
}

/* A line whose end has not come may be cut anywhere, also within a number. Only what
 * can not be misread is taken from it. */
static int take_cut_line(struct crystal_scan *scan, const char *line,
                         const char *text) {
    int r = CRYSTAL_DECLINED;
    if (crystal_behind(text, "EEEEEEEEEE TERMINATION")) {
        r = apply_rules(scan, crystal_end_rules, text);
    } else {
        r = apply_rules(scan, crystal_error_rules, text);
    }
    return r == CRYSTAL_DECLINED ? crystal_error_foreign(scan, line) : r;
}

int crystal_scan_line(void *state, const char *line, long number, bool whole) {
    struct crystal_scan *scan = state;
    const char *text = line_text(line);
    scan->line = number;
    scan->whole = whole;
    if (!whole) {
        return take_cut_line(scan, line, text);
    }
    if (scan->section) {
        int r = scan->section(scan, text);
        if (r != CRYSTAL_DECLINED && r != CRYSTAL_PASSED) {
            return r;
        }
        scan->section = r == CRYSTAL_PASSED ? scan->section : NULL;
    }
    if (!*text) {
        return 0;
    }
    int r = apply_all_rules(scan, text);
    return r == CRYSTAL_DECLINED ? crystal_error_foreign(scan, line) : r;
}

int crystal_scan_finish(void *state) {
    return crystal_end_judge(state);
}

/* Neither of the programs has begun in it (SCFOUT.LOG, fort.87), or only the one that
 * analyses what the other has computed. */
bool crystal_scan_goes_with_a_run(const void *state) {
    const struct crystal_end *end = &((const struct crystal_scan *)state)->end;
    const struct crystal_motion *motion = &((const struct crystal_scan *)state)->motion;
    bool log = !end->banner && end->programs == 0 && !motion->started;
    bool analysis = end->properties && !end->scf && !motion->started &&
                    !motion->frequencies && !motion->elastic;
    return log || analysis;
}

static const char *find(const char *text, size_t n, const char *words) {
    return memmem(text, n, words, strlen(words));
}

/* "*                               CRYSTAL17                                     *" */
static bool has_banner(const char *text, size_t n) {
    static const char name[] = "  CRYSTAL";
    const char *end = text + n;
    for (const char *at = find(text, n, name); at;
         at = find(at, (size_t)(end - at), name)) {
        at += sizeof(name) - 1;
        if (end - at >= 4 && isdigit((unsigned char)at[0]) &&
            isdigit((unsigned char)at[1]) && at[2] == ' ' && at[3] == ' ') {
            return true;
        }
    }
    return false;
}

/* The one line that CRYSTAL leaves of an error, also in a file of its own:
 * " ERROR **** ROUTINE **** WHAT". Other programs write stars on one side only. */
static bool has_error(const char *text, size_t n) {
    static const char words[] = "ERROR **** ";
    const char *at = find(text, n, words);
    const char *end = at ? memchr(at, '\n', n - (size_t)(at - text)) : NULL;
    end = end ? end : text + n;
    at = at ? at + sizeof(words) - 1 : end;
    const char *behind = find(at, (size_t)(end - at), " **** ");
    return behind && !memchr(at, ' ', (size_t)(behind - at));
}

bool crystal_scan_is_output(const char *text, size_t n) {
    static const char *const marks[] = {
        "EEEEEEEEEE STARTING  DATE",
        "CRYSTAL - SCF - TYPE OF CALCULATION",
        "CRYSTAL - PROPERTIES - TYPE OF CALCULATION",
        " == SCF ENDED - ",
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (find(text, n, marks[i])) {
            return true;
        }
    }
    /* A log of SCF cycles alone, of which the first is under way. */
    const char *cycle = find(text, n, " CYC   0 ETOT(AU)");
    return cycle || has_banner(text, n) || has_error(text, n);
}
