/* One file that is followed: where it is looked for, and what of it is new.
 *
 * A watch is put on the file, or where there is none on the nearest folder above it
 * that exists; there the next name of the path is awaited. That watch comes first and
 * the look at the file after it, so nothing gets lost between the two: what the look
 * did not see, the watch tells. Polled as well is what no watch tells of: a file on a
 * file system that other machines write to, a link that may be made to lead elsewhere,
 * and whatever the system has no watch for.
 *
 * The file is opened anew each time: so a name that leads to another file is noticed,
 * and no descriptor keeps a removed one alive. It is read again from its beginning when
 * it is another one (device, inode, birth), when it has become smaller, and when the
 * last bytes that were read are others now: cut, and grown again since. */
#include "server/follow_internal.h"

#include "base/filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { TRIES = 8 };

static bool is_same_file(const struct platform_file *a, const struct platform_file *b) {
    return a->device == b->device && a->inode == b->inode && a->born_ns == b->born_ns;
}

/* ---- its place ---- */

struct watch *follow_displace(struct follow *follow) {
    struct watch *watch = TAKE_PTR(follow->watch);
    if (watch) {
        struct follow **at = &watch->first;
        while (*at != follow) {
            at = &(*at)->next_in_watch;
        }
        *at = follow->next_in_watch;
    }
    if (follow->polls) {
        struct follow **at = &follow->follower->polled;
        while (*at != follow) {
            at = &(*at)->next_polled;
        }
        *at = follow->next_polled;
        follow->polls = false;
    }
    follow->awaited = NULL;
    follow->placed = false;
    return watch;
}

/* The first n bytes of its path, which are fewer than PATH_MAX. */
static void copy_path(const struct follow *follow, size_t n, char *path) {
    memcpy(path, follow->path, n);
    path[n] = '\0';
}

/* The same up to where the watch is, or the name that it waits for. */
static void copy_path_awaited(const struct follow *follow, char *path) {
    copy_path(follow,
              follow->awaited
                  ? (size_t)(follow->awaited - follow->path) + follow->awaited_len
                  : strlen(follow->path),
              path);
}

static void put_in(struct watch *watch, struct follow *follow) {
    follow->watch = watch;
    follow->next_in_watch = watch->first;
    watch->first = follow;
}

static bool is_missing(int r) {
    return r == -ENOENT || r == -ENOTDIR;
}

/* Watch the nearest folder that there is. 0, or why there is no watch. */
static int watch_folder(struct follow *follow, char *path) {
    int why = -ENOENT;
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        struct watch *watch =
            follower_watch(follow->follower, slash == path ? "/" : path, true, &why);
        if (watch) {
            put_in(watch, follow);
            follow->awaited = follow->path + (slash - path) + 1;
            follow->awaited_len = strcspn(follow->awaited, "/");
            return 0;
        }
        if (!is_missing(why)) {
            return why;
        }
    }
    return why;
}

