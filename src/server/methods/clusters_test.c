/* clusters.test: whether a cluster has what a job needs, and what to do where it has
 * not. One program is run there; the answer comes when it has told. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/clock.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/cluster.h"
#include "server/clusters.h"
#include "server/inquiry.h"
#include "server/job_json.h"
#include "server/queue.h"
#include "server/server.h"
#include "slurm/probe.h"
#include "slurm/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEADLINE_MS = 60 * 1000,
    LOGIN_MS = 5 * 60 * 1000,
    CLOCK_S_MAX = 60, /* that two clocks may differ */
    FREE_KIB_MIN = 1024 * 1024,
};

struct probing {
    char *name; /* owned: of the cluster */
    bool far;
    char *partition;  /* owned: that its jobs ask for; "" */
    json_t *checks;   /* owned: what has been found */
    char *folder;     /* owned; NULL: not told */
    char *programs;   /* owned: those that are there, for people */
    char *partitions; /* owned: likewise */
    bool sbatch, folder_told, known, rsync, tar;
};

static void probing_free(void *data) {
    struct probing *p = data;
    if (p) {
        json_decref(p->checks);
        free(p->name);
        free(p->partition);
        free(p->folder);
        free(p->programs);
        free(p->partitions);
        free(p);
    }
}

/* `mend` NULL: nothing has to be done. 0 or -ENOMEM. */
static int add_check(struct probing *p, const char *what, bool ok, const char *text,
                     const char *mend) {
    const char *name = mend ? strstr(mend, "NAME") : NULL;
    _cleanup_free_ char *whole = NULL;
    if (name && str_printf(&whole, "%.*s%s%s", (int)(name - mend), mend, p->name,
                           name + strlen("NAME")) < 0) {
        return -ENOMEM;
    }
    json_t *words = json_text_or_null(text);
    json_t *todo = json_text_or_null(whole ? whole : mend);
    return json_array_append_new(p->checks,
                                 json_pack("{s:s, s:b, s:o, s:o}", "what", what, "ok",
                                           (int)ok, "text", words, "mend", todo)) < 0
               ? -ENOMEM
               : 0;
}

/* One more behind those that are there. 0 or -ENOMEM. */
static int list_word(char **list, const char *word, size_t n) {
    char *longer = NULL;
    int r = str_printf(&longer, "%s%s%.*s", *list ? *list : "", *list ? ", " : "",
                       (int)n, word);
    if (r == 0) {
        free(*list);
        *list = longer;
    }
    return r;
}

/* ---- the facts, one by one ---- */

static int take_clock(struct probing *p, int64_t there_ms) {
    int64_t apart = (there_ms - clock_realtime_ms()) / 1000;
    char text[128];
    bool ok = apart <= CLOCK_S_MAX && apart >= -CLOCK_S_MAX;
    if (ok) {
        return add_check(p, "clock", true, "as here", NULL);
    }
    (void)snprintf(text, sizeof text, "%" PRId64 " s %s ours",
                   apart < 0 ? -apart : apart, apart < 0 ? "behind" : "ahead of");
    return add_check(p, "clock", false, text,
                     "times of jobs there are shown by that clock; tell the site, or "
                     "set the clock of this machine");
}

static int take_partition(struct probing *p, const char *value, size_t n) {
    const char *bar = memchr(value, '|', n);
    size_t name = bar ? (size_t)(bar - value) : n;
    size_t plain = name > 0 && value[name - 1] == '*' ? name - 1 : name;
    const char *limit = bar ? bar + 1 : value + n;
    size_t left = n - (size_t)(limit - value);
    const char *second = memchr(limit, '|', left);
    char words[200];
    p->known = p->known || (strlen(p->partition) == plain &&
                            strncmp(p->partition, value, plain) == 0);
    (void)snprintf(words, sizeof words, "%.*s (%.*s)", (int)name, value,
                   (int)(second ? second - limit : 0), limit);
    return list_word(&p->partitions, words, strlen(words));
}

