/* Putting paths together and taking them apart. Apart from path.c, which asks for the
 * user's home folder: the supervisor is linked without what that drags in. */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int path_join(char **out, const char *dir, const char *name) {
    if (name[0] == '/') {
        *out = strdup(name);
        return *out ? 0 : -ENOMEM;
    }
    return str_printf(out, "%s%s%s", dir, str_ends_with(dir, "/") ? "" : "/", name);
}

/* Drop "." components and doubled slashes, in place. ".." stays: it may cross a link.
 */
static void tidy(char *path) {
    char *to = path;
    for (const char *at = path; *at;) {
        if (at[0] == '/' &&
            (at[1] == '/' || (at[1] == '.' && (at[2] == '/' || !at[2])))) {
            at += at[1] == '/' ? 1 : 2;
        } else {
            *to++ = *at++;
        }
    }
    if (to == path) {
        *to++ = '/';
    }
    *to = '\0';
}

int path_absolute(char **out, const char *path) {
    _cleanup_free_ char *cwd = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
    if (!cwd) {
        return -errno;
    }
    int r = path_join(out, cwd, path);
    if (r == 0) {
        tidy(*out);
    }
    return r;
}

int path_dirname(char **out, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) {
        *out = strdup(".");
    } else if (slash == path) {
        *out = strdup("/");
    } else {
        *out = strndup(path, (size_t)(slash - path));
    }
    return *out ? 0 : -ENOMEM;
}

const char *path_basename(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool path_leads_out(const char *path) {
    int depth = 0;
    for (const char *at = path; *at && depth >= 0;) {
        size_t n = strcspn(at, "/");
        bool up = n == 2 && strncmp(at, "..", 2) == 0;
        bool here = n == 0 || (n == 1 && *at == '.');
        depth += up ? -1 : here ? 0 : 1;
        at += n + (at[n] ? 1 : 0);
    }
    return path[0] == '/' || depth < 0;
}
