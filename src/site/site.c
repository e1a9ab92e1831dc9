/* Where a program comes from, in this order: the configuration, PATH, the folder that a
 * variable of the code names. What is found on PATH is called by its name, as people
 * would. */
#include "site/site.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n"

void site_way_deinit(struct site_way *way) {
    strv_free(way->program);
    strv_free(way->launcher);
    *way = (struct site_way){NULL, NULL, "", NULL};
}

/* ---- variables ---- */

const char *site_variable(char *const *env, const char *name) {
    size_t n = strlen(name);
    for (; env && *env; env++) {
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
            return *env + n + 1;
        }
    }
    return NULL;
}

int site_set(char ***env, const char *pair, size_t n) {
    char *copy = strndup(pair, n);
    if (!copy) {
        return -ENOMEM;
    }
    size_t name = strcspn(copy, "=") + 1;
    for (char **at = *env; at && *at; at++) {
        if (strncmp(*at, copy, name) == 0) {
            free(*at);
            *at = copy;
            return 0;
        }
    }
    size_t count = *env ? strv_length(*env) : 0;
    char **more = reallocarray(*env, count + 2, sizeof *more);
    if (!more) {
        free(copy);
        return -ENOMEM;
    }
    more[count] = copy;
    more[count + 1] = NULL;
    *env = more;
    return 0;
}

int site_environment(char ***env, const struct config *config,
                     const struct code *code) {
    const char *at = config_text(config, config_code(code_name(code), "environment"));
    int r = 0;
    for (at += strspn(at, BLANKS); *at && r == 0; at += strspn(at, BLANKS)) {
        size_t n = strcspn(at, BLANKS);
        r = site_set(env, at, n);
        at += n;
    }
    return r;
}

/* ---- words ---- */

int site_words(const char *text, int cores, char ***out) {
    char **words = calloc(1, sizeof *words);
    size_t n = 0;
    int r = words ? 0 : -ENOMEM;
    for (text += strspn(text, BLANKS); *text && r == 0; text += strspn(text, BLANKS)) {
        size_t length = strcspn(text, BLANKS);
        const char *mark = memmem(text, length, "{cores}", strlen("{cores}"));
        char **more = reallocarray(words, n + 2, sizeof *more);
        words = more ? more : words;
        r = !more  ? -ENOMEM
            : mark ? str_printf(&words[n], "%.*s%d%.*s", (int)(mark - text), text,
                                cores, (int)(text + length - mark - strlen("{cores}")),
                                mark + strlen("{cores}"))
                   : str_printf(&words[n], "%.*s", (int)length, text);
        if (more) {
            n += r == 0;
            words[n] = NULL;
        }
        text += length;
    }
    if (r < 0) {
        strv_free(words);
        return r;
    }
    *out = words;
    return 0;
}

static int find_launcher(struct site_way *way, const struct config *config,
                         const struct code *code, int cores) {
    enum config_key key = config_code(code_name(code), "launcher");
    const char *text = config_text(config, key);
    bool named = config_source(config, key) != CONFIG_FROM_DEFAULT;
    if ((cores == 1 && (!named || code_has_serial_program(code))) || str_empty(text) ||
        strcmp(text, "none") == 0) {
        return 0;
    }
    _cleanup_free_ char *whole = NULL;
    size_t first = strcspn(text, BLANKS);
    bool mpirun = (first >= 6 && memcmp(text + first - 6, "mpirun", 6) == 0) ||
                  (first >= 7 && memcmp(text + first - 7, "mpiexec", 7) == 0);
    int r = str_printf(&whole, "%s%s", text,
                       strstr(text, "{cores}") ? ""
                       : mpirun                ? " -np {cores}"
                                               : " -n {cores}");
    return r ? r : site_words(whole, cores, &way->launcher);
}

/* ---- the program ---- */

/* As path_find_executable, where 0 is found and -ENOENT or -EACCES is not. */
static int is_there(const char *name, char *const *env) {
    _cleanup_free_ char *found = NULL;
    return path_find_executable(&found, name, site_variable(env, "PATH"));
}

static int set_program(struct site_way *way, const char *program, const char *from) {
    char *const words[] = {(char *)program, NULL};
    char **copy = strv_copy(words);
    if (!copy) {
        return -ENOMEM;
    }
    strv_free(way->program);
    way->program = copy;
    way->from = from;
    return 0;
}

/* "/opt/vasp_std" for "vasp_gam", where the code's usual program is "vasp_std":
 * "/opt/vasp_gam"; NULL when the name has nothing to be replaced. 0 or -ENOMEM. */
static int variant(const char *configured, const char *usual, const char *wanted,
                   char **out) {
    const char *a = strrchr(usual, '_');
    const char *b = strrchr(wanted, '_');
    const char *base = path_basename(configured);
    const char *at = a && b ? strstr(base, a + 1) : NULL;
    *out = NULL;
    return !at || strcmp(a, b) == 0
               ? 0
               : str_printf(out, "%.*s%s%s", (int)(at - configured), configured, b + 1,
                            at + strlen(a + 1));
}

/* What the configuration names, as the input needs it. */
static int take_configured(struct site_way *way, const struct code *code,
                           const char *text, const char *const *programs, int cores,
                           char *const *env) {
    _cleanup_free_ char *other = NULL;
    int r = site_words(text, cores, &way->program);
    r = r ? r : variant(way->program[0], code_program(code), programs[0], &other);
    way->from = "config.ini";
    if (r < 0 || !other) {
        return r;
    }
    /* Where it is the only program that will do, it has to be there. */
    int found = programs[1] ? is_there(other, env) : 0;
    if (found == -ENOMEM) {
        return found;
    }
    if (found == 0) {
        free(way->program[0]);
        way->program[0] = TAKE_PTR(other);
    }
    return 0;
}

