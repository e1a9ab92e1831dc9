/* How a run of CRYSTAL goes on: an optimisation by RESTART behind OPTGEOM, from the
 * file OPTINFO.DAT; its SCF, or that of any other run, by GUESSP from the density
 * matrix in the file fort.20, which is the fort.9 of the run before. A .d12 file goes
 * on under a name of its own, to which the files are given too, as crystal_run.c looks
 * for them; an INPUT that was laid out by hand stays, and the one before gets a number.
 * CRYSTAL was not at hand to be run: keywords and files are known from its manual. */
#include "codes/crystal/crystal_run.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code_internal.h"
#include "codes/code_restart.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define ENDING ".d12"

struct plan {
    const struct code *code;
    const struct code_stopped *stopped;
    struct code_restart *out;
    struct errmsg *msg;
    char *stem;     /* owned; NULL: the input is called INPUT */
    char *new_stem; /* owned; likewise */
    char *info;     /* owned: where OPTINFO.DAT lies; NULL: it is not there */
    char *matrix;   /* owned: likewise fort.9 */
};

static void plan_deinit(struct plan *plan) {
    free(plan->stem);
    free(plan->new_stem);
    free(plan->info);
    free(plan->matrix);
}

/* ---- the input ---- */

struct place {
    const char *at; /* NULL: nowhere */
};

static const char *behind_line(const char *at, const char *end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return stop ? stop + 1 : end;
}

static bool begins(const char *at, const char *end, const char *word) {
    size_t n = strlen(word);
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return (size_t)(end - at) >= n && strncasecmp(at, word, n) == 0;
}

/* Where words are put in: behind OPTGEOM, and in front of the END that closes the last
 * block. What is there already is not put in again. */
static void find_places(const struct code_stopped *stopped, struct place *restart,
                        struct place *guess, bool *optimises) {
    const char *end = stopped->text + stopped->n;
    bool restarts = false;
    bool guesses = false;
    for (const char *at = stopped->text; at < end; at = behind_line(at, end)) {
        if (begins(at, end, "OPTGEOM")) {
            *optimises = true;
            restart->at = behind_line(at, end);
        } else if (begins(at, end, "RESTART") && restart->at) {
            restarts = true;
        } else if (begins(at, end, "GUESSP")) {
            guesses = true;
        } else if (begins(at, end, "END")) {
            guess->at = at;
        }
    }
    restart->at = restarts ? NULL : restart->at;
    guess->at = guesses ? NULL : guess->at;
}

static int change_input(const struct plan *plan, const struct place *restart,
                        const struct place *guess) {
    struct buf *out = &plan->out->text;
    const char *at = plan->stopped->text;
    const char *end = at + plan->stopped->n;
    int r = 0;
    if (plan->info && restart->at) {
        r = buf_append(out, at, (size_t)(restart->at - at));
        r = r ? r : buf_append_str(out, "RESTART\n");
        at = restart->at;
    }
    if (r == 0 && plan->matrix && guess->at && guess->at >= at) {
        r = buf_append(out, at, (size_t)(guess->at - at));
        r = r ? r : buf_append_str(out, "GUESSP\n");
        at = guess->at;
    }
    return r ? r : buf_append(out, at, (size_t)(end - at));
}

/* ---- the files ---- */

/* Where a file of the run lies: in the folder that a kill has left behind, or under the
 * input's name; `plain` is its name in CRYSTAL. *out stays NULL where it is not. */
static int find_file(const struct plan *plan, const char *plain, const char *ending,
                     char **out) {
    bool there = false;
    _cleanup_free_ char *name = NULL;
    int r = plan->stem ? str_printf(&name, "%s.scratch/%s", plan->stem, plain)
                       : str_printf(&name, "%s", plain);
    r = r ? r : code_look_exists(plan->stopped->look, name, &there);
    if (r == 0 && !there && plan->stem) {
        free(TAKE_PTR(name));
        r = str_printf(&name, "%s.%s", plan->stem, ending);
        r = r ? r : code_look_exists(plan->stopped->look, name, &there);
    }
    if (r == 0 && there) {
        *out = TAKE_PTR(name);
    }
    return r;
}

