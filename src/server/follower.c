/* When which file is looked at.
 *
 * All watches share one descriptor. When it becomes readable, a round begins: what was
 * told is taken, and each file that it concerns gets a turn. Then the follower rests,
 * for many times as long as the round took, and does not look at the descriptor: what
 * happens meanwhile is gathered by the system and costs nothing. So a file that grows
 * now and then is read at once, and however many grow all the time, they share a fixed
 * part of one core. A round ends when it took its time; who had no turn is first in the
 * next one.
 *
 * While nothing changes, nothing is done. The timer that polls runs only while there is
 * a file which needs that. */
#include "server/follow_internal.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

const struct follow_pace follow_pace_usual = {
    .gather_ms = 40,
    .rest = 30,
    .rest_behind = 4,
    .poll_ms = 2000,
    .round_ns = 3 * 1000 * 1000,
    .turn_bytes = 256 * 1024,
};

static int compare_watches(const void *a, const void *b) {
    int x = ((const struct watch *)a)->number;
    int y = ((const struct watch *)b)->number;
    return (x > y) - (x < y);
}

/* ---- who is due ---- */

static void on_round(uv_timer_t *timer);

static void plan_round(struct follower *follower) {
    if (follower->closing || uv_is_active((uv_handle_t *)&follower->round)) {
        return;
    }
    int64_t left = follower->rested_at + follower->rest_ms - clock_monotonic_ms();
    uv_update_time(follower->loop);
    (void)uv_timer_start(&follower->round, on_round, left > 0 ? (uint64_t)left : 0, 0);
}

static void append_due(struct follower *follower, struct follow *follow) {
    if (!follow->due) {
        follow->due = true;
        follow->next_due = NULL;
        if (follower->due_last) {
            follower->due_last->next_due = follow;
        } else {
            follower->due_first = follow;
        }
        follower->due_last = follow;
    }
}

void follower_put_due(struct follower *follower, struct follow *follow) {
    append_due(follower, follow);
    plan_round(follower);
}

static struct follow *take_due(struct follower *follower) {
    struct follow *follow = follower->due_first;
    if (follow) {
        follower->due_first = follow->next_due;
        follower->due_last = follower->due_first ? follower->due_last : NULL;
        follow->due = false;
    }
    return follow;
}

/* ---- watches ---- */

static void drop_watch(struct follower *follower, struct watch *watch) {
    (void)sorted_take(&follower->watches, watch);
    free(watch);
}

void follower_unwatch(struct follower *follower, struct watch *watch) {
    if (watch && !watch->first) {
        platform_watch_remove(follower->watch_fd, watch->number);
        drop_watch(follower, watch);
    }
}

/* All that are in it are due; those that may be elsewhere now are placed again. */
static void tell_all(struct follower *follower, struct watch *watch, unsigned what,
                     const char *name) {
    for (struct follow *f = watch->first; f; f = f->next_in_watch) {
        bool moved = (what & (PLATFORM_WATCH_MOVED | PLATFORM_WATCH_GONE)) != 0;
        bool appeared = (what & PLATFORM_WATCH_APPEARED) != 0 && f->awaited &&
                        strlen(name) == f->awaited_len &&
                        memcmp(name, f->awaited, f->awaited_len) == 0;
        bool changed = (what & PLATFORM_WATCH_CHANGED) != 0 && !f->awaited;
        f->placed = f->placed && !moved && !appeared;
        if (moved || appeared || changed) {
            append_due(follower, f);
        }
    }
}

static void on_told(int number, unsigned what, const char *name, void *data) {
    struct follower *follower = data;
    if ((what & PLATFORM_WATCH_LOST) != 0) {
        for (struct follow *f = follower->all; f; f = f->next) {
            f->placed = false;
            append_due(follower, f);
        }
        return;
    }
    struct watch *watch =
        sorted_find(&follower->watches, &(struct watch){.number = number});
    if (!watch) {
        return; /* told before it was removed */
    }
    tell_all(follower, watch, what, name);
    if ((what & PLATFORM_WATCH_GONE) != 0) {
        while (watch->first) {
            struct follow *f = watch->first;
            watch->first = f->next_in_watch;
            f->watch = NULL;
        }
        drop_watch(follower, watch);
    }
}

static void round_now(struct follower *follower);

static void on_news(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct follower *follower = poll->data;
    if (clock_monotonic_ms() >= follower->rested_at + follower->rest_ms) {
        round_now(follower);
    } else {
        (void)uv_poll_stop(poll);
        plan_round(follower);
    }
}

/* The first file that is followed opens the descriptor. */
static int open_watches(struct follower *follower) {
    if (follower->no_watches || follower->closing) {
        return -ENOSYS;
    }
    if (follower->watch_fd >= 0) {
        return 0;
    }
    int fd = -1;
    int r = platform_watch_open(&fd);
    follower->no_watches = r == -ENOSYS;
    if (r == 0) {
        r = uv_poll_init(follower->loop, &follower->news, fd);
    }
    if (r < 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return r;
    }
    follower->watch_fd = fd;
    follower->news.data = follower;
    return uv_poll_start(&follower->news, UV_READABLE, on_news);
}

