/* They are known by their names, which nothing else makes beside a database:
 *
 *     crystalmath.db.backup-2026-01-31T18-30-05.part-aB3xYz    begun
 *     crystalmath.db.restoring, crystalmath.db.restoring-wal   not put in its place
 *     crystalmath.db.check-4711                                to be looked at by 4711
 *
 * Each is as large as the database, so that none should stay for ever. Copies to other
 * folders are not looked for. */
#include "server/leftovers.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "server/job_json.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_begun(const char *rest) {
    enum { RANDOM = 6 }; /* of mkstemp */
    const char *part = strstr(rest, ".part-");
    return part && strlen(part) == strlen(".part-") + RANDOM;
}

static bool is_restores(const char *rest) {
    return str_starts_with(rest, ".restoring") &&
           (rest[strlen(".restoring")] == '\0' || rest[strlen(".restoring")] == '-');
}

static bool is_gone(const char *pid) {
    char *end = NULL;
    errno = 0;
    long n = strtol(pid, &end, 10);
    return isdigit((unsigned char)*pid) && *end == '\0' && errno == 0 && n > 0 &&
           kill((pid_t)n, 0) < 0 && errno == ESRCH;
}

static bool is_left(const char *name, const char *db_name) {
    size_t n = strlen(db_name);
    if (strncmp(name, db_name, n) != 0) {
        return false;
    }
    const char *rest = name + n;
    return is_begun(rest) || is_restores(rest) ||
           (str_starts_with(rest, ".check-") && is_gone(rest + strlen(".check-")));
}

static int append(json_t *list, const char *path) {
    return json_array_append_new(list, json_text_or_null(path)) < 0 ? -ENOMEM : 0;
}

static int walk(const char *db_path, bool remove, json_t *list) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, db_path);
    DIR *dir = r == 0 ? opendir(folder) : NULL;
    const struct dirent *entry = NULL;
    while (r == 0 && dir && (entry = readdir(dir))) {
        _cleanup_free_ char *path = NULL;
        if (!is_left(entry->d_name, path_basename(db_path))) {
            continue;
        }
        r = path_join(&path, folder, entry->d_name);
        if (r == 0 && (!remove || unlink(path) == 0)) {
            r = append(list, path);
        }
    }
    if (dir) {
        (void)closedir(dir);
    }
    return r;
}

int leftovers_find(const char *db_path, json_t *list) {
    return walk(db_path, false, list);
}

int leftovers_remove(const char *db_path, json_t *removed) {
    return walk(db_path, true, removed);
}
