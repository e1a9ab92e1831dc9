/* For bash 4 and later, without the bash-completion package. */
#include "cli/completion.h"

#include "cli/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
    "# bash completion for crystalmath, made by: crystalmath completion bash\n"
    "\n"
    "_crystalmath_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\"); }\n"
    "_crystalmath_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -f -- \"$1\")\n"
    "}\n"
    "_crystalmath_jobs() {\n"
    "    _crystalmath_words \"$(crystalmath --no-start jobs 2>/dev/null | cut -f1)\" "
    "\"$1\"\n"
    "}\n"
    "_crystalmath_jobs_or_files() {\n"
    "    _crystalmath_files \"$1\"\n"
    "    local files=(\"${COMPREPLY[@]}\")\n"
    "    _crystalmath_jobs \"$1\"\n"
    "    COMPREPLY+=(\"${files[@]}\")\n"
    "}\n"
    "\n"
    "_crystalmath() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command='' i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --socket) ((i++)) ;;\n"
    "        -*) ;;\n"
    "        *)\n"
    "            command=${COMP_WORDS[i]}\n"
    "            break\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "    case $command in\n";

static void print_words(const char *const *words) {
    for (size_t i = 0; words[i]; i++) {
        (void)printf("%s%s", i > 0 ? " " : "", words[i]);
    }
}

static void print_commands(void) {
    for (size_t i = 0; command_at(i); i++) {
        (void)printf("%s%s", i > 0 ? " " : "", command_at(i)->name);
    }
}

/* One shell command that completes a word of this kind. */
static void print_action(enum arg_kind kind) {
    const char *const *words = command_words(kind);
    if (words || kind == ARG_COMMAND) {
        (void)fputs("_crystalmath_words '", stdout);
        if (words) {
            print_words(words);
        } else {
            print_commands();
        }
        (void)fputs("' \"$cur\"", stdout);
        return;
    }
    (void)fputs(kind == ARG_FILE          ? "_crystalmath_files \"$cur\""
                : kind == ARG_JOB         ? "_crystalmath_jobs \"$cur\""
                : kind == ARG_JOB_OR_FILE ? "_crystalmath_jobs_or_files \"$cur\""
                                          : ":",
                stdout);
}

static void print_option_words(const struct option_spec *options) {
    bool has_help = false;
    (void)fputs("_crystalmath_words '", stdout);
    for (; options->name; options++) {
        (void)printf("--%s ", options->name);
        has_help = has_help || strcmp(options->name, "help") == 0;
    }
    (void)printf("%s' \"$cur\"\n", has_help ? "" : "--help");
}

/* The value of the option before the cursor. */
static void print_values(const struct option_spec *options, const char *indent) {
    bool any = false;
    for (const struct option_spec *at = options; at->name; at++) {
        any = any || at->value;
    }
    if (!any) {
        return;
    }
    (void)printf("%scase $prev in\n", indent);
    for (; options->name; options++) {
        if (!options->value) {
            continue;
        }
        (void)printf("%s--%s", indent, options->name);
        if (options->letter) {
            (void)printf(" | -%c", options->letter);
        }
        (void)fputs(") ", stdout);
        print_action(options->kind);
        (void)puts("; return ;;");
    }
    (void)printf("%sesac\n", indent);
}

static void print_command(const struct command *command) {
    (void)printf("    %s)\n", command->name);
    print_values(command->options, "        ");
    (void)fputs("        case $cur in\n        -*) ", stdout);
    print_option_words(command->options);
    (void)fputs("            ;;\n        *) ", stdout);
    print_action(command->operand_kind);
    (void)puts(" ;;\n        esac\n        ;;");
}

void completion_bash(void) {
    (void)fputs(head, stdout);
    (void)puts("    '')");
    print_values(command_global_options(), "        ");
    (void)fputs("        case $cur in\n        -*) ", stdout);
    print_option_words(command_global_options());
    (void)fputs("            ;;\n        *) ", stdout);
    print_action(ARG_COMMAND);
    (void)puts(" ;;\n        esac\n        ;;");
    for (size_t i = 0; command_at(i); i++) {
        print_command(command_at(i));
    }
    (void)puts("    esac\n}\n\ncomplete -F _crystalmath crystalmath");
}