struct watch *follower_watch(struct follower *follower, const char *path, bool folder,
                             int *why) {
    int number = open_watches(follower);
    if (number == 0) {
        number = platform_watch_add(follower->watch_fd, path, folder);
    }
    if (number < 0) {
        *why = number;
        return NULL;
    }
    struct watch key = {.number = number};
    struct watch *watch = sorted_find(&follower->watches, &key);
    if (watch) {
        return watch;
    }
    watch = calloc(1, sizeof *watch);
    if (watch) {
        *watch = key;
    }
    if (!watch || sorted_put(&follower->watches, watch) < 0) {
        platform_watch_remove(follower->watch_fd, number);
        free(watch);
        *why = -ENOMEM;
        return NULL;
    }
    return watch;
}

/* ---- polling ---- */

static void on_poll(uv_timer_t *timer) {
    struct follower *follower = timer->data;
    for (struct follow *f = follower->polled; f; f = f->next_polled) {
        /* A watch may be had by now, or lead elsewhere. */
        f->placed = f->placed && f->watch && !f->awaited;
        append_due(follower, f);
    }
    if (follower->polled) {
        plan_round(follower);
        (void)uv_timer_start(timer, on_poll, (uint64_t)follower->pace.poll_ms, 0);
    }
}

void follower_poll(struct follower *follower, struct follow *follow) {
    if (!follow->polls) {
        follow->polls = true;
        follow->next_polled = follower->polled;
        follower->polled = follow;
    }
    if (!follower->closing && !uv_is_active((uv_handle_t *)&follower->poll)) {
        (void)uv_timer_start(&follower->poll, on_poll, (uint64_t)follower->pace.poll_ms,
                             0);
    }
}

/* ---- rounds ---- */

static void rest(struct follower *follower, int64_t took_ns, bool behind) {
    const struct follow_pace *pace = &follower->pace;
    int64_t times = behind ? pace->rest_behind : pace->rest;
    int64_t ms = (took_ns * times + 999999) / 1000000;
    int64_t least = behind ? 1 : pace->gather_ms; /* a turn of the loop for others */
    ms = ms > least ? ms : least;
    follower->rest_ms = ms < pace->poll_ms ? ms : pace->poll_ms;
    follower->rested_at = clock_monotonic_ms();
}

static void round_now(struct follower *follower) {
    int64_t begun = (int64_t)clock_monotonic_ns();
    int64_t took = 0;
    bool behind = false;
    if (follower->watch_fd >= 0) {
        (void)platform_watch_read(follower->watch_fd, on_told, follower);
    }
    struct follow *last = follower->due_last; /* each has one turn */
    for (bool more = last; more && took < follower->pace.round_ns;) {
        struct follow *follow = take_due(follower);
        more = follow && follow != last;
        if (follow && follow_turn(follow, follower->pace.turn_bytes)) {
            behind = true;
            append_due(follower, follow);
        }
        took = (int64_t)clock_monotonic_ns() - begun;
    }
    rest(follower, took, behind);
    if (follower->due_first) {
        if (follower->watch_fd >= 0) {
            (void)uv_poll_stop(&follower->news);
        }
        plan_round(follower);
    } else if (follower->watch_fd >= 0 && !follower->closing) {
        (void)uv_poll_start(&follower->news, UV_READABLE, on_news);
    }
}

static void on_round(uv_timer_t *timer) {
    round_now(timer->data);
}

/* ---- its life ---- */

int follower_new(struct follower **out, uv_loop_t *loop,
                 const struct follow_pace *pace) {
    struct follower *follower = calloc(1, sizeof *follower);
    if (!follower) {
        return -ENOMEM;
    }
    follower->loop = loop;
    follower->pace = *pace;
    follower->watches = (struct sorted)SORTED_BY(compare_watches);
    follower->watch_fd = -1;
    follower->no_watches = pace->poll_all;
    follower->rested_at = clock_monotonic_ms() - pace->gather_ms;
    (void)uv_timer_init(loop, &follower->round);
    (void)uv_timer_init(loop, &follower->poll);
    follower->round.data = follower;
    follower->poll.data = follower;
    *out = follower;
    return 0;
}

void follower_close(struct follower *follower) {
    if (!follower || follower->closing) {
        return;
    }
    follower->closing = true;
    uv_close((uv_handle_t *)&follower->round, NULL);
    uv_close((uv_handle_t *)&follower->poll, NULL);
    if (follower->watch_fd >= 0) {
        (void)uv_poll_stop(&follower->news);
        uv_close((uv_handle_t *)&follower->news, NULL);
    }
}

struct follower *follower_free(struct follower *follower) {
    if (follower) {
        for (size_t i = 0; i < follower->watches.n; i++) {
            free(sorted_at(&follower->watches, i));
        }
        sorted_deinit(&follower->watches);
        if (follower->watch_fd >= 0) {
            (void)close(follower->watch_fd);
        }
        free(follower);
    }
    return NULL;
}

void follower_forget(struct follower *follower, struct follow *follow) {
    follower_unwatch(follower, follow_displace(follow));
    if (!follower->polled) {
        (void)uv_timer_stop(&follower->poll);
    }
    if (follow->due) {
        struct follow **at = &follower->due_first;
        struct follow *before = NULL;
        while (*at != follow) {
            before = *at;
            at = &before->next_due;
        }
        *at = follow->next_due;
        follower->due_last = follower->due_last == follow ? before : follower->due_last;
    }
    if (follow->previous) {
        follow->previous->next = follow->next;
    } else {
        follower->all = follow->next;
    }
    if (follow->next) {
        follow->next->previous = follow->previous;
    }
}
