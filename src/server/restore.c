/* The copy is copied beside the database and made ready there: brought up to date,
 * joined with the present database where that can be read, and with what the run
 * folders tell. Only when that is whole and on the disk does it take the database's
 * place, which is one rename; what was there has another name by then.
 *
 * An older list must not make a job run again. What the present database knows of a job
 * is believed; else what the job's run folder shows; and a job of which neither tells
 * anything is held, for a person to decide. */
#include "server/restore.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "server/adopt.h"
#include "server/job_json.h"
#include "server/json_buf.h"
#include "server/leftovers.h"
#include "store/store_care.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* What may lie beside a database and belongs to it. */
static const char *const logs[] = {"-wal", "-journal"};
enum { LOGS = sizeof logs / sizeof logs[0] };

/* ---- whether it may be ---- */

static int refuse_while_jobs_run(const char *runs_dir, struct errmsg *msg) {
    enum { NAMED = 10 };
    _cleanup_json_ json_t *ids = json_array();
    char list[256] = "";
    int r = ids ? adopt_find_alive(runs_dir, ids) : -ENOMEM;
    size_t n = json_array_size(ids);
    if (r < 0 || n == 0) {
        return r;
    }
    for (size_t i = 0; i < n && i < NAMED; i++) {
        size_t at = strlen(list);
        (void)snprintf(list + at, sizeof list - at, " %" PRId64,
                       (int64_t)json_integer_value(json_array_get(ids, i)));
    }
    return errmsg_set(
        msg, 1,
        "jobs run:%s. They would not be in the list that is put back; wait "
        "for their end (crystalmath wait%s) or cancel them, then try again",
        list, list);
}

static bool is_same_file(const char *a, const char *b) {
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static int check_copy(const char *db_path, const char *from, struct errmsg *msg) {
    struct store_report report;
    if (is_same_file(db_path, from)) {
        return errmsg_set(msg, 1, "%s is the database itself", from);
    }
    int r = store_inspect(from, &report);
    if (r < 0) {
        return r;
    }
    switch (report.trouble) {
    case STORE_TROUBLE_NONE:
        return 0;
    case STORE_TROUBLE_CLOSED:
        if (report.jobs >= 0) {
            return 0; /* to read it is enough */
        }
        break;
    default:
        break;
    }
    return errmsg_set(msg, 1, "%s cannot be put back: %s. The database is as it was",
                      from, report.what.text);
}

/* ---- the new one ---- */

static int copy_beside(const char *from, const char *to, struct errmsg *msg) {
    _cleanup_(store_backup_freep) struct store_backup *copy = NULL;
    int r = store_backup_new_of(&copy, from, to, true, msg);
    r = r ? r : store_backup_step(copy, -1, msg);
    return r ? r : store_backup_finish(copy, msg);
}

static int refuse_locked(const char *db_path, struct errmsg *msg) {
    return errmsg_set(msg, 1,
                      "the database %s is open in another program; close that "
                      "program and try again",
                      db_path);
}

/* *readable: the present database was, and what it knows is known. */
static int join_present(struct store *store, const char *db_path,
                        struct store_joined *joined, bool *readable,
                        struct errmsg *msg) {
    int r = store_join(store, db_path, joined);
    *readable = r == 0;
    switch (r) {
    case STORE_E_LOCKED:
        return refuse_locked(db_path, msg);
    case STORE_E_NEWER:
    case STORE_E_UNUSABLE:
        return 0;
    default:
        return r;
    }
}

static int put_ids(json_t *out, const struct adopted *adopted,
                   const struct store_joined *joined, struct store *store) {
    int64_t n = 0;
    int r = store_job_count(store, 0, &n);
    r = r ? r : json_put(out, "jobs", json_integer((json_int_t)n));
    r = r ? r : json_put(out, "added", json_integer((json_int_t)joined->added));
    r = r ? r : json_put(out, "found", json_incref(adopted->found));
    r = r ? r : json_put(out, "resumed", json_incref(adopted->resumed));
    r = r ? r : json_put(out, "held", json_incref(adopted->held));
    r = r ? r : json_put(out, "lost", json_incref(adopted->lost));
    return r ? r : json_put(out, "skipped", json_incref(adopted->skipped));
}

static int make_ready(const char *fresh, const char *db_path, const char *runs_dir,
                      json_t *out, struct errmsg *msg) {
    _cleanup_(store_freep) struct store *store = NULL;
    _cleanup_(adopted_deinit) struct adopted adopted = {0};
    _cleanup_(store_joined_deinit) struct store_joined joined = {0};
    bool readable = false;
    int r = store_open_copy(&store, fresh, msg);
    r = r ? r : adopted_init(&adopted);
    r = r ? r : join_present(store, db_path, &joined, &readable, msg);
    r = r ? r : adopt_unfinished(store, runs_dir, &joined, &adopted);
    r = r ? r : adopt_unknown(store, runs_dir, &adopted);
    r = r ? r : put_ids(out, &adopted, &joined, store);
    return r ? r : json_put(out, "joined", json_boolean(readable));
}

/* What was put into it may still wait in its log, where the disk was full when it was
 * closed: the file alone gets the database's name. */
static int settle_fresh(const char *fresh, const char *db_path, struct errmsg *msg) {
    struct errmsg why = ERRMSG_NULL;
    int r = store_settle(fresh, &why);
    if (r == 0) {
        return 0;
    }
    char space[128];
    r = r < 0 ? r : -EIO;
    return errmsg_set(msg, r,
                      "what became of the jobs since the copy was made cannot be put "
                      "into it: %s. The database %s is as it was; mend that (free "
                      "space, write permission), then try again",
                      why.text[0] ? why.text : errmsg_errno(r, space, sizeof space),
                      db_path);
}

/* ---- the exchange ---- */

/* "….aside-2026-01-31T18-30-05", free; freed by the caller. */
static int name_aside(const char *db_path, char **out) {
    enum { TRIES = 100 };
    char when[32] = "";
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local)) {
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H-%M-%S", &local);
    }
    for (int i = 1; i <= TRIES; i++) {
        _cleanup_free_ char *name = NULL;
        struct stat st;
        int r = i == 1 ? str_printf(&name, "%s.aside-%s", db_path, when)
                       : str_printf(&name, "%s.aside-%s-%d", db_path, when, i);
        if (r < 0) {
            return r;
        }
        if (lstat(name, &st) < 0 && errno == ENOENT) {
            *out = TAKE_PTR(name);
            return 0;
        }
    }
    return -EEXIST;
}

