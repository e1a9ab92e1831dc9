/* For fish 3 and later. */
#include "cli/completion.h"

#include "cli/command.h"

#include <stdio.h>

static const char head[] =
    "# fish completion for crystalmath, made by: crystalmath completion fish\n"
    "\n"
    "function __crystalmath_jobs\n"
    "    crystalmath --no-start jobs 2>/dev/null | string replace -r "
    "'^(\\d+)\\t([^\\t]*)\\t([^\\t]*).*' '$1\\t$2, $3'\n"
    "end\n"
    "\n"
    "complete -c crystalmath -f\n";

/* The options that say what a word of this kind can be. */
static void print_values(enum arg_kind kind) {
    const char *const *words = command_words(kind);
    if (words) {
        (void)fputs(" -a '", stdout);
        for (size_t i = 0; words[i]; i++) {
            (void)printf("%s%s", i > 0 ? " " : "", words[i]);
        }
        (void)putchar('\'');
    } else if (kind == ARG_FILE) {
        (void)fputs(" -F", stdout);
    } else if (kind == ARG_JOB) {
        (void)fputs(" -k -a '(__crystalmath_jobs)'", stdout);
    } else if (kind == ARG_JOB_OR_FILE) {
        (void)fputs(" -k -F -a '(__crystalmath_jobs)'", stdout);
    } else if (kind == ARG_COMMAND) {
        (void)fputs(" -a '", stdout);
        for (size_t i = 0; command_at(i); i++) {
            (void)printf("%s%s", i > 0 ? " " : "", command_at(i)->name);
        }
        (void)putchar('\'');
    }
}

static void print_options(const struct option_spec *options, const char *condition) {
    for (; options->name; options++) {
        (void)printf("complete -c crystalmath -n '%s' -l %s", condition, options->name);
        if (options->letter) {
            (void)printf(" -s %c", options->letter);
        }
        if (options->value) {
            (void)fputs(" -r", stdout);
            print_values(options->kind);
        }
        (void)printf(" -d '%s'\n", options->text);
    }
}

static void print_command(const struct command *command) {
    char condition[96];
    (void)printf("\ncomplete -c crystalmath -n __fish_use_subcommand -a %s -d '%s'\n",
                 command->name, command->text);
    (void)snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s",
                   command->name);
    print_options(command->options, condition);
    if (command->max_operands != 0 && command->operand_kind != ARG_METHOD) {
        (void)printf("complete -c crystalmath -n '%s'", condition);
        print_values(command->operand_kind);
        (void)putchar('\n');
    }
}

void completion_fish(void) {
    (void)fputs(head, stdout);
    print_options(command_global_options(), "__fish_use_subcommand");
    for (size_t i = 0; command_at(i); i++) {
        print_command(command_at(i));
    }
}
