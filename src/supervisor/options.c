/* The command line. It is written by the server, so nothing is guessed: every option
 * that a job depends on must be there. Paths are made absolute at once, because the
 * supervisor leaves its working directory. */
#include "supervisor/options.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum {
    GRACE_DEFAULT = 10,
    GRACE_MAX = 86400,
    LIMIT_MAX = INT_MAX, /* 68 years */
    FIRST_FREE_FD = 3,
};

const char options_help[] =
    "usage: crystalmath-supervisor --record DIR --lock-fd N --alive-fd N --cwd DIR\n"
    "                              --output FILE [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "       crystalmath-supervisor --starts-fd N\n"
    "\n"
    "Stays with one job of crystalmath-server and records how it ended. It is started\n"
    "by the server; there is no need to call it by hand.\n"
    "\n"
    "  --record DIR      the job's run folder, where the records are written\n"
    "  --lock-fd N       open descriptor that holds the lock of the run folder\n"
    "  --alive-fd N      open descriptor for writing the FIFO of the run folder\n"
    "  --cwd DIR         the folder that the job runs in\n"
    "  --output FILE     where the job's standard output goes\n"
    "  --error FILE      where its standard error goes (default: with the output)\n"
    "  --umask OCTAL     the job's umask (default: the caller's)\n"
    "  --grace SECONDS   time between SIGTERM and SIGKILL (default: 10)\n"
    "  --time-limit SECONDS\n"
    "                    end the job when it has run so long (default: no limit)\n"
    "  --stop-file FILE  written some time before that, to ask the job to end itself\n"
    "  --stop-text TEXT  what is written into it (default: nothing)\n"
    "  --starts-fd N     open socket by which the server has further supervisors made\n"
    "  --help            show this text\n"
    "  --version         show the version\n";

