/* `crystalmath parse FOLDER`: what the files of the one run in it say together. */
#include "cli/parse_output.h"

#include "base/buf.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/run_folder.h"
#include "cli/say.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 1000, /* a folder with more is no run's */
};

static int say_several(const char *path, const struct run_folder *folder) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    for (size_t i = 0; i < 5 && run_folder_file(folder, i); i++) {
        if (buf_printf(&names, "%s%s", i ? ", " : "", run_folder_file(folder, i)) < 0) {
            say_no_memory();
        }
    }
    say_error("%s holds outputs of several runs (%.*s%s); name one of them", path,
              (int)buf_len(&names), buf_bytes(&names),
              run_folder_file(folder, 5) ? ", …" : "");
    return CLI_FAILED;
}

static bool holds_a_run(const char *path, const char *name) {
    _cleanup_free_ char *below = NULL;
    _cleanup_(run_folder_freep) struct run_folder *folder = NULL;
    if (str_printf(&below, "%s/%s", path, name) < 0) {
        say_no_memory();
    }
    return run_folder_new(&folder, below, FILES_MAX) == 0 &&
           run_folder_runs(folder) > 0;
}

/* The images of a path between two states, and the runs of a series, are in folders of
 * their own. */
static int say_none(const char *path) {
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, alphasort);
    _cleanup_free_ char *first = NULL;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && i < FILES_MAX && !first && holds_a_run(path, name)) {
            first = say_need(strdup(name));
        }
        free(entries[i]);
    }
    free(entries);
    if (first) {
        say_error("%s: the outputs are in folders of this one; name one of them: "
                  "crystalmath parse %s/%s",
                  path, path, first);
    } else {
        say_error("%s: no file in this folder is the output of a code that CrystalMath "
                  "reads",
                  path);
    }
    return CLI_FAILED;
}

int parse_folder(const char *path, json_t **out) {
    _cleanup_(run_folder_freep) struct run_folder *folder = NULL;
    int r = run_folder_new(&folder, path, FILES_MAX);
    if (r == RUN_FOLDER_E_CROWDED) {
        say_error("%s holds more than %d files; name the output file in it", path,
                  FILES_MAX);
        return CLI_FAILED;
    }
    if (r < 0) {
        return parse_say_system(path, r);
    }
    if (run_folder_runs(folder) == 0) {
        return say_none(path);
    }
    return run_folder_runs(folder) > 1 ? say_several(path, folder)
                                       : run_folder_read(folder, 0, out);
}
