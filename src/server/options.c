/* Options and the places that follow from them. The database decides where the lock and
 * the jobs' folders are; the log lies in the account's state folder unless --db-path
 * names another. */
#include "server/options.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *options_help(void) {
    return "Usage: crystalmath-server [OPTION…]\n"
           "\n"
           "Owns the jobs of one account and answers JSON-RPC 2.0 on a Unix socket.\n"
           "`crystalmath` starts it when it is needed; there is no need to run it by "
           "hand.\n"
           "\n"
           "  --socket PATH      listen here (default: "
           "$XDG_RUNTIME_DIR/crystalmath.sock,\n"
           "                     else /tmp/crystalmath-UID.sock)\n"
           "  --foreground       do not go into the background; log to stderr, too\n"
           "  --timeout SECONDS  exit after so long without clients or work\n"
           "                     (default 300, 0: never)\n"
           "  --db-path PATH     the database (default:\n"
           "                     $XDG_STATE_HOME/crystalmath/crystalmath.db)\n"
           "  --stall-timeout SECONDS\n"
           "                     drop a client that has left a request unfinished, or "
           "its answers\n"
           "                     unread, for so long (default 120)\n"
           "  --ready-fd N       write one line to this descriptor once clients may "
           "connect\n"
           "  -v, --verbose      log each connection and call\n"
           "  --help, --version\n"
           "\n"
           "While no server runs; `crystalmath db` does this, and puts into words what "
           "is\n"
           "printed as JSON:\n"
           "  --check-db[=FILE]  look whether the database, or FILE, is whole\n"
           "  --backup-db FILE   copy the database to FILE\n"
           "  --restore-db FILE  make FILE the database, and keep what it was before\n"
           "  --replace          with --backup-db: FILE may be there already\n"
           "\n"
           "What no option says is taken from config.ini; `crystalmath config` shows "
           "it.\n";
}

enum {
    OPT_SOCKET = 256,
    OPT_FOREGROUND,
    OPT_TIMEOUT,
    OPT_DB,
    OPT_STALL,
    OPT_READY,
    OPT_CHECK,
    OPT_BACKUP,
    OPT_RESTORE,
    OPT_REPLACE,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"foreground", no_argument, NULL, OPT_FOREGROUND},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"db-path", required_argument, NULL, OPT_DB},
    {"stall-timeout", required_argument, NULL, OPT_STALL},
    {"ready-fd", required_argument, NULL, OPT_READY},
    {"check-db", optional_argument, NULL, OPT_CHECK},
    {"backup-db", required_argument, NULL, OPT_BACKUP},
    {"restore-db", required_argument, NULL, OPT_RESTORE},
    {"replace", no_argument, NULL, OPT_REPLACE},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static int set_path(char **to, const char *value) {
    char *path = NULL;
    int r = path_absolute(&path, value);
    if (r == 0) {
        free(*to);
        *to = path;
    }
    return r;
}

static int set_number(int *to, const char *value, int min, int max, const char *name,
                      struct errmsg *msg) {
    int64_t number = 0;
    if (str_to_int64(value, min, max, &number) < 0) {
        return errmsg_set(msg, OPTIONS_E_USAGE,
                          "%s takes a whole number from %d to %d, not %s", name, min,
                          max, value);
    }
    *to = (int)number;
    return 0;
}

/* Seconds, also 0.25. */
static int set_milliseconds(int *to, const char *value, const char *name,
                            struct errmsg *msg) {
    char *end = NULL;
    double seconds = strtod(value, &end);
    if (end == value || *end || !(seconds >= 0 && seconds <= INT_MAX / 1000)) {
        return errmsg_set(msg, OPTIONS_E_USAGE,
                          "%s takes a number of seconds from 0 to %d, not %s", name,
                          INT_MAX / 1000, value);
    }
    *to = (int)(seconds * 1000);
    *to += *to < seconds * 1000; /* 0 means never, so the least is 1 */
    return 0;
}

/* `file` NULL: none was named. */
static int set_care(struct server_options *o, enum server_care care, const char *file) {
    o->care = care;
    return file ? set_path(&o->care_file, file) : 0;
}

