/* Batches are answered together, also where some of their requests take their time. */
#include "server/peers.h"

#include "rpc/frame.h"
#include "rpc/message.h"
#include "server/engine.h"
#include "server/hub.h"
#include "server/later.h"
#include "server/peer.h"
#include "server/request.h"
#include "server/server.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* Of the methods that the letters begin with; a capital is a notification. */
static void append_batch(struct buf *out, const char *letters) {
    struct buf body = BUF_NULL;
    for (size_t i = 0; letters[i]; i++) {
        bool ask_it = letters[i] == 'a' || letters[i] == 'A';
        assert_int_equal(buf_printf(&body,
                                    "%s{\"jsonrpc\":\"2.0\",\"method\":\"%s\"%s}",
                                    i > 0 ? "," : "[", ask_it ? "ask" : "begin",
                                    letters[i] < 'a' ? "" : ",\"id\":1"),
                         0);
    }
    assert_int_equal(buf_append_str(&body, "]"), 0);
    assert_int_equal(buf_printf(out, "Content-Length: %zu\r\n\r\n%.*s", buf_len(&body),
                                (int)buf_len(&body), buf_bytes(&body)),
                     0);
    buf_deinit(&body);
}

static void send_and_turn(struct peers_world *world, struct buf *out) {
    assert_int_equal(write(world->fd, buf_bytes(out), buf_len(out)),
                     (ssize_t)buf_len(out));
    buf_clear(out);
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
}

/* Nothing comes before the last one is there. */
static void a_batch_is_answered_together_also_what_takes_its_time(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    char byte;
    append_batch(&out, "abab");
    send_and_turn(world, &out);
    assert_string_equal(peers_story.text, "abab");
    later_answer(peers_waiting.of[1], peers_end, NULL);
    assert_int_equal(read(world->fd, &byte, 1), -1);
    later_answer(peers_waiting.of[0], peers_end, NULL);
    char *got = peers_answers_to(world, &out, 1);
    assert_string_equal(got, "[ true true \"begun\" \"begun\" ] ");
    free(got);
    buf_deinit(&out);
    assert_int_equal(world->server->buffered, 0);
}

static void notifications_of_a_batch_are_not_answered(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "B");
    append_batch(&out, "AbB");
    send_and_turn(world, &out);
    later_answer(peers_waiting.of[0], peers_end, NULL);
    later_answer(peers_waiting.of[1], peers_end, NULL);
    later_answer(peers_waiting.of[2], peers_end, NULL);
    append_batch(&out, "a");
    char *got = peers_answers_to(world, &out, 2);
    assert_string_equal(got, "[ \"begun\" ] [ true ] ");
    free(got);
    buf_deinit(&out);
}

static void a_batch_does_not_begin_more_than_may_wait(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "bbbbbbbbba");
    send_and_turn(world, &out);
    assert_int_equal(peers_waiting.n, LATER_MAX);
    for (size_t i = 0; i < peers_waiting.n; i++) {
        later_answer(peers_waiting.of[i], peers_end, NULL);
    }
    char *got = peers_answers_to(world, &out, 1);
    assert_int_equal(strncmp(got, "[ E true \"begun\" ", 17), 0);
    free(got);
    buf_deinit(&out);
}

static void a_batch_whose_client_has_gone_goes_away(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "abb");
    send_and_turn(world, &out);
    later_answer(peers_waiting.of[0], peers_end, NULL);
    assert_int_equal(close(world->fd), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(peers_waiting.gone, 1);
    later_answer(peers_waiting.of[1], peers_end, NULL);
    assert_int_equal(world->server->buffered, 0);
    world->fd = dup(STDERR_FILENO);
    buf_deinit(&out);
}

/* The client is answered whole, told of it, or its connection ends. */
static void a_batch_without_memory_leaves_nothing_behind(void **state) {
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        struct peers_world *world = *state;
        struct buf out = BUF_NULL;
        append_batch(&out, "abb");
        alloc_fault_arm(n);
        send_and_turn(world, &out);
        for (size_t i = 0; i < peers_waiting.n; i++) {
            later_answer(peers_waiting.of[i], peers_end, NULL);
        }
        failed = alloc_fault_disarm();
        buf_deinit(&out);
        assert_int_equal(close(world->fd), 0);
        for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
            (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
        }
        assert_int_equal(world->server->n_peers, 0);
        assert_int_equal(world->server->buffered, 0);
        world->fd = dup(STDERR_FILENO);
        assert_int_equal(peers_tear_down(state), 0);
        assert_int_equal(peers_set_up(state), 0);
    }
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, peers_set_up, peers_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLAIM(a_batch_is_answered_together_also_what_takes_its_time),
        CLAIM(notifications_of_a_batch_are_not_answered),
        CLAIM(a_batch_does_not_begin_more_than_may_wait),
        CLAIM(a_batch_whose_client_has_gone_goes_away),
        CLAIM(a_batch_without_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
