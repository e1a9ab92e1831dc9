/* The thread rules of crystalmath/client.h, for ThreadSanitizer to watch: clients in
 * different threads at once, from the race for the start on, and one client handed from
 * thread to thread. Threads note what they saw; the main thread judges. */
#include "peer.h"

#include <crystalmath/client.h>

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 8, ROUNDS = 20, SENDS = 5 };

struct world {
    struct peer peer;
    pthread_barrier_t start;
};

struct worker {
    struct world *world;
    pthread_t thread;
    int start_result;
    int calls;   /* answered */
    int replies; /* to cm_send */
    int errors;
    char *state; /* owned; what fake.state said: who the server is */
};

static void set_up(struct world *world) {
    peer_init(&world->peer);
    assert_int_equal(setenv("XDG_STATE_HOME", world->peer.folder, 1), 0);
    assert_int_equal(unsetenv("CM_FAKE"), 0);
    assert_int_equal(pthread_barrier_init(&world->start, NULL, THREADS), 0);
}

static void tear_down(struct world *world) {
    (void)pthread_barrier_destroy(&world->start);
    peer_deinit(&world->peer);
}

static struct cm_client *new_client(const struct world *world) {
    struct cm_client *client = NULL;
    if (cm_client_new(&client, world->peer.path, NULL) == 0) {
        cm_client_set_start_timeout(client, 60000);
        (void)cm_client_set_server_program(client, getenv("CRYSTALMATH_FAKE_SERVER"));
    }
    return client;
}

static void count_reply(struct cm_client *client, const char *result_json,
                        const struct cm_error *error, void *data) {
    struct worker *worker = data;
    (void)client;
    worker->replies += result_json != NULL;
    worker->errors += error != NULL;
}

/* Send, take one back, and dispatch until the others are answered. */
static void send_some(struct cm_client *client, struct worker *worker) {
    int want = worker->replies + SENDS - 1;
    int64_t last = 0;
    for (int i = 0; i < SENDS; i++) {
        worker->errors +=
            cm_send(client, "fake.state", NULL, count_reply, worker, &last, NULL) != 0;
    }
    worker->errors += cm_cancel(client, last) != CM_CANCELLED;
    while (worker->replies < want && worker->errors == 0) {
        struct pollfd one = {.fd = cm_client_fd(client),
                             .events = cm_client_poll_events(client)};
        (void)poll(&one, 1, -1);
        worker->errors += cm_client_dispatch(client, NULL) != 0;
    }
}

static void *work(void *data) {
    struct worker *worker = data;
    struct cm_client *client = new_client(worker->world);
    struct cm_error *error = NULL;
    (void)pthread_barrier_wait(&worker->world->start);
    worker->start_result = cm_client_connect_or_start(client, NULL);
    worker->errors += cm_call(client, "fake.state", NULL, &worker->state, NULL) != 0;
    for (int i = 0; i < ROUNDS && worker->start_result == 0; i++) {
        worker->calls += cm_call(client, "fake.state", "{}", NULL, NULL) == 0;
        send_some(client, worker);
        worker->errors += cm_call(client, "x", "no JSON", NULL, &error) != CM_E_INVALID;
        error = cm_error_free(error);
    }
    (void)cm_client_free(client);
    return NULL;
}

static void threads_that_race_for_the_start_reach_one_server(void **state) {
    (void)state;
    struct world world;
    set_up(&world);
    struct worker workers[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        workers[i].world = &world;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].start_result, 0);
        assert_int_equal(workers[i].errors, 0);
        assert_int_equal(workers[i].calls, ROUNDS);
        assert_int_equal(workers[i].replies, ROUNDS * (SENDS - 1));
        assert_string_equal(workers[i].state, workers[0].state);
    }
    for (int i = 0; i < THREADS; i++) {
        free(workers[i].state);
    }
    struct cm_client *client = new_client(&world);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    assert_int_equal(cm_call(client, "system.shutdown", NULL, NULL, NULL), 0);
    (void)cm_client_free(client);
    tear_down(&world);
}

/* One client for all, under a lock. */
struct shared {
    pthread_mutex_t lock;
    struct cm_client *client;
    int answered;
    int failed;
};

static void *take_turns(void *data) {
    struct shared *shared = data;
    for (int i = 0; i < ROUNDS; i++) {
        (void)pthread_mutex_lock(&shared->lock);
        int r = cm_call(shared->client, "fake.state", NULL, NULL, NULL);
        *(r == 0 ? &shared->answered : &shared->failed) += 1;
        (void)pthread_mutex_unlock(&shared->lock);
    }
    return NULL;
}

static void a_client_may_be_handed_from_thread_to_thread(void **state) {
    (void)state;
    struct world world;
    set_up(&world);
    struct shared shared = {.client = new_client(&world)};
    assert_int_equal(pthread_mutex_init(&shared.lock, NULL), 0);
    cm_client_set_reconnect(shared.client, CM_RECONNECT_ON_USE);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &shared), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(shared.failed, 0);
    assert_int_equal(shared.answered, THREADS * ROUNDS);
    assert_int_equal(cm_call(shared.client, "system.shutdown", NULL, NULL, NULL), 0);
    (void)cm_client_free(shared.client);
    (void)pthread_mutex_destroy(&shared.lock);
    tear_down(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_race_for_the_start_reach_one_server),
        cmocka_unit_test(a_client_may_be_handed_from_thread_to_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
