/* Every function stands here twice: as Linux does it, and as any other Unix can. What
 * the portable way lacks is told by its result, never by a guess. */
#include "base/platform.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/filesystem.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#if defined(__linux__) && !defined(CRYSTALMATH_PORTABLE)
#define LINUX 1
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#else
#define LINUX 0
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif
#if !defined(__linux__)
#include <sys/mount.h>
#include <sys/param.h>
#endif
#endif

/* Linux passing for one of the others has their limit as well. */
#define SUN_PATH_PORTABLE 104

size_t platform_socket_path_max(void) {
    size_t size = sizeof(((struct sockaddr_un *)NULL)->sun_path);
    return (!LINUX && size > SUN_PATH_PORTABLE ? SUN_PATH_PORTABLE : size) - 1;
}

/* A path beyond the limit is reached through a descriptor of its folder where /proc has
 * names for those. */
static int long_address(const char *path, struct sockaddr_un *address, int *dir) {
#if LINUX
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, path);
    if (r < 0) {
        return r;
    }
    *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0) {
        return -errno;
    }
    int len = snprintf(address->sun_path, sizeof address->sun_path,
                       "/proc/self/fd/%d/%s", *dir, path_basename(path));
    return len > 0 && (size_t)len < sizeof address->sun_path ? 0 : -ENAMETOOLONG;
#else
    (void)path;
    (void)address;
    (void)dir;
    return -ENAMETOOLONG;
#endif
}

int platform_socket_address(const char *path, struct sockaddr_un *address, int *dir) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n > platform_socket_path_max()) {
        return long_address(path, address, dir);
    }
    memcpy(address->sun_path, path, n + 1);
    return 0;
}

#if !LINUX
static int make_ready(int *fd, int *out) {
    int r = fd_set_cloexec(*fd, true);
    if (r == 0) {
        r = fd_set_nonblock(*fd, true);
    }
    if (r == 0) {
        *out = TAKE_FD(*fd);
    }
    return r;
}
#endif

int platform_socket(int *out) {
#if LINUX
    /* In one call: another thread of the caller may fork between two. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    *out = fd;
    return 0;
#else
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? -errno : make_ready(&fd, out);
#endif
}

int platform_accept(int listener, int *out) {
#if LINUX
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    *out = fd;
    return 0;
#else
    _cleanup_close_ int fd = accept(listener, NULL, NULL);
    return fd < 0 ? -errno : make_ready(&fd, out);
#endif
}

int platform_peer(int fd, uid_t *uid, pid_t *pid) {
#if defined(__linux__)
    /* Also where Linux passes for another system: its C library has no getpeereid. */
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        return -errno;
    }
    *uid = peer.uid;
    *pid = LINUX ? peer.pid : 0;
    return 0;
#else
    gid_t gid = 0;
    *pid = 0;
    return getpeereid(fd, uid, &gid) < 0 ? -errno : 0;
#endif
}

bool platform_is_service_manager(pid_t pid) {
    char name[32] = "";
#if LINUX
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%31s", name) != 1) {
        name[0] = '\0';
    }
#endif
    return pid == 1 || strcmp(name, "systemd") == 0;
}

/* Where there is no MSG_NOSIGNAL there is SO_NOSIGPIPE. */
#if defined(MSG_NOSIGNAL)
#define SEND_FLAGS (MSG_NOSIGNAL | MSG_DONTWAIT)
#else
#define SEND_FLAGS MSG_DONTWAIT
#endif

void platform_silence(int fd) {
#if defined(SO_NOSIGPIPE)
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
    (void)fd;
#endif
}

ssize_t platform_send(int fd, const void *bytes, size_t n) {
    ssize_t sent = 0;
    do {
        sent = send(fd, bytes, n, SEND_FLAGS);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int platform_pipe(int ends[2]) {
#if LINUX
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
#else
    if (pipe(ends) < 0) {
        return -errno;
    }
    (void)fd_set_cloexec(ends[0], true);
    (void)fd_set_cloexec(ends[1], true);
    return 0;
#endif
}

int platform_socket_pair(int ends[2]) {
#if LINUX
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
#else
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
        return -errno;
    }
    (void)fd_set_cloexec(ends[0], true);
    (void)fd_set_cloexec(ends[1], true);
    return 0;
#endif
}

void platform_close_range(int from, int to) {
    if (from >= to) {
        return;
    }
#if LINUX && defined(SYS_close_range)
    if (syscall(SYS_close_range, (unsigned)from, (unsigned)to - 1, 0U) == 0) {
        return;
    }
#endif
    struct rlimit limit = {0};
    int end = 65536;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end) {
        end = (int)limit.rlim_cur;
    }
    for (int fd = from; fd < (to < end ? to : end); fd++) {
        (void)close(fd);
    }
}

