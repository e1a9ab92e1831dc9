/* The files of a job, as the server lists them, to choose one from. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chooser_file {
    char *name; /* owned: in the job's directory, with folders before it */
    int64_t size;
    int64_t modified_ms; /* 0: not known */
    bool nameless;       /* the name is not what is shown: it is not UTF-8 */
};

struct chooser {
    int64_t job; /* whose; 0: none */
    struct chooser_file *files;
    size_t n;
    char *directory; /* owned; NULL: not known */
    bool loaded;     /* the answer has come, … */
    bool more;       /* … and there are others */
    size_t selected, top;
};

void chooser_init(struct chooser *chooser);
void chooser_deinit(struct chooser *chooser);
/* Begin with the files of a job, which are still to come. */
void chooser_reset(struct chooser *chooser, int64_t job);
/* What jobs.files has answered. When it is asked again the selection stays on its file.
 * 0 or -ENOMEM: there are none then. */
int chooser_set(struct chooser *chooser, const json_t *answer);

/* NULL when there is none. Valid until the next answer. */
const struct chooser_file *chooser_selected(const struct chooser *chooser);
void chooser_move(struct chooser *chooser, long by);
/* Keep the selection among so many rows. */
void chooser_keep_in_view(struct chooser *chooser, size_t height);
