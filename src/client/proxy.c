/* The connection is one end of a socket pair, so that nothing else of the client knows
 * of proxies. The program is a child of ours: it ends when the pair does, or is told
 * to, and is reaped here. What it writes to stderr goes to a file without a name, for
 * the error of a start that failed; a program that outlives its parent, as ssh's shared
 * connection does, may keep that file. */
#include "client/proxy.h"

#include "client/child.h"
#include "client/client_internal.h"
#include "client/log_tail.h"

#include "base/errmsg.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOISE_MAX = 64 * 1024,
    REAP_MS = 100,       /* of one that was told to end */
    REAP_DEAD_MS = 2000, /* of one that has closed its output */
    WORDS_BYTES = 4096,  /* of its last words */
    EXIT_NOT_FOUND = 127,
};

static const char frame_begins[] = "Content-Length:";

struct proxy {
    char *name;
    char **argv;
    char *why;  /* how the last one ended that was not heard; NULL: not known */
    pid_t pid;  /* 0: none runs */
    int words;  /* its stderr; -1: none */
    bool noisy; /* no frame has come yet */
};

int proxy_new(struct proxy **out, const char *name, const char *const *argv) {
    if (str_empty(name) || str_empty(argv[0])) {
        return CM_E_INVALID;
    }
    struct proxy *proxy = calloc(1, sizeof *proxy);
    if (!proxy) {
        return CM_E_NO_MEMORY;
    }
    proxy->words = -1;
    proxy->name = strdup(name);
    proxy->argv = strv_copy((char *const *)argv);
    if (!proxy->name || !proxy->argv) {
        (void)proxy_free(proxy);
        return CM_E_NO_MEMORY;
    }
    *out = proxy;
    return 0;
}

const char *proxy_name(const struct proxy *proxy) {
    return proxy->name;
}

/* The connection has been closed: the program ends soon, or is told to. */
static void end_program(struct proxy *proxy) {
    int status = 0;
    if (proxy->pid > 0 && child_reap(proxy->pid, 0, &status) == -ETIMEDOUT) {
        (void)kill(proxy->pid, SIGTERM);
        (void)child_reap(proxy->pid, REAP_MS, &status);
    }
    proxy->pid = 0;
    closep(&proxy->words);
}

struct proxy *proxy_free(struct proxy *proxy) {
    if (proxy) {
        end_program(proxy);
        (void)strv_free(proxy->argv);
        free(proxy->name);
        free(proxy->why);
        free(proxy);
    }
    return NULL;
}

void proxy_hand_over(struct proxy *from, struct proxy *to) {
    if (to) {
        to->pid = from->pid;
        to->words = TAKE_FD(from->words);
        to->noisy = from->noisy;
    }
    from->pid = 0;
}

/* A file without a name; -1 where there cannot be one. */
static int open_words(void) {
    FILE *file = tmpfile();
    if (!file) {
        return -1;
    }
    int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)fclose(file);
    return fd;
}

int proxy_connect(struct proxy *proxy, struct cm_client *client,
                  struct cm_error **error) {
    end_program(proxy);
    int ends[2] = {-1, -1};
    int r = platform_socket_pair(ends);
    if (r < 0) {
        return error_set_system(error, r, "Making a way to %s", proxy->name);
    }
    _cleanup_close_ int ours = ends[0];
    _cleanup_close_ int theirs = ends[1];
    proxy->words = open_words();
    r = child_spawn_proxy(proxy->argv, theirs, proxy->words, &proxy->pid);
    if (r == -ENOMEM) {
        return error_no_memory(error);
    }
    if (r < 0) {
        char space[128];
        return error_set(error, CM_E_START_FAILED,
                         "%s cannot be reached: running %s failed (%s). Install it, or "
                         "put it on your PATH.",
                         proxy->name, proxy->argv[0],
                         errmsg_errno(r, space, sizeof space));
    }
    proxy->noisy = true;
    return client_take_connection(client, TAKE_FD(ours), proxy->name, error);
}

