/* Reading what VASP writes, versions 5.2 to 6: OUTCAR, OSZICAR, captured stdout and
 * stderr a line at a time, vasprun.xml as XML. The first byte that is no blank tells
 * XML from lines. Each line goes to the open section, else to the first rule whose
 * prefix it begins with, else it is looked through for words of trouble. Every number
 * is checked where it is read: a line with "****" or "NaN" in it yields nothing rather
 * than something wrong. */
#include "codes/vasp/vasp_scan.h"

#include "codes/xml_reader.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct vasp_rule *const tables[] = {
    vasp_scf_rules,     vasp_result_rules, vasp_geometry_rules,
    vasp_setting_rules, vasp_stdout_rules,
};

const char *vasp_behind(const char *text, const char *prefix) {
    return line_behind(text, prefix);
}

static void forget_settings(struct vasp_settings *settings) {
    *settings = (struct vasp_settings){
        .nsw = VASP_UNSET,
        .ibrion = VASP_UNSET,
        .icharg = VASP_UNSET,
        .nelm = VASP_UNSET,
        .nelmdl = VASP_UNSET,
        .ispin = VASP_UNSET,
        .ialgo = VASP_UNSET,
        .ismear = VASP_UNSET,
        .nkpts = VASP_UNSET,
        .nbands = VASP_UNSET,
        .ediff = NAN,
        .ediffg = NAN,
    };
}

static void forget_step(struct vasp_geometry *geometry) {
    geometry->max_force = NAN;
    geometry->pressure = NAN;
    geometry->free_energy = NAN;
    geometry->force_waits = false;
    geometry->pressure_waits = false;
    geometry->forces_first = false;
    geometry->pressure_first = false;
}

void vasp_begin_run(struct vasp_scan *scan) {
    struct results *results = scan->results;
    results_drop_problems(results);
    forget_settings(&scan->settings);
    scan->section = NULL;
    scan->end = (struct vasp_end){
        .banner = true,
        .first_scf = results->n_scf,
        .first_step = results->n_steps,
    };
    scan->scf = (struct vasp_scf){0};
    scan->message = (struct vasp_message){0};
    scan->types.n = 0;
    scan->types.counted = 0;
    scan->types.wrong = false;
    scan->titles.n = 0;
    forget_step(&scan->geometry);
    vasp_bands_begin(&scan->bands);
    results->status = RUN_TRUNCATED;
    results->converged = TRUTH_UNKNOWN;
    results->calculation = NULL;
}

int vasp_scan_new(void **state, struct results *results) {
    struct vasp_scan *scan = calloc(1, sizeof(*scan));
    if (!scan) {
        return -ENOMEM;
    }
    scan->results = results;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rule_index_add(&scan->rules, tables[i], sizeof(*tables[i]));
    }
    vasp_trouble_index(&scan->troubles);
    results->printed_unit = "eV";
    vasp_begin_run(scan);
    scan->end.banner = false;
    *state = scan;
    return 0;
}

void *vasp_scan_free(void *state) {
    struct vasp_scan *scan = state;
    if (scan) {
        scan->xml = vasp_xml_free(scan->xml);
        free(scan->types.list);
        free(scan->titles.list);
        free(scan->geometry.pending);
        free(scan);
    }
    return NULL;
}

/* ---- lines ---- */

static int apply_rules(struct vasp_scan *scan, const struct vasp_rule *table,
                       const char *text) {
    for (; table->prefix; table++) {
        const char *rest = line_behind(text, table->prefix);
        int r = rest ? table->take(scan, rest) : VASP_DECLINED;
        if (r != VASP_DECLINED) {
            return r;
        }
    }
    return VASP_DECLINED;
}

/* Those of all tables. */
static int apply_all_rules(struct vasp_scan *scan, const char *text) {
    const struct rule_index *index = &scan->rules;
    size_t letter = (unsigned char)*text;
    for (size_t i = index->begin[letter]; i < index->begin[letter + 1]; i++) {
        const struct vasp_rule *rule = index->rules[i];
        const char *rest = line_behind(text, rule->prefix);
        int r = rest ? rule->take(scan, rest) : VASP_DECLINED;
        if (r != VASP_DECLINED) {
            return r;
        }
    }
    return VASP_DECLINED;
}

/* Numbers are most of an OUTCAR; outside of tables only few rows of them matter. */
static int take_number(struct vasp_scan *scan, const char *text) {
    int r = isdigit((unsigned char)*text) ? vasp_scf_row(scan, text) : 0;
    return r == VASP_DECLINED ? 0 : r;
}

static int take_dashes(struct vasp_scan *scan, const char *text) {
    size_t dashes = 0;
    while (text[dashes] == '-') {
        dashes++;
    }
    const char *words = line_text(text + dashes);
    return *words ? vasp_scf_dashed(scan, words, dashes) : 0;
}

static int take_words(struct vasp_scan *scan, const char *line, const char *text) {
    int r = apply_all_rules(scan, text);
    if (r == VASP_DECLINED) {
        r = vasp_scf_row(scan, text);
    }
    return r == VASP_DECLINED ? vasp_message_look(scan, line) : r;
}

