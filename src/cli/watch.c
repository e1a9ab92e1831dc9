/* One round is: take what came in, let the command settle its part, sleep until more
 * comes. A round that called the server goes on without sleeping, because answers may
 * have brought notifications with them.
 *
 * Ctrl-C is blocked but for the sleep, so that it cannot fall between looking and
 * sleeping. Its handler does nothing: ppoll(2) reports EINTR only when a handler ran,
 * and there is only this one. While a connection is made it has its usual effect, in
 * case the server hangs. */
#include "cli/watch.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    RECONNECTS = 4,        /* times that a new server may fail to come up in a row */
    ATTEMPTS = 4,          /* connects before a server is started: 0.7 s in all */
    CYCLES_MAX = 1000000,  /* of one SCF run */
    WATCH_INTERRUPTED = 1, /* from sleep_until_news */
    WATCH_READER_GONE,
};

void watch_init(struct watch *watch, const struct cli *cli, struct cm_client *client,
                const int64_t *ids, size_t n) {
    *watch = (struct watch){.cli = cli, .client = client};
    watch->jobs = say_need(calloc(n + 1, sizeof *watch->jobs));
    watch->told = say_need(calloc(n + 1, sizeof *watch->told));
    watch->n_jobs = n;
    for (size_t i = 0; i < n; i++) {
        watch->jobs[i].id = ids[i];
    }
}

void watch_deinit(struct watch *watch) {
    for (size_t i = 0; i < watch->n_jobs; i++) {
        json_decref(watch->jobs[i].summary);
    }
    free(watch->jobs);
    free(watch->told);
    *watch = (struct watch){0};
}

/* The same id may stand in the list twice. */
static void update(struct watch *watch, json_t *summary) {
    const char *state = field_text(summary, "state");
    int64_t id = field_int(summary, "id", 0);
    for (size_t i = 0; i < watch->n_jobs; i++) {
        struct watch_job *job = &watch->jobs[i];
        if (job->id == id && !job->ended) {
            json_decref(job->summary);
            job->summary = json_incref(summary);
            job->ended = state && jobline_is_final(state);
        }
    }
}

static void tell_cycle(struct watch *watch, const json_t *params) {
    int64_t id = field_int(params, "id", 0);
    int64_t number =
        field_int(params, "scf", 0) * CYCLES_MAX + field_int(params, "cycle", 0);
    for (size_t i = 0; i < watch->n_jobs; i++) {
        if (watch->jobs[i].id == id && number > watch->told[i]) {
            watch->told[i] = number;
            watch->hooks.cycle(&watch->jobs[i], params, watch->data);
            return;
        }
    }
}

static void on_notification(struct cm_client *client, const char *method,
                            const char *params_json, void *data) {
    (void)client;
    struct watch *watch = data;
    _cleanup_json_ json_t *params =
        params_json ? json_loads(params_json, JSON_ALLOW_NUL, NULL) : NULL;
    watch->news = true;
    if (strcmp(method, "client.missed") == 0) {
        watch->stale = true;
        return;
    }
    if (field_int(params, "subscription", 0) != watch->subscription) {
        return;
    }
    if (strcmp(method, "jobs.changed") == 0) {
        update(watch, json_object_get(params, "job"));
    } else if (strcmp(method, "jobs.missed") == 0) {
        watch->stale = true;
    } else if (strcmp(method, "jobs.cycle") == 0 && watch->hooks.cycle) {
        tell_cycle(watch, params);
    } else if (strcmp(method, "jobs.log") == 0 && watch->hooks.output &&
               !watch->stale) {
        watch->hooks.output(params, watch->data);
    }
}

static json_t *subscription_params(const struct watch *watch) {
    json_t *ids = say_need(json_array());
    for (size_t i = 0; i < watch->n_jobs; i++) {
        if (json_array_append_new(ids, json_integer(watch->jobs[i].id)) < 0) {
            say_no_memory();
        }
    }
    json_t *params =
        say_need(json_pack("{s:o, s:b}", "jobs", ids, "logs", watch->file != NULL));
    if (watch->file &&
        (json_object_set_new(params, "file", json_string(watch->file)) < 0 ||
         json_object_set_new(params, "offset", json_integer(*watch->offset)) < 0)) {
        say_no_memory();
    }
    return params;
}