static int take_free(struct probing *p, int64_t kib) {
    char text[300];
    bool ok = kib >= FREE_KIB_MIN;
    (void)snprintf(text, sizeof text, "%.200s, %.1f GiB free",
                   p->folder ? p->folder : "", (double)kib / (1024.0 * 1024.0));
    p->folder_told = true;
    return add_check(p, "folder", ok, text,
                     ok ? NULL
                        : "make room there, or let jobs run elsewhere (crystalmath "
                          "cluster set NAME --workdir DIR)");
}

static int on_fact(const struct slurm_fact *fact, void *data) {
    struct probing *p = data;
    _cleanup_free_ char *value = str_to_utf8(fact->value, fact->n);
    if (!value) {
        return -ENOMEM;
    }
    if (strcmp(fact->key, "host") == 0) {
        return add_check(p, "connection", true, value, NULL);
    }
    if (strcmp(fact->key, "time") == 0) {
        return take_clock(p, slurm_time_read(fact->value, fact->n));
    }
    if (strcmp(fact->key, "sbatch") == 0) {
        p->sbatch = true;
        return add_check(p, "sbatch", true, value, NULL);
    }
    if (strcmp(fact->key, "partition") == 0) {
        return take_partition(p, fact->value, fact->n);
    }
    if (strcmp(fact->key, "sinfo") == 0 && p->sbatch) {
        return add_check(p, "controller", false, value,
                         "it may be down for a while: jobs wait here until it answers");
    }
    if (strcmp(fact->key, "folder") == 0) {
        p->folder = TAKE_PTR(value);
    } else if (strcmp(fact->key, "nofolder") == 0) {
        p->folder_told = true;
        return add_check(p, "folder", false, value,
                         "name another one (crystalmath cluster set NAME --workdir "
                         "DIR)");
    } else if (strcmp(fact->key, "free") == 0) {
        return take_free(p, slurm_time_read(fact->value, fact->n) / 1000);
    } else if (strcmp(fact->key, "tool") == 0) {
        p->rsync = p->rsync || strcmp(value, "rsync") == 0;
        p->tar = p->tar || strcmp(value, "tar") == 0;
    } else if (strcmp(fact->key, "program") == 0) {
        return list_word(&p->programs, value, strcspn(value, " "));
    }
    return 0;
}

/* ---- what they come to ---- */

static int sum_up(struct probing *p) {
    int r = 0;
    if (!p->sbatch) {
        r = add_check(p, "sbatch", false, "not found",
                      "the PATH of a shell without a terminal lacks it: set it in "
                      "~/.profile or ~/.bashrc there, or name another host");
    }
    if (r == 0 && p->partitions) {
        bool ok = p->known || !*p->partition;
        r = add_check(p, "partitions", ok, p->partitions,
                      ok ? NULL
                         : "that of --partition is not among them; crystalmath cluster "
                           "set NAME --partition OTHER");
    }
    if (r == 0 && p->far) {
        r = add_check(p, "files", p->rsync || p->tar,
                      p->rsync ? "by rsync"
                      : p->tar ? "by tar through ssh"
                               : "no way",
                      p->rsync || p->tar ? NULL : "have rsync or tar installed there");
    }
    return r ? r
             : add_check(p, "codes", p->programs != NULL,
                         p->programs ? p->programs : "none found",
                         p->programs ? NULL
                                     : "say what brings them: crystalmath cluster set "
                                       "NAME --setup 'module load qe'");
}

static int tell_unreachable(struct probing *p, const struct buf *err) {
    _cleanup_free_ char *words = str_to_utf8(buf_bytes(err), buf_len(err));
    return words ? add_check(p, "connection", false,
                             *words ? words : "it does not answer",
                             "see what ssh says to you: crystalmath cluster login NAME")
                 : -ENOMEM;
}

static int answer(struct request *request, const struct told *told, void *data) {
    struct probing *p = data;
    bool ran = told->outcome == REMOTE_RAN;
    bool ok = true;
    size_t i = 0;
    json_t *one = NULL;
    int r = ran ? slurm_probe_read(buf_bytes(told->out), buf_len(told->out), on_fact, p)
                : tell_unreachable(p, told->err);
    r = r == 0 && ran ? sum_up(p) : r;
    if (r < 0) {
        return r;
    }
    json_array_foreach(p->checks, i, one) {
        ok = ok && json_is_true(json_object_get(one, "ok"));
    }
    request->result = json_pack("{s:s, s:b, s:O}", "name", p->name, "ok", (int)ok,
                                "checks", p->checks);
    return request->result ? 0 : -ENOMEM;
}

