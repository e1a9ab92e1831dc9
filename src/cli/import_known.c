/* A run is known where a job wrote to the same file, or, of a code whose outputs have
 * fixed names, ran in the same folder, and has not ended before the file was last
 * written: a file that is younger is of another run. */
#include "cli/import_known.h"

#include "base/clock.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/field.h"
#include "cli/say.h"
#include "codes/code.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 1000,
    SLACK_MS = 2000, /* clocks of file systems are coarse, and not all are this one's */
};

struct entry {
    char *place; /* owned: the output; the folder for one with fixed names */
    int64_t id;
    int64_t ended_ms; /* INT64_MAX: not yet */
};

struct import_known {
    struct entry *entries; /* owned, sorted by place */
    size_t n, cap;
};

struct import_known *import_known_free(struct import_known *known) {
    if (known) {
        for (size_t i = 0; i < known->n; i++) {
            free(known->entries[i].place);
        }
        free(known->entries);
        free(known);
    }
    return NULL;
}

static int compare(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return strcmp(x->place, y->place);
}

static char *folder_of(const char *path) {
    char *folder = NULL;
    if (path_dirname(&folder, path) < 0) {
        say_no_memory();
    }
    return folder;
}

static void add(struct import_known *known, const json_t *job) {
    const char *output = field_text(job, "output");
    const char *name = field_text(job, "code");
    const char *ended = field_text(job, "finished_at");
    const struct code *code = name ? code_by_name(name) : NULL;
    int64_t ended_ms = INT64_MAX;
    if (!code || !output) {
        return; /* what a command prints is in a folder of ours */
    }
    if (ended && clock_parse_iso8601(ended, &ended_ms) < 0) {
        ended_ms = INT64_MAX;
    }
    if (known->n == known->cap) {
        known->cap = known->cap ? known->cap * 2 : PAGE;
        known->entries =
            say_need(reallocarray(known->entries, known->cap, sizeof *known->entries));
    }
    bool fixed = code_output_names(code)[0] != NULL;
    known->entries[known->n++] =
        (struct entry){.place = fixed ? folder_of(output) : say_need(strdup(output)),
                       .id = field_int(job, "id", 0),
                       .ended_ms = ended_ms};
}

int import_known_new(struct import_known **out, struct cm_client *client) {
    _cleanup_(import_known_freep) struct import_known *known =
        say_need(calloc(1, sizeof *known));
    json_t *before = NULL;
    do {
        _cleanup_json_ json_t *page = NULL;
        json_t *params =
            say_need(json_pack("{s:i, s:o*}", "limit", PAGE, "before", before));
        int status = remote_ask(client, "jobs.list", params, &page);
        if (status != CLI_OK) {
            return status;
        }
        const json_t *jobs = json_object_get(page, "jobs");
        for (size_t i = 0; i < json_array_size(jobs); i++) {
            add(known, json_array_get(jobs, i));
        }
        before = json_object_get(page, "next");
        before = json_is_integer(before) ? json_incref(before) : NULL;
    } while (before);
    if (known->n > 0) {
        qsort(known->entries, known->n, sizeof *known->entries, compare);
    }
    *out = TAKE_PTR(known);
    return CLI_OK;
}

int64_t import_known_find(const struct import_known *known, const char *output,
                          bool folder, int64_t written_ms) {
    _cleanup_free_ char *place = folder ? folder_of(output) : NULL;
    const char *wanted = place ? place : output;
    size_t low = 0;
    size_t high = known->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(known->entries[middle].place, wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < known->n && strcmp(known->entries[low].place, wanted) == 0; low++) {
        const struct entry *entry = &known->entries[low];
        if (entry->ended_ms >= written_ms || written_ms - entry->ended_ms <= SLACK_MS) {
            return entry->id;
        }
    }
    return 0;
}
