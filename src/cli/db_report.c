/* The words for `crystalmath db`; what stands in the objects is told in
 * crystalmath(1). */
#include "cli/db_report.h"

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/cli.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/term.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_clean(const struct term *term, const char *before, const char *text) {
    _cleanup_free_ char *clean = term_clean(term, text ? text : "");
    (void)printf("%s%s\n", before, clean);
}

/* Each text on a line of its own, below a heading that is left out where there is none.
 */
static void print_list(const struct term *term, const char *heading,
                       const json_t *texts) {
    if (json_array_size(texts) > 0) {
        (void)puts(heading);
    }
    for (size_t i = 0; i < json_array_size(texts); i++) {
        print_clean(term, "  ", json_string_value(json_array_get(texts, i)));
    }
}

static void print_facts(const struct term *term, const json_t *report) {
    int64_t jobs = field_int(report, "jobs", -1);
    int64_t unfinished = field_int(report, "unfinished", -1);
    int64_t waiting = field_int(report, "waiting_bytes", 0);
    int64_t format = field_int(report, "format", 0);
    if (jobs >= 0) {
        (void)printf("jobs      %" PRId64 ", %" PRId64 " of them not at their end\n",
                     jobs, unfinished);
    }
    if (format > 0) {
        bool older = format < field_int(report, "known_format", format);
        (void)printf("format    %" PRId64 "%s\n", format,
                     older
                         ? ", which the next server brings up to date after it made a "
                           "copy"
                         : "");
    }
    (void)printf("size      %" PRId64 " bytes\n", field_int(report, "bytes", 0));
    if (waiting > 0) {
        (void)printf("waiting   %" PRId64
                     " bytes in the log beside it, of a server that "
                     "was killed; the next one takes them up\n",
                     waiting);
    }
    print_list(term, "copies that can be put back, the newest first:",
               json_object_get(report, "copies"));
    print_list(term, "left of copying that was broken off; the next server removes it:",
               json_object_get(report, "left"));
}

int db_report_check(const json_t *report, bool as_json) {
    struct term term = term_stdout();
    const char *trouble = field_text(report, "trouble");
    const char *database = field_text(report, "database");
    const char *what = field_text(report, "what");
    const json_t *ways = json_object_get(report, "ways");
    const json_t *problems = json_object_get(report, "problems");
    bool none_yet = trouble && strcmp(trouble, "missing") == 0 && ways &&
                    field_int(report, "waiting_bytes", 0) == 0;
    bool whole = trouble && strcmp(trouble, "none") == 0;
    bool fine = (whole || none_yet) && json_array_size(problems) == 0;
    if (as_json) {
        (void)remote_print_json(&term, report);
        return fine ? CLI_OK : CLI_FAILED;
    }
    _cleanup_free_ char *path = term_clean(&term, database ? database : "");
    _cleanup_free_ char *clean = term_clean(&term, what ? what : "");
    if (none_yet) {
        (void)printf("%s is not there yet; the first job makes it.\n", path);
        return CLI_OK;
    }
    (void)printf(whole ? "%s is whole.\n" : "%s: %s.\n", path, clean);
    if (strcmp(trouble ? trouble : "", "missing") == 0 && !none_yet && ways) {
        (void)puts("What was written to it last is there, and waits for it.");
    }
    print_facts(&term, report);
    print_list(&term, "what to type, the best first:", ways);
    print_list(&term, "the server says:", problems);
    return fine ? CLI_OK : CLI_FAILED;
}

/* " 3 4 5". */
static char *list_ids(const json_t *ids) {
    char *out = say_format("%s", "");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        _cleanup_free_ char *before = out;
        out = say_format("%s %" PRId64, before,
                         (int64_t)json_integer_value(json_array_get(ids, i)));
    }
    return out;
}

/* The format has one %s, for the ids. */
static void print_ids(const json_t *told, const char *key, const char *before,
                      const char *after) {
    const json_t *ids = json_object_get(told, key);
    if (json_array_size(ids) > 0) {
        _cleanup_free_ char *list = list_ids(ids);
        (void)printf("%s%s%s\n", before, list, after);
    }
}

int db_report_restore(const json_t *told, bool as_json) {
    struct term term = term_stdout();
    if (as_json) {
        return remote_print_json(&term, told);
    }
    int64_t added = field_int(told, "added", 0);
    const json_t *held = json_object_get(told, "held");
    print_clean(&term, "The list of jobs was put back from ",
                field_text(told, "restored"));
    if (field_text(told, "aside")) {
        print_clean(&term, "What it was before is kept as ", field_text(told, "aside"));
    }
    (void)printf("It has %" PRId64 " jobs", field_int(told, "jobs", 0));
    if (added > 0) {
        (void)printf("; %" PRId64 " of them %s younger than the copy and %s taken over",
                     added, added == 1 ? "is" : "are", added == 1 ? "was" : "were");
    }
    (void)puts(".");
    print_ids(told, "found", "Found again by their run folders:", "");
    print_ids(told, "resumed", "Their run folders tell how they went on:", "");
    print_ids(told, "lost", "They ran, and how they ended is not known:", "");
    print_ids(told, "skipped",
              "Their run folders cannot be read; they are not in it:", "");
    if (json_array_size(held) > 0) {
        _cleanup_free_ char *list = list_ids(held);
        (void)printf("These had not started when the copy was made, and may have run "
                     "since; they are held:%s\n"
                     "Look at their outputs, then: crystalmath release%s (or cancel)\n",
                     list, list);
    }
    return CLI_OK;
}
