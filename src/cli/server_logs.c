/* The end of a file, and its growth. The log is looked at four times a second while it
 * is followed: a person reads it, and the server is not to be asked, for it may be what
 * is broken. */
#include "cli/server_logs.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "cli/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PIECE = 64 * 1024,
    LOOK_EVERY_MS = 250,
};

/* Where the last `lines` lines of the file begin. */
static off_t last_lines(int fd, off_t size, int64_t lines) {
    char piece[PIECE];
    off_t end = size;
    bool at_end = true; /* a newline at the very end closes the last line */
    while (end > 0) {
        size_t want = end < PIECE ? (size_t)end : PIECE;
        ssize_t n = pread(fd, piece, want, end - (off_t)want);
        if (n != (ssize_t)want) {
            return 0;
        }
        for (size_t i = want; i > 0; i--) {
            if (piece[i - 1] == '\n' && !at_end && --lines <= 0) {
                return end - (off_t)(want - i);
            }
            at_end = false;
        }
        end -= (off_t)want;
    }
    return 0;
}

/* Print from *offset to the present end. 0 or a negative errno. */
static int print_from(int fd, off_t *offset) {
    char piece[PIECE];
    for (;;) {
        ssize_t n = pread(fd, piece, sizeof piece, *offset);
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n == 0) {
            (void)fflush(stdout);
            return 0;
        }
        if (n > 0) {
            (void)fwrite(piece, 1, (size_t)n, stdout);
            *offset += n;
        }
    }
}

/* Sleep a little. False when nobody reads stdout any more. */
static bool pause_a_little(void) {
    struct pollfd out = {STDOUT_FILENO, 0, 0};
    return poll(&out, 1, LOOK_EVERY_MS) <= 0;
}

/* Begin anew where another file has taken the name, or this one was cut. */
static void look_for_new_file(const char *path, int *fd, off_t *offset) {
    struct stat own;
    struct stat named;
    if (fstat(*fd, &own) < 0 || stat(path, &named) < 0) {
        return;
    }
    if (own.st_ino != named.st_ino || own.st_dev != named.st_dev) {
        int other = open(path, O_RDONLY | O_CLOEXEC);
        if (other >= 0) {
            (void)close(*fd);
            *fd = other;
            *offset = 0;
        }
    } else if (named.st_size < *offset) {
        *offset = 0;
    }
}

static int say_system(const char *path, int negative_errno) {
    char space[128];
    say_error("%s: %s", path, errmsg_errno(negative_errno, space, sizeof space));
    return CLI_FAILED;
}

static int open_log(char **path, int *fd) {
    _cleanup_free_ char *dir = NULL;
    int r = path_state_dir(&dir);
    if (r < 0) {
        return say_system("the folder of the server's log", r);
    }
    if (path_join(path, dir, "server.log") < 0) {
        say_no_memory();
    }
    *fd = open(*path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT) {
        say_error("there is no log at %s: no server has run in the background yet",
                  *path);
        return CLI_FAILED;
    }
    return *fd < 0 ? say_system(*path, -errno) : CLI_OK;
}

int server_logs(int64_t lines, bool follow) {
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int status = open_log(&path, &fd);
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    struct stat st;
    if (fstat(fd, &st) < 0) {
        return say_system(path, -errno);
    }
    if (term.tty) {
        (void)printf("%s%s%s\n", term_begin(&term, TERM_DIM), path,
                     term_end(&term, TERM_DIM));
    }
    off_t offset = lines > 0 ? last_lines(fd, st.st_size, lines) : st.st_size;
    int r = print_from(fd, &offset);
    while (r == 0 && follow && pause_a_little()) {
        look_for_new_file(path, &fd, &offset);
        r = print_from(fd, &offset);
    }
    return r < 0 ? say_system(path, r) : CLI_OK;
}
