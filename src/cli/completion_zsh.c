/* For zsh, both as a file `_crystalmath` on $fpath and through eval. */
#include "cli/completion.h"

#include "cli/command.h"

#include <stdio.h>

static const char head[] =
    "#compdef crystalmath\n"
    "# zsh completion for crystalmath, made by: crystalmath completion zsh\n"
    "\n"
    "_crystalmath_jobs() {\n"
    "    local -a jobs\n"
    "    local id name state rest\n"
    "    while IFS=$'\\t' read -r id name state rest; do\n"
    "        jobs+=(\"$id:$name, $state\")\n"
    "    done < <(crystalmath --no-start jobs 2>/dev/null)\n"
    "    _describe -V 'job' jobs\n"
    "}\n"
    "\n"
    "_crystalmath_commands() {\n"
    "    local -a commands=(\n";

static const char tail[] = "    esac\n"
                           "}\n"
                           "\n"
                           "if [ \"$funcstack[1]\" = _crystalmath ]; then\n"
                           "    _crystalmath \"$@\"\n"
                           "else\n"
                           "    compdef _crystalmath crystalmath\n"
                           "fi";

/* ":TAG:ACTION" of an argument. */
static void print_action(enum arg_kind kind, const char *tag) {
    const char *const *words = command_words(kind);
    (void)printf(":%s:", tag);
    if (words) {
        (void)putchar('(');
        for (size_t i = 0; words[i]; i++) {
            (void)printf("%s%s", i > 0 ? " " : "", words[i]);
        }
        (void)putchar(')');
        return;
    }
    (void)fputs(kind == ARG_FILE          ? "_files"
                : kind == ARG_JOB         ? "_crystalmath_jobs"
                : kind == ARG_JOB_OR_FILE ? "{_crystalmath_jobs; _files}"
                : kind == ARG_COMMAND     ? "_crystalmath_commands"
                                          : " ",
                stdout);
}

/* "'(-n --name)'{-n,--name}'[text]:NAME: '"; texts hold nothing that needs escaping. */
static void print_options(const struct option_spec *options) {
    for (; options->name; options++) {
        if (options->letter) {
            (void)printf(" \\\n            '(-%c --%s)'{-%c,--%s%s}'[%s]",
                         options->letter, options->name, options->letter, options->name,
                         options->value ? "=" : "", options->text);
        } else {
            (void)printf(" \\\n            '--%s%s[%s]", options->name,
                         options->value ? "=" : "", options->text);
        }
        if (options->value) {
            print_action(options->kind, options->value);
        }
        (void)putchar('\'');
    }
}

static const char *tag_of(enum arg_kind kind) {
    switch (kind) {
    case ARG_FILE:
        return "file";
    case ARG_JOB:
        return "job";
    case ARG_JOB_OR_FILE:
        return "job or file";
    case ARG_COMMAND:
        return "command";
    default:
        return "argument";
    }
}

static void print_command(const struct command *command) {
    (void)printf("    %s)\n        _arguments -s", command->name);
    print_options(command->options);
    (void)fputs(" \\\n            '(-h --help)'{-h,--help}'[show help and exit]'",
                stdout);
    if (command->max_operands != 0) {
        (void)printf(" \\\n            '%s", command->max_operands == 1 ? "1" : "*");
        print_action(command->operand_kind, tag_of(command->operand_kind));
        (void)putchar('\'');
    }
    (void)puts("\n        ;;");
}

void completion_zsh(void) {
    (void)fputs(head, stdout);
    for (size_t i = 0; command_at(i); i++) {
        (void)printf("        '%s:%s'\n", command_at(i)->name, command_at(i)->text);
    }
    (void)puts("    )\n    _describe 'command' commands\n}\n\n"
               "_crystalmath() {\n"
               "    local curcontext=$curcontext state line\n"
               "    typeset -A opt_args");
    (void)fputs("    _arguments -C -s", stdout);
    print_options(command_global_options());
    (void)puts(" \\\n            '1:command:_crystalmath_commands' \\\n"
               "            '*::argument:->argument' && return\n"
               "    case $words[1] in");
    for (size_t i = 0; command_at(i); i++) {
        print_command(command_at(i));
    }
    (void)puts(tail);
}
