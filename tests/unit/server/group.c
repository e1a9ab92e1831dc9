/* Submissions that arrive together are put on the disk together: told only behind that,
 * in order, and one by one where it fails. The
 * server is a real one behind a socket pair; the disk is the test's own: what "put"
 * leaves is there when its group ends. */
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

static void one_after_the_other_each_is_a_group_of_its_own(void **state) {
    struct buf out = BUF_NULL;
    for (int n = 1; n < 4; n++) {
        peers_append_put(&out, n);
        free(peers_answers_to(*state, &out, 1));
    }
    buf_deinit(&out);
    assert_string_equal(peers_story.text, "(1)(2)(3)");
}

static void what_comes_together_is_one_group_and_told_in_order(void **state) {
    struct buf out = BUF_NULL;
    for (int n = 1; n < 6; n++) {
        peers_append_put(&out, n);
    }
    char *got = peers_answers_to(*state, &out, 5);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 3 4 5 ");
    assert_string_equal(peers_story.text, "(12345)");
    free(got);
}

static void a_group_that_takes_too_long_ends(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    world->server->group_ns = 0;
    for (int n = 1; n < 6; n++) {
        peers_append_put(&out, n);
    }
    char *got = peers_answers_to(world, &out, 5);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 3 4 5 ");
    assert_string_equal(peers_story.text, "(12)(34)(5)");
    free(got);
}

static void another_call_ends_the_group_before_it_is_made(void **state) {
    struct buf out = BUF_NULL;
    peers_append_put(&out, 1);
    peers_append_put(&out, 2);
    peers_append_call(&out, "ask", NULL);
    peers_append_put(&out, 3);
    peers_append_call(&out, "nothing", NULL);
    peers_append_put(&out, 4);
    char *got = peers_answers_to(*state, &out, 6);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 true 3 E 4 ");
    assert_string_equal(peers_story.text, "(12)a(3)(4)");
    free(got);
}

static void a_group_that_fails_is_carried_out_one_by_one(void **state) {
    struct buf out = BUF_NULL;
    peers_story.fail = 1;
    for (int n = 5; n < 9; n++) {
        peers_append_put(&out, n);
    }
    peers_append_call(&out, "ask", NULL);
    peers_append_put(&out, 9);
    char *got = peers_answers_to(*state, &out, 6);
    buf_deinit(&out);
    assert_string_equal(got, "5 6 E 8 true 9 ");
    assert_string_equal(peers_story.text, "(5678!5678a(9)");
    free(got);
}

static void the_end_of_a_stream_ends_the_group(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    peers_append_put(&out, 1);
    peers_append_put(&out, 2);
    assert_int_equal(buf_append_str(&out, "no header\r\n\r\n"), 0);
    char *got = peers_answers_to(world, &out, 3);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 E ");
    assert_string_equal(peers_story.text, "(12)");
    free(got);
}

