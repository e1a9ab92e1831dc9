/* The command line of crystalmath-server, with every path made absolute. */
#pragma once

#include "base/errmsg.h"
#include "config/config.h"

#include <stdbool.h>

/* What is to be done instead of serving: see care.h. */
enum server_care {
    SERVER_CARE_NONE,
    SERVER_CARE_CHECK,   /* of care_file, or of the database where that is NULL */
    SERVER_CARE_BACKUP,  /* to care_file */
    SERVER_CARE_RESTORE, /* from care_file */
};

struct server_options {
    char *socket_path;
    char *db_path;
    char *state_dir; /* the database's folder */
    char *runs_dir;  /* one folder a job */
    char *log_path;
    char *supervisor;  /* program; NULL when it was not found */
    int timeout_ms;    /* 0: never exit for want of work; -1: as configured */
    int stall_seconds; /* how long a client may owe us without moving; likewise */
    int ready_fd;      /* -1: nobody waits */
    unsigned long open_files; /* the limit that jobs get, as the server found it */
    int given_fd; /* listens at socket_path, made by somebody else; -1: none */
    bool foreground;
    bool verbose;
    bool replace; /* a copy may take the place of what lies there */
    enum server_care care;
    char *care_file;       /* absolute */
    struct config *config; /* NULL: the defaults */
};

enum {
    OPTIONS_E_USAGE = 1, /* the message says what is wrong */
    OPTIONS_E_HELP,      /* --help was given: print options_help() */
    OPTIONS_E_VERSION,
};

/* 0, an OPTIONS_E_…, or a negative errno. */
int options_read(int argc, char **argv, struct server_options *out, struct errmsg *msg);
/* Take the configuration, which gives what the command line did not, and learns what it
 * did. */
void options_configure(struct server_options *options, struct config *config_take);
void options_deinit(struct server_options *options);
const char *options_help(void);
