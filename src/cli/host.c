/* The remote side needs a POSIX sh, whatever the login shell is: every word reaches it
 * quoted. A login without a terminal often lacks the folders that people install into,
 * so these are looked at too. */
#include "cli/host.h"

#include "base/cleanup.h"
#include "base/shell_quote.h"
#include "base/ssh.h"
#include "base/str.h"
#include "cli/say.h"
#include "config/config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

DEFINE_CLEANUP(char **, strv_free);

enum {
    /* A person may have to find a password, or a telephone. */
    ASKING_TIMEOUT_MS = 180000,
};

static const char find_and_run[] =
    "PATH=$PATH:$HOME/.local/bin:$HOME/bin; export PATH; "
    "command -v \"$0\" >/dev/null 2>&1 || { "
    "echo \"crystalmath: there is no program $0 on this host: it is not on the PATH of "
    "a login without a terminal, nor in ~/.local/bin or ~/bin. Install it there, or "
    "say "
    "where it is: program = PATH in the section [host] of your own config.ini.\" >&2; "
    "exit 127; }; exec \"$0\" \"$@\"";

/* exec /bin/sh -c SCRIPT PROGRAM [--socket PATH] [--no-start] WORD… */
static int remote_command(const struct cli *cli, const struct config *config, int argc,
                          char **argv, struct buf *out) {
    int r = buf_append_str(out, "exec /bin/sh -c ");
    r = r < 0 ? r : shell_quote(out, find_and_run);
    r = r < 0 ? r : buf_append_str(out, " ");
    r = r < 0 ? r : shell_quote(out, config_text(config, CONFIG_HOST_PROGRAM));
    if (r == 0 && cli->socket_path) {
        r = buf_append_str(out, " --socket ");
        r = r < 0 ? r : shell_quote(out, cli->socket_path);
    }
    if (r == 0 && cli->no_start) {
        r = buf_append_str(out, " --no-start");
    }
    for (int i = 0; r == 0 && i < argc; i++) {
        r = buf_append_str(out, " ");
        r = r < 0 ? r : shell_quote(out, argv[i]);
    }
    return r < 0 ? r : buf_append(out, "", 1);
}

/* NULL after telling why. */
static char **ssh_words(const struct cli *cli, struct ssh_way way, int argc,
                        char **argv) {
    _cleanup_config_ struct config *config = NULL;
    struct errmsg msg = ERRMSG_NULL;
    if (config_load(&config, NULL, true) < 0) {
        say_no_memory();
    }
    if (config_check(config, &msg) < 0) {
        say_error("%s", msg.text);
        return NULL;
    }
    way.command = config_text(config, CONFIG_SSH_COMMAND);
    way.host = cli->host;
    _cleanup_buf_ struct buf remote = BUF_NULL;
    if (remote_command(cli, config, argc, argv, &remote) < 0) {
        say_no_memory();
    }
    char **words = NULL;
    int r = ssh_argv(&words, &way, buf_bytes(&remote));
    if (r == -E2BIG) {
        say_error("what ssh is called has too many words; see command in the section "
                  "[ssh] of %s",
                  config_path(config));
    } else if (r < 0) {
        say_no_memory();
    }
    return words;
}

char **host_proxy(const struct cli *cli, bool asks) {
    char *words[] = {(char *)"proxy", NULL};
    return ssh_words(cli, (struct ssh_way){.asks = asks}, 1, words);
}

int host_lead(const struct cli *cli, struct cm_client *client) {
    _cleanup_(strv_freep) char **words = host_proxy(cli, true);
    if (!words) {
        return CLI_FAILED;
    }
    if (cm_client_set_proxy(client, cli->host, (const char *const *)words) < 0) {
        say_no_memory();
    }
    cm_client_set_start_timeout(client, ASKING_TIMEOUT_MS);
    return CLI_OK;
}

int host_run(const struct cli *cli, int argc, char **argv) {
    struct ssh_way way = {
        .asks = true,
        .terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
    };
    _cleanup_(strv_freep) char **words = ssh_words(cli, way, argc, argv);
    if (words) {
        (void)execvp(words[0], words);
        say_error("%s cannot be run (%s); install OpenSSH's client, or say what it is "
                  "called: command in the section [ssh] of config.ini",
                  words[0], strerror(errno));
    }
    return CLI_FAILED;
}
