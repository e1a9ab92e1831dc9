/* One program for sh on this machine.
 * Every word that comes from a person or a file is quoted, and what runs on the host is
 * quoted once more, for the shell that the user has there.
 * tar's pipes tell of each of their ends: what the first one could not read would be
 * missing at the other without a word. */
#include "exec/transfer.h"

#include "base/cleanup.h"
#include "base/shell_quote.h"
#include "base/ssh.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

enum { DEADLINE_MS = 6 * 3600 * 1000 };

DEFINE_CLEANUP(char **, strv_free);

/* A command for sh on the host, as one word for sh here. */
static int put_remote(struct buf *out, const char *command) {
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = ssh_remote_text(&text, argv);
    r = r ? r : buf_append(&text, "", 1);
    return r ? r : shell_quote(out, buf_bytes(&text));
}

/* NAME=WORD, where the word is a command for the host: "cd DIR; …". */
static int put_command(struct buf *out, const char *name, const char *there,
                       const char *rest) {
    _cleanup_buf_ struct buf command = BUF_NULL;
    int r = buf_append_str(&command, "cd -- ");
    r = r ? r : shell_quote(&command, there);
    r = r ? r : buf_printf(&command, " || exit 2; %s", rest);
    r = r ? r : buf_append(&command, "", 1);
    r = r ? r : buf_printf(out, "%s=", name);
    r = r ? r : put_remote(out, buf_bytes(&command));
    return r ? r : buf_append_str(out, "\n");
}

/* The names that stay, as their lines are changed by sed, in the file $names. */
static int put_names(const struct transfer *t, const char *change, struct buf *out) {
    if (!t->names) {
        return 0;
    }
    int r = buf_printf(out,
                       "names=$(mktemp) || exit 2\n"
                       "trap 'rm -f \"$names\"' EXIT\n"
                       "sed '%s' ",
                       change);
    r = r ? r : shell_quote(out, t->names);
    return r ? r : buf_append_str(out, " >\"$names\" || exit 2\n");
}

static int put_rsync(const struct transfer *t, const char *host, struct buf *out) {
    /* -s: the host's shell sees no name. A folder here keeps the mode that it has. */
    int r = buf_append_str(out, "set -- -rts --partial");
    r = r ? r : buf_append_str(out, t->home ? " --omit-dir-times" : " -p -L");
    if (t->max_mib > 0) {
        r = r ? r : buf_printf(out, " --max-size=%dm", t->max_mib);
    }
    for (size_t i = 0; r == 0 && t->except && t->except[i]; i++) {
        r = buf_append_str(out, " --exclude=");
        r = r ? r : shell_quote(out, t->except[i]);
    }
    r = r ? r : buf_append_str(out, "\nthere=");
    r = r ? r : shell_quote(out, host);
    r = r ? r : buf_append_str(out, ":");
    r = r ? r : shell_quote(out, t->there);
    r = r ? r : buf_append_str(out, "/\n");
    if (t->only) {
        /* With its folders; R makes them from behind the dot on. */
        r = r ? r
              : buf_append_str(out, "rsync -R --info=progress2 \"$@\" -e \"$ssh\" "
                                    "\"$there./\"");
        r = r ? r : shell_quote(out, t->only);
        return r ? r : buf_append_str(out, " \"$here/\"\n");
    }
    /* A name as a pattern that means just that. */
    r = r ? r : put_names(t, "s/[][*?\\\\]/\\\\&/g; s/^/\\//", out);
    r = r ? r : buf_append_str(out, "rsync \"$@\" -e \"$ssh\" ");
    r = r || !t->names ? r : buf_append_str(out, "--exclude-from=\"$names\" ");
    return r ? r
             : buf_append_str(out, t->home ? "\"$there\" \"$here/\"\n"
                                           : "\"$here/\" \"$there\"\n");
}

static int put_tar(const struct transfer *t, struct buf *out) {
    if (!t->home) {
        return buf_append_str(out, "first=$({ { tar -C \"$here\" -chf - . 3>&-; "
                                   "echo $? >&3; } | over \"$host\" \"$unpack\" "
                                   ">/dev/null 3>&-; } 3>&1) || exit $?\n"
                                   "exit \"$first\"\n");
    }
    /* What tar makes of an archive that was cut is not the reason. */
    int r = put_names(t, "s/^/.\\//", out);
    r = r ? r
          : buf_append_str(out, "first=$({ { over \"$host\" \"$pack\" </dev/null 3>&-; "
                                "echo $? >&3; } | {\n"
                                "while IFS= read -r line; do\n"
                                "[ \"$line\" = 'crystalmath begins' ] && break\n"
                                "done\n"
                                "tar -C \"$here\" -xf - --anchored");
    for (size_t i = 0; r == 0 && t->except && t->except[i]; i++) {
        r = buf_append_str(out, " --wildcards --exclude=./");
        r = r ? r : shell_quote(out, t->except[i]);
        r = r ? r : buf_append_str(out, " --exclude='./*/'");
        r = r ? r : shell_quote(out, t->except[i]);
    }
    if (t->names) {
        r = r ? r : buf_append_str(out, " --no-wildcards");
        r = r ? r : buf_append_str(out, " -X \"$names\"");
    }
    return r ? r
             : buf_append_str(out, "\n} >&2 3>&-; } 3>&1)\n"
                                   "last=$?\n"
                                   "[ \"$first\" = 0 ] || exit \"$first\"\n"
                                   "exit $last\n");
}

