/* `crystalmath parse FOLDER`: what the files of the one run in it say together. */
#include "cli/parse_output.h"

#include "base/buf.h"
#include "cli/command.h"
#include "cli/run_folder.h"
#include "cli/say.h"

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
        say_error("%s: no file in this folder is the output of a code that CrystalMath "
                  "reads",
                  path);
        return CLI_FAILED;
    }
    return run_folder_runs(folder) > 1 ? say_several(path, folder)
                                       : run_folder_read(folder, 0, out);
}
