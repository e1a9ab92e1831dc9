/* A look at a database that no server has open. It may be anything: what can be told
 * without SQLite is told first, for SQLite says "malformed" of most of it. Nothing is
 * written: where a killed server left a log, it is read and stays. */
#include "store/store_care.h"
#include "store/store_internal.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What waits in the log beside the file, in bytes. 0 or -ENOMEM. */
static int size_of_log(const char *path, int64_t *out) {
    _cleanup_free_ char *log = NULL;
    struct stat st;
    int r = str_printf(&log, "%s-wal", path);
    if (r == 0) {
        *out = stat(log, &st) == 0 ? (int64_t)st.st_size : 0;
    }
    return r;
}

/* 0 or -ENOMEM. */
static int may_write(const char *path, bool *out) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, path);
    if (r == 0) {
        *out = access(path, W_OK) == 0 && access(folder, W_OK) == 0;
    }
    return r;
}

/* ---- opening ---- */

/* "file:…?immutable=1", for what is on a disk that may only be read. */
static int immutable_uri(char **out, const char *path) {
    _cleanup_buf_ struct buf uri = BUF_NULL;
    int r = buf_append_str(&uri, "file:");
    for (; r == 0 && *path; path++) {
        bool plain = isalnum((unsigned char)*path) || strchr("/._-", *path);
        r = plain ? buf_append(&uri, path, 1)
                  : buf_printf(&uri, "%%%02X", (unsigned char)*path);
    }
    r = r ? r : buf_append_str(&uri, "?immutable=1");
    *out = r == 0 ? buf_take_string(&uri) : NULL;
    return *out ? 0 : -ENOMEM;
}

static int open_to_look(const char *path, sqlite3 **db) {
    int64_t waiting = 0;
    bool writable = false;
    _cleanup_free_ char *uri = NULL;
    if (size_of_log(path, &waiting) < 0 || may_write(path, &writable) < 0) {
        return SQLITE_NOMEM;
    }
    if (writable) {
        int r = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);
        return r == SQLITE_OK && waiting > 0
                   ? sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL)
                   : r;
    }
    if (waiting > 0) {
        return sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY, NULL);
    }
    return immutable_uri(&uri, path) == 0
               ? sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL)
               : SQLITE_NOMEM;
}

int store_open_to_look(const char *path, sqlite3 **db) {
    int r = open_to_look(path, db);
    if (r == SQLITE_OK) {
        /* As the server does: without shared memory, and nobody else in between. */
        r = sqlite3_exec(*db,
                         "PRAGMA locking_mode = EXCLUSIVE;"
                         "SELECT count(*) FROM sqlite_schema",
                         NULL, NULL, NULL);
    }
    return r;
}

/* ---- without SQLite ---- */

enum { HEADER_SIZE = 100 };

static const char magic[] = "SQLite format 3"; /* and a NUL */

static bool is_text(const unsigned char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == 0x7F || (bytes[i] < ' ' && !isspace(bytes[i]))) {
            return false;
        }
    }
    return true;
}

static uint32_t number_at(const unsigned char *header, size_t at) {
    return (uint32_t)header[at] << 24 | (uint32_t)header[at + 1] << 16 |
           (uint32_t)header[at + 2] << 8 | header[at + 3];
}

/* What the header says of the file's size, as in SQLite's file format: page size in
 * bytes 16 and 17, pages in 28 to 31 where the numbers at 24 and 92 agree. */
static void judge_size(const unsigned char *header, struct store_report *out) {
    int64_t page = header[16] << 8 | header[17];
    int64_t pages = number_at(header, 28);
    page = page == 1 ? 65536 : page;
    if (out->waiting_bytes == 0 && number_at(header, 24) == number_at(header, 92) &&
        out->bytes < page * pages) {
        out->trouble = STORE_TROUBLE_DAMAGED;
        (void)errmsg_set(&out->what, 0,
                         "it is cut short: %" PRId64 " of its %" PRId64
                         " bytes are there",
                         out->bytes, page * pages);
    }
}

