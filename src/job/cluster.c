/* The table of settings, and records that hold them. Nothing is looked up on any
 * machine here. */
#include "job/cluster.h"

#include "base/ssh.h"
#include "base/str.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_MAX_SIZE = 32,
    VALUE_MAX = 64 * 1024,
    NUMBER_MAX = 1000000,
    WORKDIR_MAX = 180, /* with a job's name behind it, it is a value of its placement */
};

static const struct cluster_setting settings[CLUSTER_KEYS] = {
    [CLUSTER_SSH] = {"ssh", CLUSTER_WORD,
                     "the host, as ssh(1) is given it; without: this machine"},
    [CLUSTER_WORKDIR] = {"workdir", CLUSTER_LINE,
                         "folder there below which jobs get theirs, absolute or "
                         "beginning with ~/; usually ~/crystalmath"},
    [CLUSTER_PARTITION] = {"partition", CLUSTER_WORD, "for sbatch --partition"},
    [CLUSTER_ACCOUNT] = {"account", CLUSTER_WORD, "for sbatch --account"},
    [CLUSTER_QOS] = {"qos", CLUSTER_WORD, "for sbatch --qos"},
    [CLUSTER_TIME] = {"time", CLUSTER_WORD,
                      "for sbatch --time, of jobs that say nothing else"},
    [CLUSTER_LAUNCHER] = {"launcher", CLUSTER_LINE,
                          "what starts the processes of a job: words, usually srun"},
    [CLUSTER_MAX_JOBS] = {"max-jobs", CLUSTER_NUMBER,
                          "how many jobs may be in its queue at once"},
    [CLUSTER_POLL] = {"poll", CLUSTER_NUMBER,
                      "seconds between two looks at its queue, at least"},
    [CLUSTER_SETUP] = {"setup", CLUSTER_LINES,
                       "lines of the batch script before the program, such as 'module "
                       "load qe'"},
    [CLUSTER_OPTIONS] = {"option", CLUSTER_LINES,
                         "further options of sbatch, such as --constraint=gpu"},
    [CLUSTER_TEMPLATE] = {"template", CLUSTER_LINES,
                          "the batch script, with places for what differs"},
};

const struct cluster_setting *cluster_setting(enum cluster_key key) {
    return &settings[key];
}

int cluster_key_from_name(const char *name, enum cluster_key *out) {
    for (size_t i = 0; i < CLUSTER_KEYS; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            *out = (enum cluster_key)i;
            return 0;
        }
    }
    return -ENOENT;
}

int cluster_new(struct cluster **out, const char *name) {
    struct cluster *cluster = calloc(1, sizeof *cluster);
    if (!cluster) {
        return -ENOMEM;
    }
    cluster->name = strdup(name);
    if (!cluster->name) {
        return cluster_free(cluster), -ENOMEM;
    }
    *out = cluster;
    return 0;
}

struct cluster *cluster_free(struct cluster *cluster) {
    if (cluster) {
        free(cluster->name);
        for (size_t i = 0; i < CLUSTER_KEYS; i++) {
            free(cluster->values[i]);
        }
        free(cluster);
    }
    return NULL;
}

int cluster_copy(struct cluster **out, const struct cluster *from) {
    _cleanup_(cluster_freep) struct cluster *cluster = NULL;
    int r = cluster_new(&cluster, from->name);
    for (size_t i = 0; r == 0 && i < CLUSTER_KEYS; i++) {
        if (from->values[i]) {
            cluster->values[i] = strdup(from->values[i]);
            r = cluster->values[i] ? 0 : -ENOMEM;
        }
    }
    if (r == 0) {
        *out = TAKE_PTR(cluster);
    }
    return r;
}

const char *cluster_text(const struct cluster *cluster, enum cluster_key key) {
    return cluster->values[key] ? cluster->values[key] : "";
}

int64_t cluster_number(const struct cluster *cluster, enum cluster_key key,
                       int64_t fallback) {
    int64_t number = 0;
    return str_to_int64(cluster_text(cluster, key), 1, NUMBER_MAX, &number) == 0
               ? number
               : fallback;
}

