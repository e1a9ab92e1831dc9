/* `crystalmath codes`: what this machine has to run each code with, as a job that is
 * submitted from this shell would find it. Needs no server; programs are started once,
 * with nothing to do, for the version that they print. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "codes/code.h"
#include "config/config.h"
#include "site/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static void append(json_t *list, json_t *value_take) {
    if (json_array_append_new(list, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

static void put(json_t *object, const char *key, json_t *value_take) {
    if (json_object_set_new(object, key, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

static json_t *text_or_null(const char *text) {
    return str_empty(text) ? json_null() : json_string(text);
}

/* ---- looking ---- */

/* The whole path of what is called by a name on PATH. */
static char *whole_path(const char *program, char *const *env) {
    char *path = NULL;
    return path_find_executable(&path, program, site_variable(env, "PATH")) == 0 ? path
                                                                                 : NULL;
}

static json_t *look_for_program(const struct config *config, const struct code *code,
                                const struct code_role *role, char *const *env) {
    _cleanup_(site_way_deinit) struct site_way way = {NULL, NULL, "", NULL};
    _cleanup_free_ char *version = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = site_find(&way, config, code, role->programs, role->cores, env, &msg);
    json_t *object = say_need(
        json_pack("{s:s, s:s}", "role", role->name, "name", role->programs[0]));
    if (r < 0) {
        say_no_memory();
    }
    /* Without the launcher it may still be there. */
    if (r == SITE_E_MISSING) {
        put(object, "path", json_null());
        put(object, "from", json_null());
        put(object, "version", json_null());
        put(object, "missing", json_string(msg.text));
        return object;
    }
    _cleanup_free_ char *path = whole_path(way.program[0], env);
    (void)site_version(&way, code, env, &version);
    put(object, "path", text_or_null(path ? path : way.program[0]));
    put(object, "from", json_string(way.from));
    put(object, "version", text_or_null(version));
    put(object, "missing", json_null());
    return object;
}

static json_t *look_for_pseudos(const struct code *code, char *const *env) {
    json_t *list = say_need(json_array());
    struct site_folder folder;
    int r = 0;
    for (size_t i = 0; r == 0; i++) {
        r = site_pseudo_folder(i, code_name(code), env, &folder);
        if (r < 0) {
            say_no_memory();
        }
        if (r == 0 && folder.path) {
            json_t *path = text_or_null(folder.path);
            append(
                list,
                json_pack("{s:o, s:s, s:o}", "path", path, "from", folder.from, "files",
                          folder.files < 0 ? json_null() : json_integer(folder.files)));
        }
        free(folder.path);
    }
    return list;
}

static json_t *look_for_code(const struct config *config, const struct code *code) {
    json_t *programs = say_need(json_array());
    char **env = say_need(strv_copy(environ));
    if (site_environment(&env, config, code) < 0) {
        say_no_memory();
    }
    bool any = false;
    for (const struct code_role *role = code_roles(code); role->name; role++) {
        json_t *one = look_for_program(config, code, role, env);
        any = any || field_text(one, "path");
        append(programs, one);
    }
    json_t *pseudos = look_for_pseudos(code, env);
    strv_free(env);
    const char *setup = config_text(config, config_code(code_name(code), "setup"));
    const char *launcher =
        config_text(config, config_code(code_name(code), "launcher"));
    return say_need(json_pack(
        "{s:s, s:s, s:b, s:o, s:o, s:s, s:o, s:o}", "code", code_name(code), "title",
        code_title(code), "found", (int)any, "programs", programs, "pseudopotentials",
        pseudos, "launcher", launcher, "setup", text_or_null(setup), "how_to_get",
        any ? json_null() : json_string(code_how_to_get(code))));
}

static json_t *look_for_launchers(void) {
    static const char *const names[] = {"mpirun", "srun"};
    json_t *list = say_need(json_array());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        _cleanup_free_ char *path = whole_path(names[i], environ);
        json_t *found = text_or_null(path);
        append(list, json_pack("{s:s, s:o}", "name", names[i], "path", found));
    }
    return list;
}

/* ---- telling ---- */

static void print_program(const struct term *term, const json_t *program) {
    const char *path = field_text(program, "path");
    const char *version = field_text(program, "version");
    const char *from = field_text(program, "from");
    const char *missing = field_text(program, "missing");
    _cleanup_free_ char *shown = term_clean(term, path ? path : missing);
    _cleanup_free_ char *number = term_clean(term, version ? version : "");
    (void)printf(
        "  %s%-10s%s %s%s%s%s%s%s\n", term_begin(term, path ? TERM_GREEN : TERM_YELLOW),
        field_text(program, "role"), term_end(term, path ? TERM_GREEN : TERM_YELLOW),
        shown, path ? " (" : "", path ? from : "", path ? ")" : "", *number ? ", " : "",
        number);
}

static void print_code(const struct term *term, const json_t *code) {
    size_t i = 0;
    json_t *one = NULL;
    (void)printf("%s%s%s\n", term_begin(term, TERM_BOLD), field_text(code, "title"),
                 term_end(term, TERM_BOLD));
    json_array_foreach(json_object_get(code, "programs"), i, one) {
        print_program(term, one);
    }
    json_array_foreach(json_object_get(code, "pseudopotentials"), i, one) {
        _cleanup_free_ char *path = term_clean(term, field_text(one, "path"));
        int64_t files = field_int(one, "files", -1);
        if (files < 0) {
            (void)printf("  %-10s %s (%s): no folder that can be read\n", "pseudos",
                         path, field_text(one, "from"));
        } else {
            (void)printf("  %-10s %s (%s), %" PRId64 " files\n", "pseudos", path,
                         field_text(one, "from"), files);
        }
    }
    if (field_text(code, "setup")) {
        _cleanup_free_ char *setup = term_clean(term, field_text(code, "setup"));
        (void)printf("  %-10s %s\n", "setup", setup);
    }
    if (field_text(code, "how_to_get")) {
        (void)printf("  %-10s %s\n", "to get it", field_text(code, "how_to_get"));
    }
    (void)putchar('\n');
}

static void print_all(const struct term *term, const json_t *all) {
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(all, "codes"), i, one) {
        print_code(term, one);
    }
    (void)printf("%slaunchers%s\n", term_begin(term, TERM_BOLD),
                 term_end(term, TERM_BOLD));
    json_array_foreach(json_object_get(all, "launchers"), i, one) {
        const char *path = field_text(one, "path");
        _cleanup_free_ char *shown = term_clean(
            term, path ? path
                       : "not found (for jobs on several cores; on Debian: apt install "
                         "openmpi-bin, or slurm-client for srun)");
        (void)printf("  %-10s %s\n", field_text(one, "name"), shown);
    }
}

int cmd_codes(const struct cli *cli, const struct args *args) {
    static const char *const names[] = {"quantum_espresso", "crystal", "vasp"};
    _cleanup_config_ struct config *config = NULL;
    const struct config_problem *problems = NULL;
    struct term term = term_stdout();
    (void)cli;
    if (config_load(&config, NULL, true) < 0) {
        say_no_memory();
    }
    json_t *codes = say_need(json_array());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        append(codes, look_for_code(config, code_by_name(names[i])));
    }
    json_t *launchers = look_for_launchers();
    _cleanup_json_ json_t *all =
        say_need(json_pack("{s:o, s:o}", "codes", codes, "launchers", launchers));
    if (config_problems(config, &problems) > 0) {
        say_error("%s; `crystalmath config --check` shows all", problems[0].text);
    }
    if (args_has(args, "json")) {
        return remote_print_json(&term, all);
    }
    print_all(&term, all);
    return CLI_OK;
}
