/* Where things are: the socket, the state folder, sibling programs. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <sys/types.h>

/* The socket path that clients and server share, first that applies:
 * $XDG_RUNTIME_DIR/crystalmath.sock (absolute, and a folder of ours); on macOS
 * ~/Library/Caches/crystalmath.sock; /tmp/crystalmath-UID.sock.
 * Freed by the caller. 0 or a negative errno. */
int path_socket_default(char **out);

/* $XDG_STATE_HOME/crystalmath, or ~/.local/state/crystalmath. Not created.
 * Freed by the caller. 0, -ENOENT when there is no home, or another negative errno. */
int path_state_dir(char **out);

/* $XDG_CONFIG_HOME/crystalmath/config.ini, or below ~/.config. Likewise. */
int path_config_default(char **out);

/* $XDG_DATA_HOME/crystalmath/jobs, or below ~/.local/share: where jobs in a fresh
 * folder run. Likewise. */
int path_copies_default(char **out);

/* `path` with a "~/" at its beginning replaced by the home folder; freed by the caller.
 * 0, -ENOENT when there is no home, or another negative errno. */
int path_expand_home(char **out, const char *path);

/* The database in that folder; the lock file beside it says who the server is. */
int path_database_default(char **out);

/* Create a folder and its missing parents with mode 0700. 0 or a negative errno. */
int path_make_private(const char *path);

/* Remove a folder and what is in it, as far as that is possible; links are not
 * followed.
 */
void path_remove_tree(const char *path);

/* dir/name; freed by the caller. An absolute `name` is returned alone. 0 or -ENOMEM. */
int path_join(char **out, const char *dir, const char *name);

/* `path` made absolute against the working directory; not resolved. Freed by the
 * caller. */
int path_absolute(char **out, const char *path);

/* Take ".", ".." and doubled slashes out of an absolute path, in place. It is not
 * looked whether a folder is a link. */
void path_clean(char *path);

/* An absolute path without links in it, as far as it is there, and then cleaned: two
 * names of one place, also of one that is still to be made, become the same. Freed by
 * the caller. 0 or -ENOMEM. */
int path_resolve(char **out, const char *path);

/* Whether a relative path, taken as text, leads out of the folder that it begins in; an
 * absolute one does. */
bool path_leads_out(const char *path);

/* The folder part of a path ("." when there is none); freed by the caller. 0 or
 * -ENOMEM. */
int path_dirname(char **out, const char *path);
/* Points into `path`, behind its last slash. */
const char *path_basename(const char *path);

/* Find one of our own programs: the environment variable `override` when it is set and
 * not NULL; beside the running program (the build folder); ../bin and ../libexec from
 * there; the configured prefix; then PATH. Freed by the caller. 0, or -ENOENT with
 * `msg` that tells where it was looked for. */
int path_find_sibling(char **out, const char *name, const char *override,
                      struct errmsg *msg);

/* Look an executable up in a PATH-like list; a name with a slash is checked as it is.
 * Freed by the caller. 0, -ENOENT, -EACCES (found, not executable), -ENOMEM. */
int path_find_executable(char **out, const char *name, const char *search_path);
