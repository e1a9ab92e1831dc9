/* Where things are. Client and server resolve the socket and the state folder with this
 * one piece of code, so they cannot disagree. Nothing is created but by
 * path_make_private. */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Looks users up as the system is set up to. A static program cannot: that takes the
 * system's own libraries. It knows those of /etc/passwd. */
static int find_user(struct passwd *entry, char *space, size_t size,
                     struct passwd **found) {
#ifndef CRYSTALMATH_STATIC
    return getpwuid_r(getuid(), entry, space, size, found);
#else
    _cleanup_fclose_ FILE *users = fopen("/etc/passwd", "re");
    int r = users ? 0 : errno;
    while (r == 0 && (r = fgetpwent_r(users, entry, space, size, found)) == 0 &&
           (*found)->pw_uid != getuid()) {
        *found = NULL;
    }
    return r;
#endif
}

static int home_dir(char **out) {
    const char *home = getenv("HOME");
    if (!str_empty(home) && home[0] == '/') {
        *out = strdup(home);
        return *out ? 0 : -ENOMEM;
    }
    struct passwd entry;
    struct passwd *found = NULL;
    char space[4096];
    int r = find_user(&entry, space, sizeof space, &found);
    if (r != 0 || !found || str_empty(found->pw_dir)) {
        return r != 0 ? -r : -ENOENT;
    }
    *out = strdup(found->pw_dir);
    return *out ? 0 : -ENOMEM;
}

/* A runtime folder that is relative, missing, another user's (as after `su`) or open to
 * everybody does not count. */
static bool usable_runtime_dir(const char *dir) {
    struct stat st;
    return !str_empty(dir) && dir[0] == '/' && stat(dir, &st) == 0 &&
           S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & S_IWOTH);
}

int path_socket_default(char **out) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (usable_runtime_dir(runtime)) {
        return path_join(out, runtime, "crystalmath.sock");
    }
    const char *below_home = platform_socket_below_home();
    if (!below_home) {
        return str_printf(out, "/tmp/crystalmath-%lu.sock", (unsigned long)geteuid());
    }
    _cleanup_free_ char *home = NULL;
    int r = home_dir(&home);
    return r < 0 ? r : path_join(out, home, below_home);
}

/* `name` below the folder that an XDG variable names, or below its usual place in the
 * home folder. */
static int below_xdg(char **out, const char *variable, const char *usual,
                     const char *name) {
    const char *set = getenv(variable);
    if (!str_empty(set) && set[0] == '/') {
        return path_join(out, set, name);
    }
    _cleanup_free_ char *home = NULL;
    int r = home_dir(&home);
    return r < 0 ? r : str_printf(out, "%s/%s/%s", home, usual, name);
}

int path_state_dir(char **out) {
    return below_xdg(out, "XDG_STATE_HOME", ".local/state", "crystalmath");
}

int path_config_default(char **out) {
    return below_xdg(out, "XDG_CONFIG_HOME", ".config", "crystalmath/config.ini");
}

int path_copies_default(char **out) {
    return below_xdg(out, "XDG_DATA_HOME", ".local/share", "crystalmath/jobs");
}

int path_expand_home(char **out, const char *path) {
    if (!str_starts_with(path, "~/")) {
        *out = strdup(path);
        return *out ? 0 : -ENOMEM;
    }
    _cleanup_free_ char *home = NULL;
    int r = home_dir(&home);
    return r < 0 ? r : path_join(out, home, path + 2);
}

int path_database_default(char **out) {
    _cleanup_free_ char *folder = NULL;
    int r = path_state_dir(&folder);
    return r < 0 ? r : path_join(out, folder, "crystalmath.db");
}

