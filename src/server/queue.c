/* Two lists of runs: those in line, by priority and age, and those in Slurm's queue, by
 * its numbers. One timer says when squeue is asked next, or when a cluster that took no
 * job is tried again; where there is neither, nothing wakes up.
 *
 * That squeue does not tell of a job any more means nothing but that its end is to be
 * asked for: of the batch script's own word, then sacct, then scontrol. A look that
 * began before a job had its number says nothing of that job. */
#include "server/queue.h"

#include "base/clock.h"
#include "base/sorted.h"
#include "base/str.h"
#include "exec/remote.h"
#include "job/cluster.h"
#include "server/cluster_news.h"
#include "server/engine_internal.h"
#include "server/hub.h"
#include "server/queue_listing.h"
#include "server/run_slurm.h"
#include "server/run_slurm_files.h"
#include "server/server.h"
#include "slurm/answer.h"
#include "slurm/queue.h"
#include "slurm/reading.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACE_MS = 1000,         /* behind a change */
    PACE_WATCHED_MS = 2500, /* at most, while somebody looks */
    PACE_ALONE_MS = 30000,  /* else */
    FAILED_MS = 5000,       /* behind a look that failed; twice as long each time … */
    FAILED_MS_MAX = 120000, /* … up to this */
    REFUSED_MS = 10000,     /* behind a job that was not taken; likewise … */
    REFUSED_MS_MAX = 300000,
    AT_ONCE = 4, /* jobs that are being handed over */
    ENDS_AT_ONCE = 32,
    READ_AT_ONCE = 8 * 1024 * 1024, /* bytes of outputs in one answer */
    LOOK_DEADLINE_MS = 30000,
    ENDS_DEADLINE_MS = 120000,
};

#define ANSWER_MAX ((size_t)16 * 1024 * 1024)

struct queue {
    struct server *server;  /* borrowed */
    struct cluster *record; /* owned */
    struct remote *remote;  /* owned */
    struct sorted line;     /* runs that wait to be handed over */
    struct sorted there;    /* runs with a number */
    struct remote_call *looking, *ending, *reading; /* NULL: nothing is being asked */
    uv_timer_t timer;
    int open_handles;
    size_t asked;     /* runs that are being handed over */
    size_t held;      /* by others */
    int64_t others;   /* unfinished jobs of the user that are not ours; -1: not known */
    int64_t counting; /* of them, while an answer is read */
    int64_t looks;    /* that have begun */
    int64_t looked_at; /* when the last one did, by the monotonic clock; 0: none has */
    int64_t look_at;   /* the next one, by the monotonic clock */
    int64_t line_at;   /* before that nothing is handed over */
    int64_t looking_since, ending_since; /* ms since 1970 */
    int64_t shift;                       /* see queue_clock_shift */
    int pace_ms;
    int failed, refused; /* in a row */
    struct errmsg trouble, obstacle;
    struct queue_listing listing; /* for people */
    bool automatic, closed, changed;
};

static int by_turn(const void *a, const void *b) {
    const struct job *x = ((const struct run *)a)->job;
    const struct job *y = ((const struct run *)b)->job;
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static int by_number(const void *a, const void *b) {
    int64_t x = ((const struct run *)a)->placed->number;
    int64_t y = ((const struct run *)b)->placed->number;
    return (x > y) - (x < y);
}

/* ---- coming and going ---- */

/* Of the way there, or of what Slurm says. */
static void on_news(void *arg) {
    const struct queue *queue = arg;
    cluster_tell(queue->server, queue);
}

int queue_new(struct queue **out, struct server *server, struct cluster *record_take,
              bool automatic) {
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        return -ENOMEM;
    }
    const struct remote_spec spec = {
        .ssh_command = config_text(server->options->config, CONFIG_SSH_COMMAND),
        .host = cluster_text(record_take, CLUSTER_SSH)};
    int r = remote_new(&queue->remote, &server->loop, &spec);
    if (r < 0) {
        free(queue);
        return r;
    }
    remote_watch(queue->remote, on_news, queue);
    queue->server = server;
    queue->record = record_take;
    queue->automatic = automatic;
    queue->line = (struct sorted)SORTED_BY(by_turn);
    queue->there = (struct sorted)SORTED_BY(by_number);
    queue->others = -1;
    queue->pace_ms = PACE_MS;
    (void)uv_timer_init(&server->loop, &queue->timer);
    queue->timer.data = queue;
    queue->open_handles = 1;
    *out = queue;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct queue *queue = handle->data;
    queue->open_handles--;
}