static void a_client_that_is_gone_does_not_leave_a_group_open(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    peers_append_put(&out, 1);
    peers_append_put(&out, 2);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    assert_int_equal(shutdown(world->fd, SHUT_RDWR), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(world->server->grouping, GROUPING_NONE);
    assert_string_equal(peers_story.text, "(12)");
}

static void
what_is_answered_later_is_begun_once_also_where_its_group_fails(void **state) {
    struct buf out = BUF_NULL;
    peers_story.fail = 1;
    peers_append_put(&out, 1);
    peers_append_call(&out, "begin", NULL);
    peers_append_put(&out, 2);
    peers_append_put(&out, 3);
    char *got = peers_answers_to(*state, &out, 3);
    assert_string_equal(got, "1 2 3 ");
    assert_string_equal(peers_story.text, "(1!1(b23)");
    free(got);
    later_answer(peers_waiting.of[0], peers_end, NULL);
    got = peers_answers_to(*state, &out, 1);
    assert_string_equal(got, "\"begun\" ");
    free(got);
    peers_story.fail = 1;
    peers_append_call(&out, "begin", NULL);
    peers_append_put(&out, 4);
    peers_append_put(&out, 5);
    got = peers_answers_to(*state, &out, 2);
    assert_string_equal(got, "4 5 ");
    assert_string_equal(peers_story.text, "(1!1(b23)(b45!45");
    free(got);
    buf_deinit(&out);
}

static void who_waits_for_much_is_not_read_from_until_an_answer_comes(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    for (int i = 0; i < LATER_MAX; i++) {
        peers_append_call(&out, "begin", NULL);
    }
    peers_append_call(&out, "ask", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_clear(&out);
    for (int i = 0; i < 100; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_string_equal(peers_story.text, "(bbbbbbbb)");
    later_answer(peers_waiting.of[3], peers_end, NULL);
    char *got = peers_answers_to(world, &out, 2);
    assert_string_equal(got, "\"begun\" true ");
    assert_string_equal(peers_story.text, "(bbbbbbbb)a");
    free(got);
    buf_deinit(&out);
}

static void
a_client_that_has_gone_is_told_of_but_not_to_one_that_may_still_read(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    peers_append_call(&out, "begin", NULL);
    peers_append_call(&out, "begin", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    assert_int_equal(shutdown(world->fd, SHUT_WR), 0);
    for (int i = 0; i < 100; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(peers_waiting.n, 2);
    assert_int_equal(peers_waiting.gone, 0);
    later_answer(peers_waiting.of[0], peers_end, NULL);
    char *got = peers_answers_to(world, &out, 1);
    assert_string_equal(got, "\"begun\" ");
    free(got);
    assert_int_equal(close(world->fd), 0);
    later_answer(peers_waiting.of[1], peers_end, NULL); /* into nothing */
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(peers_waiting.gone, 0);
    world->fd = dup(STDERR_FILENO);
}

static void whoever_goes_away_before_the_answer_is_noticed(void **state) {
    struct peers_world *world = *state;
    struct buf out = BUF_NULL;
    peers_append_call(&out, "begin", NULL);
    peers_append_call(&out, "begin", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    assert_int_equal(close(world->fd), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(peers_waiting.gone, 2);
    later_answer(peers_waiting.of[0], peers_end, NULL); /* to nobody */
    world->fd = dup(STDERR_FILENO);
}

/* The walk over the subscriptions is not cut short, and nobody is put out. */
static void news_for_which_there_is_no_room_behind_answers_are_missed(void **state) {
    struct peers_world *world = *state;
    struct server *server = world->server;
    struct buf out = BUF_NULL;
    int64_t id = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hub_subscribe(server->hub, server->peers, NULL, 0, false, &id),
                         0);
    }
    peers_append_call(&out, "ask", NULL);
    peers_append_call(&out, "publish", NULL);
    peers_append_call(&out, "ask", NULL);
    char *got = peers_answers_to(world, &out, 3);
    assert_string_equal(got, "true true true ");
    assert_string_equal(peers_story.text, "apa");
    free(got);
    assert_int_equal(hub_unsubscribe(server->hub, server->peers, id), 0);
    /* Two subscriptions, and each is told what it missed. */
    json_t *params = json_pack("{s:s}", "text", "news");
    hub_publish(server->hub, 1, false, "jobs.changed", params);
    json_decref(params);
    got = peers_answers_to(world, &out, 4);
    assert_string_equal(got, "E E E E ");
    free(got);
    buf_deinit(&out);
}

static void what_a_subscription_holds_is_charged_until_it_goes(void **state) {
    struct peers_world *world = *state;
    struct server *server = world->server;
    static const int64_t ids[HUB_JOBS_MAX] = {1};
    size_t before = server->buffered;
    int64_t first = 0;
    int64_t second = 0;
    assert_int_equal(
        hub_subscribe(server->hub, server->peers, ids, HUB_JOBS_MAX, false, &first), 0);
    size_t one = server->buffered - before;
    assert_true(one > sizeof ids);
    assert_int_equal(hub_subscribe(server->hub, server->peers, NULL, 0, false, &second),
                     0);
    assert_int_equal(hub_unsubscribe(server->hub, server->peers, second), 0);
    assert_int_equal(server->buffered, before + one);
    size_t rest = SERVER_BUFFERED_MAX - server->buffered;
    assert_true(server_charge(server, 0, rest - one + 1));
    assert_int_equal(
        hub_subscribe(server->hub, server->peers, ids, HUB_JOBS_MAX, false, &second),
        HUB_E_FULL);
    assert_true(server_charge(server, rest - one + 1, 0));
    hub_forget(server->hub, server->peers);
    assert_int_equal(server->buffered, before);
}

/* How often groups were ended, and whether each digit came once and in order. */
static void thousands_are_all_told_in_order(void **state) {
    enum { MANY = 20000 };
    struct buf out = BUF_NULL;
    struct buf want = BUF_NULL;
    peers_story.fail = 3;
    for (int n = 0; n < MANY; n++) {
        peers_append_put(&out, n + 10);
        assert_int_equal(buf_printf(&want, "%d ", n + 10), 0);
    }
    char *got = peers_answers_to(*state, &out, MANY);
    char *wanted = buf_take_string(&want);
    buf_deinit(&out);
    assert_string_equal(got, wanted);
    free(got);
    free(wanted);
    size_t groups = 0;
    for (size_t i = 0; i < peers_story.n; i++) {
        groups += peers_story.text[i] == '(' ? 1 : 0;
    }
    assert_true(groups < MANY / 10);
    assert_int_equal(((struct peers_world *)*state)->server->buffered, 0);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, peers_set_up, peers_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLAIM(one_after_the_other_each_is_a_group_of_its_own),
        CLAIM(what_comes_together_is_one_group_and_told_in_order),
        CLAIM(a_group_that_takes_too_long_ends),
        CLAIM(another_call_ends_the_group_before_it_is_made),
        CLAIM(a_group_that_fails_is_carried_out_one_by_one),
        CLAIM(the_end_of_a_stream_ends_the_group),
        CLAIM(a_client_that_is_gone_does_not_leave_a_group_open),
        CLAIM(what_is_answered_later_is_begun_once_also_where_its_group_fails),
        CLAIM(who_waits_for_much_is_not_read_from_until_an_answer_comes),
        CLAIM(a_client_that_has_gone_is_told_of_but_not_to_one_that_may_still_read),
        CLAIM(whoever_goes_away_before_the_answer_is_noticed),
        CLAIM(news_for_which_there_is_no_room_behind_answers_are_missed),
        CLAIM(what_a_subscription_holds_is_charged_until_it_goes),
        CLAIM(thousands_are_all_told_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
