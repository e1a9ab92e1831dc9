/* What belongs to a job beside its row: tags, dependencies, the command line, the
 * environment, inputs as they were. Lists of strings are stored as their bytes,
 * NUL-terminated one behind the other, so that any byte a file system or an environment
 * allows survives. What is the same already is not written again, for most changes of a
 * job are of its state alone. */
#include "store/store_internal.h"

#include "base/sha256.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static int pack_strings(char *const *strings, struct buf *out) {
    for (size_t i = 0; strings && strings[i]; i++) {
        int r = buf_append(out, strings[i], strlen(strings[i]) + 1);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int unpack_column(sqlite3_stmt *s, int column, char ***out) {
    const char *bytes = sqlite3_column_blob(s, column);
    size_t n = (size_t)sqlite3_column_bytes(s, column);
    const char *end = bytes + n;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += bytes[i] == '\0';
    }
    char **strings = calloc(count + 1, sizeof *strings);
    for (size_t i = 0; strings && i < count; i++) {
        size_t length = strnlen(bytes, (size_t)(end - bytes));
        strings[i] = strndup(bytes, length);
        if (!strings[i]) {
            strings = strv_free(strings);
            break;
        }
        bytes += length + 1;
    }
    if (strings) {
        (void)strv_free(*out);
        *out = strings;
    }
    return strings ? 0 : -ENOMEM;
}

static sqlite3_stmt *statement_of(struct store *store, enum statement which,
                                  int64_t job) {
    sqlite3_stmt *s = store_statement(store, which);
    (void)sqlite3_bind_int64(s, 1, job);
    return s;
}

static int clear(struct store *store, enum statement which, int64_t job) {
    return store_run(store, statement_of(store, which, job));
}

static int read_tags(struct store *store, int64_t id, char ***out) {
    sqlite3_stmt *s = statement_of(store, STATEMENT_TAGS, id);
    char **tags = NULL;
    size_t n = 0;
    int r;
    while ((r = store_step(store, s)) == 1) {
        char **more = realloc(tags, (n + 2) * sizeof *tags);
        if (more) {
            tags = more;
            tags[n + 1] = NULL;
            tags[n] = strdup((const char *)sqlite3_column_text(s, 0));
        }
        if (!more || !tags[n++]) {
            r = -ENOMEM;
            break;
        }
    }
    (void)sqlite3_reset(s);
    if (r < 0) {
        (void)strv_free(tags);
        return r;
    }
    *out = tags;
    return 0;
}

static int read_after(struct store *store, int64_t id, struct job_dependency **out,
                      size_t *n) {
    sqlite3_stmt *s = statement_of(store, STATEMENT_AFTER, id);
    _cleanup_free_ struct job_dependency *after = NULL;
    size_t count = 0;
    int r;
    while ((r = store_step(store, s)) == 1) {
        struct job_dependency *more = realloc(after, (count + 1) * sizeof *after);
        if (!more) {
            r = -ENOMEM;
            break;
        }
        after = more;
        int kind = sqlite3_column_int(s, 1);
        if (kind < JOB_AFTER_OK || kind > JOB_AFTER_NOT_OK) {
            r = store_fail(store, SQLITE_CORRUPT);
            break;
        }
        after[count++] =
            (struct job_dependency){sqlite3_column_int64(s, 0), (enum job_after)kind};
    }
    (void)sqlite3_reset(s);
    if (r == 0) {
        *out = TAKE_PTR(after);
        *n = count;
    }
    return r;
}

int store_parts_read(struct store *store, struct job *job, int parts) {
    int r = parts & PART_TAGS ? read_tags(store, job->id, &job->tags) : 0;
    return r == 0 && parts & PART_AFTER
               ? read_after(store, job->id, &job->after, &job->n_after)
               : r;
}

static int read_command(struct store *store, struct job *job) {
    sqlite3_stmt *s = statement_of(store, STATEMENT_COMMAND, job->id);
    int r = store_step(store, s);
    if (r == 1) {
        r = unpack_column(s, 0, &job->argv);
        r = r == 0 ? unpack_column(s, 1, &job->env) : r;
    } else if (r == 0) {
        r = store_fail(store, SQLITE_CORRUPT); /* each job has one */
    }
    (void)sqlite3_reset(s);
    return r;
}

static void free_inputs(struct job_input *inputs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(inputs[i].path);
    }
    free(inputs);
}

