/* The command line of the user's own ssh(1), with the user's own configuration. */
#pragma once

#include "base/buf.h"

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

/* The socket of a connection of its own kind: one that is opened by ssh_open_argv, and
 * that all commands share which ssh_through_argv makes. The same for the same command
 * and host. Freed by the caller. 0, -ENOTDIR where there can be no private folder for
 * it, or another negative errno. */
int ssh_control_path(char **out, const char *command, const char *host);

/* The words that open the connection and leave it in the background, with exit status 0
 * when it is open. It stays for some minutes after the last use, or where the user had
 * to be asked for half a day. Likewise. */
int ssh_open_argv(char ***out, const struct ssh_way *way, const char *control);

/* The words that run `remote` through that connection, or fail: they open none. With
 * `remote` NULL, host and command are left out. Likewise. */
int ssh_through_argv(char ***out, const struct ssh_way *way, const char *control,
                     const char *remote);

/* A text for the host's shell that runs words of any bytes, whatever shell that is:
 * sh(1), csh(1) and fish(1) read it alike. It prints SSH_BEGIN, and ends with the exit
 * status of the command, but with 254 for 255, which is ssh's own. Appended to `out`. 0
 * or a negative errno. */
#define SSH_BEGIN "crystalmath begins\n"
int ssh_remote_text(struct buf *out, char *const *argv);
