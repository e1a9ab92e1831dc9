/* Prints the source of the manual page of config.ini: the file that is named, with the
 * keys of the table in the place of its line "@KEYS@". */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What would be a mark is escaped. */
static void put_plain(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strchr("_*\\", text[i])) {
            (void)putchar('\\');
        }
        (void)putchar(text[i]);
    }
}

static void put_key(enum config_key key) {
    const struct config_entry *entry = config_entry(key);
    _cleanup_buf_ struct buf takes = BUF_NULL;
    const char *usual = entry->fallback ? entry->fallback : entry->usual;
    if (key == 0 || strcmp(config_entry(key - 1)->section, entry->section) != 0) {
        (void)printf("## [%s]\n\n", entry->section);
    }
    if (config_describe(&takes, entry) < 0) {
        exit(EXIT_FAILURE);
    }
    (void)putchar('*');
    put_plain(entry->name, strlen(entry->name));
    (void)fputs("*\n\t", stdout);
    put_plain(entry->text, strlen(entry->text));
    (void)fputs(" It takes ", stdout);
    put_plain(buf_bytes(&takes), buf_len(&takes));
    (void)fputs("; by default ", stdout);
    put_plain(*usual ? usual : "nothing", strlen(*usual ? usual : "nothing"));
    (void)fputs(".\n\n", stdout);
}

int main(int argc, char **argv) {
    _cleanup_fclose_ FILE *page = argc == 2 ? fopen(argv[1], "re") : NULL;
    char line[1024];
    while (page && fgets(line, sizeof line, page)) {
        if (strcmp(line, "@KEYS@\n") != 0) {
            (void)fputs(line, stdout);
            continue;
        }
        for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
            put_key(key);
        }
    }
    return page && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