/* Numbers with colons between them, at most three; how many, 0: it is none. */
static size_t read_clock(const char *text, int64_t out[3]) {
    for (size_t n = 0; n < 3; n++) {
        char digits[8];
        size_t length = strspn(text, "0123456789");
        if (length == 0 || length >= sizeof digits) {
            return 0;
        }
        memcpy(digits, text, length);
        digits[length] = '\0';
        (void)str_to_int64(digits, 0, NUMBER_MAX * 10, &out[n]);
        text += length;
        if (*text == '\0') {
            return n + 1;
        }
        if (*text++ != ':') {
            return 0;
        }
    }
    return 0;
}

/* 0 or -EINVAL. */
static int read_time(const char *text, int64_t *seconds) {
    const char *dash = strchr(text, '-');
    int64_t days[3] = {0};
    int64_t clock[3] = {0};
    *seconds = 0;
    if (strcasecmp(text, "infinite") == 0 || strcasecmp(text, "unlimited") == 0) {
        return 0;
    }
    if (dash) {
        char head[8] = "";
        (void)snprintf(head, sizeof head, "%.*s", (int)(dash - text), text);
        if (dash - text >= (ptrdiff_t)sizeof head || read_clock(head, days) != 1) {
            return -EINVAL;
        }
        text = dash + 1;
    }
    size_t n = read_clock(text, clock);
    if (n == 0) {
        return -EINVAL;
    }
    /* Behind days it begins with hours; else one number is minutes, two end in seconds.
     */
    *seconds = dash     ? ((days[0] * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
               : n == 3 ? (clock[0] * 60 + clock[1]) * 60 + clock[2]
                        : clock[0] * 60 + clock[1];
    return 0;
}

int64_t cluster_time(const struct cluster *cluster) {
    int64_t seconds = 0;
    return read_time(cluster_text(cluster, CLUSTER_TIME), &seconds) == 0 ? seconds : 0;
}

bool cluster_name_is_valid(const char *name) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_.";
    return !str_empty(name) && strlen(name) <= NAME_MAX_SIZE &&
           !strchr("-_.", name[0]) && name[strspn(name, plain)] == '\0';
}

/* ---- what a value may be ---- */

static bool has_control(const char *value, bool lines) {
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == 0x7f || (c < ' ' && c != '\t' && !(lines && c == '\n'))) {
            return true;
        }
    }
    return false;
}

static int check_place(enum cluster_key key, const char *value, struct errmsg *msg) {
    if (key == CLUSTER_SSH && !ssh_host_is_valid(value)) {
        return errmsg_set(msg, -EINVAL,
                          "ssh: '%s' is no host; give what you would give to ssh, such "
                          "as login1 or me@login1.example.org",
                          value);
    }
    if (key == CLUSTER_WORKDIR && strlen(value) > WORKDIR_MAX) {
        return errmsg_set(msg, -EINVAL, "workdir: it is longer than %d bytes",
                          WORKDIR_MAX);
    }
    if (key == CLUSTER_WORKDIR && value[0] != '/' && strcmp(value, "~") != 0 &&
        !str_starts_with(value, "~/")) {
        return errmsg_set(msg, -EINVAL,
                          "workdir: '%s' is not absolute; begin with / or with ~/, the "
                          "home folder there",
                          value);
    }
    return 0;
}

/* Each line is an option, and none of those that connect a job with us. */
static int check_options(const char *value, struct errmsg *msg) {
    static const char *const ours[] = {"--job-name", "-J", "--output",    "-o",
                                       "--array",    "-a", "--open-mode", "--signal",
                                       "--chdir",    "-D"};
    for (const char *line = value; *line; line += strcspn(line, "\n") + 1) {
        const char *at = line + strspn(line, " \t");
        int shown = (int)strcspn(line, "\n");
        if (*at != '-') {
            return errmsg_set(msg, -EINVAL,
                              "option: '%.*s' is no option of sbatch; begin with "
                              "dashes, such as --constraint=gpu",
                              shown, line);
        }
        size_t n = strcspn(at, "= \t\n");
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
            if (strlen(ours[i]) == n && strncmp(at, ours[i], n) == 0) {
                return errmsg_set(msg, -EINVAL,
                                  "option: %s connects a job with CrystalMath, which "
                                  "sets it itself",
                                  ours[i]);
            }
        }
        if (line[strcspn(line, "\n")] == '\0') {
            break;
        }
    }
    return 0;
}