static int read_inputs(struct store *store, int64_t id, struct job_input **out,
                       size_t *n) {
    sqlite3_stmt *s = statement_of(store, STATEMENT_INPUTS, id);
    struct job_input *inputs = NULL;
    size_t count = 0;
    int r;
    while ((r = store_step(store, s)) == 1) {
        struct job_input *more = realloc(inputs, (count + 1) * sizeof *inputs);
        char *path = strdup((const char *)sqlite3_column_text(s, 0));
        if (more) {
            inputs = more;
        }
        if (!more || !path) {
            free(path);
            r = -ENOMEM;
            break;
        }
        inputs[count] =
            (struct job_input){.path = path, .size = sqlite3_column_int64(s, 2)};
        (void)snprintf(inputs[count].sha256, sizeof inputs[count].sha256, "%s",
                       (const char *)sqlite3_column_text(s, 1));
        count++;
    }
    (void)sqlite3_reset(s);
    if (r < 0) {
        free_inputs(inputs, count);
        return r;
    }
    *out = inputs;
    *n = count;
    return 0;
}

int store_parts_read_all(struct store *store, struct job *job) {
    int r = read_command(store, job);
    return r == 0 ? read_inputs(store, job->id, &job->inputs, &job->n_inputs) : r;
}

/* The number of a content; `bytes` may be NULL where only hash and size are known. */
static int put_content(struct store *store, const char *sha256, int64_t size,
                       const void *bytes, int64_t *id) {
    sqlite3_stmt *find = store_statement(store, STATEMENT_CONTENT_FIND);
    (void)sqlite3_bind_text(find, 1, sha256, -1, SQLITE_STATIC);
    int r = store_step(store, find);
    bool found = r == 1;
    bool empty = found && sqlite3_column_int(find, 1);
    int64_t found_id = found ? sqlite3_column_int64(find, 0) : 0;
    (void)sqlite3_reset(find);
    if (r < 0) {
        return r;
    }
    r = 0;
    if (!found || (empty && bytes)) {
        sqlite3_stmt *s = store_statement(store, found ? STATEMENT_CONTENT_FILL
                                                       : STATEMENT_CONTENT_ADD);
        if (found) {
            (void)sqlite3_bind_int64(s, 1, found_id);
        } else {
            (void)sqlite3_bind_text(s, 1, sha256, -1, SQLITE_STATIC);
        }
        (void)sqlite3_bind_int64(s, 2, size);
        if (bytes) {
            (void)sqlite3_bind_blob64(s, 3, bytes, (sqlite3_uint64)size, SQLITE_STATIC);
        }
        r = store_run(store, s);
        (void)sqlite3_clear_bindings(s);
    }
    if (r == 0) {
        *id = found ? found_id : sqlite3_last_insert_rowid(store->db);
    }
    return r;
}

int store_content_put(struct store *store, const void *bytes, size_t n,
                      char sha256[SHA256_HEX_SIZE]) {
    char hash[SHA256_HEX_SIZE];
    int64_t id = 0;
    sha256_hex(bytes, n, hash);
    int r = store_change_begin(store);
    if (r == 0) {
        r = store_change_end(store,
                             put_content(store, hash, (int64_t)n, n ? bytes : "", &id));
    }
    if (r == 0) {
        memcpy(sha256, hash, sizeof hash);
    }
    return r;
}

static int read_blob(struct store *store, sqlite3_blob *blob, int64_t offset,
                     size_t limit, struct buf *out) {
    int64_t left =
        offset < sqlite3_blob_bytes(blob) ? sqlite3_blob_bytes(blob) - offset : 0;
    size_t n = (uint64_t)left < limit ? (size_t)left : limit;
    int r = buf_reserve(out, n);
    if (r == 0 && n > 0) {
        r = sqlite3_blob_read(blob, out->data + out->end, (int)n, (int)offset);
        r = r == SQLITE_OK ? 0 : store_fail(store, r);
        out->end += r == 0 ? n : 0;
    }
    return r;
}

