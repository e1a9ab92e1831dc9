/* Who holds the lock, as its file tells. */
#include "base/lock_record.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/platform.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct place {
    char *dir;
    char *lock;
};

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    place->dir = scratch_make();
    place->lock = scratch_path(place->dir, "lock");
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    free(place->lock);
    (void)scratch_remove(place->dir);
    free(place);
    return 0;
}

static void what_was_written_is_read_and_is_of_this_machine(void **state) {
    struct place *place = *state;
    _cleanup_close_ int fd = -1;
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    char host[256] = "";
    assert_int_equal(file_lock(place->lock, &fd), 0);
    assert_int_equal(lock_record_write(fd, "/run/some.sock"), 0);
    assert_int_equal(lock_record_read(place->lock, &record), 0);
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_int_equal(record.pid, getpid());
    assert_string_equal(record.host, host);
    assert_string_equal(record.socket_path, "/run/some.sock");
    assert_true(lock_record_is_here(&record));
}

static void a_shorter_record_leaves_nothing_of_a_longer_one(void **state) {
    struct place *place = *state;
    _cleanup_close_ int fd = -1;
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    struct stat st;
    assert_int_equal(file_lock(place->lock, &fd), 0);
    assert_int_equal(lock_record_write(fd, "/a/very/long/path/of/a.sock"), 0);
    assert_int_equal(fstat(fd, &st), 0);
    off_t longer = st.st_size;
    assert_int_equal(lock_record_write(fd, NULL), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(st.st_size < longer);
    assert_int_equal(lock_record_read(place->lock, &record), 0);
    assert_string_equal(record.socket_path, "");
}

static void an_older_record_behind_a_newer_one_does_not_count(void **state) {
    struct place *place = *state;
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    static const char text[] = "pid=2\nhost=b\nsocket=\nsocket=/old\npid=1\n";
    assert_int_equal(file_write_atomic(place->lock, text, sizeof text - 1), 0);
    assert_int_equal(lock_record_read(place->lock, &record), 0);
    assert_int_equal(record.pid, 2);
    assert_string_equal(record.socket_path, "");
    assert_string_equal(record.machine, "");
}

static void no_file_no_record_and_nonsense_have_no_pid(void **state) {
    struct place *place = *state;
    const char *const texts[] = {NULL, "", "pid=", "pid=-4\n", "pid=x\n", "\n\n=\npid"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
        if (texts[i]) {
            assert_int_equal(file_write_atomic(place->lock, texts[i], strlen(texts[i])),
                             0);
        }
        assert_int_equal(lock_record_read(place->lock, &record), 0);
        assert_int_equal(record.pid, 0);
        assert_non_null(record.socket_path);
    }
}

static void another_machine_is_told_by_its_identity_and_else_by_its_name(void **state) {
    (void)state;
    char host[256] = "";
    char machine[PLATFORM_MACHINE_SIZE];
    (void)gethostname(host, sizeof host - 1);
    (void)platform_machine(machine);
    struct lock_record record = {.pid = 1, .host = host, .machine = (char[]){""}};
    assert_true(lock_record_is_here(&record));
    record.host = (char[]){"other.example"};
    assert_false(lock_record_is_here(&record));
    if (*machine) {
        record.machine = machine; /* renamed since */
        assert_true(lock_record_is_here(&record));
        record.host = host;
        record.machine = (char[]){"a namesake"};
        assert_false(lock_record_is_here(&record));
    }
}

static int read_it(void *data) {
    const struct place *place = data;
    struct lock_record record = LOCK_RECORD_NULL;
    int r = lock_record_read(place->lock, &record);
    lock_record_deinit(&record);
    return r;
}

static void without_memory_it_says_so(void **state) {
    struct place *place = *state;
    static const char text[] = "pid=2\nhost=b\nmachine=c\nsocket=/s\n";
    assert_int_equal(file_write_atomic(place->lock, text, sizeof text - 1), 0);
    assert_true(alloc_fault_sweep(read_it, place, -ENOMEM) >= 4);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_PLACE(what_was_written_is_read_and_is_of_this_machine),
        IN_PLACE(a_shorter_record_leaves_nothing_of_a_longer_one),
        IN_PLACE(an_older_record_behind_a_newer_one_does_not_count),
        IN_PLACE(no_file_no_record_and_nonsense_have_no_pid),
        IN_PLACE(another_machine_is_told_by_its_identity_and_else_by_its_name),
        IN_PLACE(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
