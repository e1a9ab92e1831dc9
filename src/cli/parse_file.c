/* Reading whatever a person names: a file, whose first piece decides which code wrote
 * it, standard input, or the folder of a run (parse_folder.c). */
#include "cli/parse_output.h"

#include "base/buf.h"
#include "cli/command.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Programs that compress begin what they write with words of their own. */
static const char *decompressor(const char *text, size_t n) {
    static const struct {
        const char *begins;
        const char *program;
    } kinds[] = {
        {"\x1f\x8b", "gzip"},
        {"BZh", "bzip2"},
        {"\xfd"
         "7zXZ",
         "xz"},
        {"\x28\xb5\x2f\xfd", "zstd"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].begins);
        if (n >= length && memcmp(text, kinds[i].begins, length) == 0) {
            return kinds[i].program;
        }
    }
    return NULL;
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
    const char *decompress = decompressor(text, n);
    if (decompress) {
        say_error("%s is compressed; to read what is in it: %s -dc FILE | crystalmath "
                  "parse -",
                  file, decompress);
        return CLI_FAILED;
    }
    char program[32];
    code = code_of_sibling(text, n, program, sizeof program);
    if (code) {
        say_error("%s: this is what %s of %s printed; of that, CrystalMath reads only "
                  "what %s prints: crystalmath parse OUTPUT",
                  file, program, code_title(code), code_program(code));
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

/* The words of others about a run, when it is not a run's own output. */
static int parse_words(int fd, const char *file, char *piece, ssize_t n, json_t **out) {
    json_t *words = NULL;
    _cleanup_free_ char *first = say_need(malloc(PARSE_PIECE));
    memcpy(first, piece, (size_t)n);
    int status = code_of_input(piece, (size_t)n)
                     ? CLI_OK
                     : parse_outside(fd, file, piece, n, &words);
    if (status == CLI_OK && !words) {
        return not_recognised(file, first, (size_t)n);
    }
    *out = words;
    return status;
}

static int parse(int fd, const char *file, json_t **out) {
    _cleanup_free_ char *piece = say_need(malloc(PARSE_PIECE));
    ssize_t n = parse_read_piece(fd, piece);
    if (n < 0) {
        return parse_say_system(file, (int)n);
    }
    const struct code *code = code_of_output(piece, (size_t)n);
    if (!code) {
        return parse_words(fd, file, piece, n, out);
    }
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    if (scanner_new(&scanner, code) < 0) {
        say_no_memory();
    }
    int status = parse_rest(fd, file, piece, n, scanner);
    if (status == CLI_OK) {
        *out = say_need(results_to_json(scanner_results(scanner)));
    }
    return status;
}

static int parse_file(const char *file, bool from_stdin, json_t **out) {
    _cleanup_close_ int own = from_stdin ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (!from_stdin && own < 0) {
        return parse_say_system(file, -errno);
    }
    return parse(from_stdin ? STDIN_FILENO : own, from_stdin ? "standard input" : file,
                 out);
}

int parse_path(const char *path, json_t **out) {
    bool from_stdin = strcmp(path, "-") == 0;
    struct stat st;
    bool folder = !from_stdin && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    return folder ? parse_folder(path, out) : parse_file(path, from_stdin, out);
}
