/* Each piece has a line in front that tells how many bytes follow, so that these may be
 * any. The size is asked first: a file that grows meanwhile is read on the next time,
 * one that was cut meanwhile gives a short piece, which is then not believed. */
#include "slurm/reading.h"

#include "base/shell_quote.h"
#include "slurm/queue.h"
#include "slurm/script.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define MARK SLURM_SEPARATOR "piece "

int slurm_read_program(struct buf *out, int64_t key, const char *folder,
                       const char *name, int64_t offset, int64_t most) {
    size_t before = buf_len(out);
    int r = buf_append_str(out, "f=");
    r = r ? r : slurm_quote_folder(out, folder);
    r = r ? r : buf_append_str(out, "/");
    r = r ? r : shell_quote(out, name);
    r = r ? r
          : buf_printf(
                out,
                "\ns=-1\nn=0\n"
                "[ -f \"$f\" ] && s=$(wc -c <\"$f\") && n=$((s - %" PRId64 "))\n"
                "[ \"$n\" -lt 0 ] && n=0\n"
                "[ \"$n\" -gt %" PRId64 " ] && n=%" PRId64 "\n"
                "printf '" MARK "%%s %%s %%s %%s\\n' %" PRId64 " $s %" PRId64 " $n\n"
                "[ \"$n\" -gt 0 ] && tail -c +%" PRId64 " \"$f\" | head -c \"$n\"\n"
                "echo\n",
                offset, most, most, key, offset, offset + 1);
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

/* One number and the blank or newline behind it. */
static bool take_number(const char **at, const char *end, int64_t *out) {
    bool minus = *at < end && **at == '-';
    const char *begin = *at += minus;
    int64_t number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        if (number > INT64_MAX / 16) {
            return false;
        }
        number = number * 10 + (**at - '0');
    }
    *out = minus ? -number : number;
    return *at > begin && *at < end && (**at == ' ' || **at == '\n') && ++*at;
}

void slurm_pieces_read(const char *text, size_t n, slurm_piece_fn fn, void *data) {
    const char *end = text + n;
    const char *at = text;
    while (at < end && (at = memmem(at, (size_t)(end - at), MARK, strlen(MARK)))) {
        struct slurm_piece piece;
        int64_t length = 0;
        at += strlen(MARK);
        if (!take_number(&at, end, &piece.key) || !take_number(&at, end, &piece.size) ||
            !take_number(&at, end, &piece.offset) || !take_number(&at, end, &length) ||
            length < 0 || length >= end - at || at[length] != '\n') {
            continue; /* cut, or none */
        }
        piece.bytes = at;
        piece.n = (size_t)length;
        at += length + 1;
        fn(&piece, data);
    }
}
