/* The findings of a check, and what is the same for all codes: first the syntax, and
 * only where that is right the code's own rules. */
#include "codes/code_check.h"

#include "base/cleanup.h"
#include "base/quoted.h"
#include "base/str.h"
#include "codes/code_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void code_findings_deinit(struct code_findings *findings) {
    for (size_t i = 0; i < findings->n; i++) {
        free(findings->items[i].text);
    }
    free(findings->items);
    *findings = (struct code_findings){NULL, 0, 0};
}

static int add(struct code_findings *findings, bool error, long line, char *text_take) {
    struct code_finding *more =
        text_take ? reallocarray(findings->items, findings->n + 1, sizeof *more) : NULL;
    if (!more) {
        free(text_take);
        return -ENOMEM;
    }
    findings->items = more;
    more[findings->n++] = (struct code_finding){error, text_take, line};
    findings->errors += error;
    return 0;
}

int code_find(struct code_findings *findings, bool error, const char *file, long line,
              const char *format, ...) {
    struct errmsg words = ERRMSG_NULL;
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words.text, sizeof words.text, format, arguments);
    va_end(arguments);
    quoted_clean(words.text, sizeof words.text);
    int r = line > 0 ? str_printf(&text, "%s:%ld: %s", file, line, words.text)
                     : str_printf(&text, "%s: %s", file, words.text);
    return r ? r : add(findings, error, line, text);
}

int code_found(struct code_findings *findings, bool error, const char *text) {
    const char *colon = strchr(text, ':');
    long line = colon ? strtol(colon + 1, NULL, 10) : 0;
    return add(findings, error, line > 0 ? line : 0, strdup(text));
}

bool code_next_line(const char **at, const char *end, char line[CODE_LINE_MAX]) {
    if (*at >= end) {
        return false;
    }
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t n = (size_t)((stop ? stop : end) - *at);
    size_t kept = n < CODE_LINE_MAX - 1 ? n : CODE_LINE_MAX - 1;
    memcpy(line, *at, kept);
    while (kept > 0 && (line[kept - 1] == '\r' || line[kept - 1] == ' ')) {
        kept--;
    }
    line[kept] = '\0';
    *at = stop ? stop + 1 : end;
    return true;
}

int code_check(const struct code *code, const char *file, const char *text, size_t n,
               char *const *env, const struct code_beside *beside,
               struct code_findings *out) {
    struct errmsg msg = ERRMSG_NULL;
    long line = 0;
    int r = code_check_input(code, file, text, n, &line, &msg);
    if (r == CODE_E_INPUT) {
        return add(out, true, line, strdup(msg.text));
    }
    return r ? r : code->check(file, text, n, env, beside, out);
}