static int put_pack(const struct transfer *t, struct buf *out) {
    _cleanup_buf_ struct buf pack = BUF_NULL;
    int r = 0;
    if (t->only) {
        r = buf_append_str(&pack, "tar -cf - -- ");
        r = r ? r : shell_quote(&pack, t->only);
    } else {
        r = buf_append_str(&pack, "{ find . -type f ");
        if (t->max_mib > 0) {
            r = r ? r : buf_printf(&pack, "! -size +%dk ", t->max_mib * 1024);
        }
        /* tar has no such file, and says so. */
        r = r ? r
              : buf_append_str(&pack, "-print0 || printf 'some folders could not be "
                                      "read\\0'; } | tar --null -T - -cf -");
    }
    /* A file there may still be written. */
    r = r ? r : buf_append_str(&pack, " || [ $? = 1 ]");
    r = r ? r : buf_append(&pack, "", 1);
    return r ? r : put_command(out, "pack", t->there, buf_bytes(&pack));
}

int transfer_program(struct remote *remote, const struct transfer *t, struct buf *out) {
    _cleanup_(strv_freep) char **ssh = NULL;
    _cleanup_buf_ struct buf words = BUF_NULL;
    int r = remote_ssh_argv(remote, &ssh);
    r = r ? r : shell_quote_all(&words, ssh);
    r = r ? r : buf_append(&words, "", 1);
    r = r ? r : buf_append_str(out, "ssh=");
    r = r ? r : shell_quote(out, buf_bytes(&words));
    r = r ? r : buf_append_str(out, "\nhost=");
    r = r ? r : shell_quote(out, remote_host(remote));
    r = r ? r : buf_append_str(out, "\nhere=");
    r = r ? r : shell_quote(out, t->here);
    r = r ? r : buf_append_str(out, "\n");
    r = r ? r : put_command(out, "unpack", t->there, "exec tar -xpf -");
    r = r ? r : put_pack(t, out);
    /* Its words hold quotes, for rsync as for eval. */
    r = r ? r : buf_append_str(out, "over() { eval \"$ssh \\\"\\$@\\\"\"; }\n");
    if (t->rsync) {
        r = r ? r : buf_append_str(out, "if command -v rsync >/dev/null; then\n");
        r = r ? r : put_rsync(t, remote_host(remote), out);
        r = r ? r : buf_append_str(out, "exit $?\nfi\n");
    }
    return r ? r : put_tar(t, out);
}

int transfer_ask_program(struct buf *out, const char *there) {
    bool home = str_starts_with(there, "~/");
    size_t before = buf_len(out);
    int r = buf_append_str(out, home ? "there=\"$HOME\"/" : "there=");
    r = r ? r : shell_quote(out, home ? there + 2 : there);
    r = r ? r
          : buf_append_str(out,
                           "\nmkdir -p -- \"$there\" && cd -- \"$there\" || exit 1\n"
                           "command -v rsync >/dev/null && echo rsync\n"
                           "echo \"folder $(pwd)\"\n");
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int transfer_answer_read(const struct buf *answer, char **folder, bool *rsync) {
    const char *text = buf_bytes(answer);
    size_t n = buf_len(answer);
    const char *at = n > 0 ? memmem(text, n, "folder /", strlen("folder /")) : NULL;
    if (!at || text[n - 1] != '\n') {
        return -EBADMSG;
    }
    *rsync = memmem(text, (size_t)(at - text), "rsync\n", strlen("rsync\n"));
    at += strlen("folder ");
    *folder = strndup(at, (size_t)(text + n - 1 - at));
    return *folder ? 0 : -ENOMEM;
}

int transfer_start(struct remote *remote, const struct transfer *transfer,
                   remote_done *done, void *arg, struct remote_call **ret) {
    static const char *const argv[] = {"sh", NULL};
    _cleanup_buf_ struct buf program = BUF_NULL;
    int r = transfer_program(remote, transfer, &program);
    const struct remote_command command = {.argv = argv,
                                           .in = buf_bytes(&program),
                                           .in_len = buf_len(&program),
                                           .deadline_ms = DEADLINE_MS,
                                           .here = true};
    return r ? r : remote_run(remote, &command, done, arg, ret);
}
