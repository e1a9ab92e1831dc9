/* A file to begin with: everything there is, commented out, so that it changes nothing
 * until somebody takes a comment mark away. */
#include "config/config.h"

#include <string.h>

enum { COLUMNS = 76 };

/* Wrap a text as comment lines. */
static int put_comment(struct buf *out, const char *text) {
    int r = 0;
    while (*text && r == 0) {
        size_t n = strlen(text);
        if (n > COLUMNS) {
            for (n = COLUMNS; n > 0 && text[n] != ' ';) {
                n--;
            }
            n = n ? n : COLUMNS;
        }
        r = buf_printf(out, "# %.*s\n", (int)n, text);
        text += n;
        text += *text == ' ';
    }
    return r;
}

static int put_key(struct buf *out, enum config_key key) {
    const struct config_entry *entry = config_entry(key);
    _cleanup_buf_ struct buf takes = BUF_NULL;
    int r = buf_append_str(&takes, "It takes ");
    r = r ? r : config_describe(&takes, entry);
    r = r ? r : buf_append(&takes, ".", 2); /* with its NUL */
    r = r ? r : buf_append_str(out, "\n");
    r = r ? r : put_comment(out, entry->text);
    r = r ? r : put_comment(out, buf_bytes(&takes));
    return r ? r
             : buf_printf(out, "#%s = %s%s\n", entry->name,
                          entry->fallback ? entry->fallback : "# ",
                          entry->fallback ? "" : entry->usual);
}

int config_sample(struct buf *out) {
    const char *section = "";
    int r = buf_append_str(
        out, "# Configuration of CrystalMath. `crystalmath config` shows what is in\n"
             "# force and from where; `crystalmath server restart` takes a change.\n");
    for (enum config_key key = 0; key < CONFIG_KEYS && r == 0; key++) {
        const struct config_entry *entry = config_entry(key);
        if (strcmp(section, entry->section) != 0) {
            section = entry->section;
            r = buf_printf(out, "\n[%s]\n", section);
        }
        r = r ? r : put_key(out, key);
    }
    return r;
}
