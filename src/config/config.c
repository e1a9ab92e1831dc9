/* The values in force and where each is from. Later sources overlay earlier ones:
 * default, file, environment, options. A value that is wrong is told as a problem and
 * changes nothing; whether to go on with problems is the caller's decision. */
#include "config/config_internal.h"

#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct config *config_free(struct config *config) {
    if (config) {
        for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
            free(config->values[key].text);
        }
        for (size_t i = 0; i < config->n_problems; i++) {
            free(config->problems[i].text);
        }
        free(config->problems);
        free(config->path);
        free(config);
    }
    return NULL;
}

/* Of the machine or the account. */
static int set_unwritten(struct config *config, enum config_key key) {
    struct config_held *held = &config->values[key];
    int r = 0;
    switch (key) {
    case CONFIG_SERVER_CORES:
        held->number = platform_cores();
        break;
    case CONFIG_SERVER_MEMORY:
        held->number = platform_memory();
        break;
    default: /* CONFIG_JOBS_COPY_DIRECTORY */
        r = path_copies_default(&held->text);
        break;
    }
    return r == -ENOENT ? 0 : r;
}

int config_set(struct config *config, enum config_key key, const char *text,
               enum config_source source, int line, struct errmsg *msg) {
    struct config_held held = {.source = source, .line = line};
    int r = config_value_read(config_entry(key), text, &held, msg);
    if (r == 0) {
        free(config->values[key].text);
        config->values[key] = held;
    }
    return r;
}

int config_new(struct config **out) {
    _cleanup_config_ struct config *config = calloc(1, sizeof *config);
    int r = config ? 0 : -ENOMEM;
    for (enum config_key key = 0; key < CONFIG_KEYS && r == 0; key++) {
        const char *fallback = config_entry(key)->fallback;
        r = fallback ? config_set(config, key, fallback, CONFIG_FROM_DEFAULT, 0, NULL)
                     : set_unwritten(config, key);
    }
    if (r != 0) {
        return r < 0 ? r : -EINVAL;
    }
    *out = TAKE_PTR(config);
    return 0;
}

int config_complain(struct config *config, int line, const char *format, ...) {
    struct errmsg what = ERRMSG_NULL;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what.text, sizeof what.text, format, args);
    va_end(args);
    struct config_problem *more =
        reallocarray(config->problems, config->n_problems + 1, sizeof *more);
    if (!more) {
        return -ENOMEM;
    }
    config->problems = more;
    struct config_problem *problem = &more[config->n_problems];
    *problem = (struct config_problem){.line = line > 0 ? line : 0};
    const char *path = config_path(config);
    int r = line > 0   ? str_printf(&problem->text, "%s:%d: %s", path, line, what.text)
            : line < 0 ? str_printf(&problem->text, "%s", what.text)
                       : str_printf(&problem->text, "%s: %s", path, what.text);
    config->n_problems += r == 0;
    return r;
}

static int read_environment(struct config *config) {
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry(key);
        char name[64];
        (void)snprintf(name, sizeof name, "CRYSTALMATH_%s_%s", entry->section,
                       entry->name);
        for (char *at = name; *at; at++) {
            *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
        }
        const char *text = getenv(name);
        struct errmsg msg = ERRMSG_NULL;
        int r =
            text ? config_set(config, key, text, CONFIG_FROM_ENVIRONMENT, 0, &msg) : 0;
        if (r > 0) {
            r = config_complain(config, -1, "the variable %s: %s", name, msg.text);
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int config_load(struct config **out, const char *path, bool environment) {
    _cleanup_config_ struct config *config = NULL;
    int r = config_new(&config);
    if (r == 0) {
        r = path ? path_absolute(&config->path, path)
                 : path_config_default(&config->path);
        r = r == -ENOENT ? 0 : r; /* no home: there is no file, either */
    }
    if (r == 0 && config->path) {
        r = config_read_file(config);
    }
    if (r == 0 && environment) {
        r = read_environment(config);
    }
    if (r == 0) {
        *out = TAKE_PTR(config);
    }
    return r;
}

const char *config_path(const struct config *config) {
    return config->path ? config->path : "";
}

bool config_exists(const struct config *config) {
    return config->exists;
}

size_t config_problems(const struct config *config, const struct config_problem **out) {
    *out = config->problems;
    return config->n_problems;
}

int config_check(const struct config *config, struct errmsg *msg) {
    enum { ROOM = 640 }; /* for problems; the first is told however long it is */
    _cleanup_buf_ struct buf told = BUF_NULL;
    size_t i = 0;
    int r = 0;
    while (i < config->n_problems && r == 0 &&
           (i == 0 || buf_len(&told) + strlen(config->problems[i].text) < ROOM)) {
        r = buf_printf(&told, "%s%s", i ? "; " : "", config->problems[i].text);
        i++;
    }
    if (r < 0 || config->n_problems == 0) {
        return r;
    }
    char more[48] = "";
    if (i < config->n_problems) {
        (void)snprintf(more, sizeof more, "; and %zu more", config->n_problems - i);
    }
    return errmsg_set(msg, -EINVAL,
                      "the configuration is wrong: %.*s%s. Mend that; `crystalmath "
                      "config --check` shows all of it",
                      (int)(buf_len(&told) < ROOM ? buf_len(&told) : ROOM),
                      buf_bytes(&told), more);
}

int64_t config_number(const struct config *config, enum config_key key) {
    if (config) {
        return config->values[key].number;
    }
    struct config none = {0};
    struct config_held *held = &none.values[key];
    const char *fallback = config_entry(key)->fallback;
    int r = fallback ? config_value_read(config_entry(key), fallback, held, NULL)
                     : set_unwritten(&none, key);
    free(held->text);
    return r == 0 ? held->number : 0;
}

const char *config_text(const struct config *config, enum config_key key) {
    const char *fallback = config_entry(key)->fallback;
    if (!config) {
        return fallback && config_entry(key)->type != CONFIG_PATH ? fallback : "";
    }
    return config->values[key].text ? config->values[key].text : "";
}

enum config_source config_source(const struct config *config, enum config_key key) {
    return config ? config->values[key].source : CONFIG_FROM_DEFAULT;
}

const char *config_source_name(enum config_source source) {
    static const char *const names[] = {"default", "file", "environment", "option"};
    return names[source];
}

int config_line(const struct config *config, enum config_key key) {
    return config->values[key].line;
}

void config_override(struct config *config, enum config_key key, int64_t number) {
    config->values[key].number = number;
    config->values[key].source = CONFIG_FROM_OPTION;
    config->values[key].line = 0;
}
