/* Copies that lie beside the database are looked for by name, and counted where they
 * are of a format that this version reads. Whether they are whole is found out when one
 * is put back. */
#include "server/care_ways.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "server/job_json.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { COPIES_MAX = 10 };

struct copy {
    char *path; /* owned */
    int64_t at; /* when it was made, in ns */
};

/* The newest, newest first. */
struct copies {
    struct copy of[COPIES_MAX];
    size_t n;
};

static void copies_deinit(struct copies *copies) {
    for (size_t i = 0; i < copies->n; i++) {
        free(copies->of[i].path);
    }
}

int care_quote(char **out, const char *path) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    bool plain = *path != '\0' && *path != '~';
    for (const char *at = path; *at; at++) {
        plain = plain && (isalnum((unsigned char)*at) || strchr("/._-+,:@%~", *at));
    }
    int r = plain ? buf_append_str(&text, path) : buf_append_str(&text, "'");
    for (const char *at = path; r == 0 && !plain && *at; at++) {
        r = *at == '\'' ? buf_append_str(&text, "'\\''") : buf_append(&text, at, 1);
    }
    if (r == 0 && !plain) {
        r = buf_append_str(&text, "'");
    }
    *out = r == 0 ? buf_take_string(&text) : NULL;
    return *out ? 0 : -ENOMEM;
}

/* ---- copies ---- */

static void put_copy(struct copies *copies, char *path_take, int64_t at) {
    size_t i = copies->n;
    while (i > 0 && copies->of[i - 1].at < at) {
        i--;
    }
    if (i == COPIES_MAX) {
        free(path_take);
        return;
    }
    if (copies->n == COPIES_MAX) {
        free(copies->of[--copies->n].path);
    }
    memmove(&copies->of[i + 1], &copies->of[i], (copies->n - i) * sizeof copies->of[0]);
    copies->of[i] = (struct copy){path_take, at};
    copies->n++;
}

/* "crystalmath.db.backup-…", "crystalmath.db.v1-backup-2". */
static bool is_copys_name(const char *name, const char *db_name) {
    size_t n = strlen(db_name);
    return strncmp(name, db_name, n) == 0 && name[n] == '.' &&
           strstr(name + n, "backup") && !strstr(name + n, ".part-");
}

static int consider(struct copies *copies, const char *folder, const char *name) {
    _cleanup_free_ char *path = NULL;
    struct stat st;
    int r = path_join(&path, folder, name);
    if (r < 0) {
        return r;
    }
    int format = store_peek_format(path);
    if (format >= 1 && format <= store_format() && stat(path, &st) == 0) {
        int64_t at = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        put_copy(copies, TAKE_PTR(path), at);
    }
    return 0;
}

static int find_copies(const char *db_path, struct copies *out) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, db_path);
    DIR *dir = r == 0 ? opendir(folder) : NULL;
    const struct dirent *entry = NULL;
    while (r == 0 && dir && (entry = readdir(dir))) {
        if (is_copys_name(entry->d_name, path_basename(db_path))) {
            r = consider(out, folder, entry->d_name);
        }
    }
    if (dir) {
        (void)closedir(dir);
    }
    return r;
}

/* ---- ways ---- */

/* A line: the format has one %s, for the path. */
static int add(json_t *ways, const char *before, const char *path, const char *after) {
    _cleanup_free_ char *quoted = NULL;
    _cleanup_free_ char *line = NULL;
    int r = care_quote(&quoted, path);
    r = r ? r : str_printf(&line, "%s%s%s", before, quoted, after);
    r = r ? r : json_array_append_new(ways, json_text_or_null(line)) < 0 ? -ENOMEM : 0;
    return r;
}

static int add_suffixed(json_t *ways, const char *db_path, const char *suffix) {
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    _cleanup_free_ char *quoted = NULL;
    _cleanup_free_ char *rest = NULL;
    int r = str_printf(&from, "%s%s", db_path, suffix);
    r = r ? r : str_printf(&to, "%s.damaged%s", db_path, suffix);
    r = r ? r : care_quote(&quoted, to);
    r = r ? r : str_printf(&rest, " %s", quoted);
    return r ? r : add(ways, "mv ", from, rest);
}

static int add_restore(json_t *ways, const struct copies *copies) {
    return copies->n == 0
               ? 0
               : add(ways, "crystalmath db restore ", copies->of[0].path, "");
}

/* With what waits beside it: without its database it is of no use, and in the way. */
static int add_move_away(json_t *ways, const char *db_path,
                         const struct store_report *report) {
    int r =
        report->trouble == STORE_TROUBLE_MISSING ? 0 : add_suffixed(ways, db_path, "");
    return r == 0 && report->waiting_bytes > 0 ? add_suffixed(ways, db_path, "-wal")
                                               : r;
}

static int add_ways(json_t *ways, const char *db_path,
                    const struct store_report *report, const struct copies *copies) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, db_path);
    if (r < 0) {
        return r;
    }
    switch (report->trouble) {
    case STORE_TROUBLE_NONE:
        return 0;
    case STORE_TROUBLE_MISSING:
        if (report->waiting_bytes == 0) {
            return 0;
        }
        r = add_restore(ways, copies);
        return r ? r : add_move_away(ways, db_path, report);
    case STORE_TROUBLE_CLOSED:
        r = add(ways, "ls -ld ", folder, "");
        r = r ? r : add(ways, "ls -l ", db_path, "");
        return r ? r : add(ways, "findmnt -T ", db_path, "");
    case STORE_TROUBLE_LOCKED:
        return add(ways, "fuser -v ", db_path, "");
    case STORE_TROUBLE_NEWER:
        r = json_array_append_new(ways, json_string("type -a crystalmath")) < 0
                ? -ENOMEM
                : 0;
        return r ? r : add_restore(ways, copies);
    case STORE_TROUBLE_FOREIGN:
    case STORE_TROUBLE_DAMAGED:
        r = add_restore(ways, copies);
        return r ? r : add_move_away(ways, db_path, report);
    }
    return 0;
}

int care_put_ways(json_t *out, const char *db_path, const struct store_report *report) {
    _cleanup_(copies_deinit) struct copies copies = {.n = 0};
    json_t *ways = json_array();
    json_t *list = json_array();
    int r = json_put(out, "ways", ways);
    int r2 = json_put(out, "copies", list);
    r = r ? r : r2;
    r = r ? r : find_copies(db_path, &copies);
    for (size_t i = 0; r == 0 && i < copies.n; i++) {
        if (json_array_append_new(list, json_text_or_null(copies.of[i].path)) < 0) {
            r = -ENOMEM;
        }
    }
    return r ? r : add_ways(ways, db_path, report, &copies);
}
