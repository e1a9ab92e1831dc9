/* A watch on the file, and a short timer that gathers bursts: a program that writes a
 * thousand lines wakes the server some twenty times a second, one that writes nothing
 * never. */
#include "server/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { GATHER_MS = 40, PIECE = 64 * 1024, AT_ONCE = 8 * 1024 * 1024 };

struct follow {
    uv_fs_event_t watch;
    uv_timer_t gather;
    int open_handles;
    bool gathering;
    char *path;
    int64_t offset;
    ino_t inode; /* 0 until the file was seen */
    follow_fn fn;
    void *data;
};

/* Deliver up to AT_ONCE bytes. True when there is more. */
static bool read_some(struct follow *follow) {
    _cleanup_close_ int fd = open(follow->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    bool again = (follow->inode != 0 && follow->inode != st.st_ino) ||
                 st.st_size < follow->offset;
    follow->inode = st.st_ino;
    if (again) {
        follow->offset = 0;
        follow->fn("", 0, 0, true, follow->data);
    }
    _cleanup_free_ char *piece = malloc(PIECE);
    for (int64_t taken = 0; piece && taken < AT_ONCE;) {
        ssize_t n = pread(fd, piece, PIECE, (off_t)follow->offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        int64_t offset = follow->offset;
        follow->offset += n;
        taken += n;
        follow->fn(piece, (size_t)n, offset, false, follow->data);
    }
    return true;
}

static void on_gathered(uv_timer_t *timer) {
    struct follow *follow = timer->data;
    follow->gathering = false;
    if (read_some(follow)) {
        follow->gathering = uv_timer_start(timer, on_gathered, 1, 0) == 0;
    }
}

static void on_change(uv_fs_event_t *watch, const char *name, int events, int status) {
    (void)name;
    (void)events;
    (void)status;
    struct follow *follow = watch->data;
    if (!follow->gathering) {
        follow->gathering =
            uv_timer_start(&follow->gather, on_gathered, GATHER_MS, 0) == 0;
    }
}

int follow_new(struct follow **out, uv_loop_t *loop, const char *path, int64_t offset,
               follow_fn fn, void *data) {
    struct follow *follow = calloc(1, sizeof *follow);
    char *copy = strdup(path);
    if (!follow || !copy) {
        free(follow);
        free(copy);
        return -ENOMEM;
    }
    follow->path = copy;
    follow->offset = offset;
    follow->fn = fn;
    follow->data = data;
    (void)uv_fs_event_init(loop, &follow->watch);
    (void)uv_timer_init(loop, &follow->gather);
    follow->watch.data = follow;
    follow->gather.data = follow;
    follow->open_handles = 2;
    (void)uv_fs_event_start(&follow->watch, on_change, path, 0);
    /* What was written before the watch began makes no event. */
    follow->gathering = uv_timer_start(&follow->gather, on_gathered, 1, 0) == 0;
    *out = follow;
    return 0;
}

void follow_read(struct follow *follow) {
    while (read_some(follow)) {
    }
}

static void on_closed(uv_handle_t *handle) {
    struct follow *follow = handle->data;
    if (--follow->open_handles == 0) {
        free(follow->path);
        free(follow);
    }
}

struct follow *follow_free(struct follow *follow) {
    if (follow) {
        uv_close((uv_handle_t *)&follow->watch, on_closed);
        uv_close((uv_handle_t *)&follow->gather, on_closed);
    }
    return NULL;
}
