/* Why a run died that did not say so in its output: what others said of it on its
 * stderr, and else the status that it ended with. Of a stderr that is long only the
 * beginning and the end are looked at: what matters is said where it stops. */
#include "server/engine_internal.h"

#include "base/fd.h"
#include "codes/code.h"
#include "codes/line_reader.h"
#include "codes/outside.h"
#include "exec/local.h"
#include "server/run_slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEAD = 32 * 1024,
    TAIL = 64 * 1024,
};

/* Where it runs on a cluster, what this machine has is not the point. */
static const struct outside_advice of_cluster[] = {
    {OUTSIDE_NO_PROGRAM,
     "Say how the cluster finds the program, such as `crystalmath cluster set NAME "
     "--setup 'module load qe'`; `crystalmath cluster test NAME` tells what it finds. "
     "Of a command only its words go there, not the program's file."},
    {OUTSIDE_LIBRARY,
     "Set up there what the program was built with: `crystalmath cluster set NAME "
     "--setup 'module load …'`."},
    {OUTSIDE_NOTHING, NULL}};

struct look {
    struct outside outside;
    struct results *results;
    const struct outside_advice *advice; /* NULL: none */
};

static int look_at_line(void *data, const char *line, long number, bool whole) {
    struct look *look = data;
    (void)number; /* of a piece */
    (void)whole;
    return outside_take(&look->outside, look->results, look->advice, line, 0);
}

/* Where in a file its piece stands does not matter, as no line is named. */
static void look_at_piece(struct look *look, int fd, off_t at, size_t most) {
    _cleanup_free_ char *piece = malloc(most);
    ssize_t n = piece ? pread(fd, piece, most, at) : -1;
    struct line_reader reader = {0};
    if (n > 0 && line_reader_feed(&reader, piece, (size_t)n, look_at_line, look) == 0) {
        (void)line_reader_end(&reader, look_at_line, look);
    }
}

static void look_at_file(struct look *look, const char *path) {
    struct stat st;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return;
    }
    look_at_piece(look, fd, 0, HEAD);
    if (st.st_size > HEAD) {
        off_t tail = st.st_size - TAIL;
        look_at_piece(look, fd, tail > HEAD ? tail : HEAD, TAIL);
    }
}

static void note_status(struct look *look, const struct local_exit *how,
                        const struct site_word *word) {
    enum outside_cause cause = outside_cause_of_exit(how->exit_code, how->signal);
    char words[160];
    if (word && word->cause != OUTSIDE_NOTHING) {
        cause = (enum outside_cause)word->cause;
        (void)snprintf(words, sizeof words, "%s", word->words);
    } else if (how->timed_out) {
        cause = OUTSIDE_TIME;
        (void)snprintf(words, sizeof words, "ended at its time limit");
    } else if (how->signal != 0) {
        (void)snprintf(words, sizeof words, "ended by signal %d (%s)", how->signal,
                       strsignal(how->signal));
    } else if (how->exit_code > 128) {
        (void)snprintf(words, sizeof words, "exit status %d: signal %d (%s)",
                       how->exit_code, how->exit_code - 128,
                       strsignal(how->exit_code - 128));
    } else {
        (void)snprintf(words, sizeof words, "exit status %d", how->exit_code);
    }
    if (cause != OUTSIDE_NOTHING && !outside_has_reason(&look->outside, cause)) {
        look->outside.killed |= outside_is_killed(cause);
        look->outside.crashed |= !outside_is_killed(cause);
        (void)results_add_problem(look->results, outside_category(cause), words, 0,
                                  outside_remedy(cause, look->advice));
    }
}

/* What Slurm and the shell said beside the program. */
static void look_at_batch_log(struct look *look, const struct run *run) {
    _cleanup_free_ char *path = NULL;
    if (run_is_placed(run) && run_slurm_log(run, &path) == 0) {
        look_at_file(look, path);
    }
}

void run_outside(const struct run *run, const struct local_exit *how,
                 const struct site_word *word, bool ended_short, struct results *out) {
    struct look look = {.results = out,
                        .advice = run_is_placed(run) ? of_cluster : NULL};
    const struct job *job = run->job;
    bool died = ended_short || how->exit_code != 0 || how->signal != 0 ||
                (word && word->cause != OUTSIDE_NOTHING);
    if (!died || how->cancelled || how->error.text[0]) {
        return;
    }
    if (job->error_output) {
        look_at_file(&look, job->error_output);
    } else if (!code_by_name(job->code) && run->live) {
        look_at_file(&look, run->live->output);
    }
    look_at_batch_log(&look, run);
    if (out->n_problems == 0) {
        note_status(&look, how, word);
    }
    (void)outside_finish(&look.outside, out, look.advice);
    out->status = look.outside.killed ? RUN_TRUNCATED : RUN_FAILED;
}
