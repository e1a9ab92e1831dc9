/* Shared by the files of the engine (engine*.c, run*.c): one job that is on its way. */
#pragma once

#include "base/platform.h"
#include "codes/code.h"
#include "job/schedule.h"
#include "server/engine.h"
#include "server/lines.h"
#include "server/run.h"

#include <uv.h>

enum {
    /* Between two tries, at most. */
    ENGINE_PAUSE_MS_MAX = 10 * 60 * 1000,
};

/* That a job waits for another one. Sorted by the other one, so that its end finds
 * them. */
struct edge {
    int64_t other;
    struct run *run; /* who waits; owns this */
    enum job_after kind;
    bool waits; /* stands in engine->edges */
};

/* That an unfinished job writes to a place. */
struct claim {
    const char *place; /* borrowed from the job; NULL: none */
    struct run *run;   /* who writes; owns this */
    bool stands;       /* in engine->claims */
};

enum { RUN_CLAIMS = 2, SOURCES_MAX = 3 };

/* Small while the job only waits: ten thousand may. */
struct run {
    struct engine *engine;       /* borrowed */
    struct job *job;             /* owned; without what only its start needs */
    struct schedule_entry entry; /* of `job` */
    struct edge *edges;          /* owned, job->n_after of them; NULL: none waits */
    size_t unmet;                /* how many of them still wait */
    struct claim claims[RUN_CLAIMS];
    struct run *next_unwritten; /* in engine->unwritten */
    struct run *next_submitted; /* in engine->submitted */
    struct run *next_doomed;    /* in engine->doomed */
    char *doom;                 /* owned: why it can never start */
    char *results_json;         /* owned: of its end, until that is on the disk */
    struct live *live;          /* owned: while a supervisor is watched */
    struct placed *placed;      /* owned: of a job of a cluster */
    int tidied;                 /* run folders of tries up to this one are tidied up */
    int starts_failed;          /* in a row, for want of something, or of a trace */
    bool ready, timed;          /* stands in engine->schedule, in engine->timed */
    bool goes_on;               /* ended so that its run may be continued by itself */
    bool doomed;                /* stands in engine->doomed */
    bool occupies;              /* has its cores */
    bool tentative;             /* its submission is not on the disk yet */
    bool unwritten;             /* has changed since it was written to the disk */
    bool earlier;    /* an earlier server may have handed it to its cluster */
    bool files_away; /* what it wrote could not be brought here from its cluster */
    bool quiet;      /* catching up after a restart: nobody is told of old cycles */
};

struct queue;
struct remote_call;
struct slurm_array;
struct slurm_end;

/* What a job of a cluster needs: while it waits to be handed over, and while it is
 * there. */
struct placed {
    struct queue *queue;                      /* borrowed; it outlives the run */
    struct remote_call *handing, *cancelling; /* NULL: nothing is being asked */
    int64_t number;            /* Slurm's; 0: not there, as far as is known */
    bool begun;                /* was handed over; it is not known what came of it */
    bool asked;                /* is being handed over */
    bool end_due;              /* its end is to be asked for */
    int64_t known_at, seen_at; /* looks of the queue: since when, the last */
    int64_t cancelled_at;      /* monotonic ms; 0: not asked for */
    int64_t missing_since;     /* likewise: since when nobody knows of it; 0: … */
    int missing_asks;          /* how often asked since then */
    int seen;                  /* enum slurm_state, the last */
    struct errmsg note;        /* what is said of it while it waits there */
    char note_more[200];       /* of an array: why tasks wait */
    int64_t array_look;        /* likewise: the look that its tasks tell of */
    bool sent;                 /* its files are there */
    bool looking_up;           /* `handing` only asks whether it is there */
    bool bringing;             /* its results are on their way here */
    struct slurm_end *end;     /* owned: how it ended, while that is so */
    int bringing_failed;       /* in a row */
    bool stays_there;          /* they could not be brought */
    struct slurm_array *array; /* owned: of a job with tasks; NULL: it has none */
    int64_t mirrored[SOURCES_MAX]; /* bytes of each source that are here; -1: none */
};

/* A file that tells of a run: what the program prints, and what its code writes beside
 * that. One that was there before the run may still be another's. */