void queue_close(struct queue *queue) {
    if (!queue->closed) {
        queue->closed = true;
        queue->looking = remote_call_cancel(queue->looking);
        queue->ending = remote_call_cancel(queue->ending);
        queue->reading = remote_call_cancel(queue->reading);
        listing_deinit(&queue->listing);
        remote_close(queue->remote);
        uv_close((uv_handle_t *)&queue->timer, on_closed);
    }
}

bool queue_is_closed(const struct queue *queue) {
    return queue->closed && queue->open_handles == 0 && remote_is_closed(queue->remote);
}

struct queue *queue_free(struct queue *queue) {
    if (queue) {
        sorted_deinit(&queue->line);
        sorted_deinit(&queue->there);
        (void)remote_free(queue->remote);
        (void)cluster_free(queue->record);
        free(queue);
    }
    return NULL;
}

const struct cluster *queue_record(const struct queue *queue) {
    return queue->record;
}

bool queue_is_automatic(const struct queue *queue) {
    return queue->automatic;
}

void queue_set_record(struct queue *queue, struct cluster *record_take) {
    (void)cluster_free(queue->record);
    queue->record = record_take;
    queue->automatic = false;
}

struct remote *queue_remote(const struct queue *queue) {
    return queue->remote;
}

struct queue_load queue_load(const struct queue *queue) {
    return (struct queue_load){.ours = queue->there.n,
                               .waiting = queue->line.n + queue->asked,
                               .held = queue->held,
                               .others = queue->others};
}

void queue_hold(struct queue *queue) {
    queue->held++;
}

void queue_release(struct queue *queue) {
    queue->held--;
}

void queue_trouble(const struct queue *queue, struct errmsg *out) {
    *out = queue->trouble;
}

void queue_obstacle(const struct queue *queue, struct errmsg *out) {
    *out = queue->obstacle;
}

/* ---- when ---- */

static void on_time(uv_timer_t *timer);

static int grown(int ms, int times, int max) {
    for (int i = 0; i < times && ms < max; i++) {
        ms *= 2;
    }
    return ms < max ? ms : max;
}

/* The site's own wish comes before ours. */
static int pace(const struct queue *queue) {
    int64_t least = cluster_number(queue->record, CLUSTER_POLL, 0) * 1000;
    int most = hub_is_watched(queue->server->hub) ? PACE_WATCHED_MS : PACE_ALONE_MS;
    int own = queue->failed > 0 ? grown(FAILED_MS, queue->failed - 1, FAILED_MS_MAX)
              : queue->pace_ms < most ? queue->pace_ms
                                      : most;
    return least > own ? (int)least : own;
}

/* What passes between the beginnings of two looks at least. */
static int64_t least(const struct queue *queue) {
    int64_t site = cluster_number(queue->record, CLUSTER_POLL, 0) * 1000;
    return site > PACE_MS ? site : PACE_MS;
}

/* Somebody wants to know: we do, of our jobs, or people do. */
static bool wants_look(const struct queue *queue) {
    return !queue->looking && (queue->there.n > 0 || queue->listing.first);
}

static void wind(struct queue *queue) {
    int64_t next = INT64_MAX;
    if (queue->closed) {
        return;
    }
    if (wants_look(queue)) {
        next = queue->look_at;
    }
    if (queue->line.n > 0 && queue->line_at > 0 && queue->line_at < next) {
        next = queue->line_at;
    }
    if (next == INT64_MAX) {
        (void)uv_timer_stop(&queue->timer);
        return;
    }
    int64_t left = next - clock_monotonic_ms();
    uv_update_time(&queue->server->loop);
    (void)uv_timer_start(&queue->timer, on_time, left > 0 ? (uint64_t)left : 0, 0);
}

