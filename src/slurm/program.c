/* The programs for a shell on the cluster: they are given to `sh` as its input, so that
 * nothing of them stands in a command line, and each is safe to be run again. */
#include "slurm/script.h"

#include "base/shell_quote.h"
#include "base/str.h"
#include "slurm/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CLOCK "date '+" SLURM_CLOCK "%s'\n"

const char slurm_clock_program[] = CLOCK;

const char slurm_queue_program[] =
    CLOCK "SLURM_TIME_FORMAT=%s; SLURM_BITSTR_LEN=0\n"
          "export SLURM_TIME_FORMAT SLURM_BITSTR_LEN\n"
          "exec squeue -h -a -t all -u \"$(id -un)\" -o '" SLURM_QUEUE_FORMAT "'\n";

/* What a shell can have as a variable. Those of Slurm are another job's, but for where
 * its configuration is. */
static bool is_handed_on(const char *pair) {
    static const char *const not [] = {"SLURM_", "SLURMD_", "SBATCH_", "PMI_", "PMIX_"};
    size_t n = strspn(pair, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                            "0123456789_");
    if (n == 0 || pair[n] != '=' || (pair[0] >= '0' && pair[0] <= '9')) {
        return false;
    }
    if (str_starts_with(pair, "SLURM_CONF=")) {
        return true;
    }
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++) {
        if (str_starts_with(pair, not [i])) {
            return false;
        }
    }
    /* The shell's own. */
    return !str_starts_with(pair, "PWD=") && !str_starts_with(pair, "PPID=") &&
           !str_starts_with(pair, "IFS=") && !str_starts_with(pair, "UID=") &&
           !str_starts_with(pair, "EUID=") && !str_starts_with(pair, "BASHOPTS=") &&
           !str_starts_with(pair, "SHELLOPTS=");
}

static int put_env(char *const *env, struct buf *out) {
    int r = 0;
    for (; r == 0 && env && *env; env++) {
        if (!is_handed_on(*env)) {
            continue;
        }
        const char *value = strchr(*env, '=') + 1;
        r = buf_append_str(out, "export ");
        r = r ? r : buf_append(out, *env, (size_t)(value - *env));
        r = r ? r : shell_quote(out, *value ? value : "");
        r = r ? r : buf_append_str(out, "\n");
    }
    return r;
}

int slurm_quote_folder(struct buf *out, const char *folder) {
    bool home = strcmp(folder, "~") == 0 || str_starts_with(folder, "~/");
    if (!home) {
        return shell_quote(out, folder);
    }
    size_t before = buf_len(out);
    int r = buf_append_str(out, folder[1] ? "\"$HOME\"/" : "\"$HOME\"");
    r = r || !folder[1] ? r : shell_quote(out, folder + 2);
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

static int put_folder(const struct slurm_job *job, struct buf *out) {
    int r = buf_append_str(out, "cd -- ");
    r = r ? r : slurm_quote_folder(out, job->directory);
    return r ? r
             : buf_printf(out, " || exit %d\ncm='.crystalmath/%s'\nname='%s'\n",
                          SLURM_X_FOLDER, job->name, job->name);
}

/* What is known of it already: few programs are started for that, for each costs as
 * much as a good part of sbatch. A file that was cut says nothing. Whoever asked before
 * is believed to be at it while his process is there, and for a while where it is on
 * another host. */
static const char look_up[] =
    "if [ -s \"$cm/answer\" ]; then\n"
    "\tread -r line <\"$cm/answer\"\n"
    "\tcase $line in *' whole') echo \"${line% whole}\"; exit 0 ;; esac\n"
    "fi\n"
    "if [ -L \"$cm/claim\" ]; then\n"
    "\tid=$(readlink \"$cm/claim\") && [ -n \"$id\" ] && { echo \"id $id\"; exit 0; }\n"
    "fi\n"
    "if [ -e \"$cm/asking\" ]; then\n"
    "\tread -r pid host since <\"$cm/asking\"\n"
    "\tage=$(($(date +%s) - ${since:-0}))\n"
    "\tif [ \"$host\" = \"$(uname -n)\" ]; then\n"
    "\t\t[ \"$age\" -lt 3600 ] && kill -0 \"$pid\" 2>/dev/null && exit 75\n"
    "\telse\n"
    "\t\t[ \"$age\" -lt 120 ] && exit 75\n"
    "\tfi\n"
    "\tid=$(squeue -h -a -t all -u \"$(id -un)\" --name=\"$name\" -o %F) || exit 76\n"
    "\tid=$(printf '%s\\n' \"$id\" | sort -n | head -n 1)\n"
    "\t[ -n \"$id\" ] || id=$(sacct -n -P -X --name=\"$name\" -S now-7days -o JobID "
    "2>/dev/null | sed 's/_.*//' | head -n 1)\n"
    "\tif [ -n \"$id\" ]; then echo \"id $id\"; exit 0; fi\n"
    "fi\n";

/* Whether one of the lines of a text is this. */
static bool has_line(const char *text, size_t n, const char *line) {
    const char *end = text + n;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);
        if (length == strlen(line) && memcmp(text, line, length) == 0) {
            return true;
        }
        text += length + 1;
    }
    return false;
}

/* sbatch with the batch script as its input, and for it alone the job's environment:
 * behind that its variables would be taken for the program's own. The line that ends
 * the script has the job's name, with its random word, which nothing in there knows. */
