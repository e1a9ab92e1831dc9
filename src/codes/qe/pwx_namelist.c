/* The namelists of a pw.x input: &NAME, assignments, /. Fortran's reader skips what
 * stands before a namelist, also other namelists, so that their order matters. */
#include "codes/qe/pwx_check.h"

#include "base/nearest.h"
#include "codes/code.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- the cursor ---- */

static char peek(const struct pwx_check *check) {
    return check->at < check->end ? *check->at : '\0';
}

static void advance(struct pwx_check *check) {
    check->line += *check->at == '\n' ? 1 : 0;
    check->at++;
}

static bool at_end(const struct pwx_check *check) {
    return check->at >= check->end;
}

static bool is_word_char(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static void skip_line(struct pwx_check *check) {
    while (!at_end(check) && peek(check) != '\n') {
        advance(check);
    }
}

/* Blanks, line ends, the commas between values, comments. */
static void skip_separators(struct pwx_check *check) {
    while (!at_end(check)) {
        if (peek(check) == '!') {
            skip_line(check);
        } else if (isspace((unsigned char)peek(check)) || peek(check) == ',' ||
                   peek(check) == ';') {
            advance(check);
        } else {
            return;
        }
    }
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && isspace((unsigned char)*at)) {
        at++;
    }
    return at;
}

static const char *word_end(const char *at, const char *end) {
    while (at < end && is_word_char(*at)) {
        at++;
    }
    return at;
}

/* ---- finding a namelist ---- */

/* The name behind an ampersand (or a dollar sign) that begins a line. */
static struct pwx_slice heading_at(const char *line, const char *end, long number) {
    struct pwx_slice none = {NULL, 0, number};
    const char *at = line;
    /* A byte order mark before it is skipped as other text is. */
    if (end - at >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) {
        at += 3;
    }
    while (at < end && *at != '\n' && isspace((unsigned char)*at)) {
        at++;
    }
    if (at == end || (*at != '&' && *at != '$')) {
        return none;
    }
    const char *name = at + 1;
    size_t n = (size_t)(word_end(name, end) - name);
    bool closes = n == 3 && strncasecmp(name, "end", 3) == 0;
    return n > 0 && !closes ? (struct pwx_slice){name, n, number} : none;
}

typedef bool heading_fn(const struct pwx_slice *heading, void *data);

/* The first heading behind a place that `matches` likes. */
static struct pwx_slice find_heading(const struct pwx_check *check, const char *from,
                                     long line, heading_fn *matches, void *data) {
    while (from < check->end) {
        struct pwx_slice heading = heading_at(from, check->end, line);
        if (heading.text && matches(&heading, data)) {
            return heading;
        }
        const char *next = memchr(from, '\n', (size_t)(check->end - from));
        from = next ? next + 1 : check->end;
        line++;
    }
    return (struct pwx_slice){NULL, 0, line};
}

static bool is_namelist(const struct pwx_slice *heading, void *data) {
    return pwx_namelist_find(heading->text, heading->n) == *(enum pwx_namelist *)data;
}

static bool is_meant(const struct pwx_slice *heading, void *data) {
    struct nearest nearest;
    nearest_init(&nearest, heading->text, heading->n);
    nearest_offer(&nearest, pwx_namelist_name(*(enum pwx_namelist *)data));
    return nearest.best &&
           pwx_namelist_find(heading->text, heading->n) == PWX_NAMELISTS;
}

bool pwx_namelist_follows(const struct pwx_check *check, enum pwx_namelist namelist) {
    return find_heading(check, check->at, check->line, is_namelist, &namelist).text;
}

static int fail_missing(struct pwx_check *check, enum pwx_namelist namelist) {
    const char *name = pwx_namelist_name(namelist);
    struct pwx_slice meant = find_heading(check, check->text, 1, is_meant, &namelist);
    if (meant.text) {
        return pwx_check_fail(check, meant.line,
                              "&%.*s is no namelist of pw.x; write &%s", (int)meant.n,
                              meant.text, name);
    }
    struct pwx_slice early =
        find_heading(check, check->text, 1, is_namelist, &namelist);
    if (early.text) {
        return pwx_check_fail(check, early.line,
                              "&%s comes too early; the order is &control, &system, "
                              "&electrons, &ions, &cell",
                              name);
    }
    if (namelist == PWX_IONS || namelist == PWX_CELL) {
        return pwx_check_fail(check, check->line,
                              "namelist &%s is missing, which this calculation reads; "
                              "add the lines \"&%s\" and \"/\" behind &%s",
                              name, name, namelist == PWX_IONS ? "electrons" : "ions");
    }
    return pwx_check_fail(check, check->line,
                          "namelist &%s is missing; it must be there, be it empty: "
                          "\"&%s\" and \"/\" on lines of their own",
                          name, name);
}

/* ---- assignments ---- */