void queue_soon(struct queue *queue) {
    queue->pace_ms = PACE_MS;
    int64_t at = clock_monotonic_ms() + pace(queue);
    if (queue->failed == 0 && (queue->look_at == 0 || at < queue->look_at)) {
        queue->look_at = at;
    }
    wind(queue);
}

void queue_watched(struct queue *queue) {
    int64_t at = clock_monotonic_ms() + least(queue);
    if (at < queue->look_at) {
        queue->look_at = at;
        wind(queue);
    }
}

/* Whatever was planned: as soon as the site allows. */
static void look_for_people(struct queue *queue) {
    int64_t at = queue->looked_at > 0 ? queue->looked_at + least(queue) : 0;
    if (queue->there.n == 0 || at < queue->look_at) {
        queue->look_at = at;
    }
    wind(queue);
}

void queue_await(struct queue *queue, struct listing_wait *wait, bool fresh) {
    listing_add(&queue->listing, wait, queue->looks + (fresh || !queue->looking));
    if (!queue->looking) {
        look_for_people(queue);
    }
}

struct queue_listing *queue_listing(struct queue *queue) {
    return &queue->listing;
}

/* ---- handing over ---- */

int queue_add(struct queue *queue, struct run *run) {
    int r = sorted_put(&queue->line, run);
    if (r == 0) {
        server_work_changed(queue->server);
        wind(queue);
    }
    return r;
}

void queue_drop(struct queue *queue, struct run *run) {
    (void)sorted_take(&queue->line, run);
}

static bool has_room(const struct queue *queue, size_t more) {
    int64_t max = cluster_number(queue->record, CLUSTER_MAX_JOBS, INT64_MAX);
    int64_t others = queue->others > 0 ? queue->others : 0;
    return queue->asked + more < AT_ONCE &&
           (int64_t)(queue->there.n + queue->asked + more) < max - others;
}

/* Out of the line, those that there is room for. One that may be there already needs no
 * room. Returns how many. */
static size_t choose(struct queue *queue, struct run *out[AT_ONCE]) {
    size_t n = 0;
    for (size_t i = 0; i < queue->line.n && n < AT_ONCE; i++) {
        struct run *run = sorted_at(&queue->line, i);
        if (run->placed->begun ? queue->asked + n < AT_ONCE : has_room(queue, n)) {
            out[n++] = run;
        }
    }
    return n;
}

void queue_turn(struct queue *queue) {
    struct run *chosen[AT_ONCE];
    struct engine *engine = queue->server->engine;
    if (queue->closed || queue->line.n == 0 || engine_problem(engine) ||
        queue->line_at > clock_monotonic_ms()) {
        return;
    }
    size_t n = choose(queue, chosen);
    for (size_t i = 0; i < n; i++) {
        if (run_slurm_name(chosen[i]) < 0) {
            n = i;
        }
    }
    /* Who comes after a crash looks for it by its name. */
    if (n == 0 || engine_write(engine) < 0) {
        return;
    }
    queue->line_at = 0;
    for (size_t i = 0; i < n; i++) {
        queue_drop(queue, chosen[i]);
        chosen[i]->ready = false;
        queue->asked++;
        run_slurm_hand_over(chosen[i]);
    }
}

void queue_handed_over(struct queue *queue) {
    queue->asked--;
    server_work_changed(queue->server);
}

void queue_refused(struct queue *queue, const char *why) {
    int64_t now = clock_monotonic_ms();
    if (queue->line_at <= now) {
        queue->line_at = now + grown(REFUSED_MS, queue->refused++, REFUSED_MS_MAX);
    }
    if (strcmp(queue->obstacle.text, why) != 0) {
        (void)errmsg_set(&queue->obstacle, 0, "%s", why);
        on_news(queue);
    }
    wind(queue);
}