static int put_sbatch(const struct slurm_job *job, const char *option, struct buf *out,
                      struct errmsg *msg) {
    char end[SLURM_NAME_SIZE + 16];
    (void)snprintf(end, sizeof end, "CM_SCRIPT.%s", job->name);
    int r = put_env(job->env, out);
    r = r ? r : buf_printf(out, "exec sbatch %s <<'%s'\n", option, end);
    size_t before = buf_len(out);
    r = r ? r : slurm_script(job, out, msg);
    if (r == 0 && has_line(buf_bytes(out) + before, buf_len(out) - before, end)) {
        r = errmsg_set(msg, -EINVAL,
                       "the batch script has the line %s, which ends it on its way to "
                       "sbatch; take it out of the command, its setup or the template",
                       end);
    }
    return r ? r : buf_printf(out, "%s\n", end);
}

/* Behind a no nobody is at it any more; but sbatch says so too when the controller took
 * the job and its answer was lost ("Socket timed out"), so the next one looks for it.
 */
static int put_submit(const struct slurm_job *job, struct buf *out,
                      struct errmsg *msg) {
    int r = buf_printf(out,
                       "[ -d \"$cm\" ] || mkdir -p \"$cm\" || exit %d\n"
                       "read -r host </proc/sys/kernel/hostname || host=$(uname -n)\n",
                       SLURM_X_FOLDER);
    r = r                  ? r
        : job->seconds > 0 ? buf_printf(out, "since=%" PRId64 "\n", job->seconds)
                           : buf_append_str(out, "since=$(date +%s)\n");
    r = r ? r
          : buf_printf(out,
                       "echo \"$$ $host $since\" >\"$cm/asking\" || exit %d\n"
                       "id=$(\n",
                       SLURM_X_FOLDER);
    r = r ? r : put_sbatch(job, "--parsable", out, msg);
    return r ? r
             : buf_printf(out,
                          ")\n"
                          "status=$?\n"
                          "id=${id%%%%;*}\n"
                          "if [ $status != 0 ]; then\n"
                          "\t[ $status -gt 128 ] && [ $status -lt 255 ] && exit 76\n"
                          "\techo '0 none 0' >\"$cm/asking\"\n"
                          "\texit %d\n"
                          "fi\n"
                          "echo \"id $id whole\" >\"$cm/answer\"\n"
                          "echo \"id $id\"\n",
                          SLURM_X_REFUSED);
}

int slurm_submit_program(const struct slurm_job *job, enum slurm_submit what,
                         struct buf *out, struct errmsg *msg) {
    size_t before = buf_len(out);
    int r = 0;
    if (what == SLURM_TEST) {
        r = put_sbatch(job, "--test-only", out, msg);
    } else {
        r = put_folder(job, out);
        r = r ? r : buf_append_str(out, look_up);
        r = r                      ? r
            : what == SLURM_SUBMIT ? put_submit(job, out, msg)
                                   : buf_printf(out, "exit %d\n", SLURM_X_NOT_THERE);
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int slurm_end_program(struct buf *out, const char *directory, const char *name,
                      int64_t id) {
    size_t before = buf_len(out);
    int r = buf_printf(out, "echo '" SLURM_SEPARATOR "job %" PRId64 "'\ncm=", id);
    r = r ? r : slurm_quote_folder(out, directory);
    r = r ? r
          : buf_printf(out,
                       "/'.crystalmath/%s'\n"
                       "echo '" SLURM_SEPARATOR "started'\n"
                       "cat \"$cm/started\" 2>/dev/null\n",
                       name);
    /* Slurm is asked where the script has not told all. */
    r = r ? r
          : buf_printf(out,
                       "echo '" SLURM_SEPARATOR "end'\n"
                       "cat \"$cm/end\" 2>/dev/null\n"
                       "if ! grep -q '^exit 0$' \"$cm/end\" 2>/dev/null; then\n"
                       "echo '" SLURM_SEPARATOR "sacct'\n"
                       "SLURM_TIME_FORMAT=%%s sacct -n -P -X -D -j %" PRId64
                       " -o JobID,State,ExitCode,Start,End,NodeList 2>&1\n"
                       "echo '" SLURM_SEPARATOR "scontrol'\n"
                       "SLURM_TIME_FORMAT=%%s scontrol -o show job %" PRId64 " 2>&1\n"
                       "fi\n",
                       id, id);
    r = r ? r : buf_append_str(out, "echo '" SLURM_SEPARATOR "done'\n");
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int slurm_cancel_program(struct buf *out, int64_t id, const char *name) {
    size_t before = buf_len(out);
    int r = buf_append_str(out, "exec scancel -u \"$(id -un)\"");
    if (*name) {
        r = r ? r : buf_append_str(out, " --name=");
        r = r ? r : shell_quote(out, name);
    }
    r = r ? r : buf_printf(out, " %" PRId64 "\n", id);
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int slurm_cancel_own_program(struct buf *out, int64_t id, const char *tasks) {
    return buf_printf(
        out,
        "user=$(id -un)\n"
        "there=$(squeue -h -a -u \"$user\" -j %" PRId64 " -o %%i 2>/dev/null)\n"
        "[ -n \"$there\" ] || exit %d\n"
        "exec scancel -u \"$user\" %" PRId64 "%s%s%s%s\n",
        id, SLURM_X_NOT_THERE, id, *tasks ? "_" : "", strpbrk(tasks, ",-") ? "[" : "",
        tasks, strpbrk(tasks, ",-") ? "]" : "");
}

int slurm_tidy_program(struct buf *out, const char *directory, const char *name) {
    size_t before = buf_len(out);
    int r = buf_append_str(out, "cd -- ");
    r = r ? r : slurm_quote_folder(out, directory);
    r = r ? r
          : buf_printf(out,
                       " || exit 0\nrm -rf '.crystalmath/%s'\n"
                       "rmdir .crystalmath 2>/dev/null\nexit 0\n",
                       name);
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
