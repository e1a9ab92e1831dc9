/* One question for all that can be missing on a cluster. The site's set-up lines run in
 * a shell of their own, so that they cannot spoil the rest. */
#include "slurm/probe.h"

#include "base/shell_quote.h"
#include "base/str.h"
#include "slurm/script.h"

#include <string.h>

static const char before[] =
    "echo \"host $(uname -n)\"\n"
    "echo \"time $(date +%s)\"\n"
    "command -v sbatch >/dev/null && echo \"sbatch $(sbatch --version 2>&1 | head -n "
    "1)\"\n"
    "told=$(sinfo -h -o 'partition %P|%l|%D|%c|%m|%a' 2>&1) && "
    "printf '%s\\n' \"$told\" | head -n 200 || "
    "printf 'sinfo %s\\n' \"$(printf '%s' \"$told\" | tail -n 1)\"\n"
    "for name in rsync tar; do command -v $name >/dev/null && echo \"tool $name\"; "
    "done\n";

static const char in_folder[] =
    " 2>&1) && cd -- \"$folder\" 2>/dev/null && : >.crystalmath.test; then\n"
    "\trm -f .crystalmath.test\n"
    "\techo \"folder $(pwd)\"\n"
    "\tset -- $(df -Pk . | tail -n 1)\n"
    "\techo \"free $4\"\n"
    "else\n"
    "\tprintf 'nofolder %s\\n' \"${told:-$folder cannot be written}\"\n"
    "fi\n";

static int put_folder(struct buf *out, const char *workdir) {
    int r = buf_append_str(out, "folder=");
    r = r ? r : slurm_quote_folder(out, workdir);
    r = r ? r : buf_append_str(out, "\nif told=$(mkdir -p -- \"$folder\"");
    return r ? r : buf_append_str(out, in_folder);
}

int slurm_probe_program(struct buf *out, const char *workdir, const char *setup,
                        const char *const *programs) {
    size_t begin = buf_len(out);
    int r = buf_append_str(out, before);
    r = r || !workdir ? r : put_folder(out, workdir);
    r = r ? r : buf_append_str(out, "(\n");
    r = r ? r : buf_append_str(out, setup);
    r = r ? r : buf_append_str(out, "\nfor name in");
    for (size_t i = 0; r == 0 && programs[i]; i++) {
        r = buf_append_str(out, " ");
        r = r ? r : shell_quote(out, programs[i]);
    }
    r = r ? r
          : buf_append_str(out, "; do\n"
                                "\tpath=$(command -v \"$name\") && "
                                "echo \"program $name $path\"\n"
                                "done\n) 2>/dev/null\n"
                                "echo 'done '\n");
    if (r < 0) {
        buf_cut(out, begin);
    }
    return r;
}

int slurm_probe_read(const char *text, size_t n, slurm_fact_fn fn, void *data) {
    static const char *const keys[] = {"host",  "time",    "sbatch",   "partition",
                                       "sinfo", "folder",  "nofolder", "free",
                                       "tool",  "program", "done"};
    const char *end = text + n;
    int r = 0;
    while (r == 0 && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((newline ? newline : end) - text);
        for (size_t i = 0; newline && r == 0 && i < sizeof keys / sizeof *keys; i++) {
            size_t key = strlen(keys[i]);
            if (line > key && text[key] == ' ' && strncmp(text, keys[i], key) == 0) {
                const struct slurm_fact fact = {keys[i], text + key + 1,
                                                line - key - 1};
                r = fn(&fact, data);
            }
        }
        text += line + (newline ? 1 : 0);
    }
    return r;
}
