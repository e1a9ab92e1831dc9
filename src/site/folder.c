/* Which file of a folder is the input of a run. Names that only one code uses decide;
 * else every file is looked at, and there has to be one. */
#include "site/site.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 1000, /* a folder with more is no run's */
    LOOK_AT = 64 * 1024,
    NAMED = 5, /* of several inputs */
};

struct look {
    char *folder; /* borrowed */
    char *first;  /* owned */
    struct buf names;
    size_t n;
};

static int is_input(const struct look *look, const char *name, bool *out) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = site_read_beside(look->folder, name, LOOK_AT, &text);
    *out = r == 0 && code_of_input(buf_bytes(&text), buf_len(&text)) &&
           !code_of_output(buf_bytes(&text), buf_len(&text));
    return r == -ENOMEM ? r : 0;
}

static int take(struct look *look, const char *name) {
    bool good = false;
    int r = is_input(look, name, &good);
    if (r < 0 || !good) {
        return r;
    }
    if (look->n == 0) {
        look->first = strdup(name);
        r = look->first ? 0 : -ENOMEM;
    }
    if (r == 0 && look->n < NAMED) {
        r = buf_printf(&look->names, "%s%s", look->n ? ", " : "", name);
    }
    look->n++;
    return r;
}

static int look_at_all(struct look *look, struct errmsg *msg) {
    char space[128];
    size_t seen = 0;
    int r = 0;
    DIR *dir = opendir(look->folder);
    if (!dir) {
        return errmsg_set(msg, SITE_E_MISSING, "%s: %s", look->folder,
                          errmsg_errno(-errno, space, sizeof space));
    }
    for (const struct dirent *entry = readdir(dir);
         entry && r == 0 && seen++ <= FILES_MAX; entry = readdir(dir)) {
        r = entry->d_name[0] == '.' ? 0 : take(look, entry->d_name);
    }
    (void)closedir(dir);
    return r;
}

/* Whether a file of that name is there; of CRYSTAL's it has to look like one too. */
static int take_named(struct look *look, const char *name, bool any, bool *out) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = site_read_beside(look->folder, name, 1, &text);
    if (r == -ENOMEM) {
        return r;
    }
    *out = r == 0;
    return *out && !any ? is_input(look, name, out) : 0;
}

int site_input_of_folder(const char *folder, char **out, struct errmsg *msg) {
    static const char *const named[] = {"INCAR", "INPUT"};
    _cleanup_free_ char *copy = strdup(folder);
    struct look look = {.folder = copy, .names = BUF_NULL};
    bool found = false;
    int r = copy ? 0 : -ENOMEM;
    for (size_t i = 0; i < sizeof named / sizeof *named && r == 0 && !found; i++) {
        r = take_named(&look, named[i], i == 0, &found);
        if (r == 0 && found) {
            look.first = strdup(named[i]);
            look.n = 1;
            r = look.first ? 0 : -ENOMEM;
        }
    }
    if (r == 0 && !found) {
        r = look_at_all(&look, msg);
    }
    if (r == 0 && look.n != 1) {
        r = look.n == 0
                ? errmsg_set(
                      msg, SITE_E_MISSING,
                      "%s has no input of a known code in it: an INCAR (VASP), an "
                      "INPUT or .d12 file (CRYSTAL), or an input of pw.x",
                      folder)
                : errmsg_set(msg, SITE_E_MISSING,
                             "%s holds several inputs (%.*s%s); name one of them, or "
                             "all: each is a job",
                             folder, (int)buf_len(&look.names), buf_bytes(&look.names),
                             look.n > NAMED ? ", …" : "");
    }
    buf_deinit(&look.names);
    if (r != 0) {
        free(look.first);
        return r;
    }
    *out = look.first;
    return 0;
}