/* A variable with the namelist that it was found in, and where. */
struct target {
    enum pwx_namelist namelist;
    const struct pwx_variable *variable;
    struct pwx_slice name;
    long index;               /* the first, when a rank of 1 has one; else 0 */
    struct pwx_slice indices; /* all of what stands between the brackets */
};

/* Whether a "name =" or "name(1,2) =" begins here. */
static bool is_assignment(const char *at, const char *end) {
    const char *p = word_end(at, end);
    if (p == at || isdigit((unsigned char)*at)) {
        return false;
    }
    if (p < end && *p == '(') {
        while (p < end && *p != ')' && *p != '\n') {
            p++;
        }
        p += p < end ? 1 : 0;
    }
    p = skip_blanks(p, end);
    return p < end && *p == '=';
}

static int fail_not_closed(struct pwx_check *check, enum pwx_namelist namelist,
                           long line, const char *word, size_t n) {
    return pwx_check_fail(check, line,
                          "%.*s begins inside of &%s, which line %ld opens; put a / on "
                          "a line of its own behind the last variable",
                          (int)n, word, pwx_namelist_name(namelist),
                          check->namelist_line[namelist]);
}

static int fail_unknown(struct pwx_check *check, const struct target *target) {
    const struct pwx_slice *name = &target->name;
    const char *here = pwx_namelist_name(target->namelist);
    enum pwx_namelist home = pwx_variable_home(name->text, name->n);
    if (home != PWX_NAMELISTS) {
        return pwx_check_fail(check, name->line, "%.*s belongs in &%s, not in &%s",
                              (int)name->n, name->text, pwx_namelist_name(home), here);
    }
    const char *near = pwx_variable_nearest(target->namelist, name->text, name->n);
    return pwx_check_fail(check, name->line, "%.*s is no variable of &%s%s%s%s",
                          (int)name->n, name->text, here, near ? "; did you mean " : "",
                          near ? near : "", near ? "?" : "");
}

/* "(1)", "(1,2)", "(1:3)" behind a name. */
static int read_index(struct pwx_check *check, struct target *target) {
    const struct pwx_variable *variable = target->variable;
    if (peek(check) != '(') {
        return 0;
    }
    const char *open = check->at + 1;
    const char *close = memchr(open, ')', (size_t)(check->end - open));
    if (!close || memchr(open, '\n', (size_t)(close - open))) {
        return pwx_check_fail(check, target->name.line, "%s( has no closing )",
                              variable->name);
    }
    if (variable->rank == 0) {
        return pwx_check_fail(check, target->name.line, "%s takes no index",
                              variable->name);
    }
    const char *at = skip_blanks(open, close);
    long index = 0;
    for (; at < close && isdigit((unsigned char)*at) && index < 100000; at++) {
        index = index * 10 + (*at - '0');
    }
    if (variable->rank == 1 && variable->limit > 0 &&
        (index < 1 || index > variable->limit)) {
        return pwx_check_fail(check, target->name.line, "%s is indexed from 1 to %d",
                              variable->name, variable->limit);
    }
    target->index = index;
    target->indices = (struct pwx_slice){open, (size_t)(close - open), check->line};
    while (check->at <= close) {
        advance(check);
    }
    return 0;
}

static int read_target(struct pwx_check *check, struct target *target) {
    const char *start = check->at;
    size_t n = (size_t)(word_end(start, check->end) - start);
    target->name = (struct pwx_slice){start, n, check->line};
    if (pwx_is_card(start, n) && !is_assignment(start, check->end)) {
        return fail_not_closed(check, target->namelist, check->line, start, n);
    }
    if (n == 0 && *start == '#') {
        return pwx_check_fail(check, check->line,
                              "a comment in a namelist begins with !, not with #");
    }
    if (n == 0 || isdigit((unsigned char)*start)) {
        const char *stop = start;
        while (stop < check->end && !isspace((unsigned char)*stop)) {
            stop++;
        }
        return pwx_check_fail(check, check->line,
                              "\"%.*s\" stands where a variable's name is expected",
                              (int)(stop - start < 40 ? stop - start : 40), start);
    }
    target->variable = pwx_variable_find(target->namelist, start, n);
    if (!target->variable && check->lenient) {
        static const struct pwx_variable any = {"", PWX_STRING, 2, 0};
        target->variable = &any;
    }
    if (!target->variable) {
        (void)fail_unknown(check, target);
        return CODE_E_INPUT;
    }
    check->at += n;
    int r = read_index(check, target);
    if (r != 0) {
        return r;
    }
    const char *equals = skip_blanks(check->at, check->end);
    if (equals < check->end && *equals == '(') {
        return pwx_check_fail(check, check->line,
                              "no blank may stand between %s and its index",
                              target->variable->name);
    }
    if (equals == check->end || *equals != '=') {
        return pwx_check_fail(check, target->name.line, "%s has no \"= value\"",
                              target->variable->name);
    }
    while (check->at <= equals) {
        advance(check);
    }
    return 0;
}