int path_make_private(const char *path) {
    _cleanup_free_ char *copy = strdup(path);
    if (!copy) {
        return -ENOMEM;
    }
    /* Mostly the last one is missing, if any. */
    if (mkdir(copy, 0700) == 0) {
        return 0;
    }
    for (char *at = copy + 1;; at++) {
        char kept = *at;
        if (kept != '/' && kept != '\0') {
            continue;
        }
        *at = '\0';
        struct stat st;
        if (mkdir(copy, 0700) < 0 && errno != EEXIST) {
            return -errno;
        }
        if (kept == '\0') {
            if (stat(copy, &st) < 0) {
                return -errno;
            }
            return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
        }
        *at = kept;
    }
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

void path_remove_tree(const char *path) {
    enum { FOLDERS_OPEN = 8 };
    (void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* 0, -ENOENT or -EACCES. */
static int check_executable(const char *path) {
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
        return -ENOENT;
    }
    return access(path, X_OK) < 0 ? -EACCES : 0;
}

int path_find_executable(char **out, const char *name, const char *search_path) {
    if (strchr(name, '/')) {
        int r = check_executable(name);
        if (r == 0) {
            *out = strdup(name);
            r = *out ? 0 : -ENOMEM;
        }
        return r;
    }
    int worst = -ENOENT;
    for (const char *at = search_path ? search_path : "/usr/local/bin:/usr/bin:/bin";
         *at;) {
        size_t n = strcspn(at, ":");
        _cleanup_free_ char *candidate = NULL;
        int r = str_printf(&candidate, "%.*s/%s", (int)n, n ? at : ".", name);
        if (r < 0) {
            return r;
        }
        r = check_executable(candidate);
        if (r == 0) {
            *out = TAKE_PTR(candidate);
            return 0;
        }
        worst = r == -EACCES ? r : worst;
        at += n + (at[n] == ':' ? 1 : 0);
    }
    return worst;
}

static int own_dir(char **out) {
    char program[PATH_MAX];
    int r = platform_program(program, sizeof program);
    if (r < 0) {
        return r;
    }
    return path_dirname(out, program);
}

static int try_place(char **out, const char *dir, const char *name) {
    _cleanup_free_ char *candidate = NULL;
    int r = path_join(&candidate, dir, name);
    if (r < 0) {
        return r;
    }
    r = check_executable(candidate);
    if (r == 0) {
        *out = TAKE_PTR(candidate);
    }
    return r;
}

int path_find_sibling(char **out, const char *name, const char *override,
                      struct errmsg *msg) {
    const char *told = override ? getenv(override) : NULL;
    if (!str_empty(told)) {
        int r = path_find_executable(out, told, getenv("PATH"));
        if (r == -ENOENT || r == -EACCES) {
            return errmsg_set(msg, -ENOENT, "%s is set to %s, which is %s", override,
                              told, r == -EACCES ? "not executable" : "not there");
        }
        return r;
    }
    _cleanup_free_ char *dir = NULL;
    if (own_dir(&dir) == 0) {
        static const char *const from_here[] = {"", "../bin", "../libexec"};
        for (size_t i = 0; i < sizeof from_here / sizeof from_here[0]; i++) {
            _cleanup_free_ char *place = NULL;
            int r = path_join(&place, dir, from_here[i]);
            if (r < 0) {
                return r;
            }
            if (try_place(out, place, name) == 0) {
                return 0;
            }
        }
    }
    if (try_place(out, CRYSTALMATH_BINDIR, name) == 0 ||
        try_place(out, CRYSTALMATH_LIBEXECDIR, name) == 0 ||
        path_find_executable(out, name, getenv("PATH")) == 0) {
        return 0;
    }
    return errmsg_set(
        msg, -ENOENT,
        "%s was found neither beside the running program (%s) nor in %s nor "
        "on PATH",
        name, dir ? dir : "unknown", CRYSTALMATH_BINDIR);
}

void path_clean(char *path) {
    char *out = path;
    const char *at = path;
    while (*at) {
        while (at[0] == '/' && at[1] == '/') {
            at++;
        }
        size_t n = 1 + strcspn(at + 1, "/"); /* "/name" */
        bool here = n == 2 && at[1] == '.';
        bool up = n == 3 && at[1] == '.' && at[2] == '.';
        if (up) {
            while (out > path && *--out != '/') {
            }
        } else if (!here && n > 1) {
            memmove(out, at, n);
            out += n;
        }
        at += n;
    }
    if (out == path) {
        *out++ = '/';
    }
    *out = '\0';
}

int path_resolve(char **out, const char *path) {
    _cleanup_free_ char *there = strdup(path);
    if (!there) {
        return -ENOMEM;
    }
    size_t n = strlen(there);
    for (;;) {
        _cleanup_free_ char *real = realpath(n > 0 ? there : "/", NULL);
        if (real || n == 0) {
            int r = str_printf(out, "%s/%s", real ? real : "", path + n);
            if (r == 0) {
                path_clean(*out);
            }
            return r;
        }
        do {
            n--;
        } while (n > 0 && path[n] != '/');
        there[n] = '\0';
    }
}