static int apply(struct server_options *o, int option, const char *value,
                 struct errmsg *msg) {
    switch (option) {
    case OPT_SOCKET:
        return set_path(&o->socket_path, value);
    case OPT_DB:
        return set_path(&o->db_path, value);
    case OPT_TIMEOUT:
        return set_milliseconds(&o->timeout_ms, value, "--timeout", msg);
    case OPT_STALL:
        return set_number(&o->stall_seconds, value, 1, INT_MAX / 1000,
                          "--stall-timeout", msg);
    case OPT_READY:
        return set_number(&o->ready_fd, value, 0, INT_MAX, "--ready-fd", msg);
    case OPT_CHECK:
        return set_care(o, SERVER_CARE_CHECK, value);
    case OPT_BACKUP:
        return set_care(o, SERVER_CARE_BACKUP, value);
    case OPT_RESTORE:
        return set_care(o, SERVER_CARE_RESTORE, value);
    case OPT_REPLACE:
        o->replace = true;
        return 0;
    case OPT_FOREGROUND:
        o->foreground = true;
        return 0;
    case 'v':
        o->verbose = true;
        return 0;
    case OPT_HELP:
        return OPTIONS_E_HELP;
    default:
        return OPTIONS_E_VERSION;
    }
}

static int fill_paths(struct server_options *o, struct errmsg *msg) {
    int r = 0;
    if (!o->socket_path) {
        r = path_socket_default(&o->socket_path);
    }
    if (r == 0 && !o->db_path) {
        r = path_database_default(&o->db_path);
        if (r == -ENOENT) {
            return errmsg_set(
                msg, r,
                "there is no home folder to keep the jobs in; set HOME or "
                "XDG_STATE_HOME, or name a file with --db-path");
        }
    }
    if (r == 0) {
        r = path_dirname(&o->state_dir, o->db_path);
    }
    if (r == 0) {
        r = path_join(&o->runs_dir, o->state_dir, "runs");
    }
    if (r == 0) {
        r = path_join(&o->log_path, o->state_dir, "server.log");
    }
    if (r == 0) {
        r = path_find_sibling(&o->supervisor, "crystalmath-supervisor",
                              "CRYSTALMATH_SUPERVISOR", msg);
        r = r == -ENOENT ? 0 : r; /* told when a job is to be started */
    }
    return r;
}

int options_read(int argc, char **argv, struct server_options *out,
                 struct errmsg *msg) {
    _cleanup_(options_deinit) struct server_options o = {
        .timeout_ms = -1, .stall_seconds = -1, .ready_fd = -1, .given_fd = -1};
    opterr = 0;
    for (;;) {
        int option = getopt_long(argc, argv, ":v", long_options, NULL);
        if (option == -1) {
            break;
        }
        if (option == '?' || option == ':') {
            return errmsg_set(msg, OPTIONS_E_USAGE, "%s %s; try --help",
                              argv[optind - 1],
                              option == ':' ? "needs a value" : "is no option here");
        }
        int r = apply(&o, option, optarg, msg);
        if (r != 0) {
            return r;
        }
    }
    if (optind < argc) {
        return errmsg_set(msg, OPTIONS_E_USAGE, "%s: no operands are taken; try --help",
                          argv[optind]);
    }
    int r = fill_paths(&o, msg);
    if (r == 0) {
        *out = o;
        o = (struct server_options){0};
    }
    return r;
}

void options_configure(struct server_options *o, struct config *config) {
    o->config = config;
    if (o->timeout_ms >= 0) {
        config_override(config, CONFIG_SERVER_TIMEOUT, o->timeout_ms);
    }
    if (o->stall_seconds >= 0) {
        config_override(config, CONFIG_SERVER_STALL_TIMEOUT,
                        (int64_t)o->stall_seconds * 1000);
    }
    if (o->verbose) {
        config_override(config, CONFIG_SERVER_LOG_LEVEL, LOG_LEVEL_DEBUG);
    }
    o->timeout_ms = (int)config_number(config, CONFIG_SERVER_TIMEOUT);
    o->stall_seconds = /* rounded up: it is at least 1 */
        (int)((config_number(config, CONFIG_SERVER_STALL_TIMEOUT) + 999) / 1000);
}

void options_deinit(struct server_options *o) {
    free(o->socket_path);
    free(o->db_path);
    free(o->state_dir);
    free(o->runs_dir);
    free(o->log_path);
    free(o->supervisor);
    free(o->care_file);
    (void)config_free(o->config);
}