/* ---- values ---- */

struct value {
    struct pwx_slice slice; /* without quotes */
    bool quoted;
    long repeat; /* "3*0.0" */
};

static int read_quoted(struct pwx_check *check, const struct target *target,
                       struct value *value) {
    char quote = peek(check);
    const char *start = check->at + 1;
    const char *p = start;
    bool closed = false;
    while (p < check->end && *p != '\n' && !closed) {
        bool doubled = *p == quote && p + 1 < check->end && p[1] == quote;
        closed = *p == quote && !doubled;
        p += doubled ? 2 : closed ? 0 : 1;
    }
    if (!closed) {
        return pwx_check_fail(check, check->line,
                              "the quote that opens the value of %s is not closed",
                              target->variable->name);
    }
    value->slice = (struct pwx_slice){start, (size_t)(p - start), check->line};
    value->quoted = true;
    check->at = p + 1;
    return 0;
}

static bool ends_value(char c) {
    return isspace((unsigned char)c) || (c && strchr(",;/!'\"=&", c));
}

static void read_bare(struct pwx_check *check, struct value *value) {
    const char *start = check->at;
    const char *p = start;
    while (p < check->end && !ends_value(*p)) {
        p++;
    }
    const char *digits = start;
    while (digits < p && isdigit((unsigned char)*digits)) {
        digits++;
    }
    bool repeats = digits > start && digits < p && *digits == '*';
    if (repeats) {
        value->repeat = 0;
        for (const char *d = start; d < digits && value->repeat < 100000; d++) {
            value->repeat = value->repeat * 10 + (*d - '0');
        }
        start = digits + 1;
    }
    value->slice = (struct pwx_slice){start, (size_t)(p - start), check->line};
    check->at = p > check->at ? p : check->at + 1;
}

static int check_value(struct pwx_check *check, const struct target *target,
                       const struct value *value) {
    const struct pwx_variable *variable = target->variable;
    const struct pwx_slice *slice = &value->slice;
    if ((slice->n == 0 && !value->quoted) || check->lenient) {
        return 0; /* "3*": three values left as they are */
    }
    const char *fault =
        pwx_value_fault(variable->type, slice->text, slice->n, value->quoted);
    if (fault) {
        const char *quote = value->quoted ? "'" : "";
        int n = (int)(slice->n < 60 ? slice->n : 60);
        return pwx_check_fail(check, slice->line, "%s = %s%.*s%s: %s %s",
                              variable->name, quote, n, slice->text, quote,
                              variable->name, fault);
    }
    return 0;
}

static void keep_value(struct pwx_check *check, const struct target *target,
                       const struct pwx_slice *value) {
    static const struct {
        enum pwx_namelist namelist;
        const char *name;
    } kept[PWX_KEPT] = {
        [PWX_KEPT_CALCULATION] = {PWX_CONTROL, "calculation"},
        [PWX_KEPT_IBRAV] = {PWX_SYSTEM, "ibrav"},
        [PWX_KEPT_SPACE_GROUP] = {PWX_SYSTEM, "space_group"},
        [PWX_KEPT_CELLDM] = {PWX_SYSTEM, "celldm"},
        [PWX_KEPT_A] = {PWX_SYSTEM, "a"},
        [PWX_KEPT_NAT] = {PWX_SYSTEM, "nat"},
        [PWX_KEPT_NTYP] = {PWX_SYSTEM, "ntyp"},
        [PWX_KEPT_ECUTWFC] = {PWX_SYSTEM, "ecutwfc"},
        [PWX_KEPT_LFCP] = {PWX_CONTROL, "lfcp"},
        [PWX_KEPT_TRISM] = {PWX_CONTROL, "trism"},
    };
    for (size_t i = 0; i < PWX_KEPT; i++) {
        if (kept[i].namelist == target->namelist && target->index <= 1 &&
            strcmp(kept[i].name, target->variable->name) == 0) {
            check->kept[i] = *value;
        }
    }
}

/* Whether the index is the wanted one, blanks apart; no index means the first. */
static bool same_index(const struct pwx_slice *index, const struct pwx_slice *wanted) {
    const char *given = index->text ? index->text : "1";
    size_t n = index->text ? index->n : 1;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (isspace((unsigned char)given[i])) {
            continue;
        }
        if (at == wanted->n || given[i] != wanted->text[at]) {
            return false;
        }
        at++;
    }
    return at == wanted->n;
}

