/* What would keep a run from coming to something, or spoil it, found before it begins:
 * in the input, and in the files beside it that the code reads. */
#pragma once

#include "codes/code.h"

struct code_finding {
    bool error; /* it would fail; else it may be meant */
    char *text; /* owned: "FILE:LINE: what is wrong, and the mend" */
    long line;  /* in the file that the text begins with; 0: none */
};

struct code_findings {
    struct code_finding *items; /* owned */
    size_t n, errors;
};

/* Look at an input. `env` is the environment of the job. What `beside` cannot read
 * counts as not there. 0 or -ENOMEM; `out`, which is empty before, is to be released in
 * either case. */
int code_check(const struct code *code, const char *file, const char *text, size_t n,
               char *const *env, const struct code_beside *beside,
               struct code_findings *out);
void code_findings_deinit(struct code_findings *findings);

/* For the codes' own checks. Add a finding; `line` 0: none. 0 or -ENOMEM. */
int code_find(struct code_findings *findings, bool error, const char *file, long line,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Add a finding whose text begins with "FILE:LINE: ", or "FILE: ". 0 or -ENOMEM. */
int code_found(struct code_findings *findings, bool error, const char *text);

/* The next line of a text as a string, cut, without its end; false behind the last. */
enum { CODE_LINE_MAX = 512 };
bool code_next_line(const char **at, const char *end, char line[CODE_LINE_MAX]);
