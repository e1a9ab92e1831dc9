/* How far a file of a job has been read, and what an answer or a notification of the
 * server means to somebody who has come so far. Asks nothing itself. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct log_place {
    int64_t offset; /* of what is wanted next */
    bool begun;     /* false: the first answer tells the offset */
    bool behind;    /* there may be text that no notification brings */
    bool again;     /* a notification said that the file begins again */
    /* The file that this is about, as it was last; owned, NULL where none was seen. */
    char *path;
    char *identity;
    int64_t size; /* the largest that it was known to have */
};

void log_place_deinit(struct log_place *place);

enum log_news {
    LOG_GOES_ON,
    /* The file begins again, and so does the place: at offset 0. */
    LOG_WRITTEN_ANEW,
    LOG_CUT,
    LOG_REPLACED,    /* another file has its name */
    LOG_TRIED_AGAIN, /* the job writes it elsewhere now */
};

/* Take an answer of jobs.log for this offset. With LOG_GOES_ON its text is what comes
 * next, and the place is behind it. Else the text is of no use. */
enum log_news log_place_answer(struct log_place *place, const json_t *answer);

/* Take a notification jobs.log. True: its text is what comes next, and the place is
 * behind it. Else it is old, or from now on the place is `behind`. */
bool log_place_notification(struct log_place *place, const json_t *params);