static int check_more(enum cluster_key key, const char *value, struct errmsg *msg) {
    int64_t seconds = 0;
    if (key == CLUSTER_OPTIONS) {
        return check_options(value, msg);
    }
    if (key == CLUSTER_TIME && read_time(value, &seconds) < 0) {
        return errmsg_set(msg, -EINVAL,
                          "time: '%s' is no time limit of sbatch; it takes minutes, "
                          "such as 90, or 1:30:00, or days-hours, such as 2-12",
                          value);
    }
    return check_place(key, value, msg);
}

static int check(enum cluster_key key, const char *value, struct errmsg *msg) {
    const char *name = settings[key].name;
    enum cluster_kind kind = settings[key].kind;
    int64_t number = 0;
    if (strlen(value) > VALUE_MAX) {
        return errmsg_set(msg, -EINVAL, "%s: it is longer than %d bytes", name,
                          VALUE_MAX);
    }
    if (!str_is_utf8(value, strlen(value)) ||
        has_control(value, kind == CLUSTER_LINES)) {
        return errmsg_set(msg, -EINVAL,
                          kind == CLUSTER_LINES
                              ? "%s: it has bytes that are no text"
                              : "%s: it has more than one line, or bytes that are no "
                                "text",
                          name);
    }
    if (kind == CLUSTER_NUMBER && str_to_int64(value, 1, NUMBER_MAX, &number) < 0) {
        return errmsg_set(msg, -EINVAL, "%s: '%s' is no number from 1 to %d", name,
                          value, NUMBER_MAX);
    }
    if (kind == CLUSTER_WORD && (value[0] == '-' || strpbrk(value, " \t"))) {
        return errmsg_set(msg, -EINVAL,
                          "%s: '%s' is no single word, or begins with a dash", name,
                          value);
    }
    return check_more(key, value, msg);
}

int cluster_set(struct cluster *cluster, enum cluster_key key, const char *value,
                struct errmsg *msg) {
    char *copy = NULL;
    if (!str_empty(value)) {
        int r = check(key, value, msg);
        if (r < 0) {
            return r;
        }
        copy = strdup(value);
        if (!copy) {
            return -ENOMEM;
        }
    }
    free(cluster->values[key]);
    cluster->values[key] = copy;
    return 0;
}

/* ---- as bytes: "key=value", NUL-terminated, one behind the other ---- */

int cluster_pack(const struct cluster *cluster, struct buf *out) {
    size_t before = buf_len(out);
    int r = 0;
    for (size_t i = 0; r == 0 && i < CLUSTER_KEYS; i++) {
        const char *value = cluster->values[i];
        if (value) {
            r = buf_printf(out, "%s=", settings[i].name);
            r = r < 0 ? r : buf_append(out, value, strlen(value) + 1);
        }
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int cluster_unpack(struct cluster *cluster, const char *bytes, size_t n) {
    for (const char *end = bytes + n; bytes < end;) {
        size_t length = strnlen(bytes, (size_t)(end - bytes));
        _cleanup_free_ char *one = strndup(bytes, length);
        if (!one) {
            return -ENOMEM;
        }
        bytes += length + 1;
        char *value = strchr(one, '=');
        enum cluster_key key = CLUSTER_KEYS;
        if (!value) {
            continue;
        }
        *value++ = '\0';
        if (cluster_key_from_name(one, &key) == 0 &&
            cluster_set(cluster, key, value, NULL) == -ENOMEM) {
            return -ENOMEM;
        }
    }
    return 0;
}