int proxy_skip_noise(struct proxy *proxy, struct cm_client *client,
                     struct cm_error **error) {
    if (!proxy->noisy) {
        return 0;
    }
    size_t len = buf_len(&client->in);
    const char *bytes = buf_bytes(&client->in);
    const char *frame = memmem(bytes, len, frame_begins, strlen(frame_begins));
    if (frame) {
        buf_consume(&client->in, (size_t)(frame - bytes));
        proxy->noisy = false;
        return 0;
    }
    if (len > NOISE_MAX) {
        return client_lose(client, error, CM_E_PROTOCOL,
                           "What %s says is no answer of a server", client->path);
    }
    return 0;
}

/* Its last words, each line indented, without a newline behind them; NULL when there
 * are none. */
static char *last_words(const struct proxy *proxy) {
    char bytes[WORDS_BYTES];
    if (proxy->words < 0) {
        return NULL;
    }
    off_t size = lseek(proxy->words, 0, SEEK_END);
    off_t from = size > WORDS_BYTES ? size - WORDS_BYTES : 0;
    ssize_t n = pread(proxy->words, bytes, sizeof bytes, from);
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r')) {
        n--;
    }
    char *words = n > 0 ? log_tail_quote(bytes, (size_t)n) : NULL;
    if (words) {
        words[strlen(words) - 1] = '\0'; /* the newline */
    }
    return words;
}

static int describe_end(struct proxy *proxy, char **out) {
    int status = 0;
    int r = proxy->pid > 0 ? child_reap(proxy->pid, REAP_DEAD_MS, &status) : -ECHILD;
    const char *program = proxy->argv[0];
    if (r == -ETIMEDOUT) {
        return str_printf(out, "%s closed its output", program);
    }
    proxy->pid = 0;
    if (r < 0) {
        return str_printf(out, "%s ended", program);
    }
    if (WIFSIGNALED(status)) {
        return str_printf(out, "%s was ended by signal %d", program, WTERMSIG(status));
    }
    return str_printf(out, "%s ended with exit code %d%s", program, WEXITSTATUS(status),
                      WEXITSTATUS(status) == EXIT_NOT_FOUND
                          ? " (the program it should run there was not found)"
                          : "");
}

bool proxy_is_unheard(const struct proxy *proxy) {
    return proxy->noisy;
}

int proxy_ended(struct proxy *proxy, struct cm_client *client,
                struct cm_error **error) {
    _cleanup_free_ char *end = NULL;
    int r = describe_end(proxy, &end);
    _cleanup_free_ char *words = last_words(proxy);
    end_program(proxy);
    free(TAKE_PTR(proxy->why));
    if (r == 0) {
        (void)str_printf(&proxy->why, "%s%s%s", end,
                         words ? ":\n" : ", without a word.", words ? words : "");
    }
    (void)client_lose(client, NULL, CM_E_DISCONNECTED, "%s cannot be reached",
                      proxy->name);
    return proxy_why(proxy, error);
}

int proxy_why(const struct proxy *proxy, struct cm_error **error) {
    if (!proxy->why) {
        return error_no_memory(error);
    }
    return error_set(error, CM_E_START_FAILED, "%s cannot be reached: %s", proxy->name,
                     proxy->why);
}

int proxy_silent(struct proxy *proxy, struct cm_client *client, int limit_ms,
                 struct cm_error **error) {
    (void)client_lose(client, NULL, CM_E_TIMEOUT, "Nothing was heard");
    _cleanup_free_ char *words = last_words(proxy);
    end_program(proxy);
    if (!words) {
        return error_set(error, CM_E_TIMEOUT,
                         "%s did not answer within %g s, and %s said nothing.",
                         proxy->name, limit_ms / 1000.0, proxy->argv[0]);
    }
    return error_set(error, CM_E_TIMEOUT,
                     "%s did not answer within %g s. The last words of %s:\n%s",
                     proxy->name, limit_ms / 1000.0, proxy->argv[0], words);
}
