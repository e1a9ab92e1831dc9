/* Unix stream sockets at paths of any length. */
#pragma once

/* Connect without waiting; *fd is non-blocking and close-on-exec.
 * 0, -ENOENT or -ECONNREFUSED (nobody there), -EAGAIN (its queue is full),
 * -ENAMETOOLONG (only where the system has no way around the limit of sun_path), or
 * another negative errno. */
int unix_socket_connect(const char *path, int *fd);

/* Bind a new non-blocking, close-on-exec socket to a path that must not exist. 0 or a
 * negative errno. */
int unix_socket_bind(const char *path, int *fd);
