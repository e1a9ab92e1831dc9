/* Help texts: the table of commands, laid out. */
#include "cli/usage.h"

#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_WIDTH = 18, /* at least, of "-n, --name NAME" in lists */
};

char *usage_synopsis(const struct command *command) {
    const char *options = command->options[0].name ? " [OPTION]…" : "";
    const char *gap = *command->operands ? " " : "";
    return say_format("%s%s%s%s", command->name, options, gap, command->operands);
}

enum { NAME_SIZE = 64 };

static int option_name(const struct option_spec *option, char name[NAME_SIZE]) {
    return snprintf(name, NAME_SIZE, "--%s%s%s", option->name, option->value ? " " : "",
                    option->value ? option->value : "");
}

static void print_option(const struct option_spec *option, int width) {
    char name[NAME_SIZE];
    (void)option_name(option, name);
    if (option->letter) {
        (void)printf("  -%c, %-*s  %s\n", option->letter, width, name, option->text);
    } else {
        (void)printf("      %-*s  %s\n", width, name, option->text);
    }
}

/* The texts stand below one another, behind the longest name. */
static void print_options(const struct option_spec *options) {
    int width = OPTION_WIDTH;
    for (const struct option_spec *option = options; option->name; option++) {
        char name[NAME_SIZE];
        int n = option_name(option, name);
        width = n > width ? n : width;
    }
    for (; options->name; options++) {
        print_option(options, width);
    }
}

void usage_program(void) {
    (void)puts("Usage: crystalmath [OPTION]… [COMMAND [ARGUMENT]…]\n\n"
               "Run DFT calculations and see what they do while they do it. Without a "
               "command\nthe screen opens.\n\n"
               "Commands:");
    for (size_t i = 0; command_at(i); i++) {
        (void)printf("  %-12s%s\n", command_at(i)->name, command_at(i)->text);
    }
    (void)puts("\nOptions, before the command:");
    print_options(command_global_options());
    (void)puts(
        "\n`crystalmath help COMMAND` explains one; crystalmath(1) is the manual.");
}

void usage_command(const struct command *command) {
    char *synopsis = usage_synopsis(command);
    (void)printf("Usage: crystalmath %s\n\n%c%s.\n", synopsis,
                 command->text[0] - 'a' + 'A', command->text + 1);
    free(synopsis);
    if (command->details) {
        (void)printf("\n%s\n", command->details);
    }
    if (command->options[0].name) {
        (void)puts("\nOptions:");
        print_options(command->options);
    }
}
