/* Who is the server. */
#include "server/claim.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/unix_socket.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

struct place {
    char *dir;
    char *db;
    char *socket;
};

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    place->dir = scratch_make();
    place->db = scratch_path(place->dir, "jobs.db");
    place->socket = scratch_path(place->dir, "s");
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    free(place->db);
    free(place->socket);
    (void)scratch_remove(place->dir);
    free(place);
    return 0;
}

static int claim(const struct place *place, struct claim **out,
                 struct claim_other *other, struct errmsg *msg) {
    return claim_new(out, place->db, place->socket, false, other, msg);
}

static int listen_at(const char *path) {
    int fd = -1;
    assert_int_equal(unix_socket_bind(path, &fd), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

static void the_first_claim_holds_both_locks_until_it_is_freed(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    _cleanup_free_ char *db_lock = scratch_path(place->dir, "jobs.db.lock");
    _cleanup_free_ char *socket_lock = scratch_path(place->dir, "s.lock");
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    assert_int_equal(file_lock_probe(db_lock), FILE_LOCK_E_HELD);
    assert_int_equal(file_lock_probe(socket_lock), FILE_LOCK_E_HELD);
    assert_null(claim_free(one));
    assert_int_equal(file_lock_probe(db_lock), 0);
    assert_int_equal(file_lock_probe(socket_lock), 0);
    assert_int_equal(access(db_lock, F_OK), 0);
    assert_null(claim_free(NULL));
}

static void a_holder_that_does_not_listen_yet_is_busy(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    struct claim *two = NULL;
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    assert_int_equal(claim(place, &two, &other, &msg), CLAIM_E_BUSY);
    assert_null(two);
    assert_non_null(strstr(msg.text, "starting or ending"));
}

static void a_holder_that_listens_is_named_with_its_socket(void **state) {
    struct place *place = *state;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    struct claim *two = NULL;
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    _cleanup_close_ int fd = listen_at(place->socket);
    /* Another socket, the same database: it is still the one that runs. */
    _cleanup_free_ char *elsewhere = scratch_path(place->dir, "t");
    assert_int_equal(claim_new(&two, place->db, elsewhere, false, &other, &msg),
                     CLAIM_E_RUNNING);
    assert_int_equal(other.pid, getpid());
    assert_string_equal(other.socket_path, place->socket);
    assert_true(fd >= 0);
}

static void a_dead_socket_is_no_obstacle(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    (void)close(listen_at(place->socket));
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    assert_int_equal(access(place->socket, F_OK), 0);
}

static void a_listener_without_locks_counts_as_running(void **state) {
    struct place *place = *state;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    _cleanup_close_ int fd = listen_at(place->socket);
    assert_int_equal(claim(place, &one, &other, &msg), CLAIM_E_RUNNING);
    assert_string_equal(other.socket_path, place->socket);
    assert_true(fd >= 0);
}

static void what_is_no_socket_is_refused_by_name_and_stays(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    assert_int_equal(file_write_atomic(place->socket, "mine", 4), 0);
    assert_int_equal(claim(place, &one, &other, &msg), CLAIM_E_REFUSED);
    assert_non_null(strstr(msg.text, place->socket));
    assert_non_null(strstr(msg.text, "a regular file"));
    assert_int_equal(access(place->socket, F_OK), 0);
}

static void a_server_on_another_host_is_named_with_what_to_do(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    static const char record[] = "pid=4711\nhost=login2.cluster\nsocket=/run/x.sock\n";
    _cleanup_free_ char *lock = scratch_path(place->dir, "jobs.db.lock");
    _cleanup_close_ int held = -1;
    assert_int_equal(file_lock(lock, &held), 0);
    assert_int_equal(write(held, record, sizeof record - 1),
                     (ssize_t)sizeof record - 1);
    assert_int_equal(claim(place, &one, &other, &msg), CLAIM_E_REFUSED);
    assert_non_null(strstr(msg.text, "login2.cluster"));
    assert_non_null(strstr(msg.text, "4711"));
    assert_non_null(strstr(msg.text, "crystalmath server stop"));
}

static void a_lock_that_cannot_be_made_is_named(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    _cleanup_free_ char *db = scratch_path(place->dir, "missing/jobs.db");
    assert_int_equal(claim_new(&one, db, place->socket, false, &other, &msg),
                     CLAIM_E_REFUSED);
    assert_non_null(strstr(msg.text, "missing/jobs.db.lock"));
}

static int claim_it(void *data) {
    const struct place *place = data;
    struct claim_other other = {0};
    struct claim *one = NULL;
    int r = claim(place, &one, &other, NULL);
    (void)claim_free(one);
    return r;
}

static void without_memory_no_claim_is_left_half_made(void **state) {
    assert_true(alloc_fault_sweep(claim_it, *state, -ENOMEM) >= 4);
    assert_int_equal(claim_it(*state), 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_PLACE(the_first_claim_holds_both_locks_until_it_is_freed),
        IN_PLACE(a_holder_that_does_not_listen_yet_is_busy),
        IN_PLACE(a_holder_that_listens_is_named_with_its_socket),
        IN_PLACE(a_dead_socket_is_no_obstacle),
        IN_PLACE(a_listener_without_locks_counts_as_running),
        IN_PLACE(what_is_no_socket_is_refused_by_name_and_stays),
        IN_PLACE(a_server_on_another_host_is_named_with_what_to_do),
        IN_PLACE(a_lock_that_cannot_be_made_is_named),
        IN_PLACE(without_memory_no_claim_is_left_half_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
