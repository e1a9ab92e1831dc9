/* A job's summary as JSON text, for lists of hundreds: the same bytes as those of the
 * tree that job_json.c builds, without the tree. A test holds the two against each
 * other; who adds a member adds it to both. */
#include "server/job_text.h"

#include "base/clock.h"
#include "base/str.h"
#include "job/placement.h"
#include "rpc/json_write.h"
#include "server/job_json.h"

#include <errno.h>
#include <string.h>

/* The first failure stays. */
struct writer {
    struct buf *out;
    int r;
};

/* `key` is what stands before the value: a comma, the name in quotes, a colon. */
static void put_key(struct writer *w, const char *key) {
    w->r = w->r ? w->r : buf_append_str(w->out, key);
}

static void put_word(struct writer *w, const char *key, const char *word) {
    put_key(w, key);
    w->r = w->r ? w->r : buf_append_str(w->out, word);
}

static void put_string(struct writer *w, const char *key, const char *text, size_t n) {
    put_key(w, key);
    if (w->r < 0) {
        return;
    }
    if (str_is_utf8(text, n)) {
        w->r = json_write_string(w->out, text, n);
        return;
    }
    _cleanup_free_ char *mended = str_to_utf8(text, n);
    w->r = mended ? json_write_string(w->out, mended, strlen(mended)) : -ENOMEM;
}

static void put_text(struct writer *w, const char *key, const char *text) {
    if (text) {
        put_string(w, key, text, strlen(text));
    } else {
        put_word(w, key, "null");
    }
}

static void put_int(struct writer *w, const char *key, int64_t value) {
    put_key(w, key);
    w->r = w->r ? w->r : json_write_int(w->out, value);
}

static void put_int_unless(struct writer *w, const char *key, int64_t value,
                           bool unknown) {
    if (unknown) {
        put_word(w, key, "null");
    } else {
        put_int(w, key, value);
    }
}

static void put_real(struct writer *w, const char *key, double value) {
    put_key(w, key);
    w->r = w->r ? w->r : json_write_real(w->out, value);
}

static void put_time(struct writer *w, const char *key, int64_t realtime_ms) {
    char text[CLOCK_ISO8601_SIZE];
    put_text(w, key, realtime_ms == 0 ? NULL : clock_format_iso8601(realtime_ms, text));
}

static void put_output(struct writer *w, const struct job *job, const char *runs_dir) {
    _cleanup_free_ char *path = NULL;
    if (w->r == 0) {
        w->r = job_output_path(job, runs_dir, &path);
    }
    put_text(w, ",\"output\":", path);
}

static void put_after(struct writer *w, const struct job *job) {
    put_word(w, ",\"after\":", "[");
    for (size_t i = 0; i < job->n_after; i++) {
        put_int(w, i > 0 ? ",{\"id\":" : "{\"id\":", job->after[i].id);
        put_text(w, ",\"kind\":", job_after_name(job->after[i].kind));
        put_word(w, "}", "");
    }
    put_word(w, "]", "");
}

static void put_tags(struct writer *w, const struct job *job) {
    put_word(w, ",\"tags\":", "[");
    for (char **tag = job->tags; tag && *tag; tag++) {
        put_text(w, tag > job->tags ? "," : "", *tag);
    }
    put_word(w, "]", "");
}

static void put_wishes(struct writer *w, const struct job *job) {
    put_int(w, ",\"priority\":", job->priority);
    put_int_unless(w, ",\"memory_bytes\":", job->memory_bytes, job->memory_bytes <= 0);
    put_time(w, ",\"begin_at\":", job->begin_at);
    put_int_unless(w, ",\"time_limit\":", job->time_limit_seconds,
                   job->time_limit_seconds <= 0);
    put_int(w, ",\"retries\":", job->retries);
    put_int(w, ",\"attempt\":", job->attempt);
    put_after(w, job);
    put_tags(w, job);
    put_text(w, ",\"note\":", job->note);
    put_text(w, ",\"cluster\":", job->cluster);
    put_int_unless(w, ",\"slurm_id\":", placement_id(job->placement),
                   placement_id(job->placement) <= 0);
    put_text(w, ",\"origin\":", job->origin);
    put_word(w, ",\"imported\":", job->imported ? "true" : "false");
    put_int_unless(w, ",\"continues\":", job->continues, job->continues <= 0);
    put_int(w, ",\"chain\":", job->chain);
}

static void put_progress(struct writer *w, const struct job_progress *p) {
    static const char *const status[] = {"truncated", "finished", "failed"};
    if (p->scf == 0 && p->status == 0) {
        put_word(w, ",\"progress\":", "null");
        return;
    }
    put_int(w, ",\"progress\":{\"scf\":", p->scf);
    put_int(w, ",\"cycle\":", p->cycle);
    put_real(w, ",\"energy_ev\":", p->energy_ev);
    put_real(w, ",\"delta_ev\":", p->delta_ev);
    put_real(w, ",\"accuracy_ev\":", p->accuracy_ev);
    put_int(w, ",\"step\":", p->step);
    put_word(w, ",\"converged\":",
             p->converged < 0 ? "null"
             : p->converged   ? "true"
                              : "false");
    put_text(w, ",\"status\":", status[p->status % 3]);
    put_word(w, "}", "");
}

/* Few jobs have one at a time. */
static void put_forecast(struct writer *w, const struct job *job) {
    if (job->progress.forecast.badge == 0 && job->progress.forecast.forces == 0) {
        put_word(w, ",\"forecast\":", "null");
        return;
    }
    json_t *tree = job_forecast_json(job);
    _cleanup_free_ char *text =
        tree ? json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(tree);
    if (!text) {
        w->r = w->r ? w->r : -ENOMEM;
        return;
    }
    put_word(w, ",\"forecast\":", text);
}

int job_summary_text(struct buf *out, const struct job *job, const char *runs_dir,
                     const char *reason) {
    struct writer w = {.out = out};
    size_t begin = buf_len(out);
    put_int(&w, "{\"id\":", job->id);
    put_text(&w, ",\"name\":", job->name);
    put_text(&w, ",\"code\":", job->code);
    put_text(&w, ",\"state\":", job_state_name(job->state));
    put_text(&w, ",\"reason\":", reason ? reason : job->reason);
    put_text(&w, ",\"directory\":", job->directory);
    put_text(&w, ",\"input\":", job->input);
    put_output(&w, job, runs_dir);
    put_int(&w, ",\"cores\":", job->cores);
    put_wishes(&w, job);
    put_time(&w, ",\"created_at\":", job->created_at);
    put_time(&w, ",\"started_at\":", job->started_at);
    put_time(&w, ",\"finished_at\":", job->finished_at);
    put_int_unless(&w, ",\"exit_code\":", job->exit_code,
                   job->exit_code == JOB_NO_EXIT_CODE);
    put_int_unless(&w, ",\"signal\":", job->signal, job->signal == 0);
    put_progress(&w, &job->progress);
    put_forecast(&w, job);
    put_word(&w, "}", "");
    if (w.r < 0) {
        buf_cut(out, begin);
    }
    return w.r;
}