struct source {
    struct run *run; /* borrowed */
    char *path;      /* owned */
    char *moved;     /* owned: where it is after the run; NULL: where it was */
    struct follow *follow;
    struct scanner *scanner;     /* NULL for a command */
    int64_t n_read;              /* bytes that the scanner was given */
    struct platform_file before; /* the run; `inode` 0: not known */
    bool old;                    /* as far as is known it is another run's */
};

/* When the cycles of an SCF run came in, by the monotonic clock. */
struct pace {
    size_t scf;         /* which run, from 1 */
    size_t first, last; /* cycles */
    int64_t first_ms, last_ms;
};

/* What a job needs only while its supervisor is watched. */
struct live {
    struct run *run; /* borrowed; NULL: it is only waited for the handles to close */
    char *run_dir;
    char *output;
    uv_poll_t alive; /* of alive_fd */
    uv_timer_t again;
    int alive_fd;
    int open_handles;
    int orphan_rounds;
    bool cancel_due; /* cancelled in the moment before the supervisor could be told */
    struct source sources[SOURCES_MAX]; /* n_sources of them; the first is `output` */
    size_t n_sources;
    struct pace pace;          /* of the SCF run under way */
    struct code_limits limits; /* by the input, … */
    bool limits_known;         /* … once it was read */
    size_t told_scf;    /* cycles that subscribers know of: of this SCF run … */
    size_t told_cycles; /* … so many */
    struct lines lines; /* of the output, for subscribers */
};

/* A change of state that is not on the disk yet. */
struct change {
    struct change *next;
    int64_t id, at;
    enum job_state state;
    char *reason; /* owned; may be NULL */
};

/* ---- engine.c ---- */

/* Move a job to another state, and tell. It is written to the disk soon, or at once by
 * engine_write. */
void engine_move(struct engine *engine, struct run *run, enum job_state to,
                 const char *reason);
/* The end of a job, and with it of those that can never start any more. The run stays
 * until that is on the disk, but is no longer watched. */
void engine_finish(struct engine *engine, struct run *run, enum job_state to,
                   const char *reason, char *results_json_take);
/* A run that is of no more use: out of everything, and freed. */
void engine_drop(struct engine *engine, struct run *run);
/* Those on engine->doomed, and who waits for them. */
void engine_finish_doomed(struct engine *engine);
/* A queued job whose present try has a run folder, which an earlier server left: find
 * out what became of it. Otherwise nothing. */
void engine_take_up_started(struct engine *engine, struct run *run);
/* Give back the cores of a job. */
void engine_vacate(struct engine *engine, struct run *run);

/* ---- engine_wait.c: what a job waits for ---- */

void engine_wait_open(struct engine *engine);
/* Begin to wait for other jobs. What can never start is put on engine->doomed.
 * 0 or a negative errno. */
int engine_wait_link(struct engine *engine, struct run *run);
/* Put a queued job where it belongs: it waits for others, for a time, or for cores. */
void engine_wait_place(struct engine *engine, struct run *run);
/* The opposite; what it waits for in other jobs stays, unless `for_good`. */
void engine_wait_leave(struct engine *engine, struct run *run, bool for_good);
/* A job has ended: those that wait for it go on, or onto engine->doomed. */
void engine_wait_tell(struct engine *engine, const struct job *ended);

/* ---- engine_claims.c: who writes where ---- */

void engine_claims_open(struct engine *engine);
/* Make room, so that engine_claim of one job cannot fail. 0 or -ENOMEM. */
int engine_claims_reserve(struct engine *engine);
void engine_claim(struct engine *engine, struct run *run);
/* The job is at its end: those that waited for its places go on. */
void engine_unclaim(struct engine *engine, struct run *run);
/* An older job that a run has to wait for, because it writes to the same place; 0:
 * none.
 */
int64_t engine_claimed_before(const struct engine *engine, const struct run *run);
/* The newest unfinished job that writes where this new one would; 0: none. */
int64_t engine_claimed_by(const struct engine *engine, const struct job *job);

/* ---- engine_write.c: what goes to the disk when ---- */

void engine_write_open(struct engine *engine);
/* A job came into a new state: to be written soon. */
void engine_write_later(struct engine *engine, struct run *run);
/* It has changed otherwise. */
void engine_write_soon(struct engine *engine, struct run *run);
/* Drop the list of changes. */
void engine_forget_changes(struct engine *engine);

