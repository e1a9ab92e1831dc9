/* Each piece of work has a thread that is there for it and no longer; only a few run at
 * once, the others wait in the order in which they came. A thread knows its work alone:
 * what is taken from clients and told to them, and the database, are the loop's.
 *
 * When a client goes away, or the server ends, its work is told to stop, and the thread
 * removes what there is of the folder. */
#include "server/copying.h"

#include "server/copy_work.h"
#include "server/later.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <string.h>

enum {
    AT_ONCE = 4,
    /* What a submission holds beside its input's text, its words and its environment,
     * roughly. */
    HELD = 256 * 1024,
};

struct task {
    struct copying *copying; /* borrowed */
    struct task *next;
    uv_thread_t thread;
    uv_async_t finished; /* open while it runs */
    struct submission submission;
    int (*finish)(struct request *request, struct submission *submission);
    struct later *later; /* owned; NULL: to remove what was left, for nobody */
    size_t charged;
    size_t tidied;
    int result;
    bool running;
    bool gone; /* nobody waits for it any more */
};

struct copying {
    struct server *server; /* borrowed */
    struct task *tasks;    /* owned, in order */
    int running;
    bool closed;
};

int copying_new(struct copying **out, struct server *server) {
    *out = calloc(1, sizeof **out);
    if (!*out) {
        return -ENOMEM;
    }
    (*out)->server = server;
    return 0;
}

static void start_some(struct copying *copying);

static void task_free(struct task *task) {
    struct copying *copying = task->copying;
    for (struct task **at = &copying->tasks; *at; at = &(*at)->next) {
        if (*at == task) {
            *at = task->next;
            break;
        }
    }
    (void)later_free(task->later);
    (void)server_charge(copying->server, task->charged, 0);
    submission_deinit(&task->submission);
    free(task);
}

static void on_gone(void *data) {
    struct task *task = data;
    task->gone = true;
    if (task->running) {
        atomic_store(&task->submission.work->stop, true);
    } else if (!task->copying->closed) {
        task_free(task);
    }
}

/* ---- the end of one ---- */

static int answer(struct request *request, void *data) {
    struct task *task = data;
    const struct copy_work *work = task->submission.work;
    return task->result == 0 ? task->finish(request, &task->submission)
           : work->error.text[0]
               ? request_fail(request, RPC_SERVER_ERROR, "%s", work->error.text)
               : task->result;
}

static int answer_ended(struct request *request, void *data) {
    (void)data;
    return request_fail(request, RPC_SERVER_ERROR,
                        "the server ended before the files were copied: nothing was "
                        "submitted; submit it again");
}

static void end(struct task *task) {
    struct copying *copying = task->copying;
    struct copy_work *work = task->submission.work;
    if (task->later && !task->gone) {
        later_answer(task->later, answer, task);
    }
    if (!task->later && task->tidied > 0) {
        log_info(copying->server->log,
                 "removed %zu %s never submitted: copying was broken off", task->tidied,
                 task->tidied == 1 ? "folder of a job that was"
                                   : "folders of jobs that were");
    }
    /* Still there: no job has come of it. */
    bool left = work && work->whole;
    if (left) {
        copy_work_discard(work);
    }
    task_free(task);
    if (left) {
        copying_tidy(copying);
    }
    start_some(copying);
    server_touch(copying->server, true);
}

static void on_closed(uv_handle_t *handle) {
    struct task *task = handle->data;
    task->copying->running--;
    task->running = false;
    end(task);
}

static void on_finished(uv_async_t *finished) {
    struct task *task = finished->data;
    (void)uv_thread_join(&task->thread);
    uv_close((uv_handle_t *)finished, on_closed);
}

/* ---- its beginning ---- */

static const char *top_of(const struct copying *copying) {
    return config_text(copying->server->options->config, CONFIG_JOBS_COPY_DIRECTORY);
}

static void run_thread(void *data) {
    struct task *task = data;
    if (task->later) {
        task->result = copy_work_run(task->submission.work);
    } else {
        task->tidied = copy_tidy(top_of(task->copying));
    }
    (void)uv_async_send(&task->finished);
}

static void start(struct task *task) {
    int r = uv_async_init(&task->copying->server->loop, &task->finished, on_finished);
    task->finished.data = task;
    if (r < 0) {
        task->result = r;
        end(task);
        return;
    }
    task->running = true;
    task->copying->running++;
    r = uv_thread_create(&task->thread, run_thread, task);
    if (r < 0) {
        task->result = r;
        uv_close((uv_handle_t *)&task->finished, on_closed);
    }
}

static void start_some(struct copying *copying) {
    struct task *task = copying->tasks;
    while (task && copying->running < AT_ONCE && !copying->closed) {
        if (task->running) {
            task = task->next;
        } else {
            start(task);
            task = copying->tasks; /* it may have ended already */
        }
    }
}

static void append(struct copying *copying, struct task *task) {
    struct task **at = &copying->tasks;
    while (*at) {
        at = &(*at)->next;
    }
    *at = task;
}

static size_t words_held(char *const *words) {
    size_t held = 0;
    for (; words && *words; words++) {
        held += strlen(*words) + 1 + sizeof *words;
    }
    return held;
}

static size_t held_by(const struct submission *submission) {
    return 2 * buf_len(&submission->text) + HELD + /* the folder has the text, too */
           words_held(submission->job->argv) + words_held(submission->job->env);
}

int copying_start(struct request *request, struct submission *submission,
                  int (*finish)(struct request *request,
                                struct submission *submission)) {
    struct copying *copying = request->server->copying;
    size_t held = held_by(submission);
    if (copying->closed) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "the server is ending; submit it again");
    }
    int r = request_charge(request, held);
    if (r != 0) {
        return r;
    }
    struct task *task = calloc(1, sizeof *task);
    r = task ? later_new(&task->later, request, on_gone, task) : -ENOMEM;
    if (r != 0) {
        (void)server_charge(request->server, held, 0);
        free(task);
        return r;
    }
    task->copying = copying;
    task->submission = *submission;
    *submission = (struct submission)SUBMISSION_NULL;
    task->finish = finish;
    task->charged = held;
    append(copying, task);
    start_some(copying);
    return REQUEST_E_LATER;
}

void copying_tidy(struct copying *copying) {
    if (copying->closed || !copy_needs_tidying(top_of(copying))) {
        return;
    }
    struct task *task = calloc(1, sizeof *task);
    if (task) { /* else another time */
        task->copying = copying;
        append(copying, task);
        start_some(copying);
    }
}

bool copying_is_busy(const struct copying *copying) {
    return copying->tasks != NULL;
}

void copying_close(struct copying *copying) {
    if (!copying) {
        return;
    }
    copying->closed = true;
    struct task *next = NULL;
    for (struct task *task = copying->tasks; task; task = next) {
        next = task->next;
        if (task->later && !task->gone) {
            task->gone = true;
            later_answer(task->later, answer_ended, NULL);
        }
        if (!task->running) {
            task_free(task);
        } else if (task->submission.work) {
            atomic_store(&task->submission.work->stop, true);
        }
    }
}

struct copying *copying_free(struct copying *copying) {
    free(copying);
    return NULL;
}
