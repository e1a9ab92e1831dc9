/* Who asks, what runs, and who frees what: later.c and remote.c are the test's. */
#include "server/inquiry.h"

#include "base/buf.h"
#include "server/later.h"
#include "server/server.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NEVER = -1000 };

static struct {
    int run_result; /* of remote_run */
    char *program;  /* owned: what runs; NULL: nothing */
    remote_done *done;
    void *arg;
    int waiting; /* how many later are there */
    void (*gone)(void *data);
    void *gone_data;
    int answered; /* what the method's answer returned; NEVER */
    int freed;    /* how often the method's data was */
    char err[64]; /* that it was told */
} world;

static struct server server; /* its account alone */
static struct request request;

int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret);
int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret) {
    (void)remote;
    if (world.run_result < 0) {
        return world.run_result;
    }
    world.program = strndup(command->in, command->in_len);
    if (!world.program) {
        return -ENOMEM;
    }
    world.done = done;
    world.arg = arg;
    *ret = (struct remote_call *)world.program;
    return 0;
}

static void forget_program(void) {
    free(world.program);
    world.program = NULL;
}

struct remote_call *__wrap_remote_call_cancel(struct remote_call *call);
struct remote_call *__wrap_remote_call_cancel(struct remote_call *call) {
    if (call) {
        forget_program();
    }
    return NULL;
}

int __wrap_later_new(struct later **out, struct request *request,
                     void (*gone)(void *data), void *data);
int __wrap_later_new(struct later **out, struct request *asked,
                     void (*gone)(void *data), void *data) {
    (void)asked;
    *out = malloc(1);
    if (!*out) {
        return -ENOMEM;
    }
    world.waiting++;
    world.gone = gone;
    world.gone_data = data;
    return 0;
}

struct later *__wrap_later_free(struct later *later);
struct later *__wrap_later_free(struct later *later) {
    world.waiting -= later ? 1 : 0;
    free(later);
    return NULL;
}

void __wrap_later_answer(struct later *later,
                         int (*run)(struct request *request, void *data), void *data);
void __wrap_later_answer(struct later *later,
                         int (*run)(struct request *asked, void *data), void *data) {
    assert_non_null(later);
    world.answered = run(NULL, data);
}

/* ---- a method ---- */

static int answer(struct request *asked, const struct told *told, void *data) {
    (void)asked;
    assert_ptr_equal(data, &world);
    (void)strncpy(world.err, buf_len(told->err) > 0 ? buf_bytes(told->err) : "",
                  sizeof world.err - 1);
    return told_is_good(told) ? 0 : told->exit_status;
}

static void data_free(void *data) {
    assert_ptr_equal(data, &world);
    world.freed++;
}

static int ask(void) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    assert_int_equal(buf_append_str(&program, "squeue --me"), 0);
    return inquiry_begin(&request,
                         &(struct inquiry_spec){.program = &program,
                                                .answer = answer,
                                                .data_free = data_free},
                         &world);
}

static void tell(enum remote_outcome outcome, int exit_status, const char *words) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_buf_ struct buf err = BUF_NULL;
    assert_int_equal(buf_append(&err, words, strlen(words) + 1), 0);
    forget_program();
    world.done(world.arg, outcome, exit_status, &out, &err);
}

static int set_up(void **state) {
    (void)state;
    memset(&world, 0, sizeof world);
    world.answered = NEVER;
    server.buffered = 0;
    request = (struct request){.server = &server};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    assert_int_equal(server.buffered, 0);
    return 0;
}

/* ---- claims ---- */

static void the_answer_comes_when_the_program_has_told(void **state) {
    (void)state;
    assert_int_equal(ask(), REQUEST_E_LATER);
    assert_string_equal(world.program, "squeue --me");
    assert_int_equal(world.answered, NEVER);
    tell(REMOTE_RAN, 0, "fine");
    assert_int_equal(world.answered, 0);
    assert_string_equal(world.err, "fine");
    assert_int_equal(world.waiting, 0);
    assert_int_equal(world.freed, 1);
}