/* ---- following ---- */

int queue_watch(struct queue *queue, struct run *run) {
    run->placed->known_at = queue->looks;
    int r = sorted_put(&queue->there, run);
    queue->refused = 0;
    if (queue->obstacle.text[0]) {
        queue->obstacle.text[0] = '\0';
        on_news(queue);
    }
    queue_soon(queue);
    return r;
}

void queue_leave(struct queue *queue, struct run *run) {
    (void)sorted_take(&queue->there, run);
    wind(queue);
}

static struct run *find(const struct queue *queue, int64_t number) {
    struct placed placed = {.number = number};
    const struct run key = {.placed = &placed};
    return sorted_find(&queue->there, &key);
}

int64_t queue_job(const struct queue *queue, int64_t number) {
    const struct run *run = find(queue, number);
    return run ? run->job->id : 0;
}

int64_t queue_clock_shift(const struct queue *queue) {
    return queue->shift;
}

static void read_clock(struct queue *queue, const struct buf *out, int64_t since) {
    queue->shift =
        slurm_clock_shift(buf_bytes(out), buf_len(out), since, clock_realtime_ms());
}

/* Have sh run a program there; where that cannot begin nobody is told. */
static int ask(struct queue *queue, const char *program, size_t n, int deadline_ms,
               remote_done *done, struct remote_call **call) {
    static const char *const argv[] = {"sh", NULL};
    const struct remote_command command = {.argv = argv,
                                           .in = program,
                                           .in_len = n,
                                           .out_max = ANSWER_MAX,
                                           .deadline_ms = deadline_ms};
    int r = remote_run(queue->remote, &command, done, queue, call);
    if (r < 0) {
        *call = NULL;
    }
    return r;
}

static void on_end(const struct slurm_end *end, void *data) {
    struct queue *queue = data;
    struct run *run = find(queue, end->number);
    if (run) {
        run_slurm_end(run, end);
        queue->changed = true;
    }
}

static void on_ends(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct queue *queue = arg;
    (void)exit_status;
    (void)err;
    queue->ending = NULL;
    if (outcome == REMOTE_RAN) {
        read_clock(queue, out, queue->ending_since);
        slurm_ends_read(buf_bytes(out), buf_len(out), on_end, queue);
        run_slurm_tasks(&queue->there, out);
    }
    queue_soon(queue);
}

/* Of those that squeue does not tell of any more, or tells that they have ended. */
static void ask_ends(struct queue *queue) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    if (queue->ending ||
        run_slurm_ask_ends(&queue->there, ENDS_AT_ONCE, &program) <= 0) {
        return;
    }
    queue->ending_since = clock_realtime_ms();
    (void)ask(queue, buf_bytes(&program), buf_len(&program), ENDS_DEADLINE_MS, on_ends,
              &queue->ending);
}

/* ---- mirroring ---- */

static void on_piece(const struct slurm_piece *piece, void *data) {
    struct queue *queue = data;
    struct run *run = find(queue, piece->key / SOURCES_MAX);
    if (run && run_slurm_mirror_take(run, piece)) {
        queue->changed = true;
    }
}

static void on_pieces(void *arg, enum remote_outcome outcome, int exit_status,
                      const struct buf *out, const struct buf *err) {
    struct queue *queue = arg;
    (void)exit_status;
    (void)err;
    queue->reading = NULL;
    queue->changed = false;
    if (outcome == REMOTE_RAN) {
        slurm_pieces_read(buf_bytes(out), buf_len(out), on_piece, queue);
    }
    if (queue->changed) {
        queue_soon(queue);
    }
}

/* What running jobs have written on a cluster that does not see our files. */
static void read_on(struct queue *queue) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    if (queue->reading || !*cluster_text(queue->record, CLUSTER_SSH)) {
        return;
    }
    int r = run_slurm_mirror_ask(&queue->there, READ_AT_ONCE, &program);
    if (r == 0 && buf_len(&program) > 0) {
        (void)ask(queue, buf_bytes(&program), buf_len(&program), LOOK_DEADLINE_MS,
                  on_pieces, &queue->reading);
    }
}

