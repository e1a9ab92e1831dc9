/* What the Unix systems do differently, in one place.
 *
 * The Linux branch uses what only Linux has; the portable one gets along without it, as
 * macOS and the BSDs have to. Compiled with CRYSTALMATH_PORTABLE, Linux takes the
 * portable branch as well: so it is tested. The process tree of a job is the other
 * thing that differs, in src/supervisor/tree_*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rusage;
struct sockaddr_un;

/* The longest socket path that an address itself holds, without its NUL. */
size_t platform_socket_path_max(void);
/* Fill the address of a socket path of any length. *dir, -1 before, is a descriptor
 * that the address needs for as long as it is used. 0, -ENAMETOOLONG where the system
 * has no way around the limit, or another negative errno. */
int platform_socket_address(const char *path, struct sockaddr_un *address, int *dir);
/* A stream socket, non-blocking and close-on-exec. 0 or a negative errno. */
int platform_socket(int *fd);
/* Accept one connection, non-blocking and close-on-exec. 0 or a negative errno. */
int platform_accept(int listener, int *fd);
/* Who is at the other end; *pid is 0 where the system does not tell. 0 or a negative
 * errno. */
int platform_peer(int fd, uid_t *uid, pid_t *pid);

/* Whether a process is one that makes sockets for others (init, systemd): then the peer
 * that platform_peer tells is not the one that answers. */
bool platform_is_service_manager(pid_t pid);

/* Ready a connected socket for platform_send. */
void platform_silence(int fd);
/* send(2) that never waits and never raises SIGPIPE. The count, or a negative errno. */
ssize_t platform_send(int fd, const void *bytes, size_t n);

/* A close-on-exec pipe. 0 or a negative errno. */
int platform_pipe(int ends[2]);
/* Two connected stream sockets, close-on-exec. 0 or a negative errno. */
int platform_socket_pair(int ends[2]);
/* Close the descriptors from `from` up to, but not with, `to`; `to` is INT_MAX for all
 * that there are. */
void platform_close_range(int from, int to);

/* Fill n bytes, at most 256, that nobody can guess. 0 or a negative errno. */
int platform_random(void *bytes, size_t n);

/* The path of the running program. 0 or a negative errno. */
int platform_program(char *path, size_t size);
/* Where the socket is when there is no runtime folder, below the home folder; NULL: in
 * /tmp. */
const char *platform_socket_below_home(void);
/* How many cores this process may use; at least 1. */
int platform_cores(void);
/* How much memory this machine has, in bytes; 0 when the system does not tell. */
int64_t platform_memory(void);

/* ru_maxrss in bytes. */
int64_t platform_peak_memory(const struct rusage *usage);

/* What lists of processes call this one, where that can be set; up to 15 bytes. */
void platform_process_name(const char *name);

/* A handle that stays with the process which has this number now; closed by the caller.
 * It is readable when the process has ended. 0, -ESRCH, -ENOSYS where the system has no
 * such handles, or another negative errno. */
int platform_process_open(pid_t pid, int *handle);
/* Send a signal through the handle, or to the number when the handle is negative.
 * 0, -ESRCH, -EPERM or another negative errno. */
int platform_process_signal(int handle, pid_t pid, int number);

/* What tells this machine, or this container, from any other that shares its files, and
 * from itself before it was started last. Empty where the system has nothing like it;
 * then the name of the host has to do. Returns `out`. */
#define PLATFORM_MACHINE_SIZE 96
char *platform_machine(char out[PLATFORM_MACHINE_SIZE]);

/* A file as it is now. */
struct platform_file {
    mode_t mode;
    int64_t size;
    int64_t modified_ms; /* wall clock */
    uint64_t device, inode;
    int64_t born_ns; /* when it was made; 0 where the system does not tell */
};

/* The file of a path, links followed; with a NULL path that of a descriptor. Device,
 * inode and birth together tell a file from another one at the same place: the number
 * of an inode alone is soon given away again. 0 or a negative errno. */
int platform_file(int fd, const char *path, struct platform_file *out);

/* The type of the file system that an existing path lies on ("ext4", "nfs",
 * "fuse.sshfs"; "unknown"), and its mount options as far as they are known. 0 or a
 * negative errno. */
int platform_mount(const char *path, char *type, size_t type_size, char *options,
                   size_t options_size);

/* Watches on files and folders, all of them behind one descriptor, which is readable
 * when something was told. What happens is gathered there until it is read. */
enum {
    PLATFORM_WATCH_CHANGED = 1,  /* the file has grown, was cut or written to */
    PLATFORM_WATCH_MOVED = 2,    /* its name may lead elsewhere now, or nowhere */
    PLATFORM_WATCH_APPEARED = 4, /* a name came into the folder */
    PLATFORM_WATCH_GONE = 8,     /* the watch has ended with what it was on */
    PLATFORM_WATCH_LOST = 16,    /* there was too much: anything may have happened */
};

/* `watch` is negative where something was lost; `name` is that of what appeared. */
typedef void (*platform_watch_fn)(int watch, unsigned what, const char *name,
                                  void *data);

/* The descriptor is non-blocking and close-on-exec. 0, -ENOSYS where the system has no
 * such watches, or another negative errno. */
int platform_watch_open(int *fd);
/* Watch a file, or what appears in a folder, links followed; the same watch again where
 * there is one already. Its number, -ENOSPC when the system has no more of them, or
 * another negative errno. */
int platform_watch_add(int fd, const char *path, bool folder);
void platform_watch_remove(int fd, int watch);
/* Take all that was told up to now. 0 or a negative errno. */
int platform_watch_read(int fd, platform_watch_fn fn, void *data);
