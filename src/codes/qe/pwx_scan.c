/* Reading the standard output of pw.x, versions 4 to 7, a line at a time. Each line
 * goes to the open section, else to the first rule whose prefix it begins with, else it
 * is looked through for words of others than pw.x. Every number is checked where it is
 * read: a line with "****" or "NaN" in it yields nothing rather than something wrong.
 */
#include "codes/qe/pwx_scan.h"

#include "codes/xml_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pwx_rule *const tables[] = {
    pwx_scf_rules,    pwx_geometry_rules, pwx_table_rules,
    pwx_motion_rules, pwx_error_rules,    pwx_end_rules,
};

const char *pwx_behind(const char *text, const char *prefix) {
    return line_behind(text, prefix);
}

int pwx_scan_new(void **state, struct results *results) {
    struct pwx_scan *scan = calloc(1, sizeof(*scan));
    if (!scan) {
        return -ENOMEM;
    }
    scan->results = results;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        rule_index_add(&scan->rules, tables[i], sizeof(*tables[i]));
    }
    scan->geometry.moved = true;
    *state = scan;
    return 0;
}

void *pwx_scan_free(void *state) {
    struct pwx_scan *scan = state;
    if (scan) {
        (void)pwx_xml_free(scan->xml);
        free(scan->geometry.pending);
        free(scan);
    }
    return NULL;
}

static int apply_rules(struct pwx_scan *scan, const struct pwx_rule *table,
                       const char *text) {
    for (; table->prefix; table++) {
        const char *rest = line_behind(text, table->prefix);
        if (rest) {
            return table->take(scan, rest);
        }
    }
    return PWX_DECLINED;
}

/* Those of all tables, of each of which the first that fits decides. */
static int apply_all_rules(struct pwx_scan *scan, const char *text) {
    const struct rule_index *index = &scan->rules;
    size_t letter = (unsigned char)*text;
    unsigned char declined = 0;
    for (size_t i = index->begin[letter]; i < index->begin[letter + 1]; i++) {
        const struct pwx_rule *rule = index->rules[i];
        const char *rest =
            index->table[i] == declined ? NULL : line_behind(text, rule->prefix);
        int r = rest ? rule->take(scan, rest) : PWX_DECLINED;
        if (r != PWX_DECLINED) {
            return r;
        }
        declined = rest ? index->table[i] : declined;
    }
    return PWX_DECLINED;
}

/* A line whose end has not come may be cut anywhere, also within a number. Only what
 * can not be misread is taken from it. */
static int take_cut_line(struct pwx_scan *scan, const char *line, const char *text) {
    int r = PWX_DECLINED;
    if (pwx_behind(text, "JOB DONE.")) {
        r = apply_rules(scan, pwx_end_rules, text);
    } else if (scan->section) {
        r = 0; /* a row of a table, or of an error's text */
    } else {
        r = apply_rules(scan, pwx_error_rules, text);
    }
    return r == PWX_DECLINED ? pwx_error_foreign(scan, line) : r;
}

/* What a job runs behind pw.x may print into the same text. It has a system of its own,
 * which is not told; that it failed is. */
static int take_sibling_line(struct pwx_scan *scan, const char *line,
                             const char *text) {
    int r = apply_rules(scan, pwx_error_rules, text);
    return r == PWX_DECLINED ? pwx_error_foreign(scan, line) : r;
}

/* "Program PHONON v.7.1 starts on  1Jan2030 at 10: 0: 0", "… v.4.1a   starts ..." */
static void note_program(struct pwx_scan *scan, const char *text) {
    const char *name = pwx_behind(text, "Program ");
    if (name && (strstr(name, " starts on ") || strstr(name, " starts ..."))) {
        scan->sibling = !pwx_behind(name, "PWSCF");
    }
}

static int take_line(void *state, const char *line, long number, bool whole) {
    struct pwx_scan *scan = state;
    const char *text = line_text(line);
    scan->line = number;
    if (!whole) {
        return take_cut_line(scan, line, text);
    }
    if (scan->section) {
        int r = scan->section(scan, text);
        if (r != PWX_DECLINED && r != PWX_PASSED) {
            return r;
        }
        scan->section = r == PWX_PASSED ? scan->section : NULL;
    }
    if (!*text) {
        return 0;
    }
    if (*text == 'P') {
        note_program(scan, text);
    }
    if (scan->sibling) {
        return take_sibling_line(scan, line, text);
    }
    int r = apply_all_rules(scan, text);
    return r == PWX_DECLINED ? pwx_error_foreign(scan, line) : r;
}