/* The part of the path that the watch is on or waits for is a link. */
static bool is_link(const struct follow *follow, char *path) {
    struct stat st;
    copy_path_awaited(follow, path);
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Whether what is awaited has come meanwhile. */
static bool has_come(const struct follow *follow, char *path) {
    struct platform_file file;
    copy_path_awaited(follow, path);
    bool last = follow->awaited[follow->awaited_len] == '\0';
    return platform_file(-1, path, &file) == 0 &&
           (last ? S_ISREG(file.mode) : S_ISDIR(file.mode));
}

/* False when something changed meanwhile, and it has to be done again. */
static bool try_to_place(struct follow *follow, char *path) {
    struct platform_file file;
    int r = platform_file(-1, follow->path, &file);
    int why = 0;
    follow->there = r == 0 && S_ISREG(file.mode);
    if (follow->there) {
        struct watch *watch =
            follower_watch(follow->follower, follow->path, false, &why);
        if (watch) {
            put_in(watch, follow);
            r = platform_file(-1, follow->path, &follow->home);
            return r == 0 && is_same_file(&follow->home, &file);
        }
        follow->home = file;
    } else {
        copy_path(follow, strlen(follow->path), path);
        why = watch_folder(follow, path);
        if (why == 0) {
            return !has_come(follow, path);
        }
    }
    return !is_missing(why);
}

static bool is_shared(const char *path) {
    struct filesystem fs;
    return filesystem_of(path, &fs) == 0 && fs.network;
}

static bool needs_polling(struct follow *follow, char *path) {
    if (!follow->watch || is_link(follow, path)) {
        return true;
    }
    copy_path(follow,
              follow->awaited ? (size_t)(follow->awaited - follow->path)
                              : strlen(follow->path),
              path);
    return is_shared(path);
}

static void place(struct follow *follow) {
    char path[PATH_MAX];
    bool settled = false;
    for (int i = 0; i < TRIES && !settled && strlen(follow->path) < sizeof path; i++) {
        struct watch *left = follow_displace(follow);
        settled = try_to_place(follow, path);
        follower_unwatch(follow->follower, left);
    }
    follow->placed = true;
    if (!settled || needs_polling(follow, path)) {
        follower_poll(follow->follower, follow);
    }
}

/* ---- what is new ---- */

/* Opening a fifo or a device can do anything: look first. */
static int open_file(const struct follow *follow, struct platform_file *file) {
    if (platform_file(-1, follow->path, file) < 0 || !S_ISREG(file->mode)) {
        return -1;
    }
    _cleanup_close_ int fd = open(follow->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || platform_file(fd, NULL, file) < 0 || !S_ISREG(file->mode)) {
        return -1;
    }
    return TAKE_FD(fd);
}

/* Open the file that the watch is on. -1 where there is none. */
static int open_placed(struct follow *follow, struct platform_file *file) {
    int fd = -1;
    for (int i = 0; i < TRIES; i++) {
        if (!follow->placed) {
            place(follow);
        }
        fd = open_file(follow, file);
        bool is_home = fd >= 0 && follow->there && is_same_file(file, &follow->home);
        if (is_home || (fd < 0 && !follow->there)) {
            break;
        }
        follow->placed = false;
        if (fd < 0 && access(follow->path, F_OK) == 0) {
            break; /* it is there, and we may not read it */
        }
        if (i + 1 < TRIES && fd >= 0) {
            (void)close(TAKE_FD(fd));
        }
    }
    return fd;
}

/* Tell; whether the follow is still there. */
static bool tell(struct follow *follow, const char *bytes, size_t n, int64_t offset,
                 bool again) {
    follow->busy = true;
    follow->fn(bytes, n, offset, again, follow->data);
    follow->busy = false;
    if (follow->freed) {
        (void)follow_free(follow);
        return false;
    }
    return true;
}

static bool begin_again(struct follow *follow) {
    follow->offset = 0;
    follow->n_tail = 0;
    return tell(follow, "", 0, 0, true);
}

static void keep_tail(struct follow *follow, const char *bytes, size_t n) {
    follow->n_tail = n < FOLLOW_TAIL ? n : (size_t)FOLLOW_TAIL;
    memcpy(follow->tail, bytes + n - follow->n_tail, follow->n_tail);
}

/* The next piece, and before it once more the last bytes of the one before: the count
 * of new bytes. -ESTALE: those are others now. */
static ssize_t read_piece(struct follow *follow, int fd, size_t most) {
    char *piece = follow->follower->piece;
    size_t old = follow->n_tail;
    ssize_t n = 0;
    do {
        n = pread(fd, piece, old + most, (off_t)(follow->offset - (int64_t)old));
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return -errno;
    }
    if ((size_t)n < old || memcmp(piece, follow->tail, old) != 0) {
        return -ESTALE;
    }
    keep_tail(follow, piece, (size_t)n);
    return n - (ssize_t)old;
}

/* Whether there is more. */
static bool read_on(struct follow *follow, int fd, int64_t most) {
    bool again = false;
    bool end = false;
    while (most > 0 && !end) {
        size_t old = follow->n_tail;
        size_t want = most < FOLLOW_PIECE ? (size_t)most : (size_t)FOLLOW_PIECE;
        ssize_t n = read_piece(follow, fd, want);
        if (n == -ESTALE && !again) {
            again = true;
            if (platform_file(fd, NULL, &follow->file) < 0 || !begin_again(follow)) {
                return false;
            }
            continue;
        }
        if (n <= 0) {
            return false;
        }
        int64_t offset = follow->offset;
        follow->offset += n;
        most -= n;
        end = (size_t)n < want;
        follow->file.size =
            follow->file.size > follow->offset ? follow->file.size : follow->offset;
        if (!tell(follow, follow->follower->piece + old, (size_t)n, offset, false)) {
            return false;
        }
    }
    return !end && follow->offset < follow->file.size;
}

bool follow_turn(struct follow *follow, int64_t most) {
    struct platform_file file;
    _cleanup_close_ int fd = open_placed(follow, &file);
    if (fd < 0) {
        return false;
    }
    bool again = follow->begun &&
                 (!is_same_file(&file, &follow->file) || file.size < follow->file.size);
    follow->begun = true;
    follow->file = file;
    if (again && !begin_again(follow)) {
        return false;
    }
    return read_on(follow, fd, most);
}

/* ---- its life ---- */

int follow_new(struct follow **out, struct follower *follower, const char *path,
               int64_t offset, follow_fn fn, void *data) {
    struct follow *follow = calloc(1, sizeof *follow);
    char *copy = strdup(path);
    if (!follow || !copy) {
        free(follow);
        free(copy);
        return -ENOMEM;
    }
    follow->follower = follower;
    follow->path = copy;
    follow->fn = fn;
    follow->data = data;
    /* The offset is meant in the file that there is now: another one that comes before
     * the first look begins again. */
    follow->begun =
        platform_file(-1, path, &follow->file) == 0 && S_ISREG(follow->file.mode);
    follow->offset = offset >= 0 ? offset : follow->begun ? follow->file.size : 0;
    follow->next = follower->all;
    if (follow->next) {
        follow->next->previous = follow;
    }
    follower->all = follow;
    /* What was written before the watch begins tells nothing. */
    follower_put_due(follower, follow);
    *out = follow;
    return 0;
}

void follow_read(struct follow *follow) {
    while (follow_turn(follow, follow->follower->pace.turn_bytes)) {
    }
}

bool follow_read_some(struct follow *follow, int64_t most) {
    return !follow_turn(follow, most);
}

struct follow *follow_free(struct follow *follow) {
    if (!follow) {
        return NULL;
    }
    if (follow->busy) {
        follow->freed = true;
        return NULL;
    }
    follower_forget(follow->follower, follow);
    free(follow->path);
    free(follow);
    return NULL;
}
