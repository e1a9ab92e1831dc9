/* Folders are listed whole, one level of them, for a code asks for many files of the
 * same one; that also tells which are not there. Files are read in blocks, which become
 * larger while one is read on and on, and small ones are read whole: so that to look at
 * the marks in a file costs few questions, and at its end few bytes. */
#include "slurm/look.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/shell_quote.h"
#include "slurm/queue.h"
#include "slurm/reading.h"
#include "slurm/script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    WHOLE = 256 * 1024, /* of a smaller file all is read */
    BLOCK = 64 * 1024,
    BLOCK_MAX = 4 * 1024 * 1024,
    HELD_MAX = 64 * 1024 * 1024,
};

#define BEGIN SLURM_SEPARATOR "folder\n"
#define END SLURM_SEPARATOR "end\n"

struct file {
    char *name; /* owned */
    int64_t size, modified_ms;
};

struct folder {
    char *path;         /* owned: as the names have it */
    struct file *files; /* owned, n of them */
    size_t n;
};

struct block {
    char *name; /* owned: of the file */
    int64_t offset;
    struct buf bytes;
};

/* What is to be asked: the files of a folder, or bytes of a file. */
struct question {
    char *name; /* owned; NULL: there is none */
    bool folder;
    int64_t offset, most, size;
};

struct slurm_look {
    char *directory;        /* owned */
    struct folder *folders; /* owned, n_folders of them */
    size_t n_folders;
    struct block *blocks; /* owned, n_blocks of them */
    size_t n_blocks;
    size_t held; /* bytes of blocks */
    struct question question;
};

static void folder_deinit(struct folder *folder) {
    for (size_t i = 0; i < folder->n; i++) {
        free(folder->files[i].name);
    }
    free(folder->files);
    free(folder->path);
}

int slurm_look_new(struct slurm_look **out, const char *directory) {
    struct slurm_look *look = calloc(1, sizeof *look);
    if (look) {
        look->directory = strdup(directory);
    }
    if (!look || !look->directory) {
        (void)slurm_look_free(look);
        return -ENOMEM;
    }
    *out = look;
    return 0;
}

struct slurm_look *slurm_look_free(struct slurm_look *look) {
    if (look) {
        for (size_t i = 0; i < look->n_folders; i++) {
            folder_deinit(&look->folders[i]);
        }
        for (size_t i = 0; i < look->n_blocks; i++) {
            free(look->blocks[i].name);
            buf_deinit(&look->blocks[i].bytes);
        }
        free(look->folders);
        free(look->blocks);
        free(look->question.name);
        free(look->directory);
        free(look);
    }
    return NULL;
}

size_t slurm_look_held(const struct slurm_look *look) {
    enum { NAME = 64 }; /* of a file, roughly */
    size_t held = look->held;
    for (size_t i = 0; i < look->n_folders; i++) {
        held += look->folders[i].n * (sizeof *look->folders[i].files + NAME);
    }
    return held;
}

/* ---- what is known ---- */

static int want(struct slurm_look *look, const char *name, struct question question) {
    question.name = strdup(name);
    if (!question.name) {
        return -ENOMEM;
    }
    free(look->question.name);
    look->question = question;
    return -EAGAIN;
}

static int find_file(struct slurm_look *look, const char *name,
                     const struct file **out) {
    _cleanup_free_ char *path = NULL;
    const char *base = path_basename(name);
    int r = path_dirname(&path, name);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < look->n_folders; i++) {
        const struct folder *folder = &look->folders[i];
        if (strcmp(folder->path, path) != 0) {
            continue;
        }
        for (size_t k = 0; k < folder->n; k++) {
            if (strcmp(folder->files[k].name, base) == 0) {
                *out = &folder->files[k];
                return 0;
            }
        }
        return -ENOENT;
    }
    return want(look, path, (struct question){.folder = true});
}

int slurm_look_state(void *data, const char *name, int64_t *size,
                     int64_t *modified_ms) {
    const struct file *file = NULL;
    int r = find_file(data, name, &file);
    if (r == 0) {
        *size = file->size;
        *modified_ms = file->modified_ms;
    }
    return r;
}

static const struct block *find_block(const struct slurm_look *look, const char *name,
                                      int64_t offset) {
    for (size_t i = 0; i < look->n_blocks; i++) {
        const struct block *block = &look->blocks[i];
        if (strcmp(block->name, name) == 0 && block->offset <= offset &&
            offset < block->offset + (int64_t)buf_len(&block->bytes)) {
            return block;
        }
    }
    return NULL;
}

/* The last block of a file goes on with another one, of twice the size. */
static int want_bytes(struct slurm_look *look, const char *name, int64_t size,
                      int64_t offset) {
    struct question question = {.size = size};
    const struct block *last =
        look->n_blocks > 0 ? &look->blocks[look->n_blocks - 1] : NULL;
    int64_t most = BLOCK;
    if (size <= WHOLE) {
        question.most = size;
    } else {
        question.offset = offset - offset % BLOCK;
        if (last && strcmp(last->name, name) == 0 &&
            last->offset + (int64_t)buf_len(&last->bytes) == question.offset) {
            most = 2 * (int64_t)buf_len(&last->bytes);
        }
        most = most > BLOCK_MAX ? BLOCK_MAX : most;
        int64_t left = size - question.offset;
        question.most = most < left ? most : left;
    }
    if (question.most > HELD_MAX - (int64_t)look->held) {
        return -EFBIG;
    }
    return want(look, name, question);
}

