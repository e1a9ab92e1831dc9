/* crystalmath-server: from the command line to a running server. In order: make the
 * process sterile (own session, no descriptors but the log, default signals), claim the
 * locks, then everything else. Only here does the program exit. */
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/platform.h"
#include "exec/local.h"
#include "server/activation.h"
#include "server/care.h"
#include "server/claim.h"
#include "server/options.h"
#include "server/ready.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

DEFINE_CLEANUP(struct log *, log_free);

/* For thousands of clients; what the system allows may be less. */
enum { OPEN_FILES = 65536 };

#define LOG_SIZE_MAX ((off_t)8 * 1024 * 1024)

/* The log as a descriptor; an overlong one is put aside first. */
static int open_log(const struct server_options *options, struct errmsg *msg) {
    struct stat st;
    if (stat(options->log_path, &st) == 0 && st.st_size > LOG_SIZE_MAX) {
        char old[4096];
        if (snprintf(old, sizeof old, "%s.old", options->log_path) < (int)sizeof old) {
            (void)rename(options->log_path, old);
        }
    }
    int fd = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        int r = -errno;
        return errmsg_set(msg, r, "the log %s cannot be written: %s", options->log_path,
                          strerror(-r));
    }
    return fd;
}

static int make_folders(const struct server_options *options, struct errmsg *msg) {
    int r = path_make_private(options->runs_dir);
    if (r < 0) {
        return errmsg_set(
            msg, r,
            "the folder %s cannot be made: %s; set XDG_STATE_HOME or --db-path "
            "to a place that is yours to write",
            options->runs_dir, strerror(-r));
    }
    return 0;
}

/* stdin from nowhere; in the background stdout and stderr into the log, where last
 * words belong. */
static void redirect(const struct server_options *options, int log_fd) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)close(null);
    }
    if (!options->foreground) {
        (void)dup2(log_fd, STDOUT_FILENO);
        (void)dup2(log_fd, STDERR_FILENO);
    }
}

/* Only who has become the server looks at its configuration: for anybody else it is no
 * obstacle. */
static int configure(struct server_options *options, struct errmsg *msg) {
    _cleanup_config_ struct config *config = NULL;
    int r = config_load(&config, NULL, true);
    r = r ? r : config_check(config, msg);
    if (r == 0) {
        options_configure(options, TAKE_PTR(config));
    }
    return r;
}

static int run_logged(struct server_options *options, struct claim *claim, int log_fd,
                      int *ready_fd, struct errmsg *msg) {
    _cleanup_(log_freep) struct log *log = NULL;
    int configured = configure(options, msg);
    int r = log_new(
        &log, log_fd,
        (enum log_level)config_number(options->config, CONFIG_SERVER_LOG_LEVEL));
    if (r < 0) {
        return r;
    }
    if (options->foreground) {
        log_tee(log, STDERR_FILENO);
    }
    r = configured ? configured : server_run(options, claim, log, ready_fd, msg);
    if (r < 0) {
        log_error(log, "the server could not come up: %s", msg->text);
    } else {
        log_info(log, "ended");
    }
    return r;
}

static int claim_and_run(struct server_options *options, int *ready_fd,
                         struct errmsg *msg) {
    int r = make_folders(options, msg);
    if (r < 0) {
        return r;
    }
    _cleanup_(claim_freep) struct claim *claim = NULL;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    r = claim_new(&claim, options->db_path, options->socket_path,
                  options->given_fd >= 0, &other, msg);
    if (r == CLAIM_E_RUNNING) {
        ready_tell_already(ready_fd, other.pid, other.socket_path);
        return errmsg_set(msg, -EALREADY,
                          "a server is running already (pid %ld), at %s",
                          (long)other.pid, other.socket_path);
    }
    if (r == CLAIM_E_BUSY) {
        ready_tell_busy(ready_fd, msg->text);
        return -EBUSY;
    }
    if (r != 0) {
        return r < 0 ? r : -EEXIST;
    }
    _cleanup_close_ int log_fd = open_log(options, msg);
    r = log_fd;
    if (log_fd >= 0) {
        redirect(options, log_fd);
        r = run_logged(options, claim, log_fd, ready_fd, msg);
    }
    if (r < 0) {
        /* It said why; the record would have it that it was killed. */
        (void)claim_tell(claim, NULL);
    }
    return r;
}

/* A server belongs to nobody, also where a job started it: supervisors and servers take
 * a process for the job's whose program was given the job's name. */
static void leave_job(char **argv) {
    char program[4096];
    if (getenv(LOCAL_RUN_VARIABLE) && platform_program(program, sizeof program) == 0) {
        (void)unsetenv(LOCAL_RUN_VARIABLE);
        (void)execv(program, argv);
    }
}

static int run(struct server_options *options, struct errmsg *msg) {
    int ready_fd = options->ready_fd;
    fd_close_from(options->given_fd >= 0 ? options->given_fd + 1 : STDERR_FILENO + 1,
                  ready_fd);
    fd_reset_signals();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
    if (ready_fd >= 0) {
        (void)fd_set_cloexec(ready_fd, true);
    }
    if (!options->foreground) {
        (void)signal(SIGHUP, SIG_IGN);
        int r = ready_go_background(&ready_fd);
        if (r < 0) {
            return errmsg_set(msg, r, "no background process could be made: %s",
                              strerror(-r));
        }
    }
    if (chdir("/") < 0) {
        return errmsg_set(msg, -errno, "the root folder cannot be entered");
    }
    int r = claim_and_run(options, &ready_fd, msg);
    if (r < 0 && ready_fd >= 0) {
        ready_tell_failed(&ready_fd, msg->text[0] ? msg->text : strerror(-r));
    }
    return r;
}

/* A socket that was handed over decides where we listen. */
static int take_given_socket(struct server_options *options, struct errmsg *msg) {
    char *path = NULL;
    int r = activation_take(&path, msg);
    if (r == 0) {
        free(options->socket_path);
        options->socket_path = path;
        options->given_fd = ACTIVATION_FD;
    }
    return r == ACTIVATION_E_NONE ? 0 : r;
}

int main(int argc, char **argv) {
    _cleanup_(options_deinit) struct server_options options = {.ready_fd = -1,
                                                               .given_fd = -1};
    struct errmsg msg = ERRMSG_NULL;
    int r = options_read(argc, argv, &options, &msg);
    if (r == OPTIONS_E_HELP) {
        (void)fputs(options_help(), stdout);
        return EXIT_SUCCESS;
    }
    if (r == OPTIONS_E_VERSION) {
        (void)puts("crystalmath-server " CRYSTALMATH_VERSION);
        return EXIT_SUCCESS;
    }
    if (r == 0 && options.care != SERVER_CARE_NONE) {
        (void)umask(077);
        return care_run(&options);
    }
    if (r == 0 && !options.foreground) {
        leave_job(argv);
    }
    if (r == 0) {
        r = take_given_socket(&options, &msg);
    }
    if (r == 0) {
        options.open_files = fd_limit_set(OPEN_FILES);
        r = run(&options, &msg);
    }
    if (r == 0) {
        return EXIT_SUCCESS;
    }
    if (options.foreground || r == OPTIONS_E_USAGE) {
        (void)fprintf(stderr, "crystalmath-server: %s\n",
                      msg.text[0] ? msg.text : strerror(r < 0 ? -r : EINVAL));
    }
    return r == OPTIONS_E_USAGE ? 2 : EXIT_FAILURE;
}
