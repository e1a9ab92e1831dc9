/* CRYSTAL reads INPUT and files named fort.N in the folder that it runs in, and leaves
 * many more there. So an input such as mgo.d12 runs in a folder of its own beside it,
 * mgo.scratch: what the run may read is copied there under the names that it asks for,
 * and what is worth keeping comes back under the input's name (mgo.gui, mgo.f9, …, as
 * CRYSTAL's own run scripts call them). It comes back however the run ends, also when
 * it is cancelled; after a kill -9 the next run fetches it before it begins. An input
 * called INPUT was laid out by hand, and runs where it is.
 *
 * The serial program reads its standard input, the parallel ones the file INPUT. */
#include "codes/crystal/crystal_run.h"

#include "base/buf.h"
#include "base/str.h"
#include "codes/code_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

const char *const crystal_serial[] = {"crystal", "crystalOMP", NULL};
const char *const crystal_parallel[] = {"Pcrystal", "PcrystalOMP", "MPPcrystal",
                                        "MPPcrystalOMP", NULL};

const char *const *crystal_programs(const char *text, size_t n,
                                    const struct code_beside *beside, int cores) {
    (void)text;
    (void)n;
    (void)beside;
    return cores > 1 ? crystal_parallel : crystal_serial;
}

#define IS_THERE                                                                       \
    "command -v \"$1\" >/dev/null 2>&1 || {\n"                                         \
    "  echo \"crystalmath: $1 is not there; name it in config.ini\" >&2\n"             \
    "  exit 127\n"                                                                     \
    "}\n"

/* $n is the input's name without its ending, $i the input, $d the folder of the run. A
 * signal that ends the run must not end the shell before it has put things away. */
static const char script[] =
    "put() {\n"
    "  t=$1; shift\n"
    "  for f; do\n"
    "    [ -s \"./$f\" ] && cp \"./$f\" \"$d/$t\" && return\n"
    "  done\n"
    "}\n"
    "fetch() {\n"
    "  for f in \"$d\"/*; do\n"
    "    [ -f \"$f\" ] || continue\n"
    "    b=${f##*/}\n"
    "    case $b in\n"
    "    fort.34) b=gui;;\n"
    "    fort.9) b=f9;;\n"
    "    fort.98) b=f98;;\n"
    "    fort.25) b=f25;;\n"
    "    fort.33) b=xyz;;\n"
    "    fort.87) ;;\n"
    "    INPUT|fort.*) rm -f \"$f\"; continue;;\n"
    "    opt[ac][0-9]*) [ \"$1\" = 0 ] && rm -f \"$f\"; continue;;\n"
    "    esac\n"
    "    if [ -s \"$f\" ]; then mv -f \"$f\" \"./$n.$b\"; else rm -f \"$f\"; fi\n"
    "  done\n"
    "  rmdir \"$d\" 2>/dev/null || :\n"
    "}\n"
    "trap : HUP INT TERM\n"
    "[ -d \"$d\" ] && fetch 1\n"
    "mkdir -p \"$d\" && cp \"./$i\" \"$d/INPUT\" || exit 1\n"
    "put fort.34 \"$n.gui\"\n"
    "grep -qi '^ *GUESSP' \"$d/INPUT\" && put fort.20 \"$n.f9\"\n"
    "put fort.98 \"$n.f98\"\n"
    "for k in HESSOPT OPTINFO FREQINFO BORN; do\n"
    "  put $k.DAT \"$n.$k.DAT\" $k.DAT\n"
    "done\n"
    "(cd \"$d\" && exec \"$@\" <INPUT)\n"
    "s=$?\n"
    "fetch $s\n"
    "[ -d \"$d\" ] && echo \"crystalmath: what else the run left is in $d\" >&2\n"
    "[ $s -gt 128 ] && trap - HUP INT TERM && kill -$((s - 128)) $$\n"
    "exit $s\n";

int crystal_script(const struct code_start *start, struct buf *out) {
    if (!str_ends_with(start->input, ".d12")) {
        int r = buf_append_str(out, IS_THERE "exec \"$@\" <");
        r = r ? r : words_quote(out, "./");
        r = r ? r : words_quote(out, start->input);
        return r ? r : buf_append_str(out, "\n");
    }
    _cleanup_free_ char *stem =
        strndup(start->input, strlen(start->input) - strlen(".d12"));
    int r = stem ? buf_append_str(out, IS_THERE "i=") : -ENOMEM;
    r = r ? r : words_quote(out, start->input);
    r = r ? r : buf_append_str(out, "\nn=");
    r = r ? r : words_quote(out, stem);
    r = r ? r : buf_append_str(out, "\nd=./$n.scratch\n");
    return r ? r : buf_append_str(out, script);
}

static bool says(const char *text, size_t n, const char *keyword) {
    const char *end = text + n;
    size_t length = strlen(keyword);
    while (text < end) {
        while (text < end && (*text == ' ' || *text == '\t')) {
            text++;
        }
        if ((size_t)(end - text) >= length && strncasecmp(text, keyword, length) == 0) {
            return true;
        }
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        text = stop ? stop + 1 : end;
    }
    return false;
}

/* A file that the run reads: under the input's name, or its own where the input is laid
 * out by hand. */
static int add_file(struct words *words, const char *stem, const char *ending,
                    const char *fort) {
    _cleanup_free_ char *name = NULL;
    int r = stem ? str_printf(&name, "%s.%s", stem, ending) : 0;
    return r ? r : words_add(words, name ? name : fort);
}

int crystal_files(const char *input, const char *text, size_t n, char *const *env,
                  struct code_files *out) {
    static const char *const restarts[] = {"HESSOPT.DAT", "OPTINFO.DAT", "FREQINFO.DAT",
                                           "BORN.DAT", NULL};
    bool own = str_ends_with(input, ".d12");
    _cleanup_free_ char *stem =
        own ? strndup(input, strlen(input) - strlen(".d12")) : NULL;
    struct words read = {NULL, 0};
    (void)env;
    int r = own && !stem ? -ENOMEM : 0;
    if (r == 0 && says(text, n, "EXTERNAL")) {
        r = add_file(&read, stem, "gui", "fort.34");
    }
    if (r == 0 && says(text, n, "GUESSP")) {
        r = add_file(&read, stem, "f9", "fort.20");
    }
    for (const char *const *name = restarts; *name && r == 0; name++) {
        r = add_file(&read, stem, *name, *name);
        r = r == 0 && own ? words_add(&read, *name) : r;
    }
    if (r < 0) {
        strv_free(read.words);
        return r;
    }
    out->read = read.words;
    return 0;
}

/* An optimisation tells of all but its first SCF run there. */
int crystal_live_file(const char *input, size_t i, char **name, char **moved) {
    int n = (int)strlen(input) - (int)strlen(".d12");
    if (i > 0) {
        return 0;
    }
    if (!str_ends_with(input, ".d12")) {
        *name = strdup("SCFOUT.LOG");
        return *name ? 0 : -ENOMEM;
    }
    int r = str_printf(name, "%.*s.scratch/SCFOUT.LOG", n, input);
    return r ? r : str_printf(moved, "%.*s.SCFOUT.LOG", n, input);
}
