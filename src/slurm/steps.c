/* A step is taken when its new name is there: so nothing is done twice, and nothing is
 * ever written over. */
#include "slurm/steps.h"

#include "base/shell_quote.h"
#include "slurm/script.h"

#include <errno.h>
#include <string.h>

static int put_step(struct buf *line, const char *what, const char *from,
                    const char *to) {
    size_t before = buf_len(line);
    if (strchr(from, '\n') || strchr(to, '\n')) {
        return -EINVAL;
    }
    int r = buf_printf(line, "%s ", what);
    r = r ? r : shell_quote(line, from);
    r = r ? r : buf_append_str(line, " ");
    r = r ? r : shell_quote(line, to);
    r = r ? r : buf_append_str(line, ";");
    if (r < 0) {
        buf_cut(line, before);
    }
    return r;
}

int slurm_step_keep(struct buf *line, const char *from, const char *to) {
    return put_step(line, "keep", from, to);
}

int slurm_step_give(struct buf *line, const char *from, const char *to) {
    return put_step(line, "give", from, to);
}

int slurm_steps_program(struct buf *out, const char *directory, const char *line) {
    size_t before = buf_len(out);
    int r = buf_append_str(out, "cd -- ");
    r = r ? r : slurm_quote_folder(out, directory);
    r = r ? r
          : buf_append_str(
                out,
                " || exit 1\n"
                "keep() { [ -e \"./$2\" ] || [ ! -e \"./$1\" ] || mv -- \"./$1\" "
                "\"./$2\" || exit 1; }\n"
                "give() { [ -e \"./$2\" ] || ln -- \"./$1\" \"./$2\" 2>/dev/null ||\n"
                "\t{ cp -p -- \"./$1\" \"./$2.part\" && mv -- \"./$2.part\" \"./$2\"; "
                "} || exit 1; }\n");
    r = r || !line ? r : buf_append_str(out, line);
    r = r ? r : buf_append_str(out, "\n");
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
