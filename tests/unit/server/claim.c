/* Who is the server. */
#include "server/claim.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/lock_record.h"
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
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* Takes the place of the C library's: some file systems have no locks. */
static int no_locks;

int flock(int fd, int operation);

int flock(int fd, int operation) {
    if (no_locks) {
        errno = no_locks;
        return -1;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

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

static void a_file_system_without_locks_is_named(void **state) {
    struct place *place = *state;
    const int codes[] = {ENOLCK, EOPNOTSUPP, ENOSYS};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct claim_other other = {0};
        struct errmsg msg = ERRMSG_NULL;
        struct claim *one = NULL;
        no_locks = codes[i];
        int r = claim(place, &one, &other, &msg);
        no_locks = 0;
        assert_int_equal(r, CLAIM_E_REFUSED);
        assert_non_null(strstr(msg.text, "jobs.db.lock cannot be locked"));
        assert_non_null(strstr(msg.text, "XDG_STATE_HOME"));
    }
}

static void a_server_elsewhere_that_starts_or_ends_is_busy(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    static const char record[] = "pid=4711\nhost=login2\nmachine=x\nsocket=\n";
    _cleanup_free_ char *lock = scratch_path(place->dir, "jobs.db.lock");
    _cleanup_close_ int held = -1;
    assert_int_equal(file_lock(lock, &held), 0);
    assert_int_equal(write(held, record, sizeof record - 1),
                     (ssize_t)sizeof record - 1);
    assert_int_equal(claim(place, &one, &other, &msg), CLAIM_E_BUSY);
    assert_non_null(strstr(msg.text, "login2"));
}

static void a_listener_with_a_full_queue_is_one(void **state) {
    struct place *place = *state;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    struct claim *one = NULL;
    _cleanup_close_ int fd = -1;
    int clients[8];
    size_t n = 0;
    assert_int_equal(unix_socket_bind(place->socket, &fd), 0);
    assert_int_equal(listen(fd, 0), 0);
    while (n < 8 && unix_socket_connect(place->socket, &clients[n]) == 0) {
        n++;
    }
    assert_true(n > 0 && n < 8);
    assert_int_equal(claim(place, &one, &other, &msg), CLAIM_E_RUNNING);
    while (n > 0) {
        (void)close(clients[--n]);
    }
}

static void a_claim_moves_to_another_socket_and_lets_go_of_the_first(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    _cleanup_free_ char *db_lock = scratch_path(place->dir, "jobs.db.lock");
    _cleanup_free_ char *first = scratch_path(place->dir, "s.lock");
    _cleanup_free_ char *next = scratch_path(place->dir, "t");
    _cleanup_free_ char *second = scratch_path(place->dir, "t.lock");
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    assert_int_equal(claim_move(one, next, &other, &msg), 0);
    assert_int_equal(claim_tell(one, next), 0);
    assert_int_equal(file_lock_probe(first), 0);
    assert_int_equal(file_lock_probe(second), FILE_LOCK_E_HELD);
    assert_int_equal(file_lock_probe(db_lock), FILE_LOCK_E_HELD);
    assert_int_equal(lock_record_read(db_lock, &record), 0);
    assert_string_equal(record.socket_path, next);
    /* To where it is already; and there again when the lock file was deleted. */
    assert_int_equal(claim_move(one, next, &other, &msg), 0);
    assert_int_equal(unlink(second), 0);
    assert_int_equal(claim_move(one, next, &other, &msg), 0);
    assert_int_equal(file_lock_probe(second), FILE_LOCK_E_HELD);
}

static void a_claim_that_cannot_move_stays(void **state) {
    struct place *place = *state;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    _cleanup_free_ char *first = scratch_path(place->dir, "s.lock");
    _cleanup_free_ char *taken = scratch_path(place->dir, "t");
    _cleanup_free_ char *nowhere = scratch_path(place->dir, "missing/t");
    assert_int_equal(claim(place, &one, &other, &msg), 0);
    _cleanup_close_ int fd = listen_at(taken);
    assert_int_equal(claim_move(one, taken, &other, &msg), CLAIM_E_RUNNING);
    assert_int_equal(claim_move(one, nowhere, &other, &msg), CLAIM_E_REFUSED);
    assert_int_equal(file_lock_probe(first), FILE_LOCK_E_HELD);
    assert_true(fd >= 0);
}

static void a_socket_that_was_given_is_not_judged(void **state) {
    struct place *place = *state;
    struct claim_other other = {0};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(claim_freep) struct claim *one = NULL;
    _cleanup_close_ int fd = listen_at(place->socket);
    assert_int_equal(claim_new(&one, place->db, place->socket, true, &other, &msg), 0);
    assert_true(fd >= 0);
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
        IN_PLACE(a_file_system_without_locks_is_named),
        IN_PLACE(a_server_elsewhere_that_starts_or_ends_is_busy),
        IN_PLACE(a_listener_with_a_full_queue_is_one),
        IN_PLACE(a_claim_moves_to_another_socket_and_lets_go_of_the_first),
        IN_PLACE(a_claim_that_cannot_move_stays),
        IN_PLACE(a_socket_that_was_given_is_not_judged),
        IN_PLACE(without_memory_no_claim_is_left_half_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
