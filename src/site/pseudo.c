/* Where pseudopotentials are: the folders that variables name, and those that programs
 * and packages use without being told. */
#include "site/site.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *code, *variable, *path;
} places[] = {
    {"quantum_espresso", "ESPRESSO_PSEUDO", NULL},
    {"quantum_espresso", "HOME", "espresso/pseudo"},
    {"quantum_espresso", NULL, "/usr/share/espresso/pseudo"},
    {"vasp", "VASP_PP_PATH", NULL},
    {"vasp", "PMG_VASP_PSP_DIR", NULL},
};

static bool is_upf(const char *name) {
    size_t n = strlen(name);
    return n > 4 && strcasecmp(name + n - 4, ".upf") == 0;
}

static long count_in(const char *path, bool upf) {
    DIR *dir = opendir(path);
    long n = dir ? 0 : -1;
    for (const struct dirent *entry = dir ? readdir(dir) : NULL; entry;
         entry = readdir(dir)) {
        n += entry->d_name[0] != '.' && (!upf || is_upf(entry->d_name));
    }
    if (dir) {
        (void)closedir(dir);
    }
    return n;
}

int site_pseudo_folder(size_t i, const char *code, char *const *env,
                       struct site_folder *out) {
    *out = (struct site_folder){NULL, NULL, 0};
    if (i >= sizeof places / sizeof *places) {
        return SITE_E_MISSING;
    }
    const char *variable = places[i].variable;
    const char *value = variable ? site_variable(env, variable) : "/";
    if (strcmp(places[i].code, code) != 0 || str_empty(value)) {
        return 0;
    }
    int r = places[i].path ? path_join(&out->path, value, places[i].path)
                           : str_printf(&out->path, "%s", value);
    if (r < 0) {
        return r;
    }
    out->from = variable && !places[i].path ? variable : "usual place";
    out->files = count_in(out->path, strcmp(code, "vasp") != 0);
    if (out->files < 0 && strcmp(out->from, "usual place") == 0) {
        free(out->path);
        out->path = NULL;
    }
    return 0;
}