static void a_failure_is_told_to_the_method_as_it_is(void **state) {
    (void)state;
    assert_int_equal(ask(), REQUEST_E_LATER);
    tell(REMOTE_RAN, 7, "no");
    assert_int_equal(world.answered, 7);
    assert_int_equal(world.freed, 1);
}

static void a_client_that_goes_ends_the_program(void **state) {
    (void)state;
    assert_int_equal(ask(), REQUEST_E_LATER);
    world.gone(world.gone_data);
    assert_null(world.program);
    assert_int_equal(world.answered, NEVER);
    assert_int_equal(world.waiting, 0);
    assert_int_equal(world.freed, 1);
}

static void where_nothing_can_be_asked_nothing_stays(void **state) {
    (void)state;
    world.run_result = -ESHUTDOWN;
    assert_int_equal(ask(), -ESHUTDOWN);
    assert_int_equal(world.answered, NEVER);
    assert_int_equal(world.waiting, 0);
    assert_int_equal(world.freed, 1);
}

static void what_is_held_for_it_is_charged_while_it_waits(void **state) {
    (void)state;
    assert_int_equal(ask(), REQUEST_E_LATER);
    assert_true(server.buffered > strlen("squeue --me"));
    tell(REMOTE_RAN, 0, "fine");
    assert_int_equal(server.buffered, 0);
    assert_int_equal(ask(), REQUEST_E_LATER);
    world.gone(world.gone_data);
    assert_int_equal(server.buffered, 0);
}

static void where_all_hold_too_much_it_is_refused_with_words(void **state) {
    (void)state;
    server.buffered = SERVER_BUFFERED_MAX - 100;
    assert_int_equal(ask(), REQUEST_E_FAILED);
    assert_string_equal(request.message.text,
                        "the server is busy with other large requests; try again");
    assert_null(world.program);
    assert_int_equal(world.waiting, 0);
    assert_int_equal(world.freed, 1);
    assert_int_equal(server.buffered, SERVER_BUFFERED_MAX - 100);
    server.buffered = 0;
}

static void without_memory_nothing_stays(void **state) {
    int r = -ENOMEM;
    for (int i = 0; r == -ENOMEM; i++) {
        (void)set_up(state);
        _cleanup_buf_ struct buf program = BUF_NULL;
        assert_int_equal(buf_append_str(&program, "true"), 0);
        alloc_fault_arm(i);
        r = inquiry_begin(&request,
                          &(struct inquiry_spec){.program = &program,
                                                 .answer = answer,
                                                 .data_free = data_free},
                          &world);
        (void)alloc_fault_disarm();
        if (r == -ENOMEM) {
            assert_int_equal(world.waiting, 0);
            assert_int_equal(world.freed, 1);
        } else {
            assert_true(i >= 3);
        }
    }
    assert_int_equal(r, REQUEST_E_LATER);
    tell(REMOTE_RAN, 0, "");
}

static void the_words_are_its_own_or_say_that_there_are_none(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_buf_ struct buf err = BUF_NULL;
    struct told told = {REMOTE_RAN, 1, &out, &err};
    struct errmsg words = ERRMSG_NULL;
    told_words(&told, &words);
    assert_non_null(strstr(words.text, "no answer; try again"));
    told.outcome = REMOTE_TIMED_OUT;
    told_words(&told, &words);
    assert_non_null(strstr(words.text, "no answer in time; try again"));
    assert_int_equal(buf_append_str(&err, "sbatch: error: Invalid qos\n"), 0);
    told_words(&told, &words);
    assert_string_equal(words.text, "Invalid qos");
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLAIM(the_answer_comes_when_the_program_has_told),
        CLAIM(a_failure_is_told_to_the_method_as_it_is),
        CLAIM(a_client_that_goes_ends_the_program),
        CLAIM(where_nothing_can_be_asked_nothing_stays),
        CLAIM(what_is_held_for_it_is_charged_while_it_waits),
        CLAIM(where_all_hold_too_much_it_is_refused_with_words),
        CLAIM(without_memory_nothing_stays),
        CLAIM(the_words_are_its_own_or_say_that_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
