/* Jobs on this machine: start one under a supervisor, find it again after a restart,
 * learn how it ended, end it.
 *
 * A job's run folder is all that connects it with the server:
 *   lock      an flock, held from before the job exists until nothing of it is left
 *   alive     a FIFO the supervisor keeps open for writing: a reader sees one byte once
 *             the job has been started (its output files are its own by then), another
 *             one when nothing of the job is left (its end is then put on the disk),
 *             and end-of-file when the supervisor is gone
 *   started   the record, written before the first instruction of the job
 *   exit      what becomes of it when nothing of the job is left. Supervisors of older
 *             builds wrote another file instead, beside `started`
 * No process is ever a child of the server for longer than a call of local_start, no
 * signal handler is needed, and nothing here waits for a job.
 */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The variable that names the run folder to all processes of the job. */
#define LOCAL_RUN_VARIABLE "CRYSTALMATH_RUN"

struct local_spares;

/* Files of run folders that are over are used for those that come. `dir` is absolute
 * and of the same file system; it is made when first something is put there, and goes
 * with what is in it when this is freed. 0 or -ENOMEM. */
int local_spares_new(struct local_spares **out, const char *dir);
struct local_spares *local_spares_free(struct local_spares *spares);

/* A process that is kept to make supervisors, which is quicker than to spawn each. It
 * comes with the first start and ends with this, by whatever end this process comes to.
 * 0 or -ENOMEM. */
struct local_starter;
int local_starter_new(struct local_starter **out);
struct local_starter *local_starter_free(struct local_starter *starter);

/* Everything is borrowed for the duration of the call. */
struct local_spec {
    const char *run_dir;        /* absolute; created (0700) with missing parents */
    const char *directory;      /* where the job runs; absolute */
    char *const *argv;          /* looked up in the PATH of `env` */
    char *const *env;           /* the whole environment of the job */
    const char *output;         /* absolute, or relative to `directory`; made empty */
    const char *error_output;   /* likewise; NULL: together with the output */
    int umask;                  /* as of umask(2); negative: the caller's own */
    unsigned long open_files;   /* how many the job may have; 0: as many as we */
    int grace_seconds;          /* between SIGTERM and SIGKILL; 0: the usual 10 s */
    int64_t time_limit_seconds; /* of the machine's waking hours; 0: none */
    const char
        *stop_file; /* absolute; removed before the start, and written before the */
    const char
        *stop_text; /* limit to ask the code to end itself; NULL: it knows none */
    const char *supervisor_program; /* path of crystalmath-supervisor */
    struct local_spares *spares;    /* NULL: none */
    struct local_starter *starter;  /* likewise */
};

enum {
    LOCAL_E_ALREADY = 1, /* this run folder has had its job */
    LOCAL_E_GONE,        /* there is nothing left to end */
    LOCAL_E_NOT_YET,     /* about to start: try again when the FIFO gets its byte */
    LOCAL_E_ELSEWHERE,   /* it runs on another machine that shares the folder */
    LOCAL_E_RUNNING,     /* the supervisor lives, and looks after this itself */
};

/* What the bytes of the FIFO say. Supervisors of older builds lack the second one. */
enum {
    LOCAL_NEWS_STARTED = 's',
    LOCAL_NEWS_OVER = 'e', /* what the job occupied is free; the record comes yet */
};

/* Start a job. On success *alive_fd is the read end of the FIFO (non-blocking, close on
 * exec, the caller's to poll and to close): its bytes are as above, and end-of-file
 * says that the supervisor is gone, and that local_attach tells the rest. A command
 * that cannot be run is no error here: it is told by the exit record. 0,
 * LOCAL_E_ALREADY, or a negative errno; `msg` is set in both cases. */
int local_start(const struct local_spec *spec, int *alive_fd, struct errmsg *msg);

enum local_state {
    LOCAL_RUNNING = 1,   /* *alive_fd is set as by local_start */
    LOCAL_ENDED,         /* local_exit_read has the end */
    LOCAL_NEVER_STARTED, /* nothing of the job has ever run */
    LOCAL_LOST,          /* the supervisor was killed; see local_orphans_signal */
    LOCAL_ELSEWHERE,     /* runs on another machine that shares the folder; ask again */
};