/* ---- asking ---- */

/* Every program that some code has. */
static void program_names(const char **out, size_t max) {
    static const char *const names[] = {"quantum_espresso", "vasp", "crystal"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct code *code = code_by_name(names[i]);
        const struct code_role *role = code ? code_roles(code) : NULL;
        for (; role && role->name; role++) {
            for (size_t k = 0; role->programs[k] && n + 1 < max; k++) {
                out[n++] = role->programs[k];
            }
        }
    }
    out[n] = NULL;
}

static int ask(struct request *request, const struct queue *queue, struct probing *p) {
    const char *programs[64];
    const struct cluster *record = queue_record(queue);
    const char *workdir = cluster_text(record, CLUSTER_WORKDIR);
    _cleanup_buf_ struct buf program = BUF_NULL;
    program_names(programs, sizeof programs / sizeof *programs);
    int r = slurm_probe_program(&program,
                                !p->far    ? NULL
                                : *workdir ? workdir
                                           : "~/crystalmath",
                                cluster_text(record, CLUSTER_SETUP), programs);
    if (r < 0) {
        probing_free(p);
        return r;
    }
    remote_retry(queue_remote(queue));
    return inquiry_begin(request,
                         &(struct inquiry_spec){.remote = queue_remote(queue),
                                                .program = &program,
                                                .deadline_ms = DEADLINE_MS,
                                                .answer = answer,
                                                .data_free = probing_free},
                         p);
}

static int clusters_test(struct request *request) {
    const char *name = request_string(request, "name");
    const struct queue *queue = clusters_find(request->server->clusters, name);
    if (!queue) {
        return method_refuse_cluster(request, name);
    }
    const struct cluster *record = queue_record(queue);
    struct probing *p = calloc(1, sizeof *p);
    int r = p ? 0 : -ENOMEM;
    if (r == 0) {
        p->name = strdup(name);
        p->far = *cluster_text(record, CLUSTER_SSH);
        p->partition = strdup(cluster_text(record, CLUSTER_PARTITION));
        p->checks = json_array();
        r = p->name && p->partition && p->checks ? 0 : -ENOMEM;
    }
    if (r < 0) {
        probing_free(p);
        return r;
    }
    return ask(request, queue, p);
}

/* The terminal of the client is given to ssh; whoever works for the jobs waits for it.
 */
static int clusters_login(struct request *request) {
    const char *name = request_string(request, "name");
    const struct queue *queue = clusters_find(request->server->clusters, name);
    char **words = NULL;
    if (!queue) {
        return method_refuse_cluster(request, name);
    }
    int r = remote_login_argv(queue_remote(queue), &words);
    if (r == -ENOTSUP) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "%s is on this machine; there is nothing to log in to",
                            name);
    }
    json_t *array = r == 0 ? json_array() : NULL;
    for (char **word = words; array && word && *word; word++) {
        if (json_array_append_new(array, json_string(*word)) < 0) {
            json_decref(TAKE_PTR(array));
        }
    }
    (void)strv_free(words);
    request->result = array ? json_pack("{s:o}", "command", array) : NULL;
    if (request->result) {
        remote_hold(queue_remote(queue), LOGIN_MS);
    }
    return request->result ? 0 : r ? r : -ENOMEM;
}

static const struct param test_params[] = {
    {.name = "name", .type = PARAM_STRING, .required = true, .text = "of the cluster"},
};

const struct method methods_clusters_test[] = {
    {.name = "clusters.test",
     .text = "See whether a cluster has what a job needs; answered when it has told.",
     .result = &result_clusters_test,
     METHOD_PARAMS(test_params),
     .run = clusters_test},
    {.name = "clusters.login",
     .text =
         "Tell the command that opens the connection to a cluster on a terminal; for "
         "a while the server tries none itself.",
     .result = &result_clusters_login,
     METHOD_PARAMS(test_params),
     .run = clusters_login},
};
const size_t methods_clusters_test_count =
    sizeof methods_clusters_test / sizeof methods_clusters_test[0];