/* Linux has the call since 3.17, and the device since ever. */
int platform_random(void *bytes, size_t n) {
    if (getentropy(bytes, n) == 0) {
        return 0;
    }
    _cleanup_close_ int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    ssize_t got = read(fd, bytes, n);
    return got == (ssize_t)n ? 0 : got < 0 ? -errno : -EIO;
}

int platform_program(char *path, size_t size) {
#if defined(__APPLE__)
    uint32_t length = (uint32_t)size;
    return _NSGetExecutablePath(path, &length) != 0 ? -ENAMETOOLONG : 0;
#elif defined(__linux__)
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n < 0) {
        return -errno;
    }
    path[n] = '\0';
    return 0;
#else
    (void)path;
    (void)size;
    return -ENOSYS;
#endif
}

const char *platform_socket_below_home(void) {
#if defined(__APPLE__)
    return "Library/Caches/crystalmath.sock";
#else
    return NULL;
#endif
}

int platform_cores(void) {
#if LINUX
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return CPU_COUNT(&set);
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

int64_t platform_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (int64_t)pages * size : 0;
}

int64_t platform_peak_memory(const struct rusage *usage) {
#if defined(__APPLE__)
    return (int64_t)usage->ru_maxrss;
#else
    return (int64_t)usage->ru_maxrss * 1024;
#endif
}

void platform_process_name(const char *name) {
#if LINUX
    (void)prctl(PR_SET_NAME, name);
#else
    (void)name;
#endif
}

/* pidfd_open(2) and pidfd_send_signal(2) of Linux 5.3, called by number because C
 * libraries got them late. */
int platform_process_open(pid_t pid, int *handle) {
#if LINUX && defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal)
    long fd = syscall(SYS_pidfd_open, pid, 0U);
    if (fd < 0) {
        return -errno;
    }
    *handle = (int)fd;
    return 0;
#else
    (void)pid;
    (void)handle;
    return -ENOSYS;
#endif
}

int platform_process_signal(int handle, pid_t pid, int number) {
#if LINUX && defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal)
    if (handle >= 0) {
        long r = syscall(SYS_pidfd_send_signal, handle, number, NULL, 0U);
        return r < 0 ? -errno : 0;
    }
#else
    (void)handle;
#endif
    return kill(pid, number) < 0 ? -errno : 0;
}

char *platform_machine(char out[PLATFORM_MACHINE_SIZE]) {
    out[0] = '\0';
#if LINUX
    /* The start of this kernel, and the part of it that has a host name of its own. */
    char boot[40] = "";
    char names[40] = "";
    _cleanup_fclose_ FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    ssize_t n = readlink("/proc/self/ns/uts", names, sizeof names - 1);
    if (file && n > 0 && fscanf(file, "%39s", boot) == 1) {
        names[n] = '\0';
        (void)snprintf(out, PLATFORM_MACHINE_SIZE, "%s %s", boot, names);
    }
#endif
    return out;
}

#if LINUX
/* Find the mount of a device in /proc/self/mountinfo, whose lines read
 * "36 35 98:0 /root /mount options… - type source options". */
static bool find_mount(dev_t device, char *type, size_t type_size, char *options,
                       size_t options_size) {
    _cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[4096];
    while (file && fgets(line, sizeof line, file)) {
        unsigned major_number = 0;
        unsigned minor_number = 0;
        const char *more = strstr(line, " - ");
        char found[64];
        char has[2048];
        if (more && sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) == 2 &&
            makedev(major_number, minor_number) == device &&
            sscanf(more, " - %63s %*s %2047s", found, has) == 2) {
            (void)snprintf(type, type_size, "%s", found);
            (void)snprintf(options, options_size, "%s", has);
            return true;
        }
    }
    return false;
}
#endif