static int look(struct plan *plan, bool optimises) {
    int r = find_file(plan, "fort.9", "f9", &plan->matrix);
    if (r == 0 && optimises) {
        r = find_file(plan, "OPTINFO.DAT", "OPTINFO.DAT", &plan->info);
    }
    if (r == 0 && plan->info) {
        r = code_look_ends_with(plan->stopped, plan->info, "", plan->msg);
    }
    if (r == 0 && plan->matrix) {
        r = code_look_records(plan->stopped, plan->matrix, plan->msg);
    }
    if (r == 0 && !plan->info && !plan->matrix) {
        r = errmsg_set(plan->msg, CODE_E_RESTART,
                       "the run has left neither a density matrix (fort.9%s)%s: it was "
                       "ended before the end of its first SCF",
                       plan->stem ? ", kept as .f9" : "",
                       optimises ? " nor OPTINFO.DAT" : "");
    }
    return r;
}

/* ---- steps ---- */

static int give(const struct plan *plan, const char *from, const char *ending) {
    _cleanup_free_ char *to = NULL;
    int r = str_printf(&to, "%s.%s", plan->new_stem, ending);
    return r ? r : code_step_link(plan->out, from, to);
}

/* What else such a run may read. */
static int give_others(const struct plan *plan) {
    static const char *const others[] = {"gui", "f98", "HESSOPT.DAT", "FREQINFO.DAT",
                                         "BORN.DAT"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof others / sizeof *others; i++) {
        _cleanup_free_ char *from = NULL;
        bool there = false;
        r = str_printf(&from, "%s.%s", plan->stem, others[i]);
        r = r ? r : code_look_exists(plan->stopped->look, from, &there);
        r = r || !there ? r : give(plan, from, others[i]);
    }
    return r;
}

static int put_own(struct plan *plan) {
    struct code_restart *out = plan->out;
    int r = code_restart_name(plan->code, plan->stopped, out);
    if (r == 0) {
        plan->new_stem = strndup(out->input, strlen(out->input) - strlen(ENDING));
        r = plan->new_stem ? 0 : -ENOMEM;
    }
    r = r ? r
          : code_step_write(out, out->input, buf_bytes(&out->text),
                            buf_len(&out->text));
    r = r || !plan->info ? r : give(plan, plan->info, "OPTINFO.DAT");
    r = r || !plan->matrix ? r : give(plan, plan->matrix, "f9");
    return r ? r : give_others(plan);
}

/* "INPUT.2" and "INPUT.2.out" tell which number is free; the older input gets it. */
static int put_by_hand(struct plan *plan) {
    struct code_restart *out = plan->out;
    _cleanup_free_ char *kept = NULL;
    _cleanup_free_ char *fort = NULL;
    bool there = false;
    int r = code_restart_name(plan->code, plan->stopped, out);
    if (r == 0) {
        kept = TAKE_PTR(out->input);
        out->input = strdup(plan->stopped->input);
        r = out->input ? 0 : -ENOMEM;
    }
    r = r ? r : code_step_keep(out, out->input, kept);
    r = r ? r
          : code_step_write(out, out->input, buf_bytes(&out->text),
                            buf_len(&out->text));
    r = r ? r : code_look_exists(plan->stopped->look, "fort.20", &there);
    if (r == 0 && plan->matrix && there) {
        r = str_printf(&fort, "fort.20%s", kept + strlen(plan->stopped->input));
        r = r ? r : code_step_keep(out, "fort.20", fort);
    }
    return r || !plan->matrix ? r : code_step_link(out, plan->matrix, "fort.20");
}

int crystal_restart(const struct code *code, const struct code_stopped *stopped,
                    struct code_restart *out, struct errmsg *msg) {
    struct plan plan = {.code = code, .stopped = stopped, .out = out, .msg = msg};
    struct place restart = {NULL};
    struct place guess = {NULL};
    bool optimises = false;
    bool own = str_ends_with(stopped->input, ENDING);
    plan.stem =
        own ? strndup(stopped->input, strlen(stopped->input) - strlen(ENDING)) : NULL;
    int r = own && !plan.stem ? -ENOMEM : 0;
    find_places(stopped, &restart, &guess, &optimises);
    r = r ? r : look(&plan, optimises);
    r = r ? r : change_input(&plan, &restart, &guess);
    r = r ? r : own ? put_own(&plan) : put_by_hand(&plan);
    plan_deinit(&plan);
    return r;
}
