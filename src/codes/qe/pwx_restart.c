/* How a run of pw.x goes on: restart_mode = 'restart' in its input, all else as it was.
 * pw.x then reads what it keeps in prefix.save, and where it was asked to end in the
 * middle of an SCF run also prefix.restart_scf and one prefix.wfcN of each process. It
 * begins anew without a word where prefix.save has no XML file, and dies of other files
 * that were cut, so they are looked at before. As seen with pw.x 6.7. */
#include "codes/qe/pwx_input.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code_internal.h"
#include "codes/code_restart.h"
#include "codes/qe/pwx_check.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { CALCULATION, DISK_IO, SOUGHT };

static bool is_word(const struct pwx_sought *sought, const char *word) {
    return sought->value.text && sought->value.n == strlen(word) &&
           strncasecmp(sought->value.text, word, sought->value.n) == 0;
}

static int find(const struct code_stopped *stopped, struct pwx_sought sought[SOUGHT],
                struct errmsg *msg) {
    long line = 0;
    sought[CALCULATION] =
        (struct pwx_sought){.namelist = PWX_CONTROL, .name = "calculation"};
    sought[DISK_IO] = (struct pwx_sought){.namelist = PWX_CONTROL, .name = "disk_io"};
    struct pwx_check check = {
        .file = stopped->input,
        .text = stopped->text,
        .end = stopped->text + stopped->n,
        .at = stopped->text,
        .line = 1,
        .sought = sought,
        .n_sought = SOUGHT,
        .error_line = &line,
        .msg = msg,
    };
    return pwx_check_all(&check);
}

/* outdir and prefix, as the name that is common to all the files. */
static int find_base(const struct code_stopped *stopped, char **out) {
    _cleanup_(code_files_deinit) struct code_files files = {NULL, NULL, NULL, NULL};
    int r = pwx_input_files(stopped->input, stopped->text, stopped->n, stopped->env,
                            &files);
    if (r == 0) {
        *out = strndup(files.stop_file, strlen(files.stop_file) - strlen(".EXIT"));
        r = *out ? 0 : -ENOMEM;
    }
    return r;
}

static int check_xml(const struct code_stopped *stopped, const char *base,
                     struct errmsg *msg) {
    _cleanup_free_ char *name = NULL;
    bool there = false;
    int r = str_printf(&name, "%s.save/data-file-schema.xml", base);
    r = r ? r : code_look_exists(stopped->look, name, &there);
    if (r == 0 && !there) {
        return errmsg_set(msg, CODE_E_RESTART,
                          "%s is not there: pw.x was ended before it had kept anything "
                          "to go on from",
                          name);
    }
    return r ? r : code_look_ends_with(stopped, name, "</qes:espresso>", msg);
}

/* With HDF5, that is only known to be there. */
static int check_charge(const struct code_stopped *stopped, const char *base,
                        struct errmsg *msg) {
    _cleanup_free_ char *name = NULL;
    _cleanup_free_ char *hdf5 = NULL;
    bool there = false;
    int r = str_printf(&name, "%s.save/charge-density.dat", base);
    r = r ? r : str_printf(&hdf5, "%s.save/charge-density.hdf5", base);
    r = r ? r : code_look_exists(stopped->look, hdf5, &there);
    if (r < 0) {
        return r;
    }
    return there ? code_look_written(stopped, hdf5, NULL, msg)
                 : code_look_records(stopped, name, msg);
}

/* The wave functions of each process, where an SCF run goes on in its middle. */
static int check_waves(const struct code_stopped *stopped, const char *base,
                       const struct pwx_sought *disk_io, struct errmsg *msg) {
    _cleanup_free_ char *scf = NULL;
    bool there = false;
    bool none = is_word(disk_io, "none") || is_word(disk_io, "nowf") ||
                is_word(disk_io, "minimal");
    int r = str_printf(&scf, "%s.restart_scf", base);
    r = r ? r : code_look_exists(stopped->look, scf, &there);
    if (r < 0 || !there || none) {
        return r;
    }
    r = code_look_written(stopped, scf, NULL, msg);
    for (int i = 1; r == 0 && i <= stopped->cores; i++) {
        _cleanup_free_ char *name = NULL;
        r = str_printf(&name, "%s.wfc%d", base, i);
        r = r ? r : code_look_written(stopped, name, NULL, msg);
    }
    return r;
}

int pwx_restart(const struct code *code, const struct code_stopped *stopped,
                struct code_restart *out, struct errmsg *msg) {
    struct pwx_sought sought[SOUGHT];
    struct code_stopped own = *stopped;
    _cleanup_free_ char *base = NULL;
    int r = find(stopped, sought, msg);
    r = r ? r : find_base(stopped, &base);
    if (r != 0) {
        return r;
    }
    if (is_word(&sought[CALCULATION], "nscf") ||
        is_word(&sought[CALCULATION], "bands")) {
        own.since_ms = 0; /* they begin with what an SCF run has left */
    }
    r = check_xml(&own, base, msg);
    r = r ? r : check_charge(&own, base, msg);
    r = r ? r : check_waves(&own, base, &sought[DISK_IO], msg);
    r = r ? r
          : pwx_input_set(stopped->input, stopped->text, stopped->n, "restart_mode",
                          "restart", &out->text, msg);
    r = r ? r : code_restart_name(code, stopped, out);
    return r ? r
             : code_step_write(out, out->input, buf_bytes(&out->text),
                               buf_len(&out->text));
}
