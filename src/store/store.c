/* The connection: opening with a message a person can act on, prepared statements,
 * changes and groups of changes, and the one place where SQLite's codes become ours.
 *
 * A change is a transaction of its own, or inside a group a savepoint of the group's
 * transaction. SQLite may give up a whole transaction for one statement (the disk is
 * full, no memory): the group is then lost, every further change of it fails with the
 * same error, and so does its commit. */
#include "store/ids.h"
#include "store/store_internal.h"
#include "store/words.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The errno behind an error of writing, as the file keeps it where it happened: that is
 * the log, or at a checkpoint the database itself. 0 where nobody knows it. */
static int errno_of_writing(sqlite3 *db) {
    sqlite3_file *log = NULL;
    int code = sqlite3_extended_errcode(db);
    int found = 0;
    if (code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ) {
        return 0;
    }
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods) {
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &found);
    }
    if (found == 0) {
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &found);
    }
    return found;
}

int store_errno_of(sqlite3 *db, int sqlite_code) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_IOERR:
        switch (errno_of_writing(db)) {
        case ENOSPC:
        case EDQUOT:
            return -ENOSPC;
        case EROFS:
            return -EROFS;
        default:
            return -EIO;
        }
    default:
        return -EIO;
    }
}

/* What a person can do about it. */
static const char *way_out(int r, int sqlite_code) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "; type `crystalmath db check`, which says how to go on";
    case SQLITE_READONLY:
        return "; make the file and its folder writable again";
    case SQLITE_IOERR:
        return r == -ENOSPC ? "; free space on its disk, or ask for a larger quota"
               : r == -EROFS
                   ? "; the system does not let anything be written to its disk, as "
                     "after an error of the disk: see the system's log"
                   : "; the disk or its connection may be failing, see the "
                     "system's log";
    default:
        return r == -ENOSPC ? "; free space on its disk" : "";
    }
}

int store_fail(struct store *store, int sqlite_code) {
    int r = store_errno_of(store->db, sqlite_code);
    char space[128];
    if (r < 0) {
        /* What SQLite says of these is that there was an error. */
        int reason = (sqlite_code & 0xFF) == SQLITE_IOERR && r != -EIO
                         ? errno_of_writing(store->db)
                         : 0;
        const char *words = reason ? errmsg_errno(-reason, space, sizeof space)
                            : sqlite3_errcode(store->db) == SQLITE_OK
                                ? sqlite3_errstr(sqlite_code)
                                : sqlite3_errmsg(store->db);
        (void)snprintf(store->error, sizeof store->error, "%s%s", words,
                       way_out(r, sqlite_code));
    }
    return r;
}

sqlite3_stmt *store_statement(struct store *store, enum statement which) {
    sqlite3_stmt *statement = store->statements[which];
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return statement;
}

int store_step(struct store *store, sqlite3_stmt *statement) {
    int r = sqlite3_step(statement);
    return r == SQLITE_ROW ? 1 : store_fail(store, r);
}

int store_run(struct store *store, sqlite3_stmt *statement) {
    int r = store_step(store, statement);
    (void)sqlite3_reset(statement);
    return r < 0 ? r : 0;
}

static int run(struct store *store, enum statement which) {
    return store_run(store, store_statement(store, which));
}

int store_change_begin(struct store *store) {
    if (store->group_error) {
        return store->group_error;
    }
    return run(store, store->in_group ? STATEMENT_SAVEPOINT : STATEMENT_BEGIN);
}

static void undo_in_group(struct store *store) {
    if (sqlite3_get_autocommit(store->db)) {
        return;
    }
    char *error = strdup(store->error);
    if (run(store, STATEMENT_ROLLBACK_TO) == 0) {
        (void)run(store, STATEMENT_RELEASE);
    }
    if (error) {
        memcpy(store->error, error, strlen(error) + 1);
    }
    free(error);
}

int store_change_end(struct store *store, int r) {
    if (r == 0) {
        r = run(store, store->in_group ? STATEMENT_RELEASE : STATEMENT_COMMIT);
    }
    if (r == 0) {
        return 0;
    }
    if (store->in_group) {
        undo_in_group(store);
        if (sqlite3_get_autocommit(store->db)) {
            store->group_error = r < 0 ? r : -EIO;
        }
    } else if (!sqlite3_get_autocommit(store->db)) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return r;
}

int store_begin(struct store *store) {
    int r = run(store, STATEMENT_BEGIN);
    store->in_group = r == 0;
    return r;
}

void store_rollback(struct store *store) {
    if (!sqlite3_get_autocommit(store->db)) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    store->in_group = false;
    store->group_error = 0;
}

int store_commit(struct store *store) {
    int r = store->group_error ? store->group_error : run(store, STATEMENT_COMMIT);
    store_rollback(store);
    return r;
}

bool store_in_group(const struct store *store) {
    return store->in_group;
}

static int open_failure(int sqlite_code, const char *path, const char *words,
                        struct errmsg *msg) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return errmsg_set(
            msg, STORE_E_LOCKED,
            "the database %s is open in another program; close that program "
            "and try again",
            path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return errmsg_set(msg, STORE_E_UNUSABLE,
                          "%s is damaged or no database (%s); it was left as it is. "
                          "Type `crystalmath db check`, which says more and how to go "
                          "on",
                          path, words);
    case SQLITE_READONLY:
        return errmsg_set(msg, STORE_E_UNUSABLE,
                          "the database %s may only be read; make it and its folder "
                          "writable, or name another file with --db-path",
                          path);
    default:
        return errmsg_set(
            msg, STORE_E_UNUSABLE,
            "the database %s cannot be used: %s; check that its folder exists, "
            "is yours to write, and that the disk is not full",
            path, words);
    }
}

