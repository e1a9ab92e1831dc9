/* A real server behind a socket pair, whose methods and disk are the test's own. */
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

struct peers_story peers_story;

static void tell(char letter) {
    assert_true(peers_story.n < sizeof peers_story.text - 1);
    peers_story.text[peers_story.n++] = letter;
    peers_story.text[peers_story.n] = '\0';
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
    bool failed = peers_story.fail > 0;
    peers_story.fail -= failed ? 1 : 0;
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

struct peers_waiting peers_waiting;

static void count_gone(void *data) {
    (void)data;
    peers_waiting.gone++;
}

static int begin(struct request *request) {
    if (request->server->grouping == GROUPING_OPEN &&
        peers_story.text[peers_story.n - 1] != '(' &&
        peers_story.text[peers_story.n - 1] != 'b') {
        return REQUEST_E_APART;
    }
    tell('b');
    struct later *later = NULL;
    int r = later_new(&later, request, count_gone, NULL);
    if (r != 0) {
        return r;
    }
    assert_true(peers_waiting.n < LATER_MAX);
    peers_waiting.of[peers_waiting.n++] = later;
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

int peers_end(struct request *request, void *data) {
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

int peers_set_up(void **state) {
    static const struct server_options options = {
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = (char *)"/nowhere",
        .runs_dir = (char *)"/nowhere/runs",
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    static struct peers_world world;
    struct errmsg msg = ERRMSG_NULL;
    int ends[2];
    memset(&peers_story, 0, sizeof peers_story);
    memset(&peers_waiting, 0, sizeof peers_waiting);
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

int peers_tear_down(void **state) {
    struct peers_world *world = *state;
    (void)close(world->fd);
    world->server = server_free(world->server);
    for (size_t i = 0; i < peers_waiting.n; i++) {
        (void)later_free(peers_waiting.of[i]);
    }
    return 0;
}

void peers_append_call(struct buf *out, const char *method, const char *params) {
    char body[200];
    int n = snprintf(body, sizeof body,
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}", method,
                     params ? ",\"params\":" : "", params ? params : "");
    assert_int_equal(buf_printf(out, "Content-Length: %d\r\n\r\n%s", n, body), 0);
}

void peers_append_put(struct buf *out, int n) {
    char params[32];
    (void)snprintf(params, sizeof params, "{\"n\":%d}", n);
    peers_append_call(out, "put", params);
}

static void put_result(struct buf *out, const json_t *answer) {
    json_t *result = json_object_get(answer, "result");
    char *text = result ? json_dumps(result, JSON_ENCODE_ANY) : NULL;
    assert_int_equal(buf_printf(out, "%s ", text ? text : "E"), 0);
    free(text);
}

char *peers_answers_to(struct peers_world *world, struct buf *out, int count) {
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
