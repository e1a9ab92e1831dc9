/* Run folders come and go, and so would their files: a lock, a FIFO and a record for
 * each. To make a file and to remove one costs a file system more than all that is done
 * with these, so they go from a folder that is over into one that is new.
 *
 * None of them says anything on the way. The lock is empty and free, the FIFO is open
 * nowhere, and the record goes by the name under which a supervisor writes its own and
 * where nobody reads it. So nothing is lost with them either: they are kept in a folder
 * of their own under numbers, only this process knows how many, and what a server that
 * was killed left there is written over by the next one. */
#include "exec/local_spares.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "exec/local_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPARES_MAX = 64, KINDS = 3 };

struct local_spares {
    int n[KINDS];
    char dir[]; /* absolute */
};

/* The lock comes first into a folder and goes last: it is what others find the folder's
 * owner by. */
static const struct {
    const char *now;  /* in a folder that is over */
    const char *then; /* in one that is new */
} kinds[KINDS] = {
    {LOCAL_FILE_LOCK, LOCAL_FILE_LOCK},
    {LOCAL_FILE_ALIVE, LOCAL_FILE_ALIVE},
    {LOCAL_FILE_EXIT, LOCAL_FILE_NEW_RECORD},
};

int local_spares_new(struct local_spares **out, const char *dir) {
    size_t n = strlen(dir) + 1;
    struct local_spares *spares = calloc(1, sizeof *spares + n);
    if (!spares) {
        return -ENOMEM;
    }
    memcpy(spares->dir, dir, n);
    *out = spares;
    return 0;
}

/* 0 or -ENOMEM. */
static int path_of(const struct local_spares *spares, size_t kind, int i, char **out) {
    return str_printf(out, "%s/%s.%d", spares->dir, kinds[kind].now, i);
}

struct local_spares *local_spares_free(struct local_spares *spares) {
    if (spares) {
        for (size_t kind = 0; kind < KINDS; kind++) {
            for (int i = 0; i < SPARES_MAX; i++) {
                _cleanup_free_ char *path = NULL;
                if (path_of(spares, kind, i, &path) == 0) {
                    (void)unlink(path);
                }
            }
        }
        (void)rmdir(spares->dir);
        free(spares);
    }
    return NULL;
}

void local_spares_take(struct local_spares *spares, const char *run_dir) {
    for (size_t kind = 0; spares && kind < KINDS; kind++) {
        _cleanup_free_ char *from = NULL;
        _cleanup_free_ char *to = NULL;
        if (spares->n[kind] > 0 &&
            path_of(spares, kind, spares->n[kind] - 1, &from) == 0 &&
            path_join(&to, run_dir, kinds[kind].then) == 0) {
            /* Where it fails there is none with this number. */
            (void)rename(from, to);
            spares->n[kind]--;
        }
    }
}

static bool move(const char *from, const char *to, const char *dir) {
    return rename(from, to) == 0 ||
           (errno == ENOENT && mkdir(dir, 0700) == 0 && rename(from, to) == 0);
}

void local_spares_put(struct local_spares *spares, const char *run_dir) {
    for (size_t kind = KINDS; spares && kind-- > 0;) {
        _cleanup_free_ char *from = NULL;
        _cleanup_free_ char *to = NULL;
        if (spares->n[kind] < SPARES_MAX &&
            path_of(spares, kind, spares->n[kind], &to) == 0 &&
            path_join(&from, run_dir, kinds[kind].now) == 0 &&
            move(from, to, spares->dir)) {
            spares->n[kind]++;
        }
    }
}