int platform_mount(const char *path, char *type, size_t type_size, char *options,
                   size_t options_size) {
    (void)snprintf(type, type_size, "unknown");
    (void)snprintf(options, options_size, "%s", "");
#if LINUX
    struct statfs fs;
    struct stat st;
    if (statfs(path, &fs) < 0 || stat(path, &st) < 0) {
        return -errno;
    }
    const char *name = filesystem_type_name((uint64_t)(uint32_t)fs.f_type);
    if (!find_mount(st.st_dev, type, type_size, options, options_size) && name) {
        (void)snprintf(type, type_size, "%s", name);
    }
    return 0;
#elif defined(MNT_LOCAL)
    struct statfs fs;
    if (statfs(path, &fs) < 0) {
        return -errno;
    }
    (void)snprintf(type, type_size, "%s", fs.f_fstypename);
    return 0;
#else
    return access(path, F_OK) < 0 ? -errno : 0;
#endif
}

int platform_file(int fd, const char *path, struct platform_file *out) {
#if LINUX
    struct statx st;
    if (statx(path ? AT_FDCWD : fd, path ? path : "", path ? 0 : AT_EMPTY_PATH,
              STATX_BASIC_STATS | STATX_BTIME, &st) < 0) {
        return -errno;
    }
    *out = (struct platform_file){
        .mode = st.stx_mode,
        .size = (int64_t)st.stx_size,
        .modified_ms = st.stx_mtime.tv_sec * 1000 + st.stx_mtime.tv_nsec / 1000000,
        .device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
        .inode = st.stx_ino,
        .born_ns = (st.stx_mask & STATX_BTIME) != 0
                       ? st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec
                       : 0,
    };
#else
    struct stat st;
    if ((path ? stat(path, &st) : fstat(fd, &st)) < 0) {
        return -errno;
    }
    *out = (struct platform_file){
        .mode = st.st_mode,
        .size = (int64_t)st.st_size,
        .modified_ms = (int64_t)st.st_mtime * 1000,
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
    };
#endif
    return 0;
}

int platform_watch_open(int *fd) {
#if LINUX
    int opened = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (opened < 0) {
        return -errno;
    }
    *fd = opened;
    return 0;
#else
    (void)fd;
    return -ENOSYS;
#endif
}

int platform_watch_add(int fd, const char *path, bool folder) {
#if LINUX
    /* Added to what somebody else waits for in the same place. */
    uint32_t self = IN_MASK_ADD | IN_MOVE_SELF | IN_DELETE_SELF;
    uint32_t mask = folder ? self | IN_ONLYDIR | IN_CREATE | IN_MOVED_TO
                           : self | IN_MODIFY | IN_ATTRIB;
    int watch = inotify_add_watch(fd, path, mask);
    return watch < 0 ? -errno : watch;
#else
    (void)fd;
    (void)path;
    (void)folder;
    return -ENOSYS;
#endif
}

void platform_watch_remove(int fd, int watch) {
#if LINUX
    (void)inotify_rm_watch(fd, watch);
#else
    (void)fd;
    (void)watch;
#endif
}

#if LINUX
/* A file that was removed or replaced loses a name, which changes its attributes. */
static unsigned watch_meaning(uint32_t mask) {
    return ((mask & IN_MODIFY) != 0 ? PLATFORM_WATCH_CHANGED : 0U) |
           ((mask & (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)) != 0
                ? PLATFORM_WATCH_MOVED
                : 0U) |
           ((mask & (IN_CREATE | IN_MOVED_TO)) != 0 ? PLATFORM_WATCH_APPEARED : 0U) |
           ((mask & IN_IGNORED) != 0 ? PLATFORM_WATCH_GONE : 0U) |
           ((mask & IN_Q_OVERFLOW) != 0 ? PLATFORM_WATCH_LOST : 0U);
}
#endif

int platform_watch_read(int fd, platform_watch_fn fn, void *data) {
#if LINUX
    _Alignas(struct inotify_event) char piece[16 * 1024];
    /* So many hold all that the system keeps; one who writes meanwhile waits. */
    for (int pieces = 0; pieces < 64; pieces++) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 && errno != EAGAIN ? -errno : 0;
        }
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(piece + at);
            fn(event->wd, watch_meaning(event->mask), event->len > 0 ? event->name : "",
               data);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    return 0;
#else
    (void)fd;
    (void)fn;
    (void)data;
    return -ENOSYS;
#endif
}
