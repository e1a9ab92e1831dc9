/* What is said of a run in a file that is not an output of its code: a stderr, the file
 * of a batch system. Only why the run died is read there. */
#include "cli/parse_output.h"

#include "cli/command.h"
#include "cli/say.h"
#include "codes/line_reader.h"
#include "codes/outside.h"

struct look {
    struct outside outside;
    struct results results;
};

static int look_at_line(void *data, const char *line, long number, bool whole) {
    struct look *look = data;
    (void)whole;
    return outside_take(&look->outside, &look->results, NULL, line, number);
}

static int read_all(struct look *look, int fd, const char *file,
                    char piece[PARSE_PIECE], ssize_t n) {
    struct line_reader reader = {0};
    for (; n > 0; n = parse_read_piece(fd, piece)) {
        if (line_reader_feed(&reader, piece, (size_t)n, look_at_line, look) < 0) {
            say_no_memory();
        }
    }
    if (n < 0) {
        return parse_say_system(file, (int)n);
    }
    if (line_reader_end(&reader, look_at_line, look) < 0 ||
        outside_finish(&look->outside, &look->results, NULL) < 0) {
        say_no_memory();
    }
    return CLI_OK;
}

int parse_outside(int fd, const char *file, char piece[PARSE_PIECE], ssize_t n,
                  json_t **out) {
    struct look look = {0};
    results_init(&look.results);
    int status = read_all(&look, fd, file, piece, n);
    json_t *json = NULL;
    if (status == CLI_OK && look.results.n_problems > 0) {
        look.results.status = look.outside.crashed ? RUN_FAILED : RUN_TRUNCATED;
        json = say_need(results_to_json(&look.results));
    }
    results_deinit(&look.results);
    if (status == CLI_OK) {
        *out = json;
    }
    return status;
}
