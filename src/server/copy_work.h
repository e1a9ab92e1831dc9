/* The part of a submission that takes long: a fresh folder with copies of files, and
 * the checksums of large files. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "base/sha256.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum copy_kind {
    COPY_FILE, /* copied, and read */
    COPY_READ, /* read where it is */
    COPY_LINK, /* linked to, when it is there */
};

struct copy_file {
    enum copy_kind kind;
    char *from;                   /* owned */
    char *name;                   /* owned: in the folder; NULL where it is only read */
    bool there;                   /* these three are known when it was read */
    char sha256[SHA256_HEX_SIZE]; /* of the bytes that were read, or copied */
    int64_t size;
};

struct copy_work {
    char *top;               /* owned: where fresh folders lie; NULL: none is made */
    char *name;              /* owned: of the folder in it */
    char *input;             /* owned: the name of a file there … */
    struct buf text;         /* … and what it holds */
    struct copy_file *files; /* owned, n of them */
    size_t n;
    int64_t max;         /* of all copies together */
    atomic_bool stop;    /* to be set from another thread */
    struct errmsg error; /* why it failed; "" where that is no news for people */
    /* While it is going on: */
    char *place;  /* owned: TOP/.partial/NAME */
    char *inside; /* owned: what will be the folder, below that */
    char *folder; /* owned: what it is when it is whole */
    int lock;
    bool whole; /* there is `folder` */
};

/* A fresh folder below `top` (NULL: none, and files are only read), whose name begins
 * with `name`. 0 or a negative errno. */
int copy_work_new(struct copy_work **out, const char *top, const char *name);
/* Accepts NULL, returns NULL. */
struct copy_work *copy_work_free(struct copy_work *work);
/* 0 or -ENOMEM. */
int copy_work_add(struct copy_work *work, enum copy_kind kind, const char *from,
                  const char *name);
/* What was found of this file; NULL: it is not among them. */
const struct copy_file *copy_work_find(const struct copy_work *work, const char *from);

/* Do it, on any thread: when 0 is returned all is on the disk under its name. A
 * negative errno, with `error` where a person can mend it, or -ECANCELED after `stop`:
 * then nothing is left. */
int copy_work_run(struct copy_work *work);
/* It is the user's from now on. */
void copy_work_keep(struct copy_work *work);
/* Nothing came of the job: the folder has no name any more, and copy_tidy will remove
 * what it holds. */
void copy_work_discard(struct copy_work *work);

/* Remove what lies below `top` of work that nobody is at any more: programs were killed
 * at it. Returns how many folders that were. */
size_t copy_tidy(const char *top);
/* Whether there may be something of the kind. */
bool copy_needs_tidying(const char *top);
