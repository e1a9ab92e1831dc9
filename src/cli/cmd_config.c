/* `crystalmath config`: what is in force, and from where.
 *
 * What a running server does not read (the screen's keys), and everything when none
 * runs, is read here as the server would read it. Nothing is started. A file that has
 * changed since the server started is told beside each value. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_find.h"
#include "config/config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One line of the answer. */
struct setting {
    char *value; /* in force; owned */
    char *file;  /* as the file has it now, else the default; owned */
    const char *from;
    int64_t line;
    bool served; /* the running server told it */
};

struct settings {
    struct setting of[CONFIG_KEYS];
    struct config *config; /* file and environment */
    bool running;
    size_t n_stale; /* how many the next server would have otherwise */
};

static void settings_deinit(struct settings *settings) {
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        free(settings->of[i].value);
        free(settings->of[i].file);
    }
    (void)config_free(settings->config);
}

static struct config *load(bool environment) {
    struct config *config = NULL;
    if (config_load(&config, NULL, environment) < 0) {
        say_no_memory();
    }
    return config;
}

static int tell_problems(const struct config *config) {
    const struct config_problem *problems = NULL;
    size_t n = config_problems(config, &problems);
    for (size_t i = 0; i < n; i++) {
        say_error("%s", problems[i].text);
    }
    return n == 0 ? CLI_OK : CLI_FAILED;
}

static int check(const struct config *config) {
    int status = tell_problems(config);
    if (status == CLI_OK) {
        (void)printf(config_exists(config)
                         ? "%s is right.\n"
                         : "There is no %s; everything has its default.\n",
                     config_path(config));
    }
    return status;
}

static int print_sample(void) {
    _cleanup_buf_ struct buf sample = BUF_NULL;
    if (config_sample(&sample) < 0) {
        say_no_memory();
    }
    (void)fwrite(buf_bytes(&sample), 1, buf_len(&sample), stdout);
    return CLI_OK;
}

static void read_here(struct settings *settings) {
    _cleanup_config_ struct config *file = load(false);
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        struct setting *setting = &settings->of[key];
        setting->value = say_need(config_value(settings->config, key));
        setting->file = say_need(config_value(file, key));
        setting->from = config_source_name(config_source(settings->config, key));
        setting->line = config_line(settings->config, key);
    }
}

static void take_served(struct settings *settings, const json_t *told) {
    const char *section = field_text(told, "section");
    const char *name = field_text(told, "name");
    const char *value = field_text(told, "value");
    const char *from = field_text(told, "from");
    enum config_key key = section && name ? config_find(section, name) : CONFIG_KEYS;
    if (key == CONFIG_KEYS || !value || !from) {
        return; /* of another version */
    }
    struct setting *setting = &settings->of[key];
    free(setting->value);
    setting->value = say_need(strdup(value));
    setting->served = true;
    setting->line = field_int(told, "line", 0);
    for (enum config_source source = 0; source <= CONFIG_FROM_OPTION; source++) {
        if (strcmp(config_source_name(source), from) == 0) {
            setting->from = config_source_name(source);
        }
    }
}

/* Whether the next server would take something else from the file. */
static bool is_stale(const struct setting *setting) {
    return setting->served && strcmp(setting->value, setting->file) != 0 &&
           (strcmp(setting->from, "default") == 0 ||
            strcmp(setting->from, "file") == 0);
}

static int ask_server(const struct cli *cli, struct settings *settings) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_server_found_ struct server_found found = SERVER_FOUND_NULL;
    _cleanup_json_ json_t *answer = NULL;
    int status = remote_new(cli, &client);
    if (status == CLI_OK) {
        status = server_find_and_ask(cli, &client, &found, "system.config", &answer);
    }
    if (status != CLI_OK || !found.running) {
        return status;
    }
    settings->running = true;
    const json_t *values = json_object_get(answer, "values");
    for (size_t i = 0; i < json_array_size(values); i++) {
        take_served(settings, json_array_get(values, i));
    }
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        settings->n_stale += is_stale(&settings->of[key]);
    }
    return CLI_OK;
}

/* From where, for people; freed by the caller. */
static char *describe_source(const struct settings *settings, enum config_key key) {
    const struct setting *setting = &settings->of[key];
    const struct config_entry *entry = config_entry(key);
    const char *path = config_path(settings->config);
    if (strcmp(setting->from, "file") == 0) {
        return say_format("%s:%" PRId64, path, setting->line);
    }
    if (strcmp(setting->from, "environment") == 0) {
        char *name =
            say_format("variable CRYSTALMATH_%s_%s", entry->section, entry->name);
        for (char *at = name + strlen("variable "); *at; at++) {
            *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
        }
        return name;
    }
    return say_format("%s", strcmp(setting->from, "option") == 0
                                ? "option of the running server"
                                : "default");
}