static int take_whole_line(struct vasp_scan *scan, const char *line, const char *text) {
    if (scan->section) {
        int r = scan->section(scan, text);
        if (r != VASP_DECLINED) {
            return r;
        }
        scan->section = NULL;
    }
    if (*text == '|') {
        return vasp_message_boxed(scan, text + 1);
    }
    if (scan->message.box != VASP_BOX_NONE || scan->message.two_lines) {
        int r = scan->message.two_lines ? vasp_message_look(scan, line)
                                        : vasp_message_flush(scan);
        if (r != 0 || *text == '-') {
            return r;
        }
    }
    if (*text == '-' && text[1] == '-') {
        return take_dashes(scan, text);
    }
    if (isdigit((unsigned char)*text) || *text == '-' || *text == '.') {
        return take_number(scan, text);
    }
    return *text ? take_words(scan, line, text) : 0;
}

/* A line whose end has not come may be cut anywhere, also within a number. Only words
 * that can not be misread are taken from it. */
static int take_cut_line(struct vasp_scan *scan, const char *line, const char *text) {
    if (scan->section) {
        return 0;
    }
    if (*text == '|') {
        return vasp_message_boxed(scan, text + 1);
    }
    int r = apply_rules(scan, vasp_stdout_rules, text);
    return r == VASP_DECLINED ? vasp_message_look(scan, line) : r;
}

static int take_line(void *data, const char *line, long number, bool whole) {
    struct vasp_scan *scan = data;
    const char *text = line_text(line);
    scan->line = number;
    return whole ? take_whole_line(scan, line, text) : take_cut_line(scan, line, text);
}

/* ---- bytes ---- */

/* Nothing may stand before an XML declaration; the blanks before the first line are
 * lines, too, as far as counting goes. */
static int decide(struct vasp_scan *scan, const char **bytes, size_t *n) {
    const char *first = *bytes;
    int xml = xml_begins(*bytes, *n, &first);
    if (xml < 0) {
        return 0;
    }
    scan->kind = xml ? VASP_XML : VASP_TEXT;
    if (!xml) {
        return 0;
    }
    *n -= (size_t)(first - *bytes);
    *bytes = first;
    return vasp_xml_new(&scan->xml, scan);
}

int vasp_scan_feed(void *state, const char *bytes, size_t n) {
    struct vasp_scan *scan = state;
    int r = scan->kind == VASP_UNDECIDED ? decide(scan, &bytes, &n) : 0;
    if (r < 0) {
        return r;
    }
    return scan->xml ? vasp_xml_feed(scan->xml, bytes, n)
                     : line_reader_feed(&scan->reader, bytes, n, take_line, scan);
}

int vasp_scan_finish(void *state) {
    struct vasp_scan *scan = state;
    int r = scan->xml ? vasp_xml_finish(scan->xml)
                      : line_reader_end(&scan->reader, take_line, scan);
    r = r < 0 ? r : vasp_message_flush(scan);
    return r < 0 ? r : vasp_end_judge(scan);
}

bool vasp_scan_is_capture(const void *state) {
    return ((const struct vasp_scan *)state)->kind == VASP_TEXT;
}

/* ---- recognising ---- */

static bool contains(const char *text, size_t n, const char *words) {
    return memmem(text, n, words, strlen(words)) != NULL;
}

/* The image's name in messages of others: "vasp_std", "/vasp". */
static bool names_program(const char *text, size_t n) {
    static const char *const names[] = {"vasp_std", "vasp_gam", "vasp_ncl", "/vasp",
                                        "\nvasp "};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (contains(text, n, names[i])) {
            return true;
        }
    }
    return false;
}

/* Rows of the cycles' table, or words of trouble, anywhere in the lines. */
struct glance {
    struct vasp_trouble_index troubles;
    bool own, foreign;
    size_t rows;
};

static bool is_cycle(const char *text) {
    static const char *const labels[] = {"DAV:", "RMM:", "CGA:", "DMP:", "SDA:"};
    for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
        const char *rest = vasp_behind(text, labels[i]);
        if (rest && isdigit((unsigned char)rest[strspn(rest, " ")])) {
            return true;
        }
    }
    return false;
}

static bool is_step(const char *text) {
    const char *rest = text + strspn(text, "0123456789");
    return rest > text && strstr(rest, " F= ") && strstr(rest, " E0= ");
}

static int glance_line(void *data, const char *line, long number, bool whole) {
    struct glance *glance = data;
    const char *text = line + strspn(line, " \t|");
    (void)number;
    (void)whole;
    glance->rows += is_cycle(text) || is_step(text);
    const struct vasp_trouble *own = vasp_trouble_own(&glance->troubles, text);
    glance->own |= own && strcmp(own->category, "internal_error") != 0;
    glance->foreign |= outside_cause_of_line(text) != OUTSIDE_NOTHING;
    return 0;
}

bool vasp_scan_is_output(const char *text, size_t n) {
    static const char *const marks[] = {
        " vasp.4.",
        " vasp.5.",
        " vasp.6.",
        "FREE ENERGIE OF THE ION-ELECTRON SYSTEM",
        "POSITION                                       TOTAL-FORCE (eV/Angst)",
        "  N       E                     dE             d eps",
        "<modeling>",
        "I REFUSE TO CONTINUE WITH THIS SICK JOB",
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (contains(text, n, marks[i])) {
            return true;
        }
    }
    struct line_reader reader = {0};
    struct glance glance = {0};
    vasp_trouble_index(&glance.troubles);
    (void)line_reader_feed(&reader, text, n, glance_line, &glance);
    (void)line_reader_end(&reader, glance_line, &glance);
    return glance.rows > 0 || glance.own || (glance.foreign && names_program(text, n));
}