/* ---- engine_chain.c ---- */

void engine_chain_open(struct engine *engine);
/* Give up what is being asked; the server after this one asks again. */
void engine_chain_close(struct engine *engine);

/* ---- run.c ---- */

struct local_exit;

/* What is needed to watch a run and its files, if it is not there. 0 or -ENOMEM. */
int run_wake(struct run *run);
/* Let go of that. */
void run_sleep(struct run *run);
/* Stop watching, as at the end of a try. */
void run_rest(struct run *run);
/* A try has ended so; `word` may be NULL. */
struct site_word;
void run_end_as(struct run *run, const struct local_exit *how,
                const struct site_word *word);

/* ---- run_sources.c: the files of a run ---- */

struct code;
struct results;

/* Name them. 0 or -ENOMEM. */
int run_sources_init(struct run *run);
void run_sources_deinit(struct live *live);
/* Stop following them. */
void run_sources_rest(struct live *live);
/* The run is about to be started: note what is there already. */
void run_sources_note(struct live *live);
/* Follow them from their beginnings, where that is not done yet; the output too when
 * there is no code. */
void run_sources_follow(struct run *run);
/* Read what there is, now. */
void run_sources_read(struct live *live);
/* The run has ended: read to the ends, and judge. */
void run_sources_finish(struct live *live);
/* Whether the scanner of a source has something to say. */
bool run_source_speaks(const struct live *live, size_t i);
/* The sources that speak, the one that says most of the end first. Returns how many. */
size_t run_sources_order(const struct live *live, size_t out[SOURCES_MAX]);
/* The results of a source that has a scanner. */
const struct results *run_source_results(const struct live *live, size_t i);

/* ---- run_forecast.c ---- */

/* Put into the job how this SCF run, of this number from 1, goes on (NULL: there is
 * none), and the forces of its steps; nothing when the run has ended. */
void run_forecast(struct live *live, const struct scf_run *scf, size_t number,
                  bool ended);

/* ---- run_output.c ---- */

/* For run_sources.c: the output has these new bytes; a source was read on. */
void run_output_lines(struct run *run, const char *bytes, size_t n, int64_t offset,
                      bool again);
void run_output_read(struct run *run);

/* Read the output as it grows, if anybody needs that. */
void run_follow(struct run *run);
/* Read to the end, now. */
void run_read_to_the_end(struct run *run);

/* ---- run_outside.c ---- */

/* What the batch system of a cluster says of an end. */
struct site_word {
    const char *words; /* static; NULL or "": it says nothing */
    int cause;         /* enum outside_cause */
    bool may_pass;     /* it is no fault of the job */
    bool final;        /* it would come again */
};

/* What killed a run of whose end its output may not tell: problems and a status, or
 * nothing. `word` may be NULL; `ended_short` is that it died also where its exit status
 * is 0. `out` is initialised and released by the caller. */
void run_outside(const struct run *run, const struct local_exit *how,
                 const struct site_word *word, bool ended_short, struct results *out);

/* ---- run_end.c ---- */

/* A try has ended so: the job's end, or back to the queue. `word` may be NULL. */
void run_conclude(struct run *run, const struct local_exit *how,
                  const struct site_word *word);
/* Nobody knows how it ended, for this reason: likewise. */
void run_lose(struct run *run, const char *reason);
/* The same of a supervisor on another machine, where it may have left something that
 * still runs: so there is no other try. */
void run_lose_elsewhere(struct run *run, const char *host);
/* It could not be started: likewise. */
void run_not_started(struct run *run, int code, const struct errmsg *msg);
/* Its start left no trace: back to the queue. */
void run_came_to_nothing(struct run *run);
/* The run folder of a try; freed by the caller. 0 or -ENOMEM. */
int run_folder(const struct run *run, int attempt, char **out);
int run_folder_of(const struct engine *engine, int64_t id, int attempt, char **out);
/* Whether the folder of the present try is there: it may have been started. */
bool run_has_folder(const struct run *run);
/* What became of tries that are over is on the disk: remove their run folders, but not
 * what a command wrote. */
void run_tidy(struct run *run);