/* Nothing may stand before an XML declaration; the blanks before the first line are
 * lines, too, as far as counting goes. */
static int decide(struct pwx_scan *scan, const char **bytes, size_t *n) {
    const char *first = *bytes;
    int xml = xml_begins(*bytes, *n, &first);
    if (xml < 0) {
        return 0;
    }
    scan->kind = xml ? PWX_XML : PWX_TEXT;
    if (!xml) {
        return 0;
    }
    *n -= (size_t)(first - *bytes);
    *bytes = first;
    return pwx_xml_new(&scan->xml, scan);
}

int pwx_scan_feed(void *state, const char *bytes, size_t n) {
    struct pwx_scan *scan = state;
    int r = scan->kind == PWX_UNDECIDED ? decide(scan, &bytes, &n) : 0;
    if (r < 0) {
        return r;
    }
    return scan->xml ? pwx_xml_feed(scan->xml, bytes, n)
                     : line_reader_feed(&scan->reader, bytes, n, take_line, scan);
}

/* The XML goes with the standard output, and so does the file CRASH, which holds
 * nothing but errors. */
bool pwx_scan_goes_with_a_run(const void *state) {
    const struct pwx_scan *scan = state;
    bool errors_alone = scan->end.error && !scan->results->version && !scan->end.scf &&
                        !scan->results->has_cell;
    return scan->kind == PWX_XML || errors_alone;
}

int pwx_scan_finish(void *state) {
    struct pwx_scan *scan = state;
    if (scan->xml) {
        return pwx_xml_finish(scan->xml);
    }
    int r = line_reader_end(&scan->reader, take_line, scan);
    r = r < 0 ? r : pwx_scf_flush(scan);
    r = r < 0 ? r : pwx_error_flush(scan);
    return r < 0 ? r : pwx_end_judge(scan);
}

static bool contains(const char *text, size_t n, const char *words) {
    return memmem(text, n, words, strlen(words)) != NULL;
}

/* Some other program of the suite, which shares much of the wording:
 * "     Program PHONON v.5.2.0 (svn rev. 11607) starts on  6Jul2015 at 17:47:12". */
bool pwx_scan_is_sibling(const char *text, size_t n, char *name, size_t room) {
    static const char word[] = "Program ";
    const char *at = memmem(text, n, word, sizeof(word) - 1);
    const char *end = at ? memchr(at, '\n', n - (size_t)(at - text)) : NULL;
    size_t line = end ? (size_t)(end - at) : 0;
    if (!end ||
        (!contains(at, line, " starts on ") && !contains(at, line, " starts ..."))) {
        return false;
    }
    at += sizeof(word) - 1;
    size_t length = 0;
    while (at + length < end && isgraph((unsigned char)at[length])) {
        length++;
    }
    (void)snprintf(name, room, "%.*s", (int)length, at);
    return length > 0;
}

/* cp.x writes the same schema. */
static bool is_xml(const char *text, size_t n) {
    const char *creator = memmem(text, n, "<creator ", 9);
    const char *end =
        creator ? memchr(creator, '>', n - (size_t)(creator - text)) : NULL;
    return end && contains(text, n, "espresso") &&
           contains(creator, (size_t)(end - creator), "PWSCF");
}

bool pwx_scan_is_output(const char *text, size_t n) {
    if (is_xml(text, n)) {
        return true;
    }
    if (contains(text, n, "Program PWSCF")) {
        return true;
    }
    static const char *const marks[] = {
        "bravais-lattice index     =",
        "Self-consistent Calculation\n",
        "!    total energy              =",
    };
    char sibling[8];
    if (pwx_scan_is_sibling(text, n, sibling, sizeof(sibling))) {
        return false;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (contains(text, n, marks[i])) {
            return true;
        }
    }
    return pwx_error_recognise(text, n);
}
