/* Looking at a database as a file, and copying it. */
#include "unit/store/place.h"

#include "store/store_care.h"

#include "base/buf.h"
#include "base/file.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A database with some pages of jobs, that nobody has open. */
static int closed_set_up(void **state) {
    (void)place_set_up(state);
    struct place *place = *state;
    assert_int_equal(store_begin(place->store), 0);
    for (int i = 0; i < 200; i++) {
        (void)place_insert(place, "a job with a name that takes some room in its row");
    }
    assert_int_equal(store_commit(place->store), 0);
    place->store = store_free(place->store);
    return 0;
}

static void exec(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void overwrite(const char *path, off_t at, const char *bytes, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
    (void)close(fd);
}

static void read_whole(const char *path, struct buf *out) {
    assert_int_equal(file_read(path, 1 << 24, out), 0);
}

/* What is said of it; that it is not changed by this. */
static struct store_report inspect(const char *path) {
    _cleanup_buf_ struct buf before = BUF_NULL;
    _cleanup_buf_ struct buf after = BUF_NULL;
    struct store_report report = {0};
    struct stat st;
    bool is_file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    if (is_file) {
        read_whole(path, &before);
    }
    assert_int_equal(store_inspect(path, &report), 0);
    if (is_file) {
        read_whole(path, &after);
        assert_int_equal(buf_len(&before), buf_len(&after));
        assert_memory_equal(buf_bytes(&before), buf_bytes(&after), buf_len(&before));
    }
    return report;
}

static void assert_trouble(const char *path, enum store_trouble trouble,
                           const char *part) {
    struct store_report report = inspect(path);
    if (report.trouble != trouble || !strstr(report.what.text, part)) {
        fail_msg("trouble %d: %s", (int)report.trouble, report.what.text);
    }
}

static void a_whole_database_is_told_to_be_whole(void **state) {
    struct place *place = *state;
    struct store_report report = inspect(place->path);
    assert_string_equal(report.what.text, "");
    assert_int_equal(report.trouble, STORE_TROUBLE_NONE);
    assert_int_equal(report.format, store_format());
    assert_int_equal(report.jobs, 200);
    assert_int_equal(report.unfinished, 200);
    assert_int_equal(report.waiting_bytes, 0);
    assert_true(report.bytes > 0);
}

static void what_a_killed_server_left_in_the_log_is_read_and_stays(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *log = scratch_path(place->dir, "jobs.db-wal");
    _cleanup_free_ char *copy = scratch_path(place->dir, "killed.db");
    _cleanup_free_ char *copied_log = scratch_path(place->dir, "killed.db-wal");
    _cleanup_buf_ struct buf file = BUF_NULL;
    _cleanup_buf_ struct buf waiting = BUF_NULL;
    place_open(place);
    (void)place_insert(place, "one more");
    read_whole(place->path, &file);
    read_whole(log, &waiting);
    overwrite(copy, 0, buf_bytes(&file), buf_len(&file));
    overwrite(copied_log, 0, buf_bytes(&waiting), buf_len(&waiting));
    struct store_report report = inspect(copy);
    assert_string_equal(report.what.text, "");
    assert_int_equal(report.jobs, 201);
    assert_int_equal(report.waiting_bytes, buf_len(&waiting));
    buf_deinit(&file);
    read_whole(copied_log, &file);
    assert_int_equal(buf_len(&file), buf_len(&waiting));
}

static void what_is_no_database_is_told_apart(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *path = scratch_path(place->dir, "other");
    assert_trouble(path, STORE_TROUBLE_MISSING, "No such file");
    assert_trouble(place->dir, STORE_TROUBLE_FOREIGN, "a folder");
    overwrite(path, 0, "", 0);
    assert_trouble(path, STORE_TROUBLE_DAMAGED, "empty");
    overwrite(path, 0, "shopping list\n", 14);
    assert_trouble(path, STORE_TROUBLE_FOREIGN, "a text");
    overwrite(path, 0, "\0\1\2", 3);
    assert_trouble(path, STORE_TROUBLE_DAMAGED, "does not begin as a database");
    (void)unlink(path);
    exec(path, "CREATE TABLE other (a)");
    assert_trouble(path, STORE_TROUBLE_FOREIGN, "another program");
}

static void damage_is_found_wherever_it_is(void **state) {
    struct place *place = *state;
    struct stat st;
    char nothing[4096] = {0};
    assert_int_equal(stat(place->path, &st), 0);
    _cleanup_buf_ struct buf whole = BUF_NULL;
    read_whole(place->path, &whole);
    for (off_t at = 0; at < st.st_size; at += (off_t)sizeof nothing) {
        overwrite(place->path, at, nothing, sizeof nothing);
        struct store_report report = inspect(place->path);
        assert_int_equal(report.trouble, STORE_TROUBLE_DAMAGED);
        assert_true(report.what.text[0]);
        overwrite(place->path, at, buf_bytes(&whole) + at, sizeof nothing);
    }
    assert_int_equal(truncate(place->path, st.st_size / 2 + 100), 0);
    assert_trouble(place->path, STORE_TROUBLE_DAMAGED, "cut short");
    assert_int_equal(truncate(place->path, 60), 0);
    assert_trouble(place->path, STORE_TROUBLE_DAMAGED, "does not begin");
}

static void what_contradicts_itself_is_damaged(void **state) {
    struct place *place = *state;
    exec(place->path, "UPDATE counts SET n = n + 1");
    assert_trouble(place->path, STORE_TROUBLE_DAMAGED, "counts");
    exec(place->path, "UPDATE counts SET n = n - 1; UPDATE commands SET env = 4711");
    assert_trouble(place->path, STORE_TROUBLE_DAMAGED, "refer to");
    exec(place->path, "DROP TABLE commands");
    assert_trouble(place->path, STORE_TROUBLE_DAMAGED, "no such table");
}

static void a_newer_one_is_told_by_its_format(void **state) {
    struct place *place = *state;
    exec(place->path, "PRAGMA user_version = 99");
    struct store_report report = inspect(place->path);
    assert_int_equal(report.trouble, STORE_TROUBLE_NEWER);
    assert_int_equal(report.format, 99);
}

static void one_that_another_program_has_open_is_locked(void **state) {
    struct place *place = *state;
    place_open(place);
    /* Locks of one process do not keep itself out: another one looks. */
    pid_t pid = fork();
    if (pid == 0) {
        struct store_report report = {0};
        int r = store_inspect(place->path, &report);
        _exit(r == 0 && report.trouble == STORE_TROUBLE_LOCKED ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int look(void *data) {
    const struct place *place = data;
    struct store_report report;
    return store_inspect(place->path, &report);
}

static void without_memory_nothing_is_told(void **state) {
    assert_true(alloc_fault_sweep(look, *state, -ENOMEM) > 0);
}

/* ---- copies ---- */

static int64_t jobs_in(const char *path) {
    struct store_report report = inspect(path);
    assert_string_equal(report.what.text, "");
    return report.jobs;
}

static void a_copy_made_in_pieces_has_what_was_written_meanwhile(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    _cleanup_(store_backup_freep) struct store_backup *backup = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int done = 0;
    int all = 0;
    place_open(place);
    assert_int_equal(store_backup_new(&backup, place->store, to, false, &msg), 0);
    int pieces = 0;
    int r;
    while ((r = store_backup_step(backup, 1, &msg)) == 1) {
        if (++pieces < 20) {
            (void)place_insert(place, "meanwhile");
        }
        store_backup_progress(backup, &done, &all);
        assert_true(done >= 1 && done <= all);
        assert_int_equal(access(to, F_OK), -1); /* no half copy has the name of one */
    }
    assert_int_equal(r, 0);
    assert_int_equal(store_backup_finish(backup, &msg), 0);
    assert_true(pieces >= 20);
    assert_int_equal(jobs_in(to), 219);
    struct stat st;
    assert_int_equal(stat(to, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static int copy(struct place *place, const char *to, bool replace, struct errmsg *msg) {
    _cleanup_(store_backup_freep) struct store_backup *backup = NULL;
    int r = store_backup_new_of(&backup, place->path, to, replace, msg);
    r = r ? r : store_backup_step(backup, -1, msg);
    return r ? r : store_backup_finish(backup, msg);
}

static void nothing_is_overwritten_unless_that_was_asked_for(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    struct errmsg msg = ERRMSG_NULL;
    overwrite(to, 0, "mine", 4);
    assert_int_equal(copy(place, to, false, &msg), STORE_E_EXISTS);
    assert_non_null(strstr(msg.text, to));
    _cleanup_buf_ struct buf content = BUF_NULL;
    read_whole(to, &content);
    assert_int_equal(buf_len(&content), 4);
    assert_int_equal(copy(place, to, true, &msg), 0);
    assert_int_equal(jobs_in(to), 200);
}

static void the_database_is_not_replaced_by_its_copy(void **state) {
    struct place *place = *state;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(copy(place, place->path, true, &msg), -EINVAL);
    assert_non_null(strstr(msg.text, "is the database"));
    assert_int_equal(jobs_in(place->path), 200);
}

static void what_came_while_it_was_copied_is_not_overwritten_either(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    _cleanup_(store_backup_freep) struct store_backup *backup = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(store_backup_new_of(&backup, place->path, to, false, &msg), 0);
    assert_int_equal(store_backup_step(backup, -1, &msg), 0);
    overwrite(to, 0, "mine", 4);
    assert_int_equal(store_backup_finish(backup, &msg), STORE_E_EXISTS);
    _cleanup_buf_ struct buf content = BUF_NULL;
    read_whole(to, &content);
    assert_int_equal(buf_len(&content), 4);
}

static size_t names_in(const char *dir) {
    DIR *folder = opendir(dir);
    size_t n = 0;
    assert_non_null(folder);
    while (readdir(folder)) {
        n++;
    }
    (void)closedir(folder);
    return n;
}

static void a_copy_that_is_given_up_leaves_nothing(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    struct errmsg msg = ERRMSG_NULL;
    size_t before = names_in(place->dir);
    struct store_backup *backup = NULL;
    assert_int_equal(store_backup_new_of(&backup, place->path, to, false, &msg), 0);
    assert_int_equal(store_backup_step(backup, 1, &msg), 1);
    assert_null(store_backup_free(backup));
    assert_int_equal(names_in(place->dir), before);
    assert_null(store_backup_free(NULL));
}

static void a_copy_into_nowhere_says_so(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "nowhere/copy.db");
    struct errmsg msg = ERRMSG_NULL;
    assert_true(copy(place, to, false, &msg) < 0);
    assert_non_null(strstr(msg.text, "check that its folder exists"));
}

static void a_copy_can_be_read_where_nothing_can_be_written(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(copy(place, to, false, &msg), 0);
    sqlite3 *db = NULL;
    size_t before = names_in(place->dir);
    assert_int_equal(sqlite3_open_v2(to, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM jobs", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(names_in(place->dir), before); /* no log beside it */
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int copy_once(void *data) {
    struct place *place = data;
    _cleanup_free_ char *to = NULL;
    struct errmsg msg = ERRMSG_NULL;
    (void)asprintf(&to, "%s/copy.db", place->dir);
    return copy(place, to, true, &msg);
}

static void without_memory_there_is_no_half_copy(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *to = scratch_path(place->dir, "copy.db");
    size_t before = names_in(place->dir);
    for (size_t n = 0;; n++) {
        alloc_fault_arm(n);
        int r = copy_once(place);
        if (!alloc_fault_disarm()) {
            assert_int_equal(r, 0);
            break;
        }
        assert_true(r < 0);
        assert_int_equal(names_in(place->dir), before);
    }
    assert_int_equal(jobs_in(to), 200);
}

/* ---- coming to be ---- */

static void an_empty_file_is_not_taken_for_a_new_database(void **state) {
    struct place *place = *state;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(truncate(place->path, 0), 0);
    assert_int_equal(store_open(&place->store, place->path, &msg), STORE_E_UNUSABLE);
    assert_non_null(strstr(msg.text, "it is empty"));
    struct stat st;
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void a_log_without_its_database_is_not_taken_for_the_new_ones(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *log = scratch_path(place->dir, "jobs.db-wal");
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(unlink(place->path), 0);
    overwrite(log, 0, "pages", 5);
    assert_int_equal(store_open(&place->store, place->path, &msg), STORE_E_UNUSABLE);
    assert_non_null(strstr(msg.text, log));
    assert_int_equal(access(place->path, F_OK), -1);
    assert_int_equal(unlink(log), 0);
    place_open(place);
}

#define WITH_CLOSED(test)                                                              \
    cmocka_unit_test_setup_teardown(test, closed_set_up, place_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CLOSED(a_whole_database_is_told_to_be_whole),
        WITH_CLOSED(what_a_killed_server_left_in_the_log_is_read_and_stays),
        WITH_CLOSED(what_is_no_database_is_told_apart),
        WITH_CLOSED(damage_is_found_wherever_it_is),
        WITH_CLOSED(what_contradicts_itself_is_damaged),
        WITH_CLOSED(a_newer_one_is_told_by_its_format),
        WITH_CLOSED(one_that_another_program_has_open_is_locked),
        WITH_CLOSED(without_memory_nothing_is_told),
        WITH_CLOSED(a_copy_made_in_pieces_has_what_was_written_meanwhile),
        WITH_CLOSED(nothing_is_overwritten_unless_that_was_asked_for),
        WITH_CLOSED(the_database_is_not_replaced_by_its_copy),
        WITH_CLOSED(what_came_while_it_was_copied_is_not_overwritten_either),
        WITH_CLOSED(a_copy_that_is_given_up_leaves_nothing),
        WITH_CLOSED(a_copy_into_nowhere_says_so),
        WITH_CLOSED(a_copy_can_be_read_where_nothing_can_be_written),
        WITH_CLOSED(without_memory_there_is_no_half_copy),
        WITH_CLOSED(an_empty_file_is_not_taken_for_a_new_database),
        WITH_CLOSED(a_log_without_its_database_is_not_taken_for_the_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
