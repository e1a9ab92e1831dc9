/* What every command of the `crystalmath` program shares. */
#pragma once

#include <stdbool.h>

/* Exit statuses. A function of this folder that returns "a status" returns one of
 * these, and has told the user why where it is not CLI_OK. */
enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_INTERRUPTED = 130, /* 128 + SIGINT, as a shell reports it */
};

/* The options that stand before the command. */
struct cli {
    const char *socket_path; /* NULL: the default; on the host, where there is one */
    const char *host;        /* whose server it is; NULL: this machine's */
    bool no_start;           /* connect only, never start a server */
};