/* What the snapshot did not tell: a server may leave finished jobs or unknown ids out.
 */
static int ask_for_missing(struct watch *watch, struct cm_error **error) {
    for (size_t i = 0; i < watch->n_jobs; i++) {
        if (watch->jobs[i].summary) {
            continue;
        }
        _cleanup_json_ json_t *job = NULL;
        int r = remote_try(watch->client, "jobs.get",
                           remote_id_params(watch->jobs[i].id), &job, error);
        if (r < 0) {
            return r;
        }
        update(watch, job);
    }
    return 0;
}

static int subscribe(struct watch *watch, struct cm_error **error) {
    _cleanup_json_ json_t *params = subscription_params(watch);
    _cleanup_free_ char *params_text = say_need(json_dumps(params, JSON_COMPACT));
    _cleanup_free_ char *text = NULL;
    int r = cm_subscribe(watch->client, params_text, &text, error);
    if (r < 0) {
        return r;
    }
    _cleanup_json_ json_t *snapshot = say_need(json_loads(text, JSON_ALLOW_NUL, NULL));
    watch->subscription = field_int(snapshot, "subscription", 0);
    watch->subscriptions++;
    watch->stale = false;
    size_t i = 0;
    json_t *job = NULL;
    json_array_foreach(json_object_get(snapshot, "jobs"), i, job) {
        update(watch, job);
    }
    return ask_for_missing(watch, error);
}

static int subscribe_again(struct watch *watch, struct cm_error **error) {
    _cleanup_json_ json_t *answer = NULL;
    json_t *params =
        say_need(json_pack("{s:I}", "subscription", (json_int_t)watch->subscription));
    int r = remote_try(watch->client, "jobs.unsubscribe", params, &answer, error);
    return r < 0 ? r : subscribe(watch, error);
}

/* Where the server is about to come back by itself, as in a restart, do not start
 * another. */
static int reconnect(struct watch *watch, struct cm_error **error) {
    int r = CM_E_NO_SERVER;
    for (int i = 0; i < RECONNECTS; i++) {
        if (*error) {
            *error = cm_error_free(*error);
        }
        r = cm_client_connect_retry(watch->client, ATTEMPTS, NULL);
        if (r < 0) {
            r = remote_connect(watch->cli, watch->client, error);
        }
        if (r == 0) {
            r = subscribe(watch, error);
        }
        if (r != CM_E_DISCONNECTED) {
            return r;
        }
    }
    return r;
}

static void ignore_signal(int number) {
    (void)number;
}

/* Hold Ctrl-C back until the next sleep, or (with `on` false) give it its usual effect.
 */