int store_content_get(struct store *store, const char *sha256, int64_t offset,
                      size_t limit, struct buf *out, int64_t *size) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CONTENT);
    sqlite3_blob *blob = NULL;
    (void)sqlite3_bind_text(s, 1, sha256, -1, SQLITE_STATIC);
    int r = store_step(store, s);
    if (r == 1) {
        r = sqlite3_blob_open(store->db, "main", "contents", "bytes",
                              sqlite3_column_int64(s, 0), 0, &blob);
        r = r == SQLITE_OK ? read_blob(store, blob, offset, limit, out)
                           : store_fail(store, r);
        if (r == 0 && size) {
            *size = sqlite3_blob_bytes(blob);
        }
        (void)sqlite3_blob_close(blob);
    } else if (r == 0) {
        r = STORE_E_MISSING;
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_command_write(struct store *store, const struct job *job) {
    _cleanup_buf_ struct buf argv = BUF_NULL;
    _cleanup_buf_ struct buf env = BUF_NULL;
    int r = pack_strings(job->argv, &argv);
    r = r == 0 ? pack_strings(job->env, &env) : r;
    if (r < 0) {
        return r;
    }
    char hash[SHA256_HEX_SIZE];
    int64_t content = 0;
    sha256_hex(buf_bytes(&env), buf_len(&env), hash);
    r = put_content(store, hash, (int64_t)buf_len(&env), buf_bytes(&env), &content);
    if (r < 0) {
        return r;
    }
    sqlite3_stmt *s = statement_of(store, STATEMENT_COMMAND_PUT, job->id);
    (void)sqlite3_bind_blob64(s, 2, buf_bytes(&argv), buf_len(&argv), SQLITE_STATIC);
    (void)sqlite3_bind_int64(s, 3, content);
    r = store_run(store, s);
    (void)sqlite3_clear_bindings(s);
    return r;
}

static size_t length(char *const *strings) {
    return strings ? strv_length(strings) : 0;
}

static bool same_strings(char *const *a, char *const *b) {
    size_t n = length(a);
    if (n != length(b)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(a[i], b[i]) != 0) {
            return false;
        }
    }
    return true;
}

static int write_tags(struct store *store, const struct job *job) {
    char **before = NULL;
    int r = read_tags(store, job->id, &before);
    bool same = r == 0 && same_strings(before, job->tags);
    (void)strv_free(before);
    if (r < 0 || same) {
        return r;
    }
    r = clear(store, STATEMENT_TAGS_CLEAR, job->id);
    for (size_t i = 0; r == 0 && job->tags && job->tags[i]; i++) {
        sqlite3_stmt *s = statement_of(store, STATEMENT_TAG_ADD, job->id);
        (void)sqlite3_bind_text(s, 2, job->tags[i], -1, SQLITE_STATIC);
        r = store_run(store, s);
    }
    return r;
}

static int write_after(struct store *store, const struct job *job) {
    _cleanup_free_ struct job_dependency *before = NULL;
    size_t n = 0;
    int r = read_after(store, job->id, &before, &n);
    bool same = r == 0 && n == job->n_after;
    for (size_t i = 0; same && i < n; i++) {
        same = before[i].id == job->after[i].id && before[i].kind == job->after[i].kind;
    }
    if (r < 0 || same) {
        return r;
    }
    r = clear(store, STATEMENT_AFTER_CLEAR, job->id);
    for (size_t i = 0; r == 0 && i < job->n_after; i++) {
        sqlite3_stmt *s = statement_of(store, STATEMENT_AFTER_ADD, job->id);
        (void)sqlite3_bind_int64(s, 2, (int64_t)i);
        (void)sqlite3_bind_int64(s, 3, job->after[i].id);
        (void)sqlite3_bind_int(s, 4, (int)job->after[i].kind);
        r = store_run(store, s);
    }
    return r;
}

static int write_inputs(struct store *store, const struct job *job) {
    struct job_input *before = NULL;
    size_t n = 0;
    int r = read_inputs(store, job->id, &before, &n);
    bool same = r == 0 && n == job->n_inputs;
    for (size_t i = 0; same && i < n; i++) {
        same = strcmp(before[i].path, job->inputs[i].path) == 0 &&
               strcmp(before[i].sha256, job->inputs[i].sha256) == 0;
    }
    free_inputs(before, n);
    if (r < 0 || same) {
        return r;
    }
    r = clear(store, STATEMENT_INPUTS_CLEAR, job->id);
    for (size_t i = 0; r == 0 && i < job->n_inputs; i++) {
        const struct job_input *input = &job->inputs[i];
        int64_t content = 0;
        r = put_content(store, input->sha256, input->size, NULL, &content);
        if (r == 0) {
            sqlite3_stmt *s = statement_of(store, STATEMENT_INPUT_ADD, job->id);
            (void)sqlite3_bind_int64(s, 2, (int64_t)i);
            (void)sqlite3_bind_text(s, 3, input->path, -1, SQLITE_STATIC);
            (void)sqlite3_bind_int64(s, 4, content);
            r = store_run(store, s);
        }
    }
    return r;
}

int store_parts_write(struct store *store, const struct job *job) {
    int r = write_tags(store, job);
    if (r == 0) {
        r = write_after(store, job);
    }
    if (r == 0 && job->argv) {
        r = store_command_write(store, job);
    }
    if (r == 0 && job->inputs) {
        r = write_inputs(store, job);
    }
    return r;
}
