/* Choosing an input file: one folder at a time, folders first. What a file is gets
 * looked at when it comes into view, so that large folders open at once. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct code;

struct picker_entry {
    char *name; /* owned */
    bool is_folder;
    bool looked_at;
    const struct code *code; /* static; NULL: not an input that is known */
    off_t size;
};

struct picker {
    char *folder; /* owned, absolute; NULL before the first picker_open */
    struct picker_entry *entries; /* owned */
    size_t n, cap;
    size_t selected;
    size_t top;  /* first entry shown */
    bool hidden; /* also show names that begin with a dot */
};

void picker_init(struct picker *picker);
void picker_deinit(struct picker *picker);

/* Show a folder. `select` is a name to select in it, or NULL. 0 or a negative errno
 * with `msg`; the picker then shows what it did before. */
int picker_open(struct picker *picker, const char *folder, const char *select,
                struct errmsg *msg);
/* The folder above, or into the selected folder. As picker_open. */
int picker_up(struct picker *picker, struct errmsg *msg);
int picker_enter(struct picker *picker, struct errmsg *msg);
/* Show or hide names that begin with a dot. As picker_open. */
int picker_toggle_hidden(struct picker *picker, struct errmsg *msg);

/* NULL when the folder is empty. */
const struct picker_entry *picker_selected(const struct picker *picker);
void picker_move(struct picker *picker, long by);
/* Look at an entry's content now, unless that was done. */
void picker_look(struct picker *picker, size_t place);
/* The selected entry's path; freed by the caller. 0 or -ENOMEM. */
int picker_path(const struct picker *picker, char **out);