/* A second name, or where the file system knows none, another name. 0 also when there
 * is nothing. */
static int keep_one(const char *path, const char *aside) {
    if (link(path, aside) == 0 || errno == ENOENT) {
        return 0;
    }
    return errno == EEXIST || rename(path, aside) < 0 ? -errno : 0;
}

static int suffixed(const char *path, const char *suffix, char **out) {
    return str_printf(out, "%s%s", path, suffix);
}

/* Everything of the database has its other name, and is there under that on the disk,
 * before any of it loses the old one. */
static int keep_aside(const char *db_path, const char *aside) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < LOGS; i++) {
        _cleanup_free_ char *from = NULL;
        _cleanup_free_ char *to = NULL;
        r = suffixed(db_path, logs[i], &from);
        r = r ? r : suffixed(aside, logs[i], &to);
        r = r ? r : keep_one(from, to);
    }
    r = r ? r : keep_one(db_path, aside);
    return r ? r : file_sync_folder_of(db_path);
}

static int drop_logs(const char *db_path) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < LOGS; i++) {
        _cleanup_free_ char *log = NULL;
        r = suffixed(db_path, logs[i], &log);
        if (r == 0 && unlink(log) < 0 && errno != ENOENT) {
            r = -errno;
        }
    }
    return r;
}

/* Between the loss of the log and the new name the file has to have all that was put
 * into the database. One that is damaged beyond reading has a second name as it is. */
static int settle_present(const char *db_path, struct errmsg *msg) {
    struct errmsg why = ERRMSG_NULL;
    int r = store_settle(db_path, &why);
    if (r == STORE_E_LOCKED) {
        return refuse_locked(db_path, msg);
    }
    if (r < 0) {
        char space[128];
        const char *words =
            why.text[0] ? why.text : errmsg_errno(r, space, sizeof space);
        return errmsg_set(msg, r,
                          "what a killed server left in %s-wal cannot be moved into "
                          "the database beside it: %s. Both are as they were; mend "
                          "that (free space, write permission) or move both away, "
                          "then try again",
                          db_path, words);
    }
    return 0;
}

static int exchange(const char *fresh, const char *db_path, json_t *out,
                    struct errmsg *msg) {
    _cleanup_free_ char *aside = NULL;
    int r = name_aside(db_path, &aside);
    r = r ? r : keep_aside(db_path, aside);
    if (r < 0) {
        char space[128];
        return errmsg_set(msg, r,
                          "the present database cannot be kept as %s: %s. It is as it "
                          "was",
                          aside ? aside : db_path,
                          errmsg_errno(r, space, sizeof space));
    }
    r = drop_logs(db_path);
    r = r ? r : file_move(fresh, db_path, true);
    if (r < 0) {
        char space[128];
        return errmsg_set(msg, r,
                          "the copy cannot be put in the place of %s: %s. What was "
                          "there is kept as %s",
                          db_path, errmsg_errno(r, space, sizeof space), aside);
    }
    bool kept = access(aside, F_OK) == 0;
    return json_put(out, "aside", kept ? json_text_or_null(aside) : json_null());
}

int restore_run(const char *db_path, const char *runs_dir, const char *from,
                json_t *out, struct errmsg *msg) {
    _cleanup_free_ char *fresh = NULL;
    _cleanup_json_ json_t *gone = json_array();
    int r = gone ? str_printf(&fresh, "%s.restoring", db_path) : -ENOMEM;
    r = r ? r : refuse_while_jobs_run(runs_dir, msg);
    r = r ? r : check_copy(db_path, from, msg);
    if (r != 0) {
        return r;
    }
    r = leftovers_remove(db_path, gone);
    r = r ? r : copy_beside(from, fresh, msg);
    r = r ? r : make_ready(fresh, db_path, runs_dir, out, msg);
    r = r ? r : json_put(out, "restored", json_text_or_null(from));
    r = r ? r : settle_fresh(fresh, db_path, msg);
    r = r ? r : settle_present(db_path, msg);
    r = r ? r : exchange(fresh, db_path, out, msg);
    if (r != 0) {
        (void)leftovers_remove(db_path, gone);
    }
    return r;
}