static void judge_header(int fd, struct store_report *out) {
    unsigned char header[HEADER_SIZE] = {0};
    char space[128];
    ssize_t n = pread(fd, header, sizeof header, 0);
    if (n < 0) {
        out->trouble = STORE_TROUBLE_CLOSED;
        (void)errmsg_set(&out->what, 0, "it cannot be read: %s",
                         errmsg_errno(-errno, space, sizeof space));
    } else if (n == 0) {
        out->trouble = STORE_TROUBLE_DAMAGED;
        (void)errmsg_set(&out->what, 0, "it is empty, which a database never is");
    } else if (n == HEADER_SIZE && memcmp(header, magic, sizeof magic) == 0) {
        judge_size(header, out);
    } else {
        bool text = is_text(header, (size_t)n);
        out->trouble = text ? STORE_TROUBLE_FOREIGN : STORE_TROUBLE_DAMAGED;
        (void)errmsg_set(&out->what, 0,
                         text ? "it is a text, no database"
                              : "it does not begin as a database does");
    }
}

static void judge_file(const char *path, struct store_report *out) {
    struct stat st;
    char space[128];
    _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int r = -errno;
        out->trouble = r == -ENOENT ? STORE_TROUBLE_MISSING : STORE_TROUBLE_CLOSED;
        (void)errmsg_set(&out->what, 0, "it cannot be read: %s",
                         errmsg_errno(r, space, sizeof space));
        return;
    }
    out->bytes = (int64_t)st.st_size;
    if (!S_ISREG(st.st_mode)) {
        out->trouble = STORE_TROUBLE_FOREIGN;
        (void)errmsg_set(&out->what, 0, "it is %s", file_kind(st.st_mode));
        return;
    }
    judge_header(fd, out);
}

int store_peek_format(const char *path) {
    enum { VERSION_AT = 60 };
    unsigned char header[HEADER_SIZE];
    _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || pread(fd, header, sizeof header, 0) != sizeof header ||
        memcmp(header, magic, sizeof magic) != 0) {
        return 0;
    }
    uint32_t version = number_at(header, VERSION_AT);
    return version <= INT32_MAX ? (int)version : 0;
}

/* ---- with SQLite ---- */

/* The number that a query gives. */
static int ask(sqlite3 *db, const char *query, int64_t *out) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, query, -1, &statement, NULL);
    if (r == SQLITE_OK) {
        r = sqlite3_step(statement);
    }
    if (r == SQLITE_ROW) {
        *out = sqlite3_column_int64(statement, 0);
        r = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return r;
}

/* How many rows a pragma that looks for faults gives that are not "ok", and the first.
 */
static int find_faults(sqlite3 *db, const char *pragma, int64_t *n, char *first,
                       size_t size) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, pragma, -1, &statement, NULL);
    while (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") != 0) {
            if (*n == 0) {
                (void)snprintf(first, size, "%s", text);
            }
            ++*n;
        }
        r = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

static void damaged(struct store_report *out, int64_t n, const char *first) {
    out->trouble = STORE_TROUBLE_DAMAGED;
    (void)errmsg_set(&out->what, 0,
                     "it is damaged (faults: %" PRId64 "; the first: %s)", n, first);
}

/* Every page, every row, every reference. */
static int look_for_damage(sqlite3 *db, struct store_report *out) {
    int64_t n = 0;
    char first[400] = "";
    int r = find_faults(db, "PRAGMA integrity_check(100)", &n, first, sizeof first);
    if (r == SQLITE_OK && n == 0) {
        r = find_faults(db, "PRAGMA foreign_key_check", &n, first, sizeof first);
        if (n > 0) {
            out->trouble = STORE_TROUBLE_DAMAGED;
            (void)errmsg_set(&out->what, 0,
                             "%" PRId64 " rows of it, such as one of %s, refer to "
                             "what is not there",
                             n, first);
            return r;
        }
    }
    if (r == SQLITE_OK && n > 0) {
        for (char *at = first; *at; at++) {
            *at = (char)(*at == '\n' ? ' ' : *at);
        }
        damaged(out, n, first);
    }
    return r;
}

