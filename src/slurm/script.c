/* The batch script is a template with four places. What stands in `begin` is ours, and
 * makes the end known whatever stands behind it: a trap of the shell writes it. The
 * program runs in the background, because a shell that waits for one in the foreground
 * hears no signal. */
#include "slurm/script.h"

#include "base/shell_quote.h"
#include "base/str.h"
#include "job/placement.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    CALLED_MAX = 24,
    STOP_SHARE = 10, /* of the limit, as the supervisor has it */
    STOP_SECONDS_MIN = 60,
    STOP_SECONDS_MAX = 600,
};

const char slurm_template[] = "#!/bin/sh\n"
                              "{{directives}}\n"
                              "\n"
                              "{{begin}}\n"
                              "\n"
                              "{{setup}}\n"
                              "{{run}}\n";

void slurm_name(char out[SLURM_NAME_SIZE], const char *called, int64_t id, int attempt,
                uint64_t random) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_";
    char word[CALLED_MAX + 1];
    size_t n = 0;
    for (; called[n] && n < CALLED_MAX; n++) {
        word[n] = strchr(plain, called[n]) ? called[n] : '_';
    }
    word[n] = '\0';
    (void)snprintf(out, SLURM_NAME_SIZE, "%s.%" PRId64 ".%d.%08" PRIx64, word, id,
                   attempt, random & 0xffffffff);
}

static bool is_array(const struct slurm_job *job) {
    char space[PLACEMENT_VALUE_SIZE];
    return *placement_get(job->placement, PLACEMENT_ARRAY, space);
}

/* ---- directives ---- */