static int on_job(const struct slurm_queued *job, void *data) {
    struct queue *queue = data;
    struct run *run = find(queue, job->number);
    if (!run) {
        queue->counting += !slurm_state_is_final(job->state);
        return 0;
    }
    run->placed->seen_at = queue->looks;
    queue->changed |= run_slurm_seen(run, job);
    return 0;
}

static void look_failed(struct queue *queue, const char *why) {
    queue->failed++;
    if (strcmp(queue->trouble.text, why) != 0) {
        log_warning(queue->server->log, "cluster %s: %s", queue->record->name, why);
        (void)errmsg_set(&queue->trouble, 0, "%s", why);
        on_news(queue);
    }
}

static void read_answer(struct queue *queue, const struct buf *out) {
    size_t n_other = 0;
    queue->counting = 0;
    read_clock(queue, out, queue->looking_since);
    (void)slurm_queue_read(buf_bytes(out), buf_len(out), on_job, queue, &n_other);
    queue->others = queue->counting;
    for (size_t i = 0; i < queue->there.n; i++) {
        struct run *run = sorted_at(&queue->there, i);
        if (run->placed->known_at < queue->looks) {
            run_slurm_looked(run, queue->looks);
        }
    }
    bool again = queue->failed > 0;
    queue->failed = 0;
    queue->trouble.text[0] = '\0';
    if (again) {
        log_info(queue->server->log, "cluster %s answers again", queue->record->name);
        on_news(queue);
    }
}

/* Those who came while it was under way may want another one. */
static void tell_people(struct queue *queue, const struct buf *out) {
    listing_end(&queue->listing, queue->looks, out, queue->trouble.text,
                queue->looked_at + least(queue));
    if (!queue->closed && queue->listing.first) {
        look_for_people(queue);
    }
}

static void on_look(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct queue *queue = arg;
    struct errmsg why = ERRMSG_NULL;
    bool told = outcome == REMOTE_RAN && exit_status == 0;
    queue->looking = NULL;
    queue->changed = false;
    if (told) {
        read_answer(queue, out);
        ask_ends(queue);
        read_on(queue);
    } else if (outcome == REMOTE_RAN) {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &why);
        look_failed(queue, why.text);
    } else {
        look_failed(queue, outcome == REMOTE_TIMED_OUT ? "squeue does not answer"
                           : outcome == REMOTE_TOO_LONG
                               ? "squeue tells of more jobs than can be read"
                               : remote_status(queue->remote).why);
    }
    queue->pace_ms =
        queue->changed
            ? PACE_MS
            : (queue->pace_ms < PACE_ALONE_MS ? queue->pace_ms * 3 / 2 : PACE_ALONE_MS);
    queue->look_at = clock_monotonic_ms() + pace(queue);
    server_work_changed(queue->server);
    wind(queue);
    tell_people(queue, told ? out : NULL);
}

static void look(struct queue *queue) {
    queue->looks++;
    queue->looked_at = clock_monotonic_ms();
    queue->looking_since = clock_realtime_ms();
    int r = ask(queue, slurm_queue_program, strlen(slurm_queue_program),
                LOOK_DEADLINE_MS, on_look, &queue->looking);
    if (r < 0) {
        look_failed(queue, strerror(-r));
        queue->look_at = clock_monotonic_ms() + pace(queue);
        tell_people(queue, NULL);
    }
}

static void on_time(uv_timer_t *timer) {
    struct queue *queue = timer->data;
    int64_t now = clock_monotonic_ms();
    if (queue->line.n > 0 && queue->line_at > 0 && queue->line_at <= now) {
        queue->line_at = 0;
        server_work_changed(queue->server);
    }
    if (wants_look(queue) && queue->look_at <= now) {
        look(queue);
    }
    wind(queue);
}