/* What became of the job of a run folder: an enum local_state, or a negative errno.
 * Takes the byte that may be waiting in the FIFO: whoever attaches to a running job
 * asks local_started_read. -EAGAIN: the supervisor is about to be gone, ask again. */
int local_attach(const char *run_dir, int *alive_fd);

struct local_started {
    pid_t supervisor;
    pid_t job;          /* the job's first process, leader of its process group */
    int64_t started_at; /* ms since 1970-01-01 UTC */
};

/* 0, -ENOENT when the job was not started (yet), -EBADMSG when the record is damaged,
 * or another negative errno. */
int local_started_read(const char *run_dir, struct local_started *out);

/* What was run, as `started` tells. Records of older supervisors lack it: "" then. */
struct local_about {
    char directory[4096];
    char output[4096]; /* as in local_spec */
    char error_output[4096];
    char command[1024]; /* its words, for people */
};

/* 0, -ENOENT, -EBADMSG, or another negative errno. */
int local_about_read(const char *run_dir, struct local_about *out);

enum local_trace {
    LOCAL_TRACE_NONE, /* there is no such folder, or nothing of a job ever ran in it */
    LOCAL_TRACE_RECORDS, /* local_attach tells what became of it */
    LOCAL_TRACE_REMAINS, /* a job ran and was tidied up after: only its output is left
                          */
};

/* What a folder shows of whether a job ran: an enum local_trace, or a negative errno.
 */
int local_trace(const char *run_dir);
/* Whether the lock is held, that is, whether a supervisor lives: 1, 0, or a negative
 * errno. */
int local_is_alive(const char *run_dir);

/* Whether the job was started on another machine that shares the folder, as far as is
 * told: 1 with its name in `host`, cut to `size`, 0, or a negative errno. */
int local_is_elsewhere(const char *run_dir, char *host, size_t size);

/* The end of the job is known, and will not be asked for again: remove what connected
 * it with the server, or put it to the spares (NULL: none). What a command wrote into
 * its folder stays. */
void local_tidy(const char *run_dir, struct local_spares *spares);
/* The job is forgotten: what a command wrote into its folder goes, too. */
void local_remove(const char *run_dir);

struct local_exit {
    int exit_code;             /* -1: ended by a signal, or never ran */
    int signal;                /* 0: none */
    bool core_dumped;          /* a core file was written */
    bool cancelled;            /* ended by request, while its main process ran */
    bool timed_out;            /* ended at its time limit */
    bool soft_stopped;         /* the stop file was written before that */
    int64_t started_at;        /* ms since 1970-01-01 UTC; 0: not started */
    int64_t finished_at;       /* likewise; the end of the main process */
    double cpu_seconds;        /* user and system, all processes that were waited for */
    int64_t peak_memory_bytes; /* resident, of the largest single process */
    int64_t survivors;         /* processes that did not even end when killed */
    struct errmsg error;       /* why it could not run (or be ended); "" if it did */
    char
        stage[16]; /* where its start failed: setup, process, record, directory, output,
                      error_output or command; "": it did not, or it is not told */
    int error_code; /* a positive errno, with a stage; 0: not told */
};

/* 0, -ENOENT when there is no exit record (yet), -EBADMSG when it is damaged, or
 * another negative errno. */
int local_exit_read(const char *run_dir, struct local_exit *out);

/* Ask the supervisor to end the job and everything that came out of it: SIGTERM, and
 * SIGKILL after the grace. Returns at once; the FIFO tells when it is done. Asking
 * twice does no harm. No process is signalled that is not known to be the supervisor.
 * 0, LOCAL_E_GONE, LOCAL_E_NOT_YET, LOCAL_E_ELSEWHERE, or a negative errno. */
int local_cancel(const char *run_dir);

/* A supervisor that was killed leaves its job behind, unobserved. Send `signal` (0:
 * just count) to the job's processes that are still there and say how many there were
 * in *found. They are recognised by the run folder's name in their environment, so a
 * process number that was given out again is never hit. `run_dir` is the very text
 * given to local_start. Where there is no /proc none are found.
 * 0, LOCAL_E_RUNNING, LOCAL_E_ELSEWHERE, or a negative errno. */
int local_orphans_signal(const char *run_dir, int signal, size_t *found);
