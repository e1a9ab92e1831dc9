/* The user's configuration: $XDG_CONFIG_HOME/crystalmath/config.ini, and a table of all
 * that may stand there. Parsing, checking, `crystalmath config`, the manual page and
 * the sample file are made from the table. */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

enum config_key {
    CONFIG_SERVER_TIMEOUT,
    CONFIG_SERVER_STALL_TIMEOUT,
    CONFIG_SERVER_CORES,
    CONFIG_SERVER_MEMORY,
    CONFIG_SERVER_LOG_LEVEL, /* a LOG_LEVEL_… of base/log.h */
    CONFIG_JOBS_RETRIES,
    CONFIG_JOBS_GRACE,
    CONFIG_JOBS_TIME_LIMIT,
    CONFIG_JOBS_COPY_DIRECTORY,
    CONFIG_JOBS_KEEP_INPUTS_MAX,
    CONFIG_NOTIFY_COMMAND,
    CONFIG_NOTIFY_ON, /* bits of 1 << an enum config_event */
    CONFIG_NOTIFY_TIME_LIMIT,
    CONFIG_NOTIFY_DESKTOP, /* an enum config_desktop */
    CONFIG_TUI_MOUSE,
    CONFIG_CRYSTAL_COMMAND, /* the keys of a code: see config_code */
    CONFIG_CRYSTAL_PARALLEL_COMMAND,
    CONFIG_CRYSTAL_LAUNCHER,
    CONFIG_CRYSTAL_SETUP,
    CONFIG_CRYSTAL_ENVIRONMENT,
    CONFIG_QUANTUM_ESPRESSO_COMMAND,
    CONFIG_QUANTUM_ESPRESSO_LAUNCHER,
    CONFIG_QUANTUM_ESPRESSO_SETUP,
    CONFIG_QUANTUM_ESPRESSO_ENVIRONMENT,
    CONFIG_VASP_COMMAND,
    CONFIG_VASP_LAUNCHER,
    CONFIG_VASP_SETUP,
    CONFIG_VASP_ENVIRONMENT,
    CONFIG_SSH_COMMAND,
    CONFIG_HOST_PROGRAM,
    CONFIG_KEYS, /* how many there are */
};

enum config_type {
    CONFIG_COUNT,   /* a whole number */
    CONFIG_SECONDS, /* kept in milliseconds */
    CONFIG_SIZE,    /* in bytes */
    CONFIG_CHOICE,  /* the place of one of `words` */
    CONFIG_CHOICES, /* a bit for each of `words` that is given */
    CONFIG_PATH,    /* absolute text */
    CONFIG_TEXT,
    CONFIG_LINES, /* text; a file may give it several times, each is a line */
    CONFIG_PAIRS, /* text: words such as NAME=value */
};

/* What a user may want to be told of: how a job ended. */
enum config_event {
    CONFIG_EVENT_COMPLETED, /* and converged, where that is known */
    CONFIG_EVENT_NOT_CONVERGED,
    CONFIG_EVENT_FAILED,
    CONFIG_EVENT_LOST,
    CONFIG_EVENT_CANCELLED,
};

enum config_desktop {
    CONFIG_DESKTOP_NO,
    CONFIG_DESKTOP_YES,
    CONFIG_DESKTOP_AUTO,
};

struct config_entry {
    const char *section, *name;
    enum config_type type;
    const char *fallback;     /* as a file would have it; NULL: see config_new */
    const char *usual;        /* what to call a fallback that is NULL */
    int64_t min, max;         /* of a number, in its unit */
    const char *const *words; /* of CONFIG_CHOICE and CONFIG_CHOICES, NULL-terminated */
    bool screen;              /* the screen reads it; the others the server */
    const char *text;         /* for people, one or more sentences */
};

/* What the table has; static. */
const struct config_entry *config_entry(enum config_key key);
/* CONFIG_KEYS when there is no such key. */
enum config_key config_find(const char *section, const char *name);
/* The key of a code's section, [code.CODE]; CONFIG_KEYS likewise. */
enum config_key config_code(const char *code, const char *name);

enum config_source {
    CONFIG_FROM_DEFAULT,
    CONFIG_FROM_FILE,
    CONFIG_FROM_ENVIRONMENT,
    CONFIG_FROM_OPTION,
};

struct config_problem {
    int line;   /* in the file; 0: of no single line */
    char *text; /* "PATH:LINE: what is wrong, and the mend"; owned */
};

/* The defaults: of the table, of this machine (cores, memory), of this account
 * (folders). 0 or a negative errno. */
int config_new(struct config **out);
struct config *config_free(struct config *config);
DEFINE_CLEANUP(struct config *, config_free);
#define _cleanup_config_ _cleanup_(config_freep)

/* The defaults, overlaid with the file at `path` (NULL: the usual one; one that is not
 * there is an empty one), and that with variables such as CRYSTALMATH_SERVER_CORES when
 * `environment`. What is wrong is kept as a problem, and its key keeps the value it
 * would have without it. 0 or a negative errno. */
int config_load(struct config **out, const char *path, bool environment);

/* Where the file is, also when there is none; "" when there is no home. */
const char *config_path(const struct config *config);
/* Whether there is a file. */
bool config_exists(const struct config *config);
/* All that is wrong, in the order of the file. */
size_t config_problems(const struct config *config, const struct config_problem **out);
/* 0, or -EINVAL with as many problems as fit into a message, and what to type. */
int config_check(const struct config *config, struct errmsg *msg);

/* The value of a key of a numeric type, a choice or choices; of a NULL config the
 * default. */
int64_t config_number(const struct config *config, enum config_key key);
/* The value of a CONFIG_PATH or of one of the kinds of text; "" for none. Of a NULL
 * config the default, which of a path is "". */
const char *config_text(const struct config *config, enum config_key key);
/* The value as a file would have it; freed by the caller, NULL when memory runs out. */
char *config_value(const struct config *config, enum config_key key);
/* Where it is from; a NULL config has only defaults. */
enum config_source config_source(const struct config *config, enum config_key key);
const char *config_source_name(enum config_source source);
/* The line that it stands in, 0 when it is not from the file. */
int config_line(const struct config *config, enum config_key key);

/* Give a key another value, as an option of the command line does. */
void config_override(struct config *config, enum config_key key, int64_t number);

/* Append a file with every key, its default and its text, all commented out. 0 or
 * -ENOMEM. */
int config_sample(struct buf *out);
/* Append what a key takes: "a whole number from 0 to 100", "yes or no". 0 or -ENOMEM.
 */
int config_describe(struct buf *out, const struct config_entry *entry);
