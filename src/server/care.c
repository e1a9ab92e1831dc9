/* What `crystalmath db` asks for when no server runs. It holds the lock beside the
 * database meanwhile, so that none comes up in between: a client that wants one waits
 * for this as for a server that is ending. What came of it is told as JSON, for the
 * program that asked puts it into words. */
#include "server/care.h"

#include "base/file.h"
#include "base/lock_record.h"
#include "base/path.h"
#include "base/str.h"
#include "server/care_ways.h"
#include "server/job_json.h"
#include "server/json_buf.h"
#include "server/leftovers.h"
#include "server/options.h"
#include "server/restore.h"
#include "store/store_care.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Take the lock beside the database. With `only_look` a place that cannot be written
 * is no obstacle: no server could come up there either. 0, 1 when somebody has it, or a
 * negative errno, both with `msg`. */
static int take_lock(const char *db_path, bool only_look, int *fd, struct errmsg *msg) {
    _cleanup_free_ char *path = NULL;
    char space[128];
    int r = str_printf(&path, "%s.lock", db_path);
    if (r < 0) {
        return r;
    }
    r = file_lock(path, fd);
    if (r == FILE_LOCK_E_HELD) {
        return errmsg_set(msg, 1,
                          "a server has the database %s; it is starting or ending, or "
                          "cannot be reached: see `crystalmath server status`",
                          db_path);
    }
    if (r == 0) {
        (void)lock_record_write(*fd, NULL);
        return 0;
    }
    if (only_look && (r == -ENOENT || r == -EACCES || r == -EROFS || r == -EPERM)) {
        return 0;
    }
    return errmsg_set(msg, r, "the lock file %s cannot be used: %s", path,
                      errmsg_errno(r, space, sizeof space));
}

static const char *trouble_name(enum store_trouble trouble) {
    static const char *const names[] = {
        [STORE_TROUBLE_NONE] = "none",       [STORE_TROUBLE_MISSING] = "missing",
        [STORE_TROUBLE_CLOSED] = "closed",   [STORE_TROUBLE_LOCKED] = "locked",
        [STORE_TROUBLE_FOREIGN] = "foreign", [STORE_TROUBLE_NEWER] = "newer",
        [STORE_TROUBLE_DAMAGED] = "damaged",
    };
    return names[trouble];
}

static json_t *count_or_null(int64_t n) {
    return n < 0 ? json_null() : json_integer((json_int_t)n);
}

static int put_report(json_t *object, const struct store_report *report) {
    const char *what = report->what.text[0] ? report->what.text : NULL;
    int r = json_put(object, "trouble", json_string(trouble_name(report->trouble)));
    r = r ? r : json_put(object, "what", json_text_or_null(what));
    r = r ? r : json_put(object, "bytes", json_integer((json_int_t)report->bytes));
    r = r ? r
          : json_put(object, "waiting_bytes",
                     json_integer((json_int_t)report->waiting_bytes));
    r = r ? r
          : json_put(object, "format",
                     count_or_null(report->format ? report->format : -1));
    r = r ? r : json_put(object, "known_format", json_integer(store_format()));
    r = r ? r : json_put(object, "jobs", count_or_null(report->jobs));
    return r ? r : json_put(object, "unfinished", count_or_null(report->unfinished));
}

static int put_left(json_t *object, const char *db_path) {
    json_t *left = json_array();
    int r = json_put(object, "left", left);
    return r ? r : leftovers_find(db_path, left);
}

/* ---- each returns 0 when all is well, 1 when not, with `msg` where nothing could be
 * done, or a negative errno ---- */

static int check(const struct server_options *options, json_t *out,
                 struct errmsg *msg) {
    _cleanup_close_ int lock = -1;
    bool own = !options->care_file;
    const char *path = own ? options->db_path : options->care_file;
    struct store_report report;
    int r = own ? take_lock(path, true, &lock, msg) : 0;
    r = r ? r : store_inspect(path, &report);
    r = r ? r : json_put(out, "database", json_text_or_null(path));
    r = r ? r : put_report(out, &report);
    if (r == 0 && own) {
        r = care_put_ways(out, path, &report);
        r = r ? r : put_left(out, path);
    }
    if (r != 0) {
        return r;
    }
    bool none_yet =
        report.trouble == STORE_TROUBLE_MISSING && own && report.waiting_bytes == 0;
    return report.trouble == STORE_TROUBLE_NONE || none_yet ? 0 : 1;
}

static int back_up(const struct server_options *options, json_t *out,
                   struct errmsg *msg) {
    _cleanup_(store_backup_freep) struct store_backup *copy = NULL;
    _cleanup_close_ int lock = -1;
    int r = take_lock(options->db_path, true, &lock, msg);
    r = r ? r
          : store_backup_new_of(&copy, options->db_path, options->care_file,
                                options->replace, msg);
    r = r ? r : store_backup_step(copy, -1, msg);
    r = r ? r : store_backup_finish(copy, msg);
    return r ? r : json_put(out, "path", json_text_or_null(options->care_file));
}

static int put_back(const struct server_options *options, json_t *out,
                    struct errmsg *msg) {
    _cleanup_close_ int lock = -1;
    int r = take_lock(options->db_path, false, &lock, msg);
    return r ? r
             : restore_run(options->db_path, options->runs_dir, options->care_file, out,
                           msg);
}

int care_run(const struct server_options *options) {
    _cleanup_json_ json_t *out = json_object();
    struct errmsg msg = ERRMSG_NULL;
    char space[128];
    int r = !out                                  ? -ENOMEM
            : options->care == SERVER_CARE_CHECK  ? check(options, out, &msg)
            : options->care == SERVER_CARE_BACKUP ? back_up(options, out, &msg)
                                                  : put_back(options, out, &msg);
    if (r < 0 && !msg.text[0]) {
        (void)errmsg_set(&msg, r, "%s", errmsg_errno(r, space, sizeof space));
    }
    if (out && msg.text[0]) {
        (void)json_put(out, "error", json_text_or_null(msg.text));
    }
    _cleanup_free_ char *text = out ? json_dumps(out, JSON_COMPACT) : NULL;
    (void)puts(text ? text : "{\"error\":\"no memory\"}");
    return r == 0 && text && fflush(stdout) == 0 ? 0 : 1;
}
