/* Errors in pw.x's output: its own boxes
 *
 *      %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
 *      Error in routine cdiaghg (668):
 *       problems computing cholesky
 *      %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
 *
 * (each process may print one, and they may be woven into one another: the headline
 * begins an error, the frame or a blank line ends it, and the same words count once),
 * and what MPI, the Fortran runtime, the kernel or a batch system write into the same
 * file. */
#include "codes/qe/pwx_scan.h"

#include <stdio.h>
#include <string.h>

enum { LAST_WORDS = 3 }; /* lines, at the end of the output */

/* Add words to the message, one blank between; what does not fit is left out. */
static void append_words(struct pwx_error *error, const char *words) {
    size_t have = strlen(error->message);
    const char *gap = have > 0 ? " " : "";
    (void)snprintf(error->message + have, sizeof(error->message) - have, "%s%s", gap,
                   words);
    have = strlen(error->message);
    while (have > 0 && strchr(" \t", error->message[have - 1])) {
        error->message[--have] = '\0';
    }
}

int pwx_error_flush(struct pwx_scan *scan) {
    struct pwx_error *error = &scan->error;
    if (!error->message[0]) {
        return 0;
    }
    struct pwx_diagnosis diagnosis =
        pwx_diagnose(error->routine, error->message + error->headline);
    int r = results_add_problem(scan->results, diagnosis.category, error->message,
                                error->line, diagnosis.remedy);
    error->message[0] = '\0';
    return r;
}

static int error_row(struct pwx_scan *scan, const char *text) {
    struct pwx_error *error = &scan->error;
    bool headline = pwx_behind(text, "Error in routine");
    if (*text && *text != '%' && !headline && !pwx_behind(text, "stopping ...")) {
        append_words(error, text);
        return 0;
    }
    if (headline && strlen(error->message) == error->headline) {
        error->message[0] = '\0'; /* woven: the other one has the text */
    }
    int r = pwx_error_flush(scan);
    return r < 0 ? r : PWX_DECLINED;
}

/* `words` is the headline as printed, `routine` points into it. */
static int begin_error(struct pwx_scan *scan, const char *words, const char *routine,
                       size_t length) {
    struct pwx_error *error = &scan->error;
    size_t room = sizeof(error->routine) - 1;
    (void)snprintf(error->routine, sizeof(error->routine), "%.*s",
                   (int)(length < room ? length : room), routine);
    error->message[0] = '\0';
    append_words(error, words);
    error->headline = strlen(error->message);
    error->line = scan->line;
    scan->end.error = true;
    scan->section = error_row;
    return 0;
}

static int take_error(struct pwx_scan *scan, const char *rest) {
    char words[PWX_MESSAGE_SIZE / 2];
    (void)snprintf(words, sizeof(words), "Error in routine %s",
                   rest + strspn(rest, " "));
    rest += strspn(rest, " ");
    return begin_error(scan, words, rest, strcspn(rest, " ("));
}

/* "from readpp : error #         1", in old versions and in the file CRASH. */
static int take_old_error(struct pwx_scan *scan, const char *rest) {
    char words[PWX_MESSAGE_SIZE / 2];
    rest += strspn(rest, " ");
    size_t length = strcspn(rest, " :");
    const char *behind = rest + length + strspn(rest + length, " ");
    const char *number = pwx_behind(behind, ": error #");
    if (!number) {
        return 0;
    }
    (void)snprintf(words, sizeof(words), "from %.*s : error # %s", (int)length, rest,
                   number + strspn(number, " "));
    return begin_error(scan, words, rest, length);
}

/* Some end the run outside of the usual box. */
static int note_bare_error(struct pwx_scan *scan, const char *message, long line) {
    struct pwx_diagnosis diagnosis = pwx_diagnose("", message);
    scan->end.error = true;
    return results_add_problem(scan->results, diagnosis.category, message, line,
                               diagnosis.remedy);
}

#define QR_FAILED "[Q, R] = qr(X, 0) failed"
#define NOT_RECIPROCAL "probably because G_par is NOT a reciprocal lattice vector"

static int take_qr(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return note_bare_error(scan, QR_FAILED, scan->line);
}

static int take_not_reciprocal(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return note_bare_error(scan, NOT_RECIPROCAL, scan->line);
}

/* "On entry to ZHEGVX parameter number 13 had an illegal value": LAPACK's own answer is
 * to stop, with an exit status of 0; in other libraries the run goes on. */
static int take_lapack(struct pwx_scan *scan, const char *rest) {
    struct pwx_error *error = &scan->error;
    (void)snprintf(error->lapack, sizeof(error->lapack), "On entry to%s", rest);
    error->lapack_line = scan->line;
    return 0;
}

const struct pwx_rule pwx_error_rules[] = {
    {"Error in routine", take_error},
    {"from ", take_old_error},
    {QR_FAILED, take_qr},
    {NOT_RECIPROCAL, take_not_reciprocal},
    {"** On entry to", take_lapack},
    {NULL, NULL},
};

bool pwx_error_recognise(const char *text, size_t n) {
    static const char *const marks[] = {"%%%%\n     Error in routine ",
                                        "%%%%\n     task # ", /* the file CRASH */
                                        QR_FAILED, NOT_RECIPROCAL};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (memmem(text, n, marks[i], strlen(marks[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- words of others ---- */

#define MEMORY_REMEDY                                                                  \
    "Use more nodes or fewer processes a node, pools (-nk) only as far as memory "     \
    "allows, or a smaller mixing_ndim and diago_david_ndim."

static const struct outside_advice advice[] = {
    {OUTSIDE_TIME,
     "Ask for more time, and set max_seconds a little below the limit so that pw.x can "
     "stop cleanly and go on with restart_mode = 'restart'."},
    {OUTSIDE_MEMORY_KILL, MEMORY_REMEDY},
    {OUTSIDE_MEMORY, MEMORY_REMEDY},
    {OUTSIDE_CANCELLED,
     "The job was cancelled; submit it again, with restart_mode = 'restart' where the "
     "files are whole."},
    {OUTSIDE_SHORT_FILE,
     "A file is shorter than it should be, perhaps left half-written by a run that was "
     "killed: start from_scratch with the last geometry."},
    {OUTSIDE_DISK, "Free room where outdir is, or set disk_io = 'low'."},
    {OUTSIDE_RUNTIME,
     "pw.x itself stumbled: check the input near what the message names."},
    {OUTSIDE_NOTHING, NULL},
};

static int take_over(struct pwx_scan *scan, int r) {
    scan->end.killed |= scan->end.outside.killed;
    scan->end.error |= scan->end.outside.crashed;
    return r;
}

/* What pw.x itself writes is indented; what stands at the margin may be anybody's.
 * Behind JOB DONE nothing can stop it. */
int pwx_error_foreign(struct pwx_scan *scan, const char *line) {
    return pwx_behind(line, "  ") || scan->end.done
               ? 0
               : take_over(scan, outside_take(&scan->end.outside, scan->results, advice,
                                              line, scan->line));
}

int pwx_error_end(struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    const struct pwx_error *error = &scan->error;
    if (end->done || end->error || end->killed) {
        return 0;
    }
    if (error->lapack_line > 0 && scan->line - error->lapack_line <= LAST_WORDS) {
        return note_bare_error(scan, error->lapack, error->lapack_line);
    }
    return take_over(scan, outside_finish(&scan->end.outside, scan->results, advice));
}
