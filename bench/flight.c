/* Many requests in flight on one connection: the client keeps 64 unanswered, and sends
 * as many new ones as answers have come. Each round lasts a fixed time, and the
 * contestants take turns. Our server is measured twice: by bytes that were prepared, so
 * that the client costs little, and through libcrystalmath's cm_send. */
#include "contestant.h"
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    IN_FLIGHT = 64,
    ROUNDS = 80,
    WARM_UP = 3,
    ROUND_NS = 25 * 1000 * 1000,
};

struct stream {
    const struct wire *wire;
    int fd;
    unsigned next;   /* id of the next request */
    unsigned oldest; /* id of the request that is answered next */
    size_t in_flight;
    size_t rest; /* bytes of an answer that is not whole, at the start of `in` */
    char in[IN_FLIGHT * WIRE_MAX];
    char out[IN_FLIGHT * WIRE_MAX];
};

static void send_more(struct stream *stream) {
    size_t n = 0;
    for (; stream->in_flight < IN_FLIGHT; stream->in_flight++) {
        wire_put(stream->wire, stream->out + n, stream->next);
        stream->next = wire_next_id(stream->next);
        n += stream->wire->request_len;
    }
    if (send(stream->fd, stream->out, n, MSG_NOSIGNAL) != (ssize_t)n) {
        world_die("requests cannot be sent: %s", strerror(errno));
    }
}

/* Receive once; how many answers became whole. */
static size_t take_answers(struct stream *stream) {
    ssize_t got = recv(stream->fd, stream->in + stream->rest,
                       sizeof stream->in - stream->rest, 0);
    if (got <= 0) {
        world_die("a server ended the connection");
    }
    size_t n = stream->rest + (size_t)got;
    size_t at = 0;
    size_t answers = 0;
    for (; n - at >= stream->wire->answer_len; at += stream->wire->answer_len) {
        wire_check(stream->wire, stream->in + at, stream->oldest);
        stream->oldest = wire_next_id(stream->oldest);
        answers++;
    }
    stream->rest = n - at;
    memmove(stream->in, stream->in + at, stream->rest);
    stream->in_flight -= answers;
    return answers;
}

/* Nanoseconds for one answer. */
static uint64_t raw_round(struct stream *stream) {
    uint64_t begun = clock_monotonic_ns();
    uint64_t took = 0;
    size_t answers = 0;
    do {
        send_more(stream);
        answers += take_answers(stream);
        took = clock_monotonic_ns() - begun;
    } while (took < ROUND_NS);
    while (stream->in_flight > 0) {
        answers += take_answers(stream);
    }
    return (clock_monotonic_ns() - begun) * SAMPLE_PARTS / answers;
}

struct calls {
    uint64_t end_ns;
    size_t in_flight;
    size_t answers;
};

static void call_again(struct cm_client *client, struct calls *calls);

static void on_reply(struct cm_client *client, const char *result_json,
                     const struct cm_error *error, void *data) {
    struct calls *calls = data;
    if (!result_json) {
        world_die("%s", cm_error_message(error));
    }
    calls->in_flight--;
    calls->answers++;
    if (clock_monotonic_ns() < calls->end_ns) {
        call_again(client, calls);
    }
}

static void call_again(struct cm_client *client, struct calls *calls) {
    struct cm_error *error = NULL;
    if (cm_send(client, "system.ping", NULL, on_reply, calls, NULL, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    calls->in_flight++;
}

static uint64_t library_round(struct cm_client *client) {
    uint64_t begun = clock_monotonic_ns();
    struct calls calls = {.end_ns = begun + ROUND_NS};
    while (calls.in_flight < IN_FLIGHT) {
        call_again(client, &calls);
    }
    while (calls.in_flight > 0) {
        struct cm_error *error = NULL;
        struct pollfd fd = {.fd = cm_client_fd(client),
                            .events = cm_client_poll_events(client)};
        if (cm_client_dispatch(client, &error) != 0) {
            world_die("%s", cm_error_message(error));
        }
        if (calls.in_flight > 0 && poll(&fd, 1, -1) < 0) {
            world_die("no poll: %s", strerror(errno));
        }
    }
    return (clock_monotonic_ns() - begun) * SAMPLE_PARTS / calls.answers;
}

int main(void) {
    struct world world = {0};
    struct contestants contestants;
    world_init(&world);
    contestants_start(&contestants, &world);
    static struct stream streams[CONTESTANTS_MAX];
    struct sample raw[CONTESTANTS_MAX] = {0};
    _cleanup_sample_ struct sample library = SAMPLE_NULL;
    for (size_t i = 0; i < contestants.n; i++) {
        streams[i].wire = &contestants.all[i].wire;
        streams[i].fd = wire_connect(contestants.all[i].socket);
        streams[i].next = streams[i].oldest = WIRE_ID_FIRST;
    }
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        struct sample none = SAMPLE_NULL;
        for (size_t i = 0; i < contestants.n; i++) {
            sample_add(round < 0 ? &none : &raw[i], raw_round(&streams[i]));
        }
        sample_add(round < 0 ? &none : &library, library_round(contestants.client));
        sample_deinit(&none);
    }

    char title[96];
    (void)snprintf(title, sizeof title, "%d requests in flight on one connection",
                   IN_FLIGHT);
    sample_print_rate_head(title);
    struct sample *floor = &raw[CONTESTANT_ECHO];
    for (size_t i = 0; i < contestants.n; i++) {
        sample_print_rate(contestants.all[i].name, &raw[i], floor);
    }
    sample_print_rate("crystalmath-server through libcrystalmath", &library, floor);
    goal_at_least("64 in flight on one connection, answers a second", 1000000,
                  sample_rate(&raw[CONTESTANT_OURS], 0.5));
    for (size_t i = 0; i < contestants.n; i++) {
        (void)close(streams[i].fd);
        sample_deinit(&raw[i]);
    }
    contestants_end(&contestants);
    world_deinit(&world);
    return 0;
}