static int put_time(const struct slurm_job *job, struct buf *out) {
    int64_t s = job->time_limit_seconds;
    if (s > 0) {
        return buf_printf(out, "#SBATCH --time=%" PRId64 "-%02d:%02d:%02d\n", s / 86400,
                          (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
    }
    return str_empty(job->time) ? 0 : buf_printf(out, "#SBATCH --time=%s\n", job->time);
}

/* How long before the limit the code is asked to end itself; 0: it is not. */
static int64_t stop_seconds(const struct slurm_job *job) {
    int64_t lead = job->time_limit_seconds / STOP_SHARE;
    lead = lead < STOP_SECONDS_MIN   ? STOP_SECONDS_MIN
           : lead > STOP_SECONDS_MAX ? STOP_SECONDS_MAX
                                     : lead;
    return job->stop_file && lead * 2 <= job->time_limit_seconds ? lead : 0;
}

static int put_wishes(const struct slurm_job *job, struct buf *out) {
    static const char *const options[PLACEMENT_WISHES] = {
        [PLACEMENT_NODES] = "nodes",
        [PLACEMENT_NTASKS] = "ntasks",
        [PLACEMENT_CPUS] = "cpus-per-task",
        [PLACEMENT_MEM] = "mem",
        [PLACEMENT_PARTITION] = "partition",
        [PLACEMENT_ACCOUNT] = "account",
        [PLACEMENT_QOS] = "qos",
        [PLACEMENT_ARRAY] = "array",
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < PLACEMENT_WISHES; i++) {
        char space[PLACEMENT_VALUE_SIZE];
        const char *value = placement_get(job->placement, (enum placement_key)i, space);
        r = *value ? buf_printf(out, "#SBATCH --%s=%s\n", options[i], value) : 0;
    }
    return r;
}

static int put_lines(struct buf *out, const char *prefix, const char *lines) {
    int r = 0;
    while (r == 0 && lines && *lines) {
        size_t n = strcspn(lines, "\n");
        r = buf_append_str(out, prefix);
        r = r ? r : buf_append(out, lines, n);
        r = r ? r : buf_append_str(out, "\n");
        lines += n + (lines[n] == '\n');
    }
    return r;
}

static int put_directives(const struct slurm_job *job, struct buf *out) {
    int r = buf_printf(out,
                       "#SBATCH --job-name=%s\n"
                       "#SBATCH --output=.crystalmath/%s/log%s\n"
                       "#SBATCH --open-mode=append\n",
                       job->name, job->name, is_array(job) ? ".%a" : "");
    r = r ? r : put_wishes(job, out);
    r = r ? r : put_time(job, out);
    if (r == 0 && stop_seconds(job) > 0) {
        r = buf_printf(out, "#SBATCH --signal=B:USR1@%" PRId64 "\n", stop_seconds(job));
    }
    return r ? r : put_lines(out, "#SBATCH ", job->options);
}

/* ---- the script's own part ---- */

static const char begin_text[] =
    "cm_start=$(date +%s)\n"
    "cm_task=${SLURM_ARRAY_TASK_ID:+.$SLURM_ARRAY_TASK_ID}\n"
    "cm_signal=none\n"
    "cm_stopped=no\n"
    "cm_child=\n"
    "cm_missed=\n"
    "cm_put() { cat >\"$cm/$1.$$\" && mv -f \"$cm/$1.$$\" \"$cm/$1\"; }\n"
    "cm_end() {\n"
    "\tcm_exit=$?\n"
    "\ttrap '' TERM USR1\n"
    "\tcm_put \"end$cm_task\" <<CM_END\n"
    "task ${cm_task#.}\n"
    "job $SLURM_JOB_ID\n"
    "restarts ${SLURM_RESTART_COUNT:-0}\n"
    "host $(uname -n)\n"
    "start $cm_start\n"
    "exit $cm_exit\n"
    "signal $cm_signal\n"
    "stopped $cm_stopped\n"
    "end $(date +%s)\n"
    "CM_END\n"
    "\texit \"$cm_exit\"\n"
    "}\n"
    "cm_run() {\n"
    "\t[ -z \"$cm_missed\" ] || return 143\n"
    "\t\"$@\" &\n"
    "\tcm_child=$!\n"
    "\t# Asked to end in between; a child of this moment may not hear it yet.\n"
    "\t[ -z \"$cm_missed\" ] || { sleep 1; kill -TERM \"$cm_child\" 2>/dev/null; }\n"
    "\twhile :; do\n"
    "\t\tcm_woken=no\n"
    "\t\twait \"$cm_child\"\n"
    "\t\tcm_exit=$?\n"
    "\t\t[ $cm_woken = yes ] || break\n"
    "\tdone\n"
    "\tcm_child=\n"
    "\treturn \"$cm_exit\"\n"
    "}\n"
    "# Should there be two of this name, only the first does anything.\n"
    "cm_job=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}\n"
    "ln -s \"$cm_job\" \"$cm/claim\" 2>/dev/null\n"
    "cm_first=$(readlink \"$cm/claim\")\n"
    "if [ -z \"$cm_first\" ]; then\n"
    "\techo \"crystalmath: $PWD/$cm cannot be written; is the disk full?\" >&2\n"
    "\texit 73\n"
    "fi\n"
    "if [ \"$cm_first\" != \"$cm_job\" ]; then\n"
    "\techo \"crystalmath: job $SLURM_JOB_ID is there twice; this one does nothing\"\n"
    "\texit 0\n"
    "fi\n"
    "rm -f \"$cm/end$cm_task\"\n"
    "cm_put \"started$cm_task\" <<CM_END\n"
    "job $SLURM_JOB_ID\n"
    "restarts ${SLURM_RESTART_COUNT:-0}\n"
    "host $(uname -n)\n"
    "start $cm_start\n"
    "CM_END\n"
    "trap cm_end EXIT\n"
    "trap 'cm_woken=yes; cm_signal=TERM; "
    "[ -z \"$cm_child\" ] && cm_missed=yes || kill -TERM \"$cm_child\" 2>/dev/null' "
    "TERM\n";

static int put_stop(const struct slurm_job *job, struct buf *out) {
    _cleanup_buf_ struct buf words = BUF_NULL;
    if (stop_seconds(job) == 0) {
        return 0;
    }
    /* Functions, for a trap's own text is quoted already. */
    int r = buf_append_str(out, "cm_soft_stop() {\n"
                                "\tcm_woken=yes\n"
                                "\tcm_stopped=yes\n"
                                "\tprintf '%s\\n' ");
    r = r ? r : shell_quote(out, job->stop_text ? job->stop_text : "");
    r = r ? r : buf_append_str(out, " >");
    r = r ? r : shell_quote(out, job->stop_file);
    r = r ? r : buf_append_str(out, "\n}\nrm -f -- ");
    r = r ? r : shell_quote(out, job->stop_file);
    return r ? r : buf_append_str(out, "\ntrap cm_soft_stop USR1\n");
}

static int put_begin(const struct slurm_job *job, struct buf *out) {
    int r = buf_printf(out, "cm='.crystalmath/%s'\n", job->name);
    r = r ? r : buf_append_str(out, begin_text);
    r = r ? r : put_stop(job, out);
    return r ? r
             : buf_printf(out,
                          "umask %04o\n"
                          ": \"${OMP_NUM_THREADS:=${SLURM_CPUS_PER_TASK:-1}}\"\n"
                          "export OMP_NUM_THREADS\n",
                          (unsigned)job->umask & 0777);
}

/* Each task has its own. */
static int put_output(const struct slurm_job *job, struct buf *out) {
    const char *number = is_array(job) ? strstr(job->output, SLURM_TASK_OUTPUT) : NULL;
    if (!number) {
        return shell_quote(out, job->output);
    }
    _cleanup_free_ char *front = strndup(job->output, (size_t)(number - job->output));
    int r = front ? shell_quote(out, front) : -ENOMEM;
    r = r ? r : buf_append_str(out, "\"$SLURM_ARRAY_TASK_ID\"");
    return r ? r : shell_quote(out, number + 2);
}

static int put_run(const struct slurm_job *job, struct buf *out) {
    int r = buf_append_str(out, "cm_run ");
    r = r ? r : shell_quote_all(out, job->argv);
    r = r ? r : buf_append_str(out, " >");
    r = r ? r : put_output(job, out);
    if (str_empty(job->error_output)) {
        return r ? r : buf_append_str(out, " 2>&1\n");
    }
    r = r ? r : buf_append_str(out, " 2>");
    r = r ? r : shell_quote(out, job->error_output);
    return r ? r : buf_append_str(out, "\n");
}

/* ---- the template ---- */

enum place { DIRECTIVES, BEGIN, SETUP, RUN, PLACES };

static const char *const place_names[PLACES] = {"{{directives}}", "{{begin}}",
                                                "{{setup}}", "{{run}}"};

/* Which place a line is; PLACES: it is none. */
static enum place place_of(const char *line, size_t n) {
    while (n > 0 &&
           (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r')) {
        n--;
    }
    for (; n > 0 && (*line == ' ' || *line == '\t'); n--) {
        line++;
    }
    for (size_t i = 0; i < PLACES; i++) {
        if (strlen(place_names[i]) == n && strncmp(place_names[i], line, n) == 0) {
            return (enum place)i;
        }
    }
    return PLACES;
}

/* What would make of the template another script than it says. */
static int check_line(const char *line, size_t n, int number, struct errmsg *msg) {
    for (size_t i = 0; i + 1 < n; i++) {
        if (line[i] == '{' && line[i + 1] == '{') {
            return errmsg_set(msg, -EINVAL,
                              "template, line %d: {{ is only for {{directives}}, "
                              "{{begin}}, {{setup}} and {{run}}, each in a line of its "
                              "own",
                              number);
        }
    }
    return 0;
}

int slurm_template_check(const char *text, struct errmsg *msg) {
    int seen[PLACES + 1] = {0};
    int number = 1;
    if (!str_starts_with(text, "#!")) {
        return errmsg_set(msg, -EINVAL,
                          "template, line 1: a batch script begins with #!, such as "
                          "#!/bin/sh");
    }
    while (*text) {
        size_t n = strcspn(text, "\n");
        enum place place = place_of(text, n);
        int r = place == PLACES ? check_line(text, n, number, msg) : 0;
        if (r < 0) {
            return r;
        }
        seen[place]++;
        number++;
        text += n + (text[n] == '\n');
    }
    for (size_t i = 0; i < PLACES; i++) {
        if (seen[i] != 1) {
            return errmsg_set(msg, -EINVAL,
                              "template: %s stands there %s; once, in a line of its "
                              "own, is right",
                              place_names[i],
                              seen[i] == 0 ? "nowhere" : "more than once");
        }
    }
    return 0;
}

static int put_place(const struct slurm_job *job, enum place place, struct buf *out) {
    switch (place) {
    case DIRECTIVES:
        return put_directives(job, out);
    case BEGIN:
        return put_begin(job, out);
    case SETUP:
        return put_lines(out, "", job->setup);
    default:
        return put_run(job, out);
    }
}

int slurm_script(const struct slurm_job *job, struct buf *out, struct errmsg *msg) {
    const char *text = str_empty(job->template) ? slurm_template : job->template;
    size_t before = buf_len(out);
    int r = slurm_template_check(text, msg);
    while (r == 0 && *text) {
        size_t n = strcspn(text, "\n");
        enum place place = place_of(text, n);
        if (place < PLACES) {
            r = put_place(job, place, out);
        } else {
            r = buf_append(out, text, n);
            r = r ? r : buf_append_str(out, "\n");
        }
        text += n + (text[n] == '\n');
    }
    if (r == 0 && buf_len(out) - before > SLURM_SCRIPT_MAX) {
        r = errmsg_set(msg, -EINVAL,
                       "the batch script has more than 4 MiB, which Slurm does not "
                       "take; shorten the command");
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
