/* Reading an output in pieces, as the server reads it while it grows, so that its size
 * does not matter. */
#include "cli/parse_output.h"

#include "base/errmsg.h"
#include "cli/command.h"
#include "cli/say.h"

#include <errno.h>
#include <unistd.h>

int parse_say_system(const char *file, int negative_errno) {
    char space[128];
    say_error("%s: %s", file, errmsg_errno(negative_errno, space, sizeof space));
    return CLI_FAILED;
}

ssize_t parse_read_piece(int fd, char piece[PARSE_PIECE]) {
    size_t have = 0;
    while (have < PARSE_PIECE) {
        ssize_t n = read(fd, piece + have, PARSE_PIECE - have);
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n == 0) {
            break;
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)have;
}

int parse_rest(int fd, const char *file, char piece[PARSE_PIECE], ssize_t n,
               struct scanner *scanner) {
    while (n > 0) {
        if (scanner_feed(scanner, piece, (size_t)n) < 0) {
            say_no_memory();
        }
        n = parse_read_piece(fd, piece);
    }
    if (n < 0) {
        return parse_say_system(file, (int)n);
    }
    if (scanner_finish(scanner) < 0) {
        say_no_memory();
    }
    return CLI_OK;
}
