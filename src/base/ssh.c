/* Nothing is run here. What the user's configuration says of keys, jumps and ports
 * holds; options are added only for what the program promises by itself: not to wait
 * for ever, not to ask where nobody can answer, one connection for all. */
#include "base/ssh.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WORDS_MAX = 64,
    /* sun_path has 108 bytes, and ssh adds a suffix while it makes the socket. */
    CONTROL_PATH_MAX = 108 - 18,
    HASH_SIZE = 40, /* of %C */
};

static const char *const always[] = {
    "-o",
    "ConnectTimeout=20",
    "-o",
    "ServerAliveInterval=15",
    "-o",
    "ServerAliveCountMax=3",
    /* Nothing of the local screen or agent is handed on by us. */
    "-o",
    "ForwardX11=no",
    "-o",
    "ClearAllForwardings=yes",
};

bool ssh_host_is_valid(const char *host) {
    if (str_empty(host) || host[0] == '-') {
        return false;
    }
    for (const char *at = host; *at; at++) {
        if (*at <= ' ' || *at > '~') {
            return false;
        }
    }
    return true;
}

/* A folder of ours alone beside the server's socket; NULL where there cannot be one:
 * then each connection is its own. */
static char *control_folder(void) {
    _cleanup_free_ char *socket = NULL;
    char *folder = NULL;
    if (path_socket_default(&socket) < 0) {
        return NULL;
    }
    char *dot = strrchr(socket, '.');
    if (dot) {
        *dot = '\0';
    }
    if (str_printf(&folder, "%s-ssh", socket) < 0) {
        return NULL;
    }
    struct stat st;
    bool ours = path_make_private(folder) == 0 && lstat(folder, &st) == 0 &&
                S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
                (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    if (!ours || strlen(folder) + 1 + HASH_SIZE > CONTROL_PATH_MAX) {
        free(folder);
        return NULL;
    }
    return folder;
}

struct words {
    char *at[WORDS_MAX + 1];
    size_t n;
    int r;
};

static void words_deinit(struct words *words) {
    for (size_t i = 0; i < words->n; i++) {
        free(words->at[i]);
    }
}

static void add_n(struct words *words, const char *word, size_t n) {
    if (words->r == 0 && words->n == WORDS_MAX) {
        words->r = -E2BIG;
    }
    if (words->r < 0) {
        return;
    }
    words->at[words->n] = strndup(word, n);
    if (!words->at[words->n]) {
        words->r = -ENOMEM;
        return;
    }
    words->n++;
}

static void add(struct words *words, const char *word) {
    add_n(words, word, strlen(word));
}

static void add_split(struct words *words, const char *text) {
    text += strspn(text, " \t");
    while (*text) {
        size_t n = strcspn(text, " \t");
        add_n(words, text, n);
        text += n;
        text += strspn(text, " \t");
    }
}

static void add_control(struct words *words) {
    _cleanup_free_ char *folder = control_folder();
    _cleanup_free_ char *path = NULL;
    if (!folder) {
        return;
    }
    if (str_printf(&path, "ControlPath=%s/%%C", folder) < 0) {
        words->r = words->r < 0 ? words->r : -ENOMEM;
        return;
    }
    add(words, "-o");
    add(words, "ControlMaster=auto");
    add(words, "-o");
    add(words, path);
    add(words, "-o");
    add(words, "ControlPersist=10m");
}

int ssh_argv(char ***out, const struct ssh_way *way, const char *remote) {
    _cleanup_(words_deinit) struct words words = {.n = 0};
    add_split(&words, way->command);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        add(&words, always[i]);
    }
    add_control(&words);
    if (!way->asks) {
        add(&words, "-o");
        add(&words, "BatchMode=yes");
    }
    add(&words, way->terminal ? "-t" : "-T");
    add(&words, "--");
    add(&words, way->host);
    add(&words, remote);
    if (words.r < 0) {
        return words.r;
    }
    char **copy = strv_copy(words.at);
    if (!copy) {
        return -ENOMEM;
    }
    *out = copy;
    return 0;
}
