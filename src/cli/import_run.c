/* What can be known of a run from its files. It ended when the last of them was
 * written, and started before that by the wall time that its output tells. Its input is
 * the file beside the output that has the same name but for the ending, where there is
 * one. Output and time of its end make the token: the same run, imported twice at once,
 * is one job. */
#include "cli/import_run.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/field.h"
#include "cli/parse_output.h"
#include "cli/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_BYTES_MAX = 200,          /* of a job */
    QUIET_MS = 60 * 60 * 1000,     /* an unfinished output that was written later may
                                    * still grow */
    INPUT_BYTES_MAX = 1024 * 1024, /* an input that is larger is not looked for */
};

int import_run_init(struct import_run *out, const char *path,
                    const struct run_folder *folder, size_t run) {
    _cleanup_free_ char *joined = NULL;
    struct stat st;
    if (path_join(&joined, path, run_folder_output(folder, run)) < 0) {
        say_no_memory();
    }
    *out = (struct import_run){
        .output = realpath(joined, NULL),
        .written_ms = run_folder_written(folder, run),
        .fixed = code_output_names(run_folder_code(folder, run))[0] != NULL};
    if (!out->output || stat(out->output, &st) < 0) {
        int r = -errno;
        import_run_deinit(out);
        return parse_say_system(joined, r);
    }
    out->size = st.st_size;
    return CLI_OK;
}

void import_run_deinit(struct import_run *run) {
    free(run->output);
    run->output = NULL;
}

bool import_run_goes_on(const struct import_run *run, const json_t *results) {
    const char *status = field_text(results, "status");
    bool ended =
        status && (strcmp(status, "finished") == 0 || strcmp(status, "failed") == 0);
    return !ended && clock_realtime_ms() - run->written_ms < QUIET_MS;
}

/* ---- what it is called, and of what input it is ---- */

static char *stem_of(const char *name) {
    const char *dot = strrchr(name, '.');
    return say_need(dot && dot != name ? strndup(name, (size_t)(dot - name))
                                       : strdup(name));
}

static bool is_input(const char *folder, const char *name, const struct code *code) {
    _cleanup_free_ char *path = NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    if (path_join(&path, folder, name) < 0) {
        say_no_memory();
    }
    return file_read(path, INPUT_BYTES_MAX, &text) == 0 &&
           code_of_input_file(name, buf_bytes(&text), buf_len(&text)) == code;
}

/* New; NULL when none is there. */
static char *input_of(const char *folder, const char *output, const struct code *code) {
    static const char *const endings[] = {".in", ".inp", ".pwi", ".d12", ".pw", ""};
    if (code_output_names(code)[0]) {
        return access(folder, X_OK) == 0 && is_input(folder, "INCAR", code)
                   ? say_need(strdup("INCAR"))
                   : NULL;
    }
    _cleanup_free_ char *stem = stem_of(output);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        _cleanup_free_ char *name = say_format("%s%s", stem, endings[i]);
        if (is_input(folder, name, code)) {
            return TAKE_PTR(name);
        }
    }
    return NULL;
}

/* Where every run's files have the same names, it is the folder that tells them apart.
 */
static json_t *name_of(const char *folder, const char *output,
                       const struct code *code) {
    bool by_folder = code_output_names(code)[0] && *path_basename(folder);
    _cleanup_free_ char *name =
        by_folder ? say_need(strdup(path_basename(folder))) : stem_of(output);
    if (strlen(name) > NAME_BYTES_MAX) {
        name[str_utf8_uncut(name, NAME_BYTES_MAX)] = '\0';
    }
    return json_string(name);
}

static json_t *time_of(int64_t ms) {
    char text[CLOCK_ISO8601_SIZE];
    return say_need(json_string(clock_format_iso8601(ms > 0 ? ms : 1, text)));
}

static json_t *started(const struct import_run *run, const json_t *results) {
    double wall = field_number(results, "wall_seconds");
    return wall >= 0 && wall < 1e9 ? time_of(run->written_ms - (int64_t)(wall * 1000))
                                   : json_null();
}

/* Takes the value; NULL makes the object NULL. */
static void put(json_t **object, const char *key, json_t *value_take) {
    if (!value_take || !*object) {
        json_decref(value_take);
        json_decref(*object);
        *object = NULL;
    } else if (json_object_set_new(*object, key, value_take) < 0) {
        say_no_memory();
    }
}

json_t *import_run_json(const struct import_run *run, const char *path,
                        const struct run_folder *folder, size_t number,
                        json_t *results_take) {
    const struct code *code = run_folder_code(folder, number);
    const char *output = run_folder_output(folder, number);
    _cleanup_free_ char *input = input_of(path, output, code);
    _cleanup_free_ char *token =
        say_format("import %" PRId64 " %s", run->written_ms, run->output);
    json_t *object = say_need(json_object());
    put(&object, "code", json_string(code_name(code)));
    put(&object, "name", name_of(path, output, code));
    put(&object, "directory", json_string(path));
    put(&object, "output", json_string(run->output));
    put(&object, "input", input ? json_string(input) : json_null());
    put(&object, "finished_at", time_of(run->written_ms));
    put(&object, "started_at", started(run, results_take));
    put(&object, "token", json_string(token));
    put(&object, "results", results_take);
    return object;
}