/* DIR/PROGRAM for the first of them that is there. 0, or -ENOENT. */
static int look_in(struct site_way *way, const char *folder,
                   const char *const *programs, const char *from) {
    int r = -ENOENT;
    for (; *programs && r == -ENOENT; programs++) {
        _cleanup_free_ char *path = NULL;
        r = path_join(&path, folder, *programs);
        r = r ? r : is_there(path, NULL);
        r = r == 0 ? set_program(way, path, from) : r == -ENOMEM ? r : -ENOENT;
    }
    return r;
}

static int look_on_path(struct site_way *way, const char *const *programs,
                        char *const *env) {
    int r = -ENOENT;
    for (; *programs && r == -ENOENT; programs++) {
        r = is_there(*programs, env);
        r = r == 0 ? set_program(way, *programs, "PATH") : r == -ENOMEM ? r : -ENOENT;
    }
    return r;
}

static int look_in_places(struct site_way *way, const struct code *code,
                          const char *const *programs, char *const *env) {
    int r = -ENOENT;
    for (const struct code_place *place = code_places(code);
         place->variable && r == -ENOENT; place++) {
        const char *folder = site_variable(env, place->variable);
        const char *below = place->below;
        _cleanup_free_ char *path = NULL;
        if (below && *below == '$') {
            below = site_variable(env, below + 1);
        }
        if (str_empty(folder) || *folder != '/' || (place->below && str_empty(below))) {
            continue;
        }
        r = below ? path_join(&path, folder, below) : 0;
        r = r ? r : look_in(way, path ? path : folder, programs, place->variable);
    }
    return r;
}

/* Beside the program that the configuration names for one core. */
static int look_beside(struct site_way *way, const char *command,
                       const char *const *programs) {
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *first = strndup(command, strcspn(command, BLANKS));
    if (!first) {
        return -ENOMEM;
    }
    if (*first != '/') {
        return -ENOENT;
    }
    int r = path_dirname(&folder, first);
    return r ? r : look_in(way, folder, programs, "config.ini");
}

static int refuse(const struct code *code, const char *const *programs,
                  const char *configured, int why, bool parallel, struct errmsg *msg) {
    const char *key = parallel ? "parallel_command" : "command";
    if (configured) {
        return errmsg_set(msg, SITE_E_MISSING,
                          "%s, which %s of [code.%s] in config.ini names, %s; mend it "
                          "there (`crystalmath config --path`), then: crystalmath "
                          "server restart",
                          configured, key, code_name(code),
                          why == -EACCES ? "is not executable" : "is not there");
    }
    return errmsg_set(msg, SITE_E_MISSING,
                      "%s was %s on your PATH; install it or load its module and "
                      "submit again from the same shell, or name it as %s of [code.%s] "
                      "in config.ini (`crystalmath config --path`)",
                      programs[0],
                      why == -EACCES ? "found, but is not executable," : "not found",
                      key, code_name(code));
}

static int find_program(struct site_way *way, const struct config *config,
                        const struct code *code, const char *const *programs, int cores,
                        char *const *env, struct errmsg *msg) {
    const char *command = config_text(config, config_code(code_name(code), "command"));
    bool parallel = cores > 1 && code_has_serial_program(code);
    const char *own =
        parallel ? config_text(config, config_code(code_name(code), "parallel_command"))
                 : command;
    if (!str_empty(own)) {
        int r = take_configured(way, code, own, programs, cores, env);
        int found = r || !str_empty(way->setup) ? r : is_there(way->program[0], env);
        return found == 0 || found == -ENOMEM
                   ? found
                   : refuse(code, programs, way->program[0], found, parallel, msg);
    }
    if (!str_empty(way->setup)) {
        return set_program(way, programs[0], "PATH");
    }
    int r = parallel ? look_beside(way, command, programs) : -ENOENT;
    r = r == -ENOENT ? look_on_path(way, programs, env) : r;
    r = r == -ENOENT ? look_in_places(way, code, programs, env) : r;
    if (r != -ENOENT) {
        return r;
    }
    r = is_there(programs[0], env);
    return r == -ENOMEM ? r : refuse(code, programs, NULL, r, parallel, msg);
}

int site_find(struct site_way *out, const struct config *config,
              const struct code *code, const char *const *programs, int cores,
              char *const *env, struct errmsg *msg) {
    struct site_way way = {
        .setup = config_text(config, config_code(code_name(code), "setup"))};
    int r = find_launcher(&way, config, code, cores);
    r = r ? r : find_program(&way, config, code, programs, cores, env, msg);
    if (r == 0 && way.launcher && str_empty(way.setup)) {
        int found = is_there(way.launcher[0], env);
        r = found == -ENOMEM ? found : 0;
        if (found == -ENOENT || found == -EACCES) {
            r = errmsg_set(msg, SITE_E_MISSING,
                           "%s, which starts a job on several cores, was not found on "
                           "your PATH; install it (on Debian: apt install "
                           "openmpi-bin), or name another launcher in [code.%s] of "
                           "config.ini",
                           way.launcher[0], code_name(code));
        }
    }
    if (r != 0) {
        site_way_deinit(&way);
        return r;
    }
    *out = way;
    return 0;
}