enum option_id {
    OPT_RECORD = 1,
    OPT_LOCK_FD,
    OPT_ALIVE_FD,
    OPT_CWD,
    OPT_OUTPUT,
    OPT_ERROR,
    OPT_UMASK,
    OPT_GRACE,
    OPT_TIME_LIMIT,
    OPT_STOP_FILE,
    OPT_STOP_TEXT,
    OPT_STARTS_FD,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option known[] = {
    {"record", required_argument, NULL, OPT_RECORD},
    {"lock-fd", required_argument, NULL, OPT_LOCK_FD},
    {"alive-fd", required_argument, NULL, OPT_ALIVE_FD},
    {"cwd", required_argument, NULL, OPT_CWD},
    {"output", required_argument, NULL, OPT_OUTPUT},
    {"error", required_argument, NULL, OPT_ERROR},
    {"umask", required_argument, NULL, OPT_UMASK},
    {"grace", required_argument, NULL, OPT_GRACE},
    {"time-limit", required_argument, NULL, OPT_TIME_LIMIT},
    {"stop-file", required_argument, NULL, OPT_STOP_FILE},
    {"stop-text", required_argument, NULL, OPT_STOP_TEXT},
    {"starts-fd", required_argument, NULL, OPT_STARTS_FD},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static mode_t current_umask(void) {
    mode_t mask = umask(0);
    (void)umask(mask);
    return mask;
}

static int parse_number(const char *option, const char *text, int min, int max,
                        int *out, struct errmsg *msg) {
    int64_t value;
    if (str_to_int64(text, min, max, &value) != 0) {
        return errmsg_set(msg, -EINVAL, "%s is '%s', not a number from %d to %d",
                          option, text, min, max);
    }
    *out = (int)value;
    return 0;
}

static int parse_descriptor(const char *option, const char *text, int *out,
                            struct errmsg *msg) {
    int r = parse_number(option, text, FIRST_FREE_FD, INT_MAX, out, msg);
    if (r == 0 && fcntl(*out, F_GETFD) < 0) {
        r = errmsg_set(msg, -EINVAL, "%s is %s, which is not an open descriptor",
                       option, text);
    }
    return r;
}

static int parse_umask(const char *text, mode_t *out, struct errmsg *msg) {
    size_t digits = strspn(text, "01234567");
    if (digits == 0 || digits > 4 || text[digits] != '\0') {
        return errmsg_set(msg, -EINVAL, "--umask is '%s', not an octal number as 022",
                          text);
    }
    *out = (mode_t)(strtoul(text, NULL, 8) & 0777);
    return 0;
}

static int take_path(char **out, const char *path, struct errmsg *msg) {
    char *absolute = NULL;
    int r = path_absolute(&absolute, path);
    if (r < 0) {
        char space[64];
        return errmsg_set(msg, r, "%s cannot be made an absolute path: %s", path,
                          errmsg_errno(r, space, sizeof space));
    }
    free(*out);
    *out = absolute;
    return 0;
}

static int take_option(struct options *options, int id, struct errmsg *msg) {
    switch (id) {
    case OPT_RECORD:
        return take_path(&options->record, optarg, msg);
    case OPT_LOCK_FD:
        return parse_descriptor("--lock-fd", optarg, &options->lock_fd, msg);
    case OPT_ALIVE_FD:
        return parse_descriptor("--alive-fd", optarg, &options->alive_fd, msg);
    case OPT_CWD:
        return take_path(&options->directory, optarg, msg);
    case OPT_OUTPUT:
        options->output = optarg;
        return 0;
    case OPT_ERROR:
        options->error_output = optarg;
        return 0;
    case OPT_UMASK:
        return parse_umask(optarg, &options->umask, msg);
    case OPT_GRACE:
        return parse_number("--grace", optarg, 0, GRACE_MAX, &options->grace_seconds,
                            msg);
    case OPT_TIME_LIMIT:
        return parse_number("--time-limit", optarg, 1, LIMIT_MAX,
                            &options->time_limit_seconds, msg);
    case OPT_STOP_FILE:
        return take_path(&options->stop_file, optarg, msg);
    case OPT_STOP_TEXT:
        options->stop_text = optarg;
        return 0;
    case OPT_STARTS_FD:
        return parse_descriptor("--starts-fd", optarg, &options->starts_fd, msg);
    case OPT_HELP:
        options->help = true;
        return 0;
    case OPT_VERSION:
        options->version = true;
        return 0;
    default:
        return errmsg_set(msg, -EINVAL, "an option is unknown or lacks its argument");
    }
}

static int check_complete(const struct options *options, struct errmsg *msg) {
    const char *missing = !options->record        ? "--record"
                          : options->lock_fd < 0  ? "--lock-fd"
                          : options->alive_fd < 0 ? "--alive-fd"
                          : !options->directory   ? "--cwd"
                          : !options->output      ? "--output"
                          : !*options->command    ? "the command behind --"
                                                  : NULL;
    if (missing) {
        return errmsg_set(msg, -EINVAL, "%s is missing", missing);
    }
    if (options->lock_fd == options->alive_fd) {
        return errmsg_set(msg, -EINVAL, "--lock-fd and --alive-fd are the same");
    }
    return 0;
}

int options_parse(struct options *out, int argc, char **argv, struct errmsg *msg) {
    struct options options = {
        .umask = current_umask(),
        .grace_seconds = GRACE_DEFAULT,
        .lock_fd = -1,
        .alive_fd = -1,
        .starts_fd = -1,
    };
    optind = 1; /* a start brings a second command line */
    int r = 0;
    int id;
    while (r == 0 && (id = getopt_long(argc, argv, "+", known, NULL)) != -1) {
        r = take_option(&options, id, msg);
    }
    options.command = argv + optind;
    if (r == 0 && !options.help && !options.version && options.starts_fd < 0) {
        r = check_complete(&options, msg);
    }
    if (r < 0) {
        options_deinit(&options);
        return r;
    }
    *out = options;
    return 0;
}

void options_deinit(struct options *options) {
    free(options->record);
    free(options->directory);
    free(options->stop_file);
    *options = (struct options){.lock_fd = -1, .alive_fd = -1, .starts_fd = -1};
}