static void print_setting(const struct term *term, const struct settings *settings,
                          enum config_key key) {
    const struct setting *setting = &settings->of[key];
    const struct config_entry *entry = config_entry(key);
    _cleanup_free_ char *source = describe_source(settings, key);
    if (!term->tty) {
        (void)printf("%s.%s\t%s\t%s\n", entry->section, entry->name, setting->value,
                     source);
        return;
    }
    _cleanup_free_ char *value = term_clean(term, setting->value);
    _cleanup_free_ char *from = term_clean(term, source);
    if (key == 0 || strcmp(config_entry(key - 1)->section, entry->section) != 0) {
        (void)printf("%s[%s]\n", key ? "\n" : "", entry->section);
    }
    (void)printf("%-16s = %-20s  %s%s%s\n", entry->name, value,
                 term_begin(term, TERM_DIM), from, term_end(term, TERM_DIM));
}

static void print_stale(const struct settings *settings) {
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const struct setting *setting = &settings->of[key];
        if (is_stale(setting)) {
            say_error("%s.%s is %s in the file, and %s in the running server",
                      config_entry(key)->section, config_entry(key)->name,
                      *setting->file ? setting->file : "empty",
                      *setting->value ? setting->value : "empty");
        }
    }
    if (settings->n_stale > 0) {
        say_error("restart to apply: crystalmath server restart (no job is lost)");
    }
}

static json_t *setting_json(const struct setting *setting,
                            const struct config_entry *entry) {
    return say_need(json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:b}", "section", entry->section, "name",
        entry->name, "value", setting->value, "from", setting->from, "line",
        setting->line > 0 ? json_integer((json_int_t)setting->line) : json_null(),
        "file", setting->file, "restart", (int)is_stale(setting)));
}

static void append(json_t *list, json_t *value_take) {
    if (json_array_append_new(list, value_take) < 0) {
        say_no_memory();
    }
}

static void print_json(const struct term *term, const struct settings *settings) {
    _cleanup_json_ json_t *values = say_need(json_array());
    _cleanup_json_ json_t *list = say_need(json_array());
    const struct config_problem *problems = NULL;
    size_t n = config_problems(settings->config, &problems);
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        append(values, setting_json(&settings->of[key], config_entry(key)));
    }
    for (size_t i = 0; i < n; i++) {
        append(list, say_need(json_pack("{s:i, s:s}", "line", problems[i].line, "text",
                                        problems[i].text)));
    }
    _cleanup_json_ json_t *json = say_need(
        json_pack("{s:s, s:b, s:b, s:O, s:O}", "path", config_path(settings->config),
                  "exists", (int)config_exists(settings->config), "running",
                  (int)settings->running, "problems", list, "values", values));
    (void)remote_print_json(term, json);
}

static int show(const struct cli *cli, bool as_json) {
    struct term term = term_stdout();
    _cleanup_(settings_deinit) struct settings settings = {.config = load(true)};
    const struct config_problem *problems = NULL;
    read_here(&settings);
    int status = ask_server(cli, &settings);
    if (status != CLI_OK) {
        return status;
    }
    if (as_json) {
        print_json(&term, &settings);
        return config_problems(settings.config, &problems) ? CLI_FAILED : CLI_OK;
    }
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        print_setting(&term, &settings, key);
    }
    (void)fflush(stdout);
    print_stale(&settings);
    status = tell_problems(settings.config);
    if (status != CLI_OK && settings.running) {
        say_error("the running server keeps what it has; the next one will not start "
                  "with this file");
    }
    return status;
}

int cmd_config(const struct cli *cli, const struct args *args) {
    bool wants_check = args_has(args, "check");
    bool wants_path = args_has(args, "path");
    bool wants_sample = args_has(args, "sample");
    bool as_json = args_has(args, "json");
    if (wants_check + wants_path + wants_sample + as_json > 1) {
        return say_usage("config takes one of --check, --path, --sample and --json");
    }
    if (wants_sample) {
        return print_sample();
    }
    if (!wants_check && !wants_path) {
        return show(cli, as_json);
    }
    _cleanup_config_ struct config *config = load(true);
    if (wants_check) {
        return check(config);
    }
    (void)puts(config_path(config));
    return CLI_OK;
}