/* ---- where there is none yet ---- */

static int make_at(const char *path) {
    sqlite3 *db = NULL;
    int r =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (r == SQLITE_OK) {
        r = schema_make(db);
    }
    int closed = sqlite3_close(db);
    return r == SQLITE_OK ? closed : r;
}

/* It gets its name when it is whole, so that an empty file is never one that was about
 * to become a database. A log without its database is not taken for the new one's: it
 * holds what was written last to one that somebody took away.
 * An SQLite result code, or STORE_E_UNUSABLE with `msg`. */
static int make_fresh(const char *path, struct errmsg *msg) {
    _cleanup_free_ char *fresh = NULL;
    _cleanup_free_ char *log = NULL;
    struct stat st;
    if (str_printf(&log, "%s-wal", path) < 0 ||
        str_printf(&fresh, "%s.new", path) < 0) {
        return SQLITE_NOMEM;
    }
    if (stat(log, &st) == 0 && st.st_size > 0) {
        return errmsg_set(
            msg, STORE_E_UNUSABLE,
            "the database %s is gone, and %s is there, which holds what was written to "
            "it last; put the database back beside it, or move that file away, too, to "
            "start with an empty list of jobs",
            path, log);
    }
    (void)unlink(fresh);
    int r = make_at(fresh);
    if (r == SQLITE_OK) {
        int moved = file_move(fresh, path, false);
        r = moved == 0         ? SQLITE_OK
            : moved == -ENOSPC ? SQLITE_FULL
            : moved == -ENOMEM ? SQLITE_NOMEM
                               : SQLITE_CANTOPEN;
    }
    if (r != SQLITE_OK) {
        (void)unlink(fresh);
    }
    return r;
}

/* As tests have it. */
static bool is_in_memory(const char *path) {
    return strcmp(path, ":memory:") == 0;
}

/* Something is to lie there when this returned 0. Results as of store_open. */
static int prepare_place(const char *path, struct errmsg *msg) {
    struct stat st;
    if (is_in_memory(path)) {
        return 0;
    }
    if (lstat(path, &st) < 0 && errno == ENOENT) {
        int r = make_fresh(path, msg);
        return r == SQLITE_OK || r == STORE_E_UNUSABLE
                   ? (r == SQLITE_OK ? 0 : r)
                   : open_failure(r, path, sqlite3_errstr(r), msg);
    }
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0) {
        return open_failure(SQLITE_NOTADB, path, "it is empty", msg);
    }
    return 0;
}

static int open_there(struct store *store, const char *path, bool keep_copy,
                      struct errmsg *msg) {
    int r = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE, NULL);
    if (r == SQLITE_OK && sqlite3_db_readonly(store->db, "main") == 1) {
        r = SQLITE_READONLY;
    }
    if (r != SQLITE_OK) {
        return open_failure(r, path,
                            store->db ? sqlite3_errmsg(store->db) : "no memory", msg);
    }
    int version = 0;
    r = is_in_memory(path) ? -schema_make(store->db) : 0;
    r = r ? r
          : schema_prepare(store->db, path, &version, keep_copy ? &store->copy : NULL);
    if (r == STORE_E_NEWER) {
        return errmsg_set(
            msg, STORE_E_NEWER,
            "the database %s was written by a newer CrystalMath (format %d) and was "
            "left as it is; use that version, or type `crystalmath db check`, which "
            "names the copies that this one can read",
            path, version);
    }
    if (r == 0) {
        r = -words_register(store->db);
    }
    if (r == 0) {
        r = -ids_register(store->db);
    }
    if (r == 0) {
        r = -store_statements_prepare(store->db, store->statements);
    }
    if (r < 0) {
        int code = -r & 0xFF;
        (void)store_fail(store, -r);
        /* That message says itself what to do about a damaged one. */
        return open_failure(-r, path,
                            code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                                ? sqlite3_errstr(code)
                                : store->error,
                            msg);
    }
    (void)chmod(path, 0600);
    return 0;
}

static int open_with(struct store **out, const char *path, bool keep_copy,
                     struct errmsg *msg) {
    _cleanup_(store_freep) struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return -ENOMEM;
    }
    int r = prepare_place(path, msg);
    r = r ? r : open_there(store, path, keep_copy, msg);
    if (r == 0) {
        *out = TAKE_PTR(store);
    }
    return r;
}

int store_open(struct store **out, const char *path, struct errmsg *msg) {
    return open_with(out, path, true, msg);
}

int store_open_copy(struct store **out, const char *path, struct errmsg *msg) {
    return open_with(out, path, false, msg);
}

struct store *store_free(struct store *store) {
    if (store) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            (void)sqlite3_finalize(store->statements[i]);
        }
        (void)sqlite3_close(store->db);
        free(store->copy);
        free(store);
    }
    return NULL;
}

const char *store_copy(const struct store *store) {
    return store->copy;
}

const char *store_error(const struct store *store) {
    return store->error;
}
