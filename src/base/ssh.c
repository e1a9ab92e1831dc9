/* Nothing is run here. What the user's configuration says of keys, jumps and ports
 * holds; options are added only for what the program promises by itself: not to wait
 * for ever, not to ask where nobody can answer, one connection for all. */
#include "base/ssh.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sha256.h"
#include "base/shell_quote.h"
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

/* 0, -ENOTDIR where it cannot be a private folder of ours, or -ENOMEM. */
static int make_ours(const char *folder) {
    struct stat st;
    if (strlen(folder) + 1 + HASH_SIZE > CONTROL_PATH_MAX) {
        return -ENOTDIR;
    }
    int r = path_make_private(folder);
    bool ours = r == 0 && lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
                st.st_uid == geteuid() && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    return ours ? 0 : r == -ENOMEM ? r : -ENOTDIR;
}

/* A folder of ours alone beside the server's socket. 0, -ENOTDIR where there cannot be
 * one, or another negative errno. */
static int control_folder(char **out) {
    _cleanup_free_ char *socket = NULL;
    _cleanup_free_ char *folder = NULL;
    int r = path_socket_default(&socket);
    if (r < 0) {
        return r;
    }
    char *dot = strrchr(socket, '.');
    if (dot) {
        *dot = '\0';
    }
    r = str_printf(&folder, "%s-ssh", socket);
    r = r < 0 ? r : make_ours(folder);
    if (r == 0) {
        *out = TAKE_PTR(folder);
    }
    return r;
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
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *path = NULL;
    if (control_folder(&folder) < 0) {
        return; /* then each connection is its own */
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

static void add_beginning(struct words *words, const struct ssh_way *way) {
    add_split(words, way->command);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        add(words, always[i]);
    }
    if (!way->asks) {
        add(words, "-o");
        add(words, "BatchMode=yes");
    }
}

static void add_end(struct words *words, const struct ssh_way *way,
                    const char *remote) {
    add(words, way->terminal ? "-t" : "-T");
    add(words, "--");
    add(words, way->host);
    if (remote) {
        add(words, remote);
    }
}

static int hand_out(char ***out, struct words *words) {
    if (words->r < 0) {
        return words->r;
    }
    char **copy = strv_copy(words->at);
    if (!copy) {
        return -ENOMEM;
    }
    *out = copy;
    return 0;
}

int ssh_argv(char ***out, const struct ssh_way *way, const char *remote) {
    _cleanup_(words_deinit) struct words words = {.n = 0};
    add_beginning(&words, way);
    add_control(&words);
    add_end(&words, way, remote);
    return hand_out(out, &words);
}

int ssh_control_path(char **out, const char *command, const char *host) {
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *both = NULL;
    char hex[SHA256_HEX_SIZE];
    int r = control_folder(&folder);
    if (r == -ENOTDIR) {
        /* A runtime folder with a long name: one in /tmp has to do. */
        r = str_printf(&folder, "/tmp/crystalmath-%u-ssh", (unsigned)geteuid());
        r = r < 0 ? r : make_ours(folder);
    }
    r = r < 0 ? r : str_printf(&both, "%s\n%s", command, host);
    if (r < 0) {
        return r;
    }
    sha256_hex(both, strlen(both), hex);
    return str_printf(out, "%s/%.*s", folder, HASH_SIZE / 2, hex);
}

static void add_path(struct words *words, const char *control) {
    _cleanup_buf_ struct buf path = BUF_NULL;
    int r = buf_append_str(&path, "ControlPath=");
    for (const char *at = control; r == 0 && *at; at++) {
        /* Percent signs are ssh's. */
        r = *at == '%' ? buf_append_str(&path, "%%") : buf_append(&path, at, 1);
    }
    words->r = words->r < 0 ? words->r : r;
    add(words, "-o");
    add_n(words, buf_bytes(&path), buf_len(&path));
}

int ssh_open_argv(char ***out, const struct ssh_way *way, const char *control) {
    _cleanup_(words_deinit) struct words words = {.n = 0};
    add_beginning(&words, way);
    add(&words, "-o");
    add(&words, "ControlMaster=yes");
    add_path(&words, control);
    add(&words, "-o");
    add(&words, way->asks ? "ControlPersist=12h" : "ControlPersist=10m");
    add(&words, "-N");
    add(&words, "-f");
    add_end(&words, way, NULL);
    return hand_out(out, &words);
}

int ssh_through_argv(char ***out, const struct ssh_way *way, const char *control,
                     const char *remote) {
    _cleanup_(words_deinit) struct words words = {.n = 0};
    add_beginning(&words, way);
    add(&words, "-o");
    add(&words, "ControlMaster=no");
    add_path(&words, control);
    /* Where the socket does not answer, ssh would open a connection of its own. */
    add(&words, "-o");
    add(&words, "ProxyCommand=false");
    if (remote) {
        add_end(&words, way, remote);
    }
    return hand_out(out, &words);
}

/* What some shell takes for more than itself between single quotes: csh newlines and
 * exclamation marks, fish backslashes. */
static bool is_odd(char c) {
    return c < ' ' || c > '~' || strchr("'\\!", c);
}

/* Behind `printf %b` every byte is itself again. */
static int append_octal(struct buf *out, const char *text, size_t n) {
    int r = buf_append_str(out, "'");
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = is_odd(text[i]) ? buf_printf(out, "\\0%03o", (unsigned char)text[i])
                            : buf_append(out, &text[i], 1);
    }
    return r == 0 ? buf_append_str(out, "'") : r;
}

int ssh_remote_text(struct buf *out, char *const *argv) {
    _cleanup_buf_ struct buf script = BUF_NULL;
    size_t before = buf_len(out);
    int r = buf_append_str(&script, "echo crystalmath begins; ");
    r = r == 0 ? shell_quote_all(&script, argv) : r;
    r = r == 0 ? buf_append_str(&script, "; s=$?; [ $s -ne 255 ] || s=254; exit $s")
               : r;
    r = r == 0 ? buf_append_str(out, "exec sh -c 'eval \"$(printf %b \"$1\")\"' sh ")
               : r;
    r = r == 0 ? append_octal(out, buf_bytes(&script), buf_len(&script)) : r;
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
