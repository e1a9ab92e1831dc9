/* The surroundings are looked at when somebody asks, and never by a clock: an idle
 * server sleeps. */
#include "server/health.h"

#include "base/errmsg.h"
#include "base/filesystem.h"
#include "server/engine.h"
#include "server/job_json.h"
#include "server/listener.h"
#include "server/presence.h"
#include "server/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* With less there is no room for the outputs of jobs, and soon none for their records.
 */
#define FREE_BYTES_MIN ((int64_t)64 * 1024 * 1024)

/* Each of these writes the sentence, or leaves it empty. */

static void check_log(const struct server *server, struct errmsg *out) {
    char space[128];
    const char *path = server->options->log_path;
    if (access(path, W_OK) < 0) {
        (void)errmsg_set(out, 0,
                         "the log %s cannot be written (%s), and what happens is not "
                         "told there; when that is mended: crystalmath server restart",
                         path, errmsg_errno(-errno, space, sizeof space));
    }
}

static void check_database(const struct server *server, struct errmsg *out) {
    char space[128];
    const char *path = server->options->db_path;
    if (access(path, R_OK | W_OK) < 0) {
        (void)errmsg_set(
            out, 0,
            "the database %s was taken away from the server or closed to it "
            "(%s); put it back, or save what the server has (crystalmath db backup) "
            "and make that the database (crystalmath db restore); then: crystalmath "
            "server restart",
            path, errmsg_errno(-errno, space, sizeof space));
    }
}

static void check_writing(const struct server *server, struct errmsg *out) {
    const char *problem = engine_problem(server->engine);
    if (problem) {
        (void)errmsg_set(out, 0,
                         "what jobs do cannot be written to the database: %s. It is "
                         "kept in memory and tried again; no job starts meanwhile",
                         problem);
    }
}

static void check_room(const struct server *server, struct errmsg *out) {
    const char *folder = server->options->state_dir;
    int64_t free_bytes = filesystem_free_bytes(folder);
    if (free_bytes >= 0 && free_bytes < FREE_BYTES_MIN) {
        (void)errmsg_set(out, 0,
                         "the disk of %s is nearly full: %lld MiB are left. Make room; "
                         "without it jobs cannot be recorded",
                         folder, (long long)free_bytes / (1024 * 1024));
    }
}

static void check_locks(const struct server *server, struct errmsg *out) {
    struct filesystem fs;
    if (filesystem_of(server->options->state_dir, &fs) == 0 && fs.local_locks) {
        (void)errmsg_set(out, 0,
                         "%s is on a file system (%s) that is mounted so that locks of "
                         "other machines are not seen. Use crystalmath on this machine "
                         "alone, or have it mounted without nolock and local_lock",
                         server->options->state_dir, fs.name);
    }
}

static void check_presence(const struct server *server, struct errmsg *out) {
    const char *problem = presence_problem(server->presence);
    if (problem) {
        (void)errmsg_set(out, 0, "%s", problem);
    }
}

static int put_problems(const struct server *server, json_t *object) {
    static void (*const checks[])(const struct server *, struct errmsg *) = {
        check_presence, check_database, check_writing,
        check_room,     check_locks,    check_log};
    json_t *problems = json_array();
    int r = json_put(object, "problems", problems);
    for (size_t i = 0; r == 0 && i < sizeof checks / sizeof checks[0]; i++) {
        struct errmsg problem = ERRMSG_NULL;
        checks[i](server, &problem);
        if (problem.text[0] &&
            json_array_append_new(problems, json_text_or_null(problem.text)) < 0) {
            r = -ENOMEM;
        }
    }
    return r;
}

int health_tell(const struct server *server, json_t *object) {
    struct filesystem fs;
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    if (filesystem_of(server->options->state_dir, &fs) < 0) {
        filesystem_judge("unknown", "", &fs);
    }
    int r = json_put(object, "host", json_text_or_null(host));
    r = r ? r : json_put(object, "state_filesystem", json_text_or_null(fs.name));
    r = r ? r : json_put(object, "state_shared", json_boolean(fs.network));
    r = r ? r
          : json_put(
                object, "socket_given",
                json_boolean(server->listener && listener_is_given(server->listener)));
    return r ? r : put_problems(server, object);
}

void health_log(const struct server *server) {
    struct filesystem fs;
    struct errmsg problem = ERRMSG_NULL;
    const char *folder = server->options->state_dir;
    if (filesystem_of(folder, &fs) == 0 && fs.network) {
        log_info(
            server->log,
            "%s is on a network file system (%s): one server serves the account on "
            "all machines that share it",
            folder, fs.name);
    }
    check_locks(server, &problem);
    if (problem.text[0]) {
        log_warning(server->log, "%s", problem.text);
    }
}
