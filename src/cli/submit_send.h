/* Submissions on their way to the server, many at once: it puts those on the disk
 * together that come behind one another. */
#pragma once

#include "cli/remote.h"

enum { SUBMIT_TOGETHER = 32 };

/* One job; empty until it is put in. */
struct submitted {
    json_t *params;   /* owned, with a token */
    json_t *job;      /* owned: what the server made of it */
    char *error;      /* owned: why it did not, else NULL */
    int64_t request;  /* under way */
    const char *file; /* borrowed: as it was given; NULL: none was */
};

/* Free what they own. */
void submitted_clear(struct submitted *list, size_t n);

/* Submit them in their order; each has a job or an error then. What was under way when
 * a server ended is sent again, as remote_again allows it; by its token it is the same
 * job. */
void submit_send(struct cm_client *client, struct submitted *list, size_t n);
