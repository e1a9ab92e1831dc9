/* Submissions that arrive together are put on the disk together: told only behind that,
 * in order, and one by one where it fails; and batches are answered together. The
 * server is a real one behind a socket pair; the disk is the test's own: what "put"
 * leaves is there when its group ends. */
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

enum { LARGE = 256 * 1024 };

/* What happened, as letters: ( ) a group, ! one that failed, digits what was put, "a" a
 * call that is not part of one. */
static struct {
    char text[LARGE];
    size_t n;
    int fail; /* so many groups */
} story;

static void tell(char letter) {
    assert_true(story.n < sizeof story.text - 1);
    story.text[story.n++] = letter;
    story.text[story.n] = '\0';
}

int __wrap_engine_group_begin(struct engine *engine);
int __wrap_engine_group_begin(struct engine *engine) {
    (void)engine;
    tell('(');
    return 0;
}

int __wrap_engine_group_end(struct engine *engine);
int __wrap_engine_group_end(struct engine *engine) {
    (void)engine;
    bool failed = story.fail > 0;
    story.fail -= failed ? 1 : 0;
    tell(failed ? '!' : ')');
    return failed ? -ENOSPC : 0;
}

static int put(struct request *request) {
    int64_t n = request_integer(request, "n", 0);
    tell((char)('0' + n % 10));
    /* 7 is refused by itself. */
    if (n == 7 && request->server->grouping == GROUPING_NONE) {
        return request_fail(request, RPC_SERVER_ERROR, "no 7");
    }
    request->result = json_integer(n);
    return request->result ? 0 : -ENOMEM;
}

static int ask(struct request *request) {
    tell('a');
    request->result = json_true();
    return 0;
}

/* Those that are answered later. */
static struct {
    struct later *of[LATER_MAX];
    size_t n;
    size_t gone;
} waiting;

static void count_gone(void *data) {
    (void)data;
    waiting.gone++;
}

static int begin(struct request *request) {
    if (request->server->grouping == GROUPING_OPEN && story.text[story.n - 1] != '(' &&
        story.text[story.n - 1] != 'b') {
        return REQUEST_E_APART;
    }
    tell('b');
    struct later *later = NULL;
    int r = later_new(&later, request, count_gone, NULL);
    if (r != 0) {
        return r;
    }
    assert_true(waiting.n < LATER_MAX);
    waiting.of[waiting.n++] = later;
    return REQUEST_E_LATER;
}

/* Tells all who have subscribed, and leaves no room for anything on the way. */
static int publish(struct request *request) {
    struct server *server = request->server;
    size_t held = server->buffered;
    json_t *params = json_pack("{s:s}", "text", "news");
    tell('p');
    assert_true(server_charge(server, 0, SERVER_BUFFERED_MAX - held));
    hub_publish(server->hub, 1, false, "jobs.changed", params);
    assert_true(server_charge(server, SERVER_BUFFERED_MAX - held, 0));
    json_decref(params);
    request->result = json_true();
    return 0;
}

static int end(struct request *request, void *data) {
    (void)data;
    request->result = json_string("begun");
    return request->result ? 0 : -ENOMEM;
}

static const struct param put_params[] = {
    {.name = "n", .type = PARAM_INTEGER, .min = 0, .max = 1000000, .text = "what"}};
static const struct method methods[] = {
    {.name = "put",
     .text = "Put.",
     .params = put_params,
     .n_params = 1,
     .grouped = true,
     .run = put},
    {.name = "ask", .text = "Ask.", .run = ask},
    {.name = "begin", .text = "Begin.", .grouped = true, .run = begin},
    {.name = "publish", .text = "Publish.", .run = publish},
};

static const struct method *find(const char *name) {
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return &methods[i];
        }
    }
    return NULL;
}

struct world {
    struct server *server;
    int fd; /* the client's end */
};

