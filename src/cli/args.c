/* Command lines against the table of commands.
 *
 * Written by hand because the same table also makes help and completion, and because
 * getopt_long keeps global state, prints its own messages and knows no "did you mean".
 */
#include "cli/args.h"

#include "base/ssh.h"
#include "base/str.h"
#include "cli/say.h"
#include "cli/usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the words come from, for both tables of options. */
struct reader {
    const char *command; /* NULL: options before the command */
    const struct option_spec *options;
    int argc;
    char **argv;
    int at;
    const char **values; /* the last of each option, by its place */
    struct args *args;   /* remembers all of them; may be NULL */
};

static int option_place(const struct option_spec *options, const char *name, size_t n) {
    for (int i = 0; options[i].name; i++) {
        if (strlen(options[i].name) == n && strncmp(options[i].name, name, n) == 0) {
            return i;
        }
    }
    return -1;
}

static int letter_place(const struct option_spec *options, char letter) {
    for (int i = 0; options[i].name; i++) {
        if (options[i].letter == letter) {
            return i;
        }
    }
    return -1;
}

static void take(struct reader *reader, int place, const char *value) {
    struct args *args = reader->args;
    reader->values[place] = value;
    if (args) {
        args->given =
            say_need(realloc(args->given, (args->n_given + 1) * sizeof *args->given));
        args->given[args->n_given++] = (struct given){place, value};
    }
}

static const char *of_whom(const struct reader *reader) {
    return reader->command ? reader->command : "the program";
}

static int unknown_option(const struct reader *reader, const char *word, size_t n) {
    char *name = say_format("%.*s", (int)n, word);
    bool is_long = str_starts_with(name, "--");
    const char *near =
        is_long ? command_nearest_option(reader->options, name + 2) : NULL;
    const char *help = reader->command ? reader->command : "";
    if (near) {
        (void)say_usage("%s has no option '%s'; did you mean '--%s'?", of_whom(reader),
                        name, near);
    } else if (is_long && reader->command &&
               option_place(command_global_options(), name + 2, n - 2) >= 0) {
        (void)say_usage("the option '%s' stands before the command: crystalmath %s %s",
                        name, name, reader->command);
    } else {
        (void)say_usage(
            "%s has no option '%s'; `crystalmath help%s%s` lists what there is",
            of_whom(reader), name, *help ? " " : "", help);
    }
    free(name);
    return CLI_USAGE;
}

static int missing_value(const struct option_spec *option) {
    return say_usage("--%s needs a value: --%s %s", option->name, option->name,
                     option->value);
}

/* "--name", "--name=value", "--name value". */
static int read_long(struct reader *reader) {
    const char *word = reader->argv[reader->at];
    size_t n = strcspn(word + 2, "=");
    int place = option_place(reader->options, word + 2, n);
    if (place < 0) {
        return unknown_option(reader, word, n + 2);
    }
    const struct option_spec *option = &reader->options[place];
    const char *value = word[2 + n] == '=' ? word + 2 + n + 1 : NULL;
    if (!option->value) {
        take(reader, place, "");
        return value ? say_usage("--%s takes no value", option->name) : CLI_OK;
    }
    if (!value) {
        if (reader->at + 1 >= reader->argc) {
            return missing_value(option);
        }
        value = reader->argv[++reader->at];
    }
    take(reader, place, value);
    return CLI_OK;
}

/* "-f", "-n5", "-n 5", "-fn5". */
static int read_letters(struct reader *reader) {
    const char *word = reader->argv[reader->at];
    for (const char *letter = word + 1; *letter; letter++) {
        int place = letter_place(reader->options, *letter);
        if (place < 0) {
            char name[] = {'-', *letter, '\0'};
            return unknown_option(reader, (unsigned char)*letter < 0x80 ? name : word,
                                  (unsigned char)*letter < 0x80 ? 2 : strlen(word));
        }
        const struct option_spec *option = &reader->options[place];
        if (!option->value) {
            take(reader, place, "");
            continue;
        }
        if (!letter[1] && reader->at + 1 >= reader->argc) {
            return missing_value(option);
        }
        take(reader, place, letter[1] ? letter + 1 : reader->argv[++reader->at]);
        return CLI_OK;
    }
    return CLI_OK;
}

static bool is_option(const char *word) {
    return word[0] == '-' && word[1];
}

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* In `tag 7 -old` the first operand tells that options are over, of one dash. */
static bool is_dashed_operand(const struct args *args, const char *word) {
    return args->command->dashed_operands && args->n_operands > 0 && word[1] != '-';
}