int slurm_look_read(void *data, const char *name, int64_t offset, size_t n,
                    struct buf *out) {
    struct slurm_look *look = data;
    const struct file *file = NULL;
    size_t before = buf_len(out);
    int r = find_file(look, name, &file);
    int64_t left = r == 0 ? file->size - offset : 0;
    n = left <= 0 ? 0 : (uint64_t)left < n ? (size_t)left : n;
    if (n > HELD_MAX) {
        return -EFBIG;
    }
    while (r == 0 && n > 0) {
        const struct block *block = find_block(look, name, offset);
        if (!block) {
            r = want_bytes(look, name, file->size, offset);
            break;
        }
        size_t from = (size_t)(offset - block->offset);
        size_t there = buf_len(&block->bytes) - from;
        size_t taken = there < n ? there : n;
        r = buf_append(out, buf_bytes(&block->bytes) + from, taken);
        offset += (int64_t)taken;
        n -= taken;
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

/* ---- asking ---- */

/* find tells only of the folder itself (-prune), and -exec takes any name as it is. */
static int put_list(const char *folder, struct buf *out) {
    int r = buf_append_str(out, "echo '" SLURM_SEPARATOR "folder'\n(cd -- ");
    r = r ? r : shell_quote(out, folder);
    return r ? r
             : buf_append_str(out,
                              " && exec find -L . ! -name . -prune -type f -exec stat "
                              "-L --printf '%s %Y %n\\0' {} +) 2>/dev/null\n"
                              "echo '" SLURM_SEPARATOR "end'\n");
}

int slurm_look_program(const struct slurm_look *look, struct buf *out) {
    const struct question *question = &look->question;
    bool whole_path = question->name[0] == '/';
    size_t before = buf_len(out);
    int r = buf_append_str(out, "cd -- ");
    r = r ? r : slurm_quote_folder(out, look->directory);
    r = r ? r : buf_printf(out, " || exit %d\n", SLURM_X_FOLDER);
    if (question->folder) {
        r = r ? r : put_list(question->name, out);
    } else {
        r = r ? r
              : slurm_read_program(out, 0, whole_path ? "/" : look->directory,
                                   question->name, question->offset, question->most);
    }
    r = r ? r : buf_append_str(out, "exit 0\n");
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

/* ---- answers ---- */

/* "SIZE SECONDS ./NAME", n bytes. */
static int add_file(struct folder *folder, const char *entry, size_t n) {
    const char *blank = memchr(entry, ' ', n);
    const char *second =
        blank ? memchr(blank + 1, ' ', n - (size_t)(blank + 1 - entry)) : NULL;
    if (!second || second[1] != '.' || second[2] != '/') {
        return -EBADMSG;
    }
    struct file *files =
        reallocarray(folder->files, folder->n + 1, sizeof *folder->files);
    if (!files) {
        return -ENOMEM;
    }
    folder->files = files;
    struct file *file = &files[folder->n];
    /* A size has as many digits as a time; ms are for this one alone. */
    *file = (struct file){
        .name = strndup(second + 3, n - (size_t)(second + 3 - entry)),
        .size = slurm_time_read(entry, (size_t)(blank - entry)) / 1000,
        .modified_ms = slurm_time_read(blank + 1, (size_t)(second - blank - 1))};
    folder->n++;
    return file->name ? 0 : -ENOMEM;
}

/* What the login says may stand in front. */
static int read_folder(const char *text, size_t n, struct folder *folder) {
    const char *end = text + n;
    const char *at = n > 0 ? memmem(text, n, BEGIN, strlen(BEGIN)) : NULL;
    if (!at) {
        return -EBADMSG;
    }
    at += strlen(BEGIN);
    for (;;) {
        size_t left = (size_t)(end - at);
        const char *nul = memchr(at, '\0', left);
        if (!nul) {
            return left == strlen(END) && memcmp(at, END, left) == 0 ? 0 : -EBADMSG;
        }
        int r = add_file(folder, at, (size_t)(nul - at));
        if (r < 0) {
            return r;
        }
        at = nul + 1;
    }
}

static int take_folder(struct slurm_look *look, const char *text, size_t n) {
    struct folder *folders =
        reallocarray(look->folders, look->n_folders + 1, sizeof *look->folders);
    if (!folders) {
        return -ENOMEM;
    }
    look->folders = folders;
    struct folder folder = {NULL, NULL, 0};
    int r = read_folder(text, n, &folder);
    if (r < 0) {
        folder_deinit(&folder);
        return r;
    }
    folder.path = TAKE_PTR(look->question.name);
    folders[look->n_folders++] = folder;
    return 0;
}

static void note_piece(const struct slurm_piece *piece, void *data) {
    *(struct slurm_piece *)data = *piece;
}

static int take_block(struct slurm_look *look, const char *text, size_t n) {
    const struct question *question = &look->question;
    struct slurm_piece piece = {.size = -1};
    slurm_pieces_read(text, n, note_piece, &piece);
    if (piece.size != question->size || piece.offset != question->offset ||
        (int64_t)piece.n != question->most) {
        return -EBADMSG;
    }
    struct block *blocks =
        reallocarray(look->blocks, look->n_blocks + 1, sizeof *look->blocks);
    if (!blocks) {
        return -ENOMEM;
    }
    look->blocks = blocks;
    struct block block = {.offset = piece.offset, .bytes = BUF_NULL};
    int r = buf_append(&block.bytes, piece.bytes, piece.n);
    if (r < 0) {
        buf_deinit(&block.bytes);
        return r;
    }
    block.name = TAKE_PTR(look->question.name);
    look->held += piece.n;
    blocks[look->n_blocks++] = block;
    return 0;
}

int slurm_look_answer(struct slurm_look *look, const char *text, size_t n) {
    return look->question.folder ? take_folder(look, text, n)
                                 : take_block(look, text, n);
}
