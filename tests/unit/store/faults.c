/* The disk fails, is full, or SQLite gets no memory, at each place in turn: what was
 * said to be kept is kept, a group is there as a whole or not at all, and the file
 * stays one that can be opened.
 *
 * A file system of SQLite's (a "VFS") stands in front of the real one and refuses the
 * call that a test names; likewise its allocator. */
#include "unit/store/place.h"

#include "store/store_care.h"

#include "base/buf.h"
#include "base/file.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the faults ---- */

enum call { CALL_READ, CALL_WRITE, CALL_SYNC, CALL_TRUNCATE, CALL_OPEN, CALL_MALLOC };

static struct {
    bool armed, fired;
    bool for_good; /* every such call after the first fails, too */
    enum call call;
    int code; /* SQLite's */
    int why;  /* the errno that the file remembers of it */
    size_t skip;
} fault;

static void arm(enum call call, int code, bool for_good, size_t skip) {
    fault.call = call;
    fault.code = code;
    fault.for_good = for_good;
    fault.why = 0;
    fault.skip = skip;
    fault.fired = false;
    fault.armed = true;
}

static bool disarm(void) {
    fault.armed = false;
    return fault.fired;
}

static bool strikes(enum call call) {
    if (!fault.armed || fault.call != call || (fault.fired && !fault.for_good)) {
        return false;
    }
    if (!fault.fired && fault.skip > 0) {
        fault.skip--;
        return false;
    }
    fault.fired = true;
    return true;
}

/* ---- the file system ---- */

struct shim_file {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((struct shim_file *)file)->real;
}

static int shim_close(sqlite3_file *file) {
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int shim_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
    return strikes(CALL_READ)
               ? fault.code
               : real_of(file)->pMethods->xRead(real_of(file), to, n, at);
}