static int check_operands(const struct args *args) {
    const struct command *command = args->command;
    bool too_few = args->n_operands < command->min_operands;
    bool too_many =
        command->max_operands >= 0 && args->n_operands > command->max_operands;
    if (!too_few && !too_many) {
        return CLI_OK;
    }
    char *synopsis = usage_synopsis(command);
    if (too_few) {
        (void)say_usage("%s: something is missing; type: crystalmath %s", command->name,
                        synopsis);
    } else {
        (void)say_usage("%s: '%s' is one word too many; type: crystalmath %s",
                        command->name, args->operands[command->max_operands], synopsis);
    }
    free(synopsis);
    return CLI_USAGE;
}

int args_parse(struct args *out, const struct command *command, int argc, char **argv) {
    *out = (struct args){.command = command, .dashes = -1};
    out->operands = say_need(calloc((size_t)argc + 1, sizeof *out->operands));
    struct reader reader = {
        command->name, command->options, argc, argv, 0, out->values, out};
    for (; reader.at < argc; reader.at++) {
        char *word = argv[reader.at];
        int status = CLI_OK;
        if (out->dashes >= 0 || !is_option(word) || is_dashed_operand(out, word)) {
            out->operands[out->n_operands++] = word;
        } else if (strcmp(word, "--") == 0) {
            out->dashes = out->n_operands;
        } else if (asks_for_help(word)) {
            out->help = true;
            return CLI_OK;
        } else if (word[1] == '-') {
            status = read_long(&reader);
        } else {
            status = read_letters(&reader);
        }
        if (status != CLI_OK) {
            return status;
        }
    }
    return check_operands(out);
}

void args_deinit(struct args *args) {
    free(args->operands);
    args->operands = NULL;
    free(args->given);
    args->given = NULL;
}

int args_parse_global(struct cli *out, int argc, char **argv, int *used, bool *help,
                      bool *version) {
    const char *values[OPTIONS_MAX] = {NULL};
    const struct option_spec *options = command_global_options();
    struct reader reader = {NULL, options, argc, argv, 0, values, NULL};
    for (; reader.at < argc && is_option(argv[reader.at]); reader.at++) {
        const char *word = argv[reader.at];
        if (strcmp(word, "--") == 0) {
            reader.at++;
            break;
        }
        int status = word[1] == '-' ? read_long(&reader) : read_letters(&reader);
        if (status != CLI_OK) {
            return status;
        }
    }
    out->socket_path = values[option_place(options, "socket", strlen("socket"))];
    out->no_start =
        values[option_place(options, "no-start", strlen("no-start"))] != NULL;
    out->host = values[option_place(options, "host", strlen("host"))];
    *help = values[option_place(options, "help", strlen("help"))] != NULL;
    *version = values[option_place(options, "version", strlen("version"))] != NULL;
    *used = reader.at;
    if (out->socket_path && !*out->socket_path) {
        return say_usage("--socket needs the path of a socket, not an empty word");
    }
    if (out->host && !ssh_host_is_valid(out->host)) {
        return say_usage("--host needs a host as ssh knows it: HOST or USER@HOST");
    }
    return CLI_OK;
}

const char *args_value(const struct args *args, const char *option) {
    int place = option_place(args->command->options, option, strlen(option));
    return place < 0 ? NULL : args->values[place];
}

const char *args_nth(const struct args *args, const char *option, size_t n) {
    int place = option_place(args->command->options, option, strlen(option));
    for (size_t i = 0; i < args->n_given; i++) {
        if (args->given[i].place == place && n-- == 0) {
            return args->given[i].value;
        }
    }
    return NULL;
}

bool args_has(const struct args *args, const char *option) {
    return args_value(args, option) != NULL;
}

int args_number(const struct args *args, const char *option, int64_t min, int64_t max,
                int64_t *out) {
    const char *text = args_value(args, option);
    if (!text) {
        return CLI_OK;
    }
    int64_t value = 0;
    if (str_to_int64(text, min, max, &value) < 0) {
        return say_usage("--%s %s: a whole number from %lld to %lld is expected here",
                         option, text, (long long)min, (long long)max);
    }
    *out = value;
    return CLI_OK;
}

int args_job_ids(const struct args *args, int64_t **out) {
    int64_t *ids = say_need(calloc((size_t)args->n_operands + 1, sizeof *ids));
    for (int i = 0; i < args->n_operands; i++) {
        if (str_to_int64(args->operands[i], 1, INT64_MAX, &ids[i]) < 0) {
            free(ids);
            return say_usage(
                "'%s' is not the id of a job; `crystalmath jobs` lists them",
                args->operands[i]);
        }
    }
    *out = ids;
    return CLI_OK;
}