/* A first value that was read from here up to the cursor. */
static void note_sought(struct pwx_check *check, const struct target *target,
                        const struct value *value, const char *from) {
    for (size_t i = 0; i < check->n_sought; i++) {
        struct pwx_sought *one = &check->sought[i];
        if (one->namelist == target->namelist &&
            strcmp(one->name, target->variable->name) == 0 &&
            (!one->index.text || same_index(&target->indices, &one->index))) {
            one->value = value->slice;
            one->quote = '\0';
            if (value->quoted) {
                one->quote = *from;
            }
            one->from = from;
            one->to = check->at;
        }
    }
}

/* What the name stands for takes so many values from where its index points. */
static long room_for_values(const struct target *target) {
    if (target->variable->rank == 0) {
        return 1;
    }
    long first = target->index > 0 ? target->index : 1;
    return target->variable->limit > 0 ? target->variable->limit - first + 1 : -1;
}

static int read_one_value(struct pwx_check *check, const struct target *target,
                          struct value *value) {
    char c = peek(check);
    *value = (struct value){.repeat = 1};
    if (c == '\'' || c == '"') {
        int r = read_quoted(check, target, value);
        return r != 0 ? r : check_value(check, target, value);
    }
    size_t n = (size_t)(word_end(check->at, check->end) - check->at);
    if (pwx_is_card(check->at, n)) {
        return fail_not_closed(check, target->namelist, check->line, check->at, n);
    }
    if (c == '#') {
        return pwx_check_fail(check, check->line,
                              "a comment in a namelist begins with !, not with #");
    }
    read_bare(check, value);
    return check_value(check, target, value);
}

/* "outdir = /scratch/me": the slash would end the namelist. */
static bool is_bare_path(const struct pwx_check *check, const struct target *target) {
    return target->variable->type == PWX_STRING && check->at + 1 < check->end &&
           !isspace((unsigned char)check->at[1]);
}

static int read_values(struct pwx_check *check, const struct target *target) {
    long room = room_for_values(target);
    long count = 0;
    for (;;) {
        skip_separators(check);
        char c = peek(check);
        if (at_end(check) || c == '&' || c == '$' ||
            is_assignment(check->at, check->end)) {
            return 0;
        }
        if (c == '/') {
            return count == 0 && is_bare_path(check, target)
                       ? pwx_check_fail(check, check->line,
                                        "the value of %s is a path and needs quotes",
                                        target->variable->name)
                       : 0;
        }
        struct value value;
        const char *from = check->at;
        int r = read_one_value(check, target, &value);
        if (r != 0) {
            return r;
        }
        if (count == 0) {
            keep_value(check, target, &value.slice);
            note_sought(check, target, &value, from);
        }
        long first = (target->index > 0 ? target->index : 1) + count;
        for (long i = 0; check->tell && i < value.repeat && i < 16; i++) {
            check->tell(check->tell_data, target->namelist, target->name.text,
                        target->name.n, first + i, &value.slice);
        }
        count += value.repeat;
        if (room >= 0 && count > room) {
            return pwx_check_fail(check, value.slice.line,
                                  "%s takes %ld value%s, not %ld; is a name or a comma "
                                  "missing behind it?",
                                  target->variable->name, room, room == 1 ? "" : "s",
                                  count);
        }
    }
}

/* ---- the whole ---- */

/* A second heading before the slash, unless it is "&end". */
static int at_ampersand(struct pwx_check *check, enum pwx_namelist namelist,
                        bool *closed) {
    const char *name = check->at + 1;
    size_t n = (size_t)(word_end(name, check->end) - name);
    if (n == 3 && strncasecmp(name, "end", 3) == 0) {
        *closed = true;
        return 0;
    }
    return fail_not_closed(check, namelist, check->line, check->at, n + 1);
}

static int read_body(struct pwx_check *check, enum pwx_namelist namelist) {
    for (;;) {
        skip_separators(check);
        check->namelist_end[namelist] = check->at;
        if (at_end(check)) {
            return pwx_check_fail(check, check->namelist_line[namelist],
                                  "&%s is never closed; put a / on a line of its own "
                                  "behind its last variable",
                                  pwx_namelist_name(namelist));
        }
        bool closed = peek(check) == '/';
        if (peek(check) == '&' || peek(check) == '$') {
            int r = at_ampersand(check, namelist, &closed);
            if (r != 0) {
                return r;
            }
        }
        if (closed) {
            skip_line(check);
            return 0;
        }
        struct target target = {.namelist = namelist};
        int r = read_target(check, &target);
        r = r != 0 ? r : read_values(check, &target);
        if (r != 0) {
            return r;
        }
    }
}

int pwx_namelist_read(struct pwx_check *check, enum pwx_namelist namelist) {
    struct pwx_slice heading =
        find_heading(check, check->at, check->line, is_namelist, &namelist);
    if (!heading.text) {
        return fail_missing(check, namelist);
    }
    check->at = heading.text + heading.n;
    check->line = heading.line;
    check->namelist_line[namelist] = heading.line;
    return read_body(check, namelist);
}
