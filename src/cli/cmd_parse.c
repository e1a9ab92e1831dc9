/* `crystalmath parse FILE`: read the output of a DFT code here, without a server.
 *
 * The file is read in pieces, as the server reads it while it grows, so its size does
 * not matter. The first piece decides which code wrote it. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"
#include "cli/factsheet.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "codes/code.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

DEFINE_CLEANUP(struct scanner *, scanner_free);

enum {
    PIECE = 64 * 1024, /* enough for code_of_output */
};

static int say_system(const char *file, int negative_errno) {
    char space[128];
    say_error("%s: %s", file, errmsg_errno(negative_errno, space, sizeof space));
    return CLI_FAILED;
}

/* Fill `piece` as far as the file goes. The length, or a negative errno. */
static ssize_t read_piece(int fd, char piece[PIECE]) {
    size_t have = 0;
    while (have < PIECE) {
        ssize_t n = read(fd, piece + have, PIECE - have);
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

static int not_recognised(const char *file, const char *text, size_t n) {
    const struct code *code = code_of_input(text, n);
    if (code) {
        say_error(
            "%s is an input for %s, not an output; to run it: crystalmath submit %s",
            file, code_title(code), file);
        return CLI_FAILED;
    }
    if (n == 0) {
        say_error("%s is empty: nothing was written to it yet", file);
        return CLI_FAILED;
    }
    static const char *const names[] = {"crystal", "quantum_espresso", "vasp"};
    _cleanup_buf_ struct buf known = BUF_NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        code = code_by_name(names[i]);
        if (code && buf_printf(&known, "%s%s", buf_len(&known) ? ", " : "",
                               code_title(code)) < 0) {
            say_no_memory();
        }
    }
    say_error("%s: this is not the output of a code that CrystalMath reads (%.*s)",
              file, (int)buf_len(&known), buf_bytes(&known));
    return CLI_FAILED;
}

static int feed_all(int fd, const char *file, char piece[PIECE], ssize_t n,
                    struct scanner *scanner) {
    while (n > 0) {
        if (scanner_feed(scanner, piece, (size_t)n) < 0) {
            say_no_memory();
        }
        n = read_piece(fd, piece);
    }
    if (n < 0) {
        return say_system(file, (int)n);
    }
    if (scanner_finish(scanner) < 0) {
        say_no_memory();
    }
    return CLI_OK;
}

static int parse(int fd, const char *file, struct scanner **out) {
    _cleanup_free_ char *piece = say_need(malloc(PIECE));
    ssize_t n = read_piece(fd, piece);
    if (n < 0) {
        return say_system(file, (int)n);
    }
    const struct code *code = code_of_output(piece, (size_t)n);
    if (!code) {
        return not_recognised(file, piece, (size_t)n);
    }
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    if (scanner_new(&scanner, code) < 0) {
        say_no_memory();
    }
    int status = feed_all(fd, file, piece, n, scanner);
    if (status == CLI_OK) {
        *out = TAKE_PTR(scanner);
    }
    return status;
}

static int open_file(const char *file, int *out) {
    _cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        return say_system(file, -errno);
    }
    if (S_ISDIR(st.st_mode)) {
        say_error("%s is a folder; name the output file in it", file);
        return CLI_FAILED;
    }
    *out = TAKE_FD(fd);
    return CLI_OK;
}

int cmd_parse(const struct cli *cli, const struct args *args) {
    (void)cli;
    const char *file = args->operands[0];
    bool from_stdin = strcmp(file, "-") == 0;
    _cleanup_close_ int fd = -1;
    int status = from_stdin ? CLI_OK : open_file(file, &fd);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    status = parse(from_stdin ? STDIN_FILENO : fd, from_stdin ? "standard input" : file,
                   &scanner);
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    _cleanup_json_ json_t *results =
        say_need(results_to_json(scanner_results(scanner)));
    if (args_has(args, "json")) {
        return remote_print_json(&term, results);
    }
    factsheet_print(&term, results);
    return CLI_OK;
}
