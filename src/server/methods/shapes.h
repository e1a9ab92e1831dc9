/* What results and notifications hold: the half of the table of methods that is told,
 * where the parameters are the half that is checked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct shape;

struct member {
    const char *name;
    const char *type;       /* of JSON: string, integer, number, boolean, object */
    bool array;             /* a list of these */
    bool nullable;          /* may be null */
    const struct shape *of; /* what the objects are; NULL: see the text */
    const char *text;       /* one line for people */
};

/* An object. */
struct shape {
    const char *name;         /* when several places have it; else NULL */
    const char *text;         /* what it is, a phrase */
    const struct shape *base; /* it has the members of this one, too; or NULL */
    const struct member *members;
    size_t n_members;
};

/* What the server sends by itself to those who have subscribed. The parameters also
 * have "subscription". */
struct notification {
    const char *name;
    const char *text;
    const struct shape *params;
};

extern const struct shape shape_job;
extern const struct shape shape_progress;
extern const struct shape shape_forecast;
extern const struct shape shape_tasks;
extern const struct shape shape_task_group;
extern const struct shape shape_change;
extern const struct shape shape_dependency;
extern const struct shape shape_kept;
extern const struct shape shape_counts;
extern const struct shape shape_setting;
extern const struct shape shape_file;
extern const struct shape shape_refusal;
extern const struct shape shape_cluster;

extern const struct shape result_ping;
extern const struct shape result_version;
extern const struct shape result_status;
extern const struct shape result_config;
extern const struct shape result_shutdown;
extern const struct shape result_discover;
extern const struct shape result_list;
extern const struct shape result_submit;
extern const struct shape result_restart_plan;
extern const struct shape result_job;
extern const struct shape result_log;
extern const struct shape result_files;
extern const struct shape result_backup;
extern const struct shape result_script;
extern const struct shape result_conflict;
extern const struct shape result_test_only;
extern const struct shape result_clusters;
extern const struct shape result_clusters_test;
extern const struct shape result_clusters_login;
extern const struct shape shape_check;
extern const struct shape shape_queued;
extern const struct shape result_slurm_queue;
extern const struct shape result_slurm_cancel;
extern const struct shape result_import;
extern const struct shape result_input;
extern const struct shape result_remove;
extern const struct shape result_subscribe;
extern const struct shape result_unsubscribe;

extern const struct notification notifications[];
extern const size_t notifications_count;
