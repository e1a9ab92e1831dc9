/* The command line of the user's own ssh(1), with the user's own configuration. */
#pragma once

#include <stdbool.h>

struct ssh_way {
    const char *command; /* what ssh is called, with options: words between spaces */
    const char *host;    /* an alias of ssh_config(5), HOST, or USER@HOST */
    bool asks;           /* may ask for a password; else what needs one fails */
    bool terminal;       /* the remote program gets a terminal */
};

/* Whether a text may stand for a host: not empty, no option, nothing but printable
 * ASCII without spaces. */
bool ssh_host_is_valid(const char *host);

/* The words that run `remote` on the host, by the shell that the user has there; a
 * NULL-terminated vector that strv_free frees. All connections to a host go through
 * one, which stays for some minutes after the last (ControlMaster in ssh_config(5)),
 * where there is a private folder for its socket; one that is silent for 45 s counts as
 * broken. 0 or a negative errno. */
int ssh_argv(char ***out, const struct ssh_way *way, const char *remote);