static int shim_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at) {
    if (strikes(CALL_WRITE)) {
        /* As a disk does: a part of it got there. */
        (void)real_of(file)->pMethods->xWrite(real_of(file), from, n / 2, at);
        return fault.code;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), from, n, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return strikes(CALL_TRUNCATE)
               ? fault.code
               : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int shim_sync(sqlite3_file *file, int flags) {
    return strikes(CALL_SYNC) ? fault.code
                              : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int lock) {
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int shim_unlock(sqlite3_file *file, int lock) {
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int shim_reserved(sqlite3_file *file, int *out) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int shim_control(sqlite3_file *file, int what, void *data) {
    if (what == SQLITE_FCNTL_LAST_ERRNO && fault.fired && fault.why) {
        *(int *)data = fault.why;
        return SQLITE_OK;
    }
    return real_of(file)->pMethods->xFileControl(real_of(file), what, data);
}

static int shim_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_device(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

/* Of the first version: that the store needs no shared memory is so shown as well. */
static const sqlite3_io_methods shim_methods = {
    .iVersion = 1,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out) {
    (void)vfs;
    struct shim_file *shim = (struct shim_file *)file;
    shim->base.pMethods = NULL;
    shim->real = (sqlite3_file *)(shim + 1);
    if (strikes(CALL_OPEN)) {
        return fault.code;
    }
    int r = real_vfs->xOpen(real_vfs, name, shim->real, flags, flags_out);
    if (r == SQLITE_OK) {
        shim->base.pMethods = &shim_methods;
    }
    return r;
}

static void put_shim_in_front(void) {
    static sqlite3_vfs shim;
    real_vfs = sqlite3_vfs_find(NULL);
    shim = *real_vfs;
    shim.zName = "faults";
    shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim.xOpen = shim_open;
    (void)sqlite3_vfs_register(&shim, 1);
}

/* ---- the allocator ---- */

static sqlite3_mem_methods real_memory;

static void *shim_malloc(int n) {
    return strikes(CALL_MALLOC) ? NULL : real_memory.xMalloc(n);
}

static void *shim_realloc(void *old, int n) {
    return strikes(CALL_MALLOC) ? NULL : real_memory.xRealloc(old, n);
}

static void put_allocator_in_front(void) {
    sqlite3_mem_methods shim;
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    shim = real_memory;
    shim.xMalloc = shim_malloc;
    shim.xRealloc = shim_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &shim);
    /* Memory set aside for small things would hide most of the calls. */
    (void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

/* ---- what is done meanwhile ---- */

enum { BEFORE = 2, ADDED = 3 };

struct world {
    struct place *place;
    struct buf file; /* the database as it is before each attempt */
    char *log;
};

static int set_up(void **state) {
    struct world *world = calloc(1, sizeof *world);
    (void)place_set_up((void **)&world->place);
    world->log = scratch_path(world->place->dir, "jobs.db-wal");
    for (int i = 0; i < BEFORE; i++) {
        (void)place_insert(world->place, "before");
    }
    world->place->store = store_free(world->place->store);
    assert_int_equal(file_read(world->place->path, 1 << 24, &world->file), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state) {
    struct world *world = *state;
    (void)disarm();
    buf_deinit(&world->file);
    free(world->log);
    (void)place_tear_down((void **)&world->place);
    free(world);
    return 0;
}

static void begin_again(struct world *world) {
    (void)unlink(world->log);
    assert_int_equal(file_write_atomic(world->place->path, buf_bytes(&world->file),
                                       buf_len(&world->file)),
                     0);
}

struct outcome {
    int opened; /* of store_open */
    int kept;   /* of the group's commit, or why it came to none */
    struct errmsg msg;
    char error[512];
};

/* A group of submissions, with a change of a job that was there. */
static int submit_group(struct store *store) {
    _cleanup_(job_freep) struct job *old = NULL;
    int r = store_begin(store);
    for (int i = 0; r == 0 && i < ADDED; i++) {
        _cleanup_(job_freep) struct job *job = place_job("added");
        r = store_job_insert(store, job);
    }
    r = r ? r : store_job_get(store, 1, &old);
    if (r == 0) {
        old->priority = 7;
        r = store_job_update(store, old, 5, NULL);
    }
    if (r != 0) {
        store_rollback(store);
        return r;
    }
    return store_commit(store);
}

static struct outcome attempt(struct world *world) {
    struct outcome outcome = {.kept = -ENOTCONN};
    struct store *store = NULL;
    outcome.opened = store_open(&store, world->place->path, &outcome.msg);
    if (outcome.opened == 0) {
        outcome.kept = submit_group(store);
        if (outcome.kept < 0) {
            (void)snprintf(outcome.error, sizeof outcome.error, "%s",
                           store_error(store));
        }
    }
    (void)store_free(store);
    return outcome;
}

/* The next server's view. */
static void assert_whole(struct world *world, const struct outcome *outcome) {
    struct store_report report;
    int64_t n = 0;
    assert_int_equal(store_inspect(world->place->path, &report), 0);
    assert_string_equal(report.what.text, "");
    place_open(world->place);
    assert_int_equal(store_job_count(world->place->store, 0, &n), 0);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(world->place->store, 1, &job), 0);
    world->place->store = store_free(world->place->store);
    /* A commit that was said to have failed may have got there all the same, as when
     * the machine goes down in it; then it did as a whole. */
    assert_true(n == BEFORE || n == BEFORE + ADDED);
    assert_int_equal(job->priority, n == BEFORE ? 0 : 7);
    if (outcome->kept == 0) {
        assert_int_equal(n, BEFORE + ADDED);
    }
}

static void assert_told(const struct outcome *outcome) {
    if (outcome->opened > 0) {
        assert_true(outcome->opened == STORE_E_UNUSABLE ||
                    outcome->opened == STORE_E_LOCKED);
        assert_true(outcome->msg.text[0]);
    } else if (outcome->opened == 0 && outcome->kept != 0) {
        assert_true(outcome->kept < 0);
        assert_true(outcome->error[0]);
    }
}

/* Refuse each such call in turn, until one attempt needs no more of them; the code that
 * is told for the loss of the group is one of these two. Returns how many there were.
 */
static size_t sweep(struct world *world, enum call call, int code, bool for_good,
                    int told, int or_told) {
    for (size_t n = 0;; n++) {
        begin_again(world);
        arm(call, code, for_good, n);
        struct outcome outcome = attempt(world);
        if (!disarm()) {
            assert_int_equal(outcome.opened, 0);
            assert_int_equal(outcome.kept, 0);
            assert_whole(world, &outcome);
            return n;
        }
        assert_told(&outcome);
        if (outcome.opened == 0 && outcome.kept != 0) {
            assert_true(outcome.kept == told || outcome.kept == or_told);
        }
        assert_whole(world, &outcome);
    }
}

static void a_disk_that_fails_to_write_keeps_all_or_nothing(void **state) {
    assert_true(sweep(*state, CALL_WRITE, SQLITE_IOERR_WRITE, false, -EIO, -EIO) > 5);
}

static void a_disk_that_fails_for_good_keeps_all_or_nothing(void **state) {
    assert_true(sweep(*state, CALL_WRITE, SQLITE_IOERR_WRITE, true, -EIO, -EIO) > 5);
}

static void a_full_disk_is_told_as_one(void **state) {
    assert_true(sweep(*state, CALL_WRITE, SQLITE_FULL, true, -ENOSPC, -ENOSPC) > 5);
}

static void a_sync_that_fails_is_no_success(void **state) {
    struct world *world = *state;
    assert_true(sweep(world, CALL_SYNC, SQLITE_IOERR_FSYNC, true, -EIO, -EIO) > 0);
    /* The first one of all is the commit's: it cannot have been kept. */
    begin_again(world);
    arm(CALL_SYNC, SQLITE_IOERR_FSYNC, true, 0);
    struct outcome outcome = attempt(world);
    assert_true(disarm());
    assert_true(outcome.opened != 0 || outcome.kept == -EIO);
}

static void a_disk_that_fails_to_read_is_told(void **state) {
    assert_true(sweep(*state, CALL_READ, SQLITE_IOERR_READ, false, -EIO, -EIO) > 2);
}

static void files_that_cannot_be_opened_are_told(void **state) {
    assert_true(sweep(*state, CALL_OPEN, SQLITE_CANTOPEN, false, -EIO, -EIO) > 0);
}

static void a_log_that_cannot_be_cut_does_no_harm(void **state) {
    (void)sweep(*state, CALL_TRUNCATE, SQLITE_IOERR_TRUNCATE, true, -EIO, -EIO);
}

static void without_memory_for_sqlite_nothing_is_kept_by_half(void **state) {
    struct world *world = *state;
    /* Each place in turn would take long: the steps widen. */
    size_t faults = 0;
    for (size_t n = 0;; n += 1 + n / 8) {
        begin_again(world);
        arm(CALL_MALLOC, 0, false, n);
        struct outcome outcome = attempt(world);
        bool fired = disarm();
        if (outcome.opened != 0) {
            assert_int_equal(outcome.opened, -ENOMEM);
        } else {
            assert_true(outcome.kept == 0 || outcome.kept == -ENOMEM);
        }
        assert_whole(world, &outcome);
        if (!fired) {
            break;
        }
        faults++;
    }
    assert_true(faults > 20);
}

static void a_copy_on_a_failing_disk_is_none(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *to = scratch_path(world->place->dir, "copy.db");
    struct store_report report;
    begin_again(world);
    place_open(world->place);
    size_t n = 0;
    for (;; n++) {
        _cleanup_(store_backup_freep) struct store_backup *copy = NULL;
        struct errmsg msg = ERRMSG_NULL;
        arm(CALL_WRITE, SQLITE_FULL, true, n);
        int r = store_backup_new(&copy, world->place->store, to, false, &msg);
        r = r ? r : store_backup_step(copy, -1, &msg);
        bool fired = disarm();
        if (!fired) {
            assert_int_equal(r, 0);
            assert_int_equal(store_backup_finish(copy, &msg), 0);
            break;
        }
        assert_int_equal(r, -ENOSPC);
        assert_non_null(strstr(msg.text, "free space"));
        assert_int_equal(access(to, F_OK), -1);
    }
    assert_true(n > 5);
    assert_int_equal(store_inspect(to, &report), 0);
    assert_string_equal(report.what.text, "");
    assert_int_equal(report.jobs, BEFORE);
}

/* As a killed server does. */
static void leave_a_log(struct world *world) {
    begin_again(world);
    pid_t pid = fork();
    if (pid == 0) {
        struct store *store = NULL;
        struct errmsg msg = ERRMSG_NULL;
        _exit(store_open(&store, world->place->path, &msg) || submit_group(store));
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(access(world->log, F_OK), 0);
}

static void a_log_that_cannot_be_moved_stays(void **state) {
    struct world *world = *state;
    struct outcome kept = {.kept = 0};
    static const struct {
        enum call call;
        int code, told;
    } faults[] = {{CALL_WRITE, SQLITE_FULL, -ENOSPC},
                  {CALL_SYNC, SQLITE_IOERR_FSYNC, -EIO},
                  {CALL_TRUNCATE, SQLITE_IOERR_TRUNCATE, -EIO}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        size_t n = 0;
        for (;; n++) {
            struct errmsg msg = ERRMSG_NULL;
            leave_a_log(world);
            arm(faults[i].call, faults[i].code, true, n);
            int r = store_settle(world->place->path, &msg);
            if (!disarm()) {
                assert_int_equal(r, 0);
                assert_int_equal(access(world->log, F_OK), -1);
                break;
            }
            assert_int_equal(r, faults[i].told);
            assert_true(msg.text[0]);
            assert_whole(world, &kept);
        }
        assert_true(n > 0);
        assert_whole(world, &kept);
    }
}

static void after_the_fault_the_same_store_goes_on(void **state) {
    struct world *world = *state;
    struct outcome outcome = {.kept = 0};
    begin_again(world);
    place_open(world->place);
    arm(CALL_WRITE, SQLITE_FULL, true, 0);
    assert_int_equal(submit_group(world->place->store), -ENOSPC);
    assert_non_null(strstr(store_error(world->place->store), "free space"));
    assert_true(disarm());
    assert_int_equal(submit_group(world->place->store), 0);
    world->place->store = store_free(world->place->store);
    assert_whole(world, &outcome);
}

/* SQLite says of all of these that there was an error. */
static void why_nothing_could_be_written_is_told(void **state) {
    static const struct {
        int code, why, told;
        const char *words;
    } cases[] = {
        {SQLITE_IOERR_WRITE, EDQUOT, -ENOSPC, "quota"},
        {SQLITE_IOERR_WRITE, EROFS, -EROFS, "Read-only file system"},
        {SQLITE_IOERR_WRITE, EIO, -EIO, "may be failing"},
        {SQLITE_IOERR_READ, EDQUOT, -EIO, "may be failing"},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_again(world);
        place_open(world->place);
        arm(CALL_WRITE, cases[i].code, true, 0);
        fault.why = cases[i].why;
        assert_int_equal(submit_group(world->place->store), cases[i].told);
        assert_non_null(strstr(store_error(world->place->store), cases[i].words));
        assert_true(disarm());
        world->place->store = store_free(world->place->store);
    }
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_disk_that_fails_to_write_keeps_all_or_nothing),
        WITH_WORLD(a_disk_that_fails_for_good_keeps_all_or_nothing),
        WITH_WORLD(a_full_disk_is_told_as_one),
        WITH_WORLD(a_sync_that_fails_is_no_success),
        WITH_WORLD(a_disk_that_fails_to_read_is_told),
        WITH_WORLD(files_that_cannot_be_opened_are_told),
        WITH_WORLD(a_log_that_cannot_be_cut_does_no_harm),
        WITH_WORLD(without_memory_for_sqlite_nothing_is_kept_by_half),
        WITH_WORLD(a_copy_on_a_failing_disk_is_none),
        WITH_WORLD(a_log_that_cannot_be_moved_stays),
        WITH_WORLD(after_the_fault_the_same_store_goes_on),
        WITH_WORLD(why_nothing_could_be_written_is_told),
    };
    put_allocator_in_front();
    put_shim_in_front();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
