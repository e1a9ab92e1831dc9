/* `crystalmath log ID --files`: a table for people; size, time and name between tabs
 * for programs, the name last because it may be anything. */
#include "cli/log_files.h"

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    FILES_MAX = 10000, /* the most that the server hands out */
    SIZE_COLUMNS = 10,
    TIME_COLUMNS = 19,
};

static void print_row(const struct term *term, const json_t *file) {
    char size[QUANTITY_SIZE_TEXT];
    char time[LOCAL_TIME_SIZE];
    const char *name = field_text(file, "name");
    _cleanup_free_ char *clean = term_clean(term, name ? name : "?");
    bool is_nameless = json_is_false(json_object_get(file, "representable"));
    (void)printf("%*s  %-*s  %s%s%s%s\n", SIZE_COLUMNS,
                 quantity_size_text(field_int(file, "size", 0), size), TIME_COLUMNS,
                 jobline_local_time(field_text(file, "modified_at"), time), clean,
                 is_nameless ? term_begin(term, TERM_DIM) : "",
                 is_nameless ? "  not UTF-8, rename it to have it printed" : "",
                 is_nameless ? term_end(term, TERM_DIM) : "");
}

static void print_table(const struct term *term, const json_t *answer, int64_t id) {
    const json_t *files = json_object_get(answer, "files");
    const char *path = field_text(answer, "directory");
    _cleanup_free_ char *directory = term_clean(term, path ? path : "?");
    if (json_array_size(files) == 0) {
        (void)printf("There are no files in %s.\n", directory);
        return;
    }
    (void)printf("%s%*s  %-*s  FILE%s\n", term_begin(term, TERM_BOLD), SIZE_COLUMNS,
                 "SIZE", TIME_COLUMNS, "CHANGED", term_end(term, TERM_BOLD));
    size_t i = 0;
    json_t *file = NULL;
    json_array_foreach(files, i, file) {
        print_row(term, file);
    }
    (void)printf("%sin %s; print one with: crystalmath log %" PRId64 " --file FILE%s\n",
                 term_begin(term, TERM_DIM), directory, id, term_end(term, TERM_DIM));
}

static void print_plain(const struct term *term, const json_t *files) {
    size_t i = 0;
    json_t *file = NULL;
    json_array_foreach(files, i, file) {
        const char *name = field_text(file, "name");
        const char *time = field_text(file, "modified_at");
        _cleanup_free_ char *clean = term_clean(term, name ? name : "?");
        (void)printf("%" PRId64 "\t%s\t%s\n", field_int(file, "size", 0),
                     time ? time : "-", clean);
    }
}

int log_files(const struct cli *cli, int64_t id, bool json) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *answer = NULL;
    struct term term = term_stdout();
    int status = remote_open(cli, &client);
    if (status == CLI_OK) {
        json_t *params =
            say_need(json_pack("{s:I, s:i}", "id", (json_int_t)id, "limit", FILES_MAX));
        status = remote_ask(client, "jobs.files", params, &answer);
    }
    if (status != CLI_OK) {
        return status;
    }
    if (json) {
        return remote_print_json(&term, answer);
    }
    if (term.tty) {
        print_table(&term, answer, id);
    } else {
        print_plain(&term, json_object_get(answer, "files"));
    }
    if (json_is_true(json_object_get(answer, "more"))) {
        say_error("job %" PRId64 " has more than %d files and folders; those of its "
                  "lower folders are not all listed",
                  id, FILES_MAX);
    }
    return CLI_OK;
}