/* Every table and column that the server uses, and counters that tell the truth. */
static int look_at_tables(sqlite3 *db, struct store_report *out) {
    sqlite3_stmt *statements[STATEMENTS] = {NULL};
    int64_t wrong = 0;
    int r = store_statements_prepare(db, statements);
    for (size_t i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(statements[i]);
    }
    if (r == SQLITE_ERROR) {
        out->trouble = STORE_TROUBLE_DAMAGED;
        (void)errmsg_set(&out->what, 0, "a part of it is not there: %s",
                         sqlite3_errmsg(db));
        return SQLITE_OK;
    }
    if (r == SQLITE_OK) {
        r = ask(db,
                "SELECT count(*) FROM (SELECT state, count(*) AS n FROM jobs"
                " GROUP BY state) AS real LEFT JOIN counts USING (state)"
                " WHERE counts.n IS NOT real.n",
                &wrong);
    }
    if (r == SQLITE_OK && wrong > 0) {
        out->trouble = STORE_TROUBLE_DAMAGED;
        (void)errmsg_set(&out->what, 0,
                         "its counts of jobs differ from the jobs that are there");
    }
    return r;
}

static int count_jobs(sqlite3 *db, struct store_report *out) {
    /* Version 1 had two states fewer in front. */
    int r = ask(db, "SELECT count(*) FROM jobs", &out->jobs);
    return r == SQLITE_OK
               ? ask(db,
                     out->format == 1 ? "SELECT count(*) FROM jobs WHERE state < 4"
                                      : "SELECT count(*) FROM jobs WHERE state < 6",
                     &out->unfinished)
               : r;
}

/* Of a file that SQLite can read. */
static int look_inside(sqlite3 *db, struct store_report *out) {
    int64_t format = 0;
    int64_t jobs_table = 0;
    int r = ask(db, "PRAGMA user_version", &format);
    if (r == SQLITE_OK) {
        r = ask(db,
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                " AND name = 'jobs'",
                &jobs_table);
    }
    if (r != SQLITE_OK) {
        return r;
    }
    if (format < 1 || jobs_table == 0) {
        out->trouble = STORE_TROUBLE_FOREIGN;
        (void)errmsg_set(&out->what, 0, "it is a database of another program");
        return SQLITE_OK;
    }
    out->format = (int)format;
    r = look_for_damage(db, out);
    if (r == SQLITE_OK && out->trouble == STORE_TROUBLE_NONE &&
        format > store_format()) {
        out->trouble = STORE_TROUBLE_NEWER;
        (void)errmsg_set(&out->what, 0,
                         "it was written by a newer CrystalMath (format %d; this one "
                         "knows %d)",
                         out->format, store_format());
        return SQLITE_OK;
    }
    if (r == SQLITE_OK && format == store_format() &&
        out->trouble == STORE_TROUBLE_NONE) {
        r = look_at_tables(db, out);
    }
    return r == SQLITE_OK && out->trouble == STORE_TROUBLE_NONE ? count_jobs(db, out)
                                                                : r;
}

/* What SQLite could not do. */
static int judge_failure(int sqlite_code, sqlite3 *db, struct store_report *out) {
    const char *words = db ? sqlite3_errmsg(db) : sqlite3_errstr(sqlite_code);
    switch (sqlite_code & 0xFF) {
    case SQLITE_OK:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        out->trouble = STORE_TROUBLE_LOCKED;
        return errmsg_set(&out->what, 0, "another program has it open");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_PERM:
        out->trouble = STORE_TROUBLE_CLOSED;
        return errmsg_set(&out->what, 0, "it cannot be read: %s", words);
    default:
        out->trouble = STORE_TROUBLE_DAMAGED;
        return errmsg_set(&out->what, 0, "it is damaged: %s", words);
    }
}

int store_inspect(const char *path, struct store_report *out) {
    struct store_report report = {.jobs = -1, .unfinished = -1};
    sqlite3 *db = NULL;
    bool writable = false;
    int r = size_of_log(path, &report.waiting_bytes);
    r = r ? r : may_write(path, &writable);
    if (r < 0) {
        return r;
    }
    judge_file(path, &report);
    if (report.trouble == STORE_TROUBLE_NONE) {
        r = store_open_to_look(path, &db);
        if (r == SQLITE_OK) {
            r = look_inside(db, &report);
        }
        r = judge_failure(r, db, &report);
    }
    (void)sqlite3_close(db);
    if (r == 0 && report.trouble == STORE_TROUBLE_NONE && !writable) {
        report.trouble = STORE_TROUBLE_CLOSED;
        (void)errmsg_set(&report.what, 0,
                         "it may only be read; the server has to write to it and to "
                         "its folder");
    }
    if (r == 0) {
        *out = report;
    }
    return r;
}