static void hold_interrupt(const struct watch *watch, bool on) {
    if (!watch->say_on_interrupt) {
        return;
    }
    sigset_t set;
    struct sigaction action = {.sa_handler = on ? ignore_signal : SIG_DFL};
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    if (on) {
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
        (void)sigaction(SIGINT, &action, NULL);
    } else {
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
}

/* Where output is followed, stdout is polled for its reader's end alone:
 * `crystalmath log -f 7 | head`. */
static int sleep_until_news(const struct watch *watch) {
    (void)fflush(stdout);
    struct pollfd fds[2] = {
        {cm_client_fd(watch->client), cm_client_poll_events(watch->client), 0},
        {watch->hooks.settle ? STDOUT_FILENO : -1, 0, 0},
    };
    sigset_t set;
    (void)sigprocmask(SIG_BLOCK, NULL, &set);
    (void)sigdelset(&set, SIGINT);
    int r = ppoll(fds, 2, NULL, &set);
    if (r < 0 && errno == EINTR) {
        return WATCH_INTERRUPTED;
    }
    return r > 0 && fds[1].revents != 0 ? WATCH_READER_GONE : 0;
}

static bool all_ended(const struct watch *watch) {
    for (size_t i = 0; i < watch->n_jobs; i++) {
        if (!watch->jobs[i].ended) {
            return false;
        }
    }
    return true;
}

static int settle(struct watch *watch, struct cm_error **error) {
    watch->news = false;
    if (!watch->hooks.settle) {
        return 0;
    }
    return watch->hooks.settle(watch, watch->data, error);
}

static int round_of(struct watch *watch, struct cm_error **error) {
    int r = cm_client_dispatch(watch->client, error);
    if (r == 0 && watch->stale) {
        r = subscribe_again(watch, error);
    }
    if (r == 0) {
        r = settle(watch, error);
    }
    /* Settling may have called the server, and the answer may have brought news. */
    return r != 0 || !watch->hooks.settle ? r
                                          : cm_client_dispatch(watch->client, error);
}

static int say_jobs_go_on(const struct watch *watch) {
    for (size_t i = 0; i < watch->n_jobs; i++) {
        const struct watch_job *job = &watch->jobs[i];
        if (!job->ended) {
            say_error("job %" PRId64
                      " goes on without this command; `crystalmath wait %" PRId64
                      "` waits again, `crystalmath log -f %" PRId64
                      "` follows its output, `crystalmath cancel %" PRId64 "` ends it",
                      job->id, job->id, job->id, job->id);
        }
    }
    return CLI_INTERRUPTED;
}

static int gave_up(const struct watch *watch, const struct cm_error *error) {
    (void)remote_report(error);
    if (cm_error_code(error) == CM_E_RPC) {
        return CLI_FAILED;
    }
    for (size_t i = 0; i < watch->n_jobs; i++) {
        if (watch->jobs[i].summary && !watch->jobs[i].ended) {
            say_error("what became of job %" PRId64 " is not known here; it goes on "
                      "without the server, and `crystalmath wait %" PRId64
                      "` asks again",
                      watch->jobs[i].id, watch->jobs[i].id);
        }
    }
    return CLI_FAILED;
}

static int recover(struct watch *watch, int r, struct cm_error **error) {
    if (r != CM_E_DISCONNECTED && r != CM_E_NOT_CONNECTED) {
        return r;
    }
    hold_interrupt(watch, false);
    r = reconnect(watch, error);
    hold_interrupt(watch, true);
    return r;
}

/* A shell starts what it puts into the background with Ctrl-C ignored; that stays so.
 */
static bool interrupt_is_ignored(void) {
    struct sigaction now;
    return sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int watch_run(struct watch *watch) {
    _cleanup_error_ struct cm_error *error = NULL;
    watch->say_on_interrupt = watch->say_on_interrupt && !interrupt_is_ignored();
    cm_client_set_notify(watch->client, on_notification, watch);
    int r = recover(watch, subscribe(watch, &error), &error);
    hold_interrupt(watch, true);
    while (r == 0) {
        bool ended = all_ended(watch);
        r = round_of(watch, &error);
        if (r == 0 && ended) {
            break; /* a whole round after the last end: nothing is left to settle */
        }
        bool awake = r != 0 || watch->news || watch->stale || all_ended(watch);
        r = recover(watch, r, &error);
        int news = awake ? 0 : sleep_until_news(watch);
        if (news == WATCH_INTERRUPTED) {
            return say_jobs_go_on(watch);
        }
        if (news == WATCH_READER_GONE) {
            return CLI_FAILED;
        }
    }
    hold_interrupt(watch, false);
    return r < 0 ? gave_up(watch, error) : r > 0 ? CLI_FAILED : CLI_OK;
}

int watch_exit_status(const struct watch *watch) {
    int status = CLI_OK;
    for (size_t i = 0; i < watch->n_jobs; i++) {
        int own = jobline_exit_status(watch->jobs[i].summary);
        if (own != CLI_OK) {
            jobline_report_failure(watch->jobs[i].summary);
        }
        status = status != CLI_OK ? status : own;
    }
    return status;
}
