/* A job in words. Numbers keep the units of the wire (eV, seconds); what is not known
 * is left out or shown as "-", never as 0. */
#include "cli/jobline.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/field.h"
#include "cli/say.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    SIGNAL_BASE = 128, /* a shell's exit status for "ended by signal n" is 128 + n */
    EXIT_CODES = 256,
};

enum term_style jobline_style(const char *state) {
    static const struct {
        const char *state;
        enum term_style style;
    } styles[] = {
        {"held", TERM_YELLOW},  {"queued", TERM_DIM},        {"starting", TERM_CYAN},
        {"running", TERM_CYAN}, {"cancelling", TERM_YELLOW}, {"completed", TERM_GREEN},
        {"failed", TERM_RED},   {"cancelled", TERM_YELLOW},  {"lost", TERM_RED},
    };
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (strcmp(styles[i].state, state) == 0) {
            return styles[i].style;
        }
    }
    return TERM_PLAIN;
}

bool jobline_is_final(const char *state) {
    return strcmp(state, "completed") == 0 || strcmp(state, "failed") == 0 ||
           strcmp(state, "cancelled") == 0 || strcmp(state, "lost") == 0;
}

static const char *state_of(const json_t *job) {
    const char *state = field_text(job, "state");
    return state ? state : "?";
}

int jobline_exit_status(const json_t *job) {
    const char *state = state_of(job);
    if (strcmp(state, "completed") == 0) {
        return CLI_OK;
    }
    if (strcmp(state, "failed") == 0) {
        int64_t number = field_int(job, "signal", 0);
        int64_t code = field_int(job, "exit_code", 0);
        if (number > 0 && number < SIGNAL_BASE) {
            return (int)(SIGNAL_BASE + number);
        }
        if (code > 0 && code < EXIT_CODES) {
            return (int)code;
        }
    }
    return CLI_FAILED;
}

char *jobline_name(const struct term *term, const json_t *job) {
    const char *name = field_text(job, "name");
    const char *input = field_text(job, "input");
    return term_clean(term, !str_empty(name)    ? name
                            : !str_empty(input) ? path_basename(input)
                                                : "?");
}

char *jobline_tags(const json_t *job, const char *separator) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    const json_t *tags = json_object_get(job, "tags");
    size_t i = 0;
    json_t *tag = NULL;
    json_array_foreach(tags, i, tag) {
        const char *word = json_string_value(tag);
        if (buf_printf(&text, "%s%s", i > 0 ? separator : "", word ? word : "?") < 0) {
            say_no_memory();
        }
    }
    return say_need(buf_take_string(&text));
}

double jobline_seconds(const json_t *job) {
    const char *started = field_text(job, "started_at");
    const char *finished = field_text(job, "finished_at");
    int64_t from = 0;
    int64_t to = clock_realtime_ms();
    if (!started || clock_parse_iso8601(started, &from) < 0 ||
        (finished && clock_parse_iso8601(finished, &to) < 0)) {
        return NAN;
    }
    return to > from ? (double)(to - from) / 1000.0 : 0.0;
}

char *jobline_duration(double seconds, char out[DURATION_SIZE]) {
    if (isnan(seconds)) {
        (void)snprintf(out, DURATION_SIZE, "-");
        return out;
    }
    if (seconds < 9.95) {
        (void)snprintf(out, DURATION_SIZE, "%.1f s", seconds);
        return out;
    }
    long whole = lround(seconds);
    long minutes = whole / 60;
    long hours = minutes / 60;
    if (whole < 60) {
        (void)snprintf(out, DURATION_SIZE, "%ld s", whole);
    } else if (hours == 0) {
        (void)snprintf(out, DURATION_SIZE, "%ld:%02ld", minutes, whole % 60);
    } else if (hours < 24) {
        (void)snprintf(out, DURATION_SIZE, "%ld:%02ld:%02ld", hours, minutes % 60,
                       whole % 60);
    } else {
        (void)snprintf(out, DURATION_SIZE, "%ldd %02ld:%02ld", hours / 24, hours % 24,
                       minutes % 60);
    }
    return out;
}

char *jobline_local_time(const char *iso8601, char out[LOCAL_TIME_SIZE]) {
    int64_t ms = 0;
    struct tm local;
    if (!iso8601 || clock_parse_iso8601(iso8601, &ms) < 0) {
        (void)snprintf(out, LOCAL_TIME_SIZE, "-");
        return out;
    }
    time_t seconds = (time_t)(ms / 1000);
    if (!localtime_r(&seconds, &local) ||
        strftime(out, LOCAL_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0) {
        (void)snprintf(out, LOCAL_TIME_SIZE, "-");
        return out;
    }
    return out;
}

void jobline_print_completed(const struct term *term, const json_t *job) {
    const json_t *progress = json_object_get(job, "progress");
    double energy = field_number(progress, "energy_ev");
    double seconds = jobline_seconds(job);
    int64_t cycle = field_int(progress, "cycle", 0);
    enum term_style style = jobline_style("completed");
    char duration[DURATION_SIZE];
    _cleanup_free_ char *name = jobline_name(term, job);
    (void)printf("job %" PRId64 ": %s %scompleted%s", field_int(job, "id", 0), name,
                 term_begin(term, style), term_end(term, style));
    if (!isnan(seconds)) {
        (void)printf(" in %s", jobline_duration(seconds, duration));
    }
    if (!isnan(energy)) {
        (void)printf(", energy %.6f eV", energy);
    }
    if (cycle > 0) {
        (void)printf(" after %" PRId64 " cycle%s", cycle, cycle == 1 ? "" : "s");
    }
    if (json_is_false(json_object_get(progress, "converged"))) {
        (void)printf(", %snot converged%s", term_begin(term, TERM_YELLOW),
                     term_end(term, TERM_YELLOW));
    }
    (void)putchar('\n');
}

/* How it ended, for a job without a reason from the server. */
static char *ending(const json_t *job) {
    int64_t code = field_int(job, "exit_code", 0);
    int64_t number = field_int(job, "signal", 0);
    if (number > 0) {
        return say_format("ended by signal %" PRId64 " (%s)", number,
                          strsignal((int)number));
    }
    return code > 0 ? say_format("exit status %" PRId64, code) : say_format("%s", "");
}

void jobline_report_failure(const json_t *job) {
    struct term plain = {.columns = 80};
    int64_t id = field_int(job, "id", 0);
    const char *state = state_of(job);
    const char *reason = field_text(job, "reason");
    bool is_cancelled = strcmp(state, "cancelled") == 0;
    bool ran = field_int(job, "exit_code", 0) > 0 || field_int(job, "signal", 0) > 0;
    _cleanup_free_ char *name = jobline_name(&plain, job);
    _cleanup_free_ char *end = ending(job);
    _cleanup_free_ char *why = term_clean(&plain, is_cancelled        ? ""
                                                  : str_empty(reason) ? end
                                                                      : reason);
    say_error("job %" PRId64 " (%s) %s%s%s%s `crystalmath %s %" PRId64 "` shows %s", id,
              name, is_cancelled ? "was cancelled" : state, *why ? ": " : "", why,
              str_ends_with(why, ".") ? "" : ";", ran ? "log" : "show", id,
              ran ? "its output" : "more");
}
