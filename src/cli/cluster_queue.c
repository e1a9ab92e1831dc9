/* The queue of a cluster as a table: all of the user's jobs there, also those that were
 * submitted otherwise. */
#include "cli/cluster_queue.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/say.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    ID_COLUMNS = 8, /* at least, of "12345_7" */
    NAME_COLUMNS = 16,
    PARTITION_COLUMNS = 10,
    STATE_COLUMNS = 10,
    TIME_COLUMNS = 10,
    NODES_COLUMNS = 5,
    JOB_COLUMNS = 6,
};

static void put(const struct term *term, const char *raw, int width, bool right) {
    _cleanup_free_ char *text = term_clean(term, raw);
    term_put_cell(term, text, width, right);
    (void)fputs("  ", stdout);
}

static void put_number(const struct term *term, int64_t number, int width) {
    char text[32] = "";
    if (number >= 0) {
        (void)snprintf(text, sizeof text, "%" PRId64, number);
    }
    put(term, text, width, true);
}

static void put_time(const struct term *term, const json_t *job, const char *member) {
    char text[DURATION_SIZE];
    int64_t seconds = field_int(job, member, -1);
    put(term, jobline_duration(seconds < 0 ? (double)NAN : (double)seconds, text),
        TIME_COLUMNS, true);
}

static const char *text_of(const json_t *job, const char *member) {
    const char *text = field_text(job, member);
    return text ? text : "";
}

static void print_job(const struct term *term, const json_t *job, int id_columns) {
    const char *where = field_text(job, "node_list");
    _cleanup_free_ char *state = say_need(strdup(text_of(job, "state")));
    for (char *at = state; *at; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    }
    put(term, text_of(job, "id"), id_columns, true);
    put_number(term, field_int(job, "job", -1), JOB_COLUMNS);
    put(term, text_of(job, "name"), NAME_COLUMNS, false);
    put(term, text_of(job, "partition"), PARTITION_COLUMNS, false);
    put(term, state, STATE_COLUMNS, false);
    put_time(term, job, "time_used");
    put_time(term, job, "time_limit");
    put_number(term, field_int(job, "nodes", -1), NODES_COLUMNS);
    _cleanup_free_ char *last = term_clean(term, where ? where : text_of(job, "why"));
    (void)printf("%s\n", last);
}

static void print_titles(const struct term *term, int id_columns) {
    (void)fputs(term_begin(term, TERM_BOLD), stdout);
    put(term, "slurm", id_columns, true);
    put(term, "job", JOB_COLUMNS, true);
    put(term, "name", NAME_COLUMNS, false);
    put(term, "partition", PARTITION_COLUMNS, false);
    put(term, "state", STATE_COLUMNS, false);
    put(term, "time", TIME_COLUMNS, true);
    put(term, "limit", TIME_COLUMNS, true);
    put(term, "nodes", NODES_COLUMNS, true);
    (void)printf("where, or why not%s\n", term_end(term, TERM_BOLD));
}

void cluster_queue_print(const json_t *answer) {
    const struct term term = term_stdout();
    const json_t *jobs = json_object_get(answer, "jobs");
    int id_columns = ID_COLUMNS;
    size_t i = 0;
    json_t *job = NULL;
    json_array_foreach(jobs, i, job) {
        int width = (int)strlen(text_of(job, "id"));
        id_columns = width > id_columns ? width : id_columns;
    }
    if (json_array_size(jobs) == 0) {
        say_error("you have no job in the queue of %s", text_of(answer, "cluster"));
        return;
    }
    print_titles(&term, id_columns);
    json_array_foreach(jobs, i, job) {
        print_job(&term, job, id_columns);
    }
}