static int set_up(void **state) {
    static const struct server_options options = {
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = (char *)"/nowhere",
        .runs_dir = (char *)"/nowhere/runs",
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    static struct world world;
    struct errmsg msg = ERRMSG_NULL;
    int ends[2];
    memset(&story, 0, sizeof story);
    memset(&waiting, 0, sizeof waiting);
    assert_int_equal(server_new(&world.server, &options, NULL, &msg), 0);
    world.server->find_method = find;
    world.server->group_ns = UINT64_MAX; /* no clock decides what a test sees */
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    world.fd = ends[0];
    assert_int_equal(peer_new(world.server, ends[1], getpid()), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    struct world *world = *state;
    (void)close(world->fd);
    world->server = server_free(world->server);
    for (size_t i = 0; i < waiting.n; i++) {
        (void)later_free(waiting.of[i]);
    }
    return 0;
}

static void append_call(struct buf *out, const char *method, const char *params) {
    char body[200];
    int n = snprintf(body, sizeof body,
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}", method,
                     params ? ",\"params\":" : "", params ? params : "");
    assert_int_equal(buf_printf(out, "Content-Length: %d\r\n\r\n%s", n, body), 0);
}

static void append_put(struct buf *out, int n) {
    char params[32];
    (void)snprintf(params, sizeof params, "{\"n\":%d}", n);
    append_call(out, "put", params);
}

static void put_result(struct buf *out, const json_t *answer) {
    json_t *result = json_object_get(answer, "result");
    char *text = result ? json_dumps(result, JSON_ENCODE_ANY) : NULL;
    assert_int_equal(buf_printf(out, "%s ", text ? text : "E"), 0);
    free(text);
}

/* Send all of it, and turn the loop until so many answers came; each as its result, or
 * "E" for an error, with a blank behind; those of a batch in brackets. Freed by the
 * caller. */
static char *answers_to(struct world *world, struct buf *out, int count) {
    struct buf in = BUF_NULL;
    struct buf results = BUF_NULL;
    struct frame frame = FRAME_NULL;
    while (count > 0) {
        ssize_t n =
            buf_len(out) > 0 ? write(world->fd, buf_bytes(out), buf_len(out)) : 0;
        buf_consume(out, n > 0 ? (size_t)n : 0);
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
        assert_int_equal(buf_reserve(&in, 65536), 0);
        n = read(world->fd, in.data + in.end, 65536);
        assert_int_not_equal(n, 0);
        in.end += n > 0 ? (size_t)n : 0;
        const char *body = NULL;
        size_t len = 0;
        while (frame_next(&frame, &in, &body, &len) == 0) {
            json_t *json = json_loadb(body, len, 0, NULL);
            size_t i = 0;
            const json_t *one = NULL;
            assert_non_null(json);
            if (json_is_array(json)) {
                assert_int_equal(buf_append_str(&results, "[ "), 0);
                json_array_foreach(json, i, one) {
                    put_result(&results, one);
                }
                assert_int_equal(buf_append_str(&results, "] "), 0);
            } else {
                put_result(&results, json);
            }
            json_decref(json);
            frame_consume(&frame, &in);
            count--;
        }
    }
    buf_deinit(&in);
    char *text = buf_take_string(&results);
    assert_non_null(text);
    return text;
}

static void one_after_the_other_each_is_a_group_of_its_own(void **state) {
    struct buf out = BUF_NULL;
    for (int n = 1; n < 4; n++) {
        append_put(&out, n);
        free(answers_to(*state, &out, 1));
    }
    buf_deinit(&out);
    assert_string_equal(story.text, "(1)(2)(3)");
}

static void what_comes_together_is_one_group_and_told_in_order(void **state) {
    struct buf out = BUF_NULL;
    for (int n = 1; n < 6; n++) {
        append_put(&out, n);
    }
    char *got = answers_to(*state, &out, 5);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 3 4 5 ");
    assert_string_equal(story.text, "(12345)");
    free(got);
}

static void a_group_that_takes_too_long_ends(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    world->server->group_ns = 0;
    for (int n = 1; n < 6; n++) {
        append_put(&out, n);
    }
    char *got = answers_to(world, &out, 5);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 3 4 5 ");
    assert_string_equal(story.text, "(12)(34)(5)");
    free(got);
}

static void another_call_ends_the_group_before_it_is_made(void **state) {
    struct buf out = BUF_NULL;
    append_put(&out, 1);
    append_put(&out, 2);
    append_call(&out, "ask", NULL);
    append_put(&out, 3);
    append_call(&out, "nothing", NULL);
    append_put(&out, 4);
    char *got = answers_to(*state, &out, 6);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 true 3 E 4 ");
    assert_string_equal(story.text, "(12)a(3)(4)");
    free(got);
}

static void a_group_that_fails_is_carried_out_one_by_one(void **state) {
    struct buf out = BUF_NULL;
    story.fail = 1;
    for (int n = 5; n < 9; n++) {
        append_put(&out, n);
    }
    append_call(&out, "ask", NULL);
    append_put(&out, 9);
    char *got = answers_to(*state, &out, 6);
    buf_deinit(&out);
    assert_string_equal(got, "5 6 E 8 true 9 ");
    assert_string_equal(story.text, "(5678!5678a(9)");
    free(got);
}

static void the_end_of_a_stream_ends_the_group(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_put(&out, 1);
    append_put(&out, 2);
    assert_int_equal(buf_append_str(&out, "no header\r\n\r\n"), 0);
    char *got = answers_to(world, &out, 3);
    buf_deinit(&out);
    assert_string_equal(got, "1 2 E ");
    assert_string_equal(story.text, "(12)");
    free(got);
}

static void a_client_that_is_gone_does_not_leave_a_group_open(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_put(&out, 1);
    append_put(&out, 2);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    assert_int_equal(shutdown(world->fd, SHUT_RDWR), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(world->server->grouping, GROUPING_NONE);
    assert_string_equal(story.text, "(12)");
}

static void
what_is_answered_later_is_begun_once_also_where_its_group_fails(void **state) {
    struct buf out = BUF_NULL;
    story.fail = 1;
    append_put(&out, 1);
    append_call(&out, "begin", NULL);
    append_put(&out, 2);
    append_put(&out, 3);
    char *got = answers_to(*state, &out, 3);
    assert_string_equal(got, "1 2 3 ");
    assert_string_equal(story.text, "(1!1(b23)");
    free(got);
    later_answer(waiting.of[0], end, NULL);
    got = answers_to(*state, &out, 1);
    assert_string_equal(got, "\"begun\" ");
    free(got);
    story.fail = 1;
    append_call(&out, "begin", NULL);
    append_put(&out, 4);
    append_put(&out, 5);
    got = answers_to(*state, &out, 2);
    assert_string_equal(got, "4 5 ");
    assert_string_equal(story.text, "(1!1(b23)(b45!45");
    free(got);
    buf_deinit(&out);
}

static void who_waits_for_much_is_not_read_from_until_an_answer_comes(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    for (int i = 0; i < LATER_MAX; i++) {
        append_call(&out, "begin", NULL);
    }
    append_call(&out, "ask", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_clear(&out);
    for (int i = 0; i < 100; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_string_equal(story.text, "(bbbbbbbb)");
    later_answer(waiting.of[3], end, NULL);
    char *got = answers_to(world, &out, 2);
    assert_string_equal(got, "\"begun\" true ");
    assert_string_equal(story.text, "(bbbbbbbb)a");
    free(got);
    buf_deinit(&out);
}

static void
a_client_that_has_gone_is_told_of_but_not_to_one_that_may_still_read(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_call(&out, "begin", NULL);
    append_call(&out, "begin", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    assert_int_equal(shutdown(world->fd, SHUT_WR), 0);
    for (int i = 0; i < 100; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(waiting.n, 2);
    assert_int_equal(waiting.gone, 0);
    later_answer(waiting.of[0], end, NULL);
    char *got = answers_to(world, &out, 1);
    assert_string_equal(got, "\"begun\" ");
    free(got);
    assert_int_equal(close(world->fd), 0);
    later_answer(waiting.of[1], end, NULL); /* into nothing */
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(waiting.gone, 0);
    world->fd = dup(STDERR_FILENO);
}

static void whoever_goes_away_before_the_answer_is_noticed(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_call(&out, "begin", NULL);
    append_call(&out, "begin", NULL);
    assert_int_equal(write(world->fd, buf_bytes(&out), buf_len(&out)),
                     (ssize_t)buf_len(&out));
    buf_deinit(&out);
    (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    assert_int_equal(close(world->fd), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(waiting.gone, 2);
    later_answer(waiting.of[0], end, NULL); /* to nobody */
    world->fd = dup(STDERR_FILENO);
}

/* The walk over the subscriptions is not cut short, and nobody is put out. */
static void news_for_which_there_is_no_room_behind_answers_are_missed(void **state) {
    struct world *world = *state;
    struct server *server = world->server;
    struct buf out = BUF_NULL;
    int64_t id = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hub_subscribe(server->hub, server->peers, NULL, 0, false, &id),
                         0);
    }
    append_call(&out, "ask", NULL);
    append_call(&out, "publish", NULL);
    append_call(&out, "ask", NULL);
    char *got = answers_to(world, &out, 3);
    assert_string_equal(got, "true true true ");
    assert_string_equal(story.text, "apa");
    free(got);
    assert_int_equal(hub_unsubscribe(server->hub, server->peers, id), 0);
    /* Two subscriptions, and each is told what it missed. */
    json_t *params = json_pack("{s:s}", "text", "news");
    hub_publish(server->hub, 1, false, "jobs.changed", params);
    json_decref(params);
    got = answers_to(world, &out, 4);
    assert_string_equal(got, "E E E E ");
    free(got);
    buf_deinit(&out);
}

static void what_a_subscription_holds_is_charged_until_it_goes(void **state) {
    struct world *world = *state;
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

/* ---- batches ---- */

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

static void send_and_turn(struct world *world, struct buf *out) {
    assert_int_equal(write(world->fd, buf_bytes(out), buf_len(out)),
                     (ssize_t)buf_len(out));
    buf_clear(out);
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
}

/* Nothing comes before the last one is there. */
static void a_batch_is_answered_together_also_what_takes_its_time(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    char byte;
    append_batch(&out, "abab");
    send_and_turn(world, &out);
    assert_string_equal(story.text, "abab");
    later_answer(waiting.of[1], end, NULL);
    assert_int_equal(read(world->fd, &byte, 1), -1);
    later_answer(waiting.of[0], end, NULL);
    char *got = answers_to(world, &out, 1);
    assert_string_equal(got, "[ true true \"begun\" \"begun\" ] ");
    free(got);
    buf_deinit(&out);
    assert_int_equal(world->server->buffered, 0);
}

static void notifications_of_a_batch_are_not_answered(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "B");
    append_batch(&out, "AbB");
    send_and_turn(world, &out);
    later_answer(waiting.of[0], end, NULL);
    later_answer(waiting.of[1], end, NULL);
    later_answer(waiting.of[2], end, NULL);
    append_batch(&out, "a");
    char *got = answers_to(world, &out, 2);
    assert_string_equal(got, "[ \"begun\" ] [ true ] ");
    free(got);
    buf_deinit(&out);
}

static void a_batch_does_not_begin_more_than_may_wait(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "bbbbbbbbba");
    send_and_turn(world, &out);
    assert_int_equal(waiting.n, LATER_MAX);
    for (size_t i = 0; i < waiting.n; i++) {
        later_answer(waiting.of[i], end, NULL);
    }
    char *got = answers_to(world, &out, 1);
    assert_int_equal(strncmp(got, "[ E true \"begun\" ", 17), 0);
    free(got);
    buf_deinit(&out);
}

static void a_batch_whose_client_has_gone_goes_away(void **state) {
    struct world *world = *state;
    struct buf out = BUF_NULL;
    append_batch(&out, "abb");
    send_and_turn(world, &out);
    later_answer(waiting.of[0], end, NULL);
    assert_int_equal(close(world->fd), 0);
    for (int i = 0; i < 100 && world->server->n_peers > 0; i++) {
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(world->server->n_peers, 0);
    assert_int_equal(waiting.gone, 1);
    later_answer(waiting.of[1], end, NULL);
    assert_int_equal(world->server->buffered, 0);
    world->fd = dup(STDERR_FILENO);
    buf_deinit(&out);
}

/* The client is answered whole, told of it, or its connection ends. */
static void a_batch_without_memory_leaves_nothing_behind(void **state) {
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        struct world *world = *state;
        struct buf out = BUF_NULL;
        append_batch(&out, "abb");
        alloc_fault_arm(n);
        send_and_turn(world, &out);
        for (size_t i = 0; i < waiting.n; i++) {
            later_answer(waiting.of[i], end, NULL);
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
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
    }
}

/* How often groups were ended, and whether each digit came once and in order. */
static void thousands_are_all_told_in_order(void **state) {
    enum { MANY = 20000 };
    struct buf out = BUF_NULL;
    struct buf want = BUF_NULL;
    story.fail = 3;
    for (int n = 0; n < MANY; n++) {
        append_put(&out, n + 10);
        assert_int_equal(buf_printf(&want, "%d ", n + 10), 0);
    }
    char *got = answers_to(*state, &out, MANY);
    char *wanted = buf_take_string(&want);
    buf_deinit(&out);
    assert_string_equal(got, wanted);
    free(got);
    free(wanted);
    size_t groups = 0;
    for (size_t i = 0; i < story.n; i++) {
        groups += story.text[i] == '(' ? 1 : 0;
    }
    assert_true(groups < MANY / 10);
    assert_int_equal(((struct world *)*state)->server->buffered, 0);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        CLAIM(a_batch_is_answered_together_also_what_takes_its_time),
        CLAIM(notifications_of_a_batch_are_not_answered),
        CLAIM(a_batch_does_not_begin_more_than_may_wait),
        CLAIM(a_batch_whose_client_has_gone_goes_away),
        CLAIM(a_batch_without_memory_leaves_nothing_behind),
        CLAIM(thousands_are_all_told_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
