/* Every member of every result and notification, with its type and a line for people.
 * rpc.discover and the protocol's page are made from this; a test compares it with what
 * the server really sends. */
#include "server/methods/shapes.h"

#define MEMBERS(array) .members = (array), .n_members = sizeof(array) / sizeof(array)[0]

#define TIME "when, ISO 8601 in UTC"

static const struct member ping_members[] = {
    {"pong", "boolean", .text = "true"},
    {"timestamp", "string", .text = "the server's clock, ISO 8601 in UTC"},
};
const struct shape result_ping = {.text = "a sign of life", MEMBERS(ping_members)};

static const struct member version_members[] = {
    {"version", "string", .text = "of the server"},
    {"protocol", "string", .text = "json-rpc-2.0"},
    {"transport", "string", .text = "unix-socket"},
    {"protocol_version", "integer", .text = "1; a change that breaks clients adds one"},
    {"build", "string", .text = "which build of the version"},
    {"pid", "integer", .text = "the server's process"},
};
const struct shape result_version = {.text = "which server it is",
                                     MEMBERS(version_members)};

static const struct member counts_members[] = {
    {"queued", "integer", .text = "waiting for cores"},
    {"running", "integer", .text = "starting, running or cancelling"},
    {"total", "integer", .text = "of all states"},
};
const struct shape shape_counts = {
    .name = "counts", .text = "numbers of jobs", MEMBERS(counts_members)};

static const struct member status_members[] = {
    {"pid", "integer", .text = "the server's process"},
    {"version", "string", .text = "of the server"},
    {"build", "string", .text = "which build of the version"},
    {"started_at", "string", .text = TIME},
    {"uptime_seconds", "number", .text = "since then"},
    {"socket", "string", .text = "where it listens"},
    {"database", "string", .text = "where it keeps the jobs"},
    {"log", "string", .text = "where it writes what happens"},
    {"clients", "integer", .text = "connections, this one among them"},
    {"cores", "integer", .text = "that jobs share"},
    {"memory_bytes", "integer", .text = "resident memory of the server"},
    {"host", "string", .text = "the machine it runs on"},
    {"state_filesystem", "string",
     .text = "what the database's folder is on: ext4, nfs"},
    {"state_shared", "boolean", .text = "whether other machines see that folder, too"},
    {"socket_given", "boolean", .text = "whether a service manager made the socket"},
    {"problems", "string", .array = true,
     .text = "what is not as it should be, each with what to do"},
    {"jobs", "object", .of = &shape_counts, .text = "how many there are"},
};
const struct shape result_status = {.text = "how the server is",
                                    MEMBERS(status_members)};

static const struct member setting_members[] = {
    {"section", "string", .text = "of config.ini"},
    {"name", "string", .text = "of the key there"},
    {"value", "string", .text = "in force, as config.ini would have it"},
    {"from", "string", .text = "default, file, environment or option"},
    {"line", "integer", .nullable = true, .text = "of the file"},
};
const struct shape shape_setting = {
    .name = "setting", .text = "a key and its value", MEMBERS(setting_members)};

static const struct member config_members[] = {
    {"path", "string", .text = "where config.ini is, or would be"},
    {"values", "object", .array = true, .of = &shape_setting,
     .text = "all that the server reads"},
};
const struct shape result_config = {.text = "the configuration in force",
                                    MEMBERS(config_members)};

static const struct member shutdown_members[] = {
    {"acknowledged", "boolean", .text = "true"},
    {"action", "string", .text = "shutdown"},
};
const struct shape result_shutdown = {.text = "that it was understood",
                                      MEMBERS(shutdown_members)};

const struct shape result_discover = {
    .text = "the document: openrpc, info, methods, components, x-notifications, "
            "x-errors, x-limits"};

static const struct member progress_members[] = {
    {"scf", "integer", .text = "which SCF run it is, from 1"},
    {"cycle", "integer",
     .text =
         "its last cycle that is done, as the code counts: from 1, of CRYSTAL from 0"},
    {"energy_ev", "number", .nullable = true, .text = "last total energy"},
    {"delta_ev", "number", .nullable = true, .text = "its distance to the one before"},
    {"accuracy_ev", "number", .nullable = true,
     .text = "the code's own estimate of its accuracy"},
    {"step", "integer", .text = "steps of ions or cell that are done"},
    {"converged", "boolean", .nullable = true, .text = "null while it is not known"},
    {"status", "string", .text = "of the output: truncated, finished or failed"},
};
const struct shape shape_progress = {.name = "progress",
                                     .text = "how far a calculation has come",
                                     MEMBERS(progress_members)};

static const struct member forecast_members[] = {
    {"badge", "string", .nullable = true,
     .text = "converging, oscillating, stalled, diverging, will_not_make_cycles or "
             "will_not_make_time"},
    {"cycles_low", "integer", .nullable = true,
     .text = "so many cycles it still takes at best; null where there is no telling"},
    {"cycles_high", "integer", .nullable = true, .text = "and at worst"},
    {"seconds_low", "number", .nullable = true, .text = "so long that takes"},
    {"seconds_high", "number", .nullable = true, .text = "and at worst"},
    {"cycles_left", "integer", .nullable = true, .text = "that the input allows"},
    {"cycle_limit_name", "string", .nullable = true,
     .text = "what the code calls that limit: electron_maxstep, NELM, MAXCYCLE"},
    {"seconds_left", "number", .nullable = true, .text = "until its time limit"},
    {"threshold_ev", "number", .nullable = true,
     .text = "at which the SCF has converged"},
    {"forces", "string", .nullable = true,
     .text = "of an optimisation, the largest from step to step: falling, rising or "
             "not_falling"},
};
const struct shape shape_forecast = {.name = "forecast",
                                     .text = "how an SCF under way goes on",
                                     MEMBERS(forecast_members)};

static const struct member dependency_members[] = {
    {"id", "integer", .text = "of the other job"},
    {"kind", "string", .text = "how that one has to end: ok, any or not-ok"},
};
const struct shape shape_dependency = {.name = "dependency",
                                       .text = "another job, and how it has to end",
                                       MEMBERS(dependency_members)};

static const struct member task_group_members[] = {
    {"tasks", "string", .text = "their numbers, such as 0-3,7"},
    {"state", "string",
     .text =
         "pending, running, suspended; at last completed, failed, cancelled, timeout, "
         "out_of_memory, node_fail, preempted, boot_fail, deadline, revoked, or "
         "unknown where nobody knows how they ended"},
    {"exit_code", "integer", .nullable = true, .text = "when they exited"},
    {"signal", "integer", .nullable = true, .text = "when a signal ended them"},
};
const struct shape shape_task_group = {
    .name = "task_group", .text = "tasks that are alike", MEMBERS(task_group_members)};

static const struct member tasks_members[] = {
    {"total", "integer", .text = "how many there are"},
    {"waiting", "integer", .text = "how many of them wait"},
    {"running", "integer", .text = "how many run"},
    {"completed", "integer", .text = "how many came to their end"},
    {"cancelled", "integer", .text = "how many were cancelled"},
    {"failed", "integer", .text = "how many ended otherwise"},
    {"groups", "object", .array = true, .of = &shape_task_group,
     .text = "which of them are how"},
};
const struct shape shape_tasks = {
    .name = "tasks", .text = "the tasks of an array", MEMBERS(tasks_members)};

static const struct member job_members[] = {
    {"id", "integer", .text = "its number"},
    {"name", "string", .text = "what people call it"},
    {"code", "string", .text = "quantum_espresso or command"},
    {"state", "string",
     .text = "held, queued, starting, running, cancelling; at last completed, "
             "failed, "
             "cancelled or lost"},
    {"reason", "string", .nullable = true, .text = "why it is in this state"},
    {"directory", "string", .text = "where it runs"},
    {"input", "string", .nullable = true, .text = "its input file there"},
    {"output", "string", .text = "path of its output"},
    {"cores", "integer", .text = "how many it takes; 0 where that is not known"},
    {"priority", "integer", .text = "jobs with a larger one start first"},
    {"memory_bytes", "integer", .nullable = true, .text = "how much it asked for"},
    {"begin_at", "string", .nullable = true, .text = "not before; " TIME},
    {"time_limit", "integer", .nullable = true,
     .text = "after so many seconds it is ended"},
    {"retries", "integer", .text = "how often it may be tried again"},
    {"attempt", "integer", .text = "which try this is, from 1"},
    {"after", "object", .array = true, .of = &shape_dependency,
     .text = "the jobs it waits for"},
    {"tags", "string", .array = true, .text = "words by which it is found, sorted"},
    {"note", "string", .nullable = true, .text = "a person's own words about it"},
    {"cluster", "string", .nullable = true,
     .text = "the cluster that it runs on; null: this machine"},
    {"slurm_id", "integer", .nullable = true,
     .text = "the number that Slurm has given it there"},
    {"origin", "string", .nullable = true,
     .text = "the folder that its files were copied from"},
    {"imported", "boolean", .text = "whether it ran elsewhere and was only recorded"},
    {"continues", "integer", .nullable = true,
     .text = "the job whose run this one goes on with"},
    {"chain", "integer",
     .text = "how often its run is still continued by itself when its time limit ends "
             "it"},
    {"created_at", "string", .text = TIME},
    {"started_at", "string", .nullable = true, .text = TIME},
    {"finished_at", "string", .nullable = true, .text = TIME},
    {"exit_code", "integer", .nullable = true, .text = "when it exited"},
    {"signal", "integer", .nullable = true, .text = "when a signal ended it"},
    {"progress", "object", .nullable = true, .of = &shape_progress,
     .text = "null where the output tells none"},
    {"forecast", "object", .nullable = true, .of = &shape_forecast,
     .text = "how the SCF under way goes on; null where it is too early to tell, and "
             "when there is none"},
};
const struct shape shape_job = {.name = "job", .text = "a job", MEMBERS(job_members)};

static const struct member change_members[] = {
    {"at", "string", .text = TIME},
    {"state", "string", .text = "the state it came into"},
    {"reason", "string", .nullable = true, .text = "why"},
};
const struct shape shape_change = {
    .name = "change", .text = "a change of state", MEMBERS(change_members)};

static const struct member list_members[] = {
    {"jobs", "object", .array = true, .of = &shape_job, .text = "newest first"},
    {"total", "integer", .text = "jobs in these states, on all pages"},
    {"next", "integer", .nullable = true,
     .text = "`before` of the page that follows; null on the last"},
};
const struct shape result_list = {.text = "a page of jobs", MEMBERS(list_members)};

static const struct member kept_members[] = {
    {"path", "string", .text = "of the file"},
    {"sha256", "string", .text = "of its bytes at submission, hexadecimal"},
    {"size", "integer", .text = "of the file then, in bytes"},
    {"changed", "boolean", .nullable = true,
     .text = "whether it is another one by now; null where that cannot be told"},
};
const struct shape shape_kept = {.name = "kept_file",
                                 .text = "a file as it was at submission",
                                 MEMBERS(kept_members)};

static const struct member input_members[] = {
    {"text", "string", .text = "this part of it"},
    {"base64", "boolean",
     .text = "true: text is that part's base64 (RFC 4648), for it is not UTF-8"},
    {"offset", "integer", .text = "of its first byte"},
    {"next_offset", "integer", .text = "where to read on"},
    {"eof", "boolean", .text = "whether this reaches the end"},
};
const struct shape result_input = {.text = "a part of a file as it was at submission",
                                   .base = &shape_kept,
                                   MEMBERS(input_members)};

static const struct member submit_members[] = {
    {"warnings", "string", .array = true,
     .text = "what was found in the input that may spoil the run, with file, line and "
             "mend"},
};
const struct shape result_submit = {
    .text = "the job", .base = &shape_job, MEMBERS(submit_members)};

static const struct member plan_members[] = {
    {"input", "string", .text = "the name of the input that the new job has"},
    {"output", "string", .nullable = true,
     .text = "the name of the file that takes its standard output"},
    {"steps", "string", .array = true,
     .text = "what is done to files of the folder before, in words"},
};
const struct shape result_restart_plan = {.text = "how a run would go on",
                                          MEMBERS(plan_members)};

static const struct member details_members[] = {
    {"command", "string", .array = true, .text = "program and arguments"},
    {"error_output", "string", .nullable = true,
     .text = "path of its standard error; null: it goes into the output, or it was "
             "empty and is not there any more"},
    {"output_changed", "boolean",
     .text = "whether its output was written to since it ended, as by another run"},
    {"cpu_seconds", "number", .nullable = true, .text = "of all its processes"},
    {"continued_by", "integer", .nullable = true,
     .text = "the newest job that goes on with its run"},
    {"asked", "object", .nullable = true,
     .text =
         "what it asks the queue of its cluster for, as texts by the names that "
         "jobs.submit has: nodes, ntasks, cpus, mem, partition, account, qos, array; "
         "null: it runs here"},
    {"tasks", "object", .nullable = true, .of = &shape_tasks,
     .text = "of an array of tasks; null: it has none"},
    {"peak_memory_bytes", "integer", .nullable = true,
     .text = "of its largest process"},
    {"inputs", "object", .array = true, .of = &shape_kept,
     .text = "the input and the files that it names"},
    {"history", "object", .array = true, .of = &shape_change,
     .text = "its states, oldest first"},
    {"results", "object", .nullable = true,
     .text = "what its output holds, as `crystalmath parse --json` prints it"},
};
const struct shape result_job = {
    .text = "all about a job", .base = &shape_job, MEMBERS(details_members)};

static const struct member log_members[] = {
    {"text", "string", .text = "what is not UTF-8 comes as U+FFFD"},
    {"offset", "integer", .text = "of the first byte, in the file"},
    {"next_offset", "integer", .text = "where to read on"},
    {"size", "integer", .text = "of the file in bytes"},
    {"path", "string", .text = "of the file"},
    {"eof", "boolean", .text = "whether this reaches the present end"},
    {"line", "integer", .nullable = true,
     .text =
         "number of the line that the first byte is in; null where it is not known"},
    {"identity", "string", .nullable = true,
     .text =
         "of the file: another one where it was replaced since; null: there is none. "
         "A file that was cut keeps it, and has a size below your offset"},
    {"pending", "boolean",
     .text = "the line is not reached yet in a large file: ask again, and the search "
             "goes on"},
    {"started", "boolean",
     .text = "whether the job has; before that an output is an earlier run's"},
    {"changed", "boolean",
     .text = "true: an output that was written to since the job ended, as by another "
             "run"},
};
const struct shape result_log = {.text = "a part of a file", MEMBERS(log_members)};

static const struct member file_members[] = {
    {"name", "string",
     .text = "its path from the job's directory; what is not UTF-8 comes as U+FFFD"},
    {"size", "integer", .text = "in bytes"},
    {"modified_at", "string", .text = TIME},
    {"representable", "boolean",
     .text = "false: its true name is not UTF-8, and it cannot be asked for"},
};
const struct shape shape_file = {
    .name = "file", .text = "a regular file, or a link to one", MEMBERS(file_members)};

static const struct member files_members[] = {
    {"directory", "string", .text = "the job's"},
    {"files", "object", .array = true, .of = &shape_file, .text = "in order of names"},
    {"more", "boolean", .text = "whether there are others beyond the limit"},
};
const struct shape result_files = {.text = "the files of a job",
                                   MEMBERS(files_members)};

static const struct member refusal_members[] = {
    {"id", "integer", .text = "the job's number"},
    {"reason", "string", .text = "why it is still there, and what to do"},
};
const struct shape shape_refusal = {
    .name = "refusal", .text = "a job that was not removed", MEMBERS(refusal_members)};

static const struct member import_members[] = {
    {"jobs", "integer", .array = true,
     .text = "the jobs' numbers, in the order of runs"},
    {"known", "integer", .array = true,
     .text = "which of these, counted from 0, a token had made before"},
};
const struct shape result_import = {.text = "what became of the runs",
                                    MEMBERS(import_members)};

static const struct member remove_members[] = {
    {"removed", "integer", .array = true, .text = "numbers of the jobs that are gone"},
    {"refused", "object", .array = true, .of = &shape_refusal,
     .text = "the others, each with why"},
};
const struct shape result_remove = {.text = "what became of each",
                                    MEMBERS(remove_members)};

static const struct member subscribe_members[] = {
    {"subscription", "integer", .text = "its number"},
    {"jobs", "object", .array = true, .of = &shape_job,
     .text = "as they are now; the newest 1000 when none were named"},
    {"file", "string", .nullable = true,
     .text = "which file's lines are sent; null: none was asked for, or the job has "
             "ended and jobs.log has all of it"},
};
const struct shape result_subscribe = {
    .text = "the state from which the notifications go on", MEMBERS(subscribe_members)};

static const struct member backup_members[] = {
    {"path", "string", .nullable = true,
     .text = "of the copy; null: none was asked for yet"},
    {"running", "boolean", .text = "whether it is being made"},
    {"pages_done", "integer", .text = "how many are copied"},
    {"pages", "integer", .text = "how many there are; 0 at the beginning"},
    {"error", "string", .nullable = true,
     .text = "why it was not made; null while it runs and when it was"},
};
const struct shape result_backup = {.text = "a copy of the database",
                                    MEMBERS(backup_members)};

static const struct member cluster_members[] = {
    {"name", "string", .text = "what people call it"},
    {"automatic", "boolean",
     .text = "whether it is there because this machine has Slurm"},
    {"settings", "object", .text = "what is set of the parameters of clusters.add"},
    {"state", "string",
     .text = "of the way to it: unknown, connected, unreachable or needs login"},
    {"trouble", "string", .nullable = true,
     .text = "why it cannot be reached or asked, or takes no job now"},
    {"tries", "integer", .text = "to reach it that failed, in a row"},
    {"next_try_at", "string", .nullable = true, .text = TIME},
    {"jobs", "integer", .text = "of ours in its queue"},
    {"waiting", "integer", .text = "that wait to be handed to it"},
    {"others", "integer", .nullable = true,
     .text = "the user's other jobs in its queue; null: not known yet"},
};
const struct shape shape_cluster = {
    .name = "cluster", .text = "where jobs can be sent", MEMBERS(cluster_members)};

static const struct member clusters_members[] = {
    {"clusters", "object", .array = true, .of = &shape_cluster,
     .text = "in order of their names"},
};
const struct shape result_clusters = {.text = "the clusters",
                                      MEMBERS(clusters_members)};

static const struct member queued_members[] = {
    {"id", "string", .text = "as squeue has it; of a task of an array such as 12_3"},
    {"number", "integer", .text = "of the job, for slurm.adopt and slurm.cancel"},
    {"job", "integer", .nullable = true,
     .text = "its number here; null: it was not submitted here"},
    {"name", "string", .text = "what Slurm calls it"},
    {"user", "string", .text = "whose it is"},
    {"partition", "string", .text = "the part of the cluster"},
    {"state", "string", .text = "as squeue has it, such as PENDING or RUNNING"},
    {"nodes", "integer", .text = "how many it has or asks for"},
    {"cores", "integer", .text = "likewise"},
    {"time_used", "integer", .nullable = true, .text = "in seconds"},
    {"time_limit", "integer", .nullable = true, .text = "in seconds; null: none"},
    {"node_list", "string", .nullable = true, .text = "the nodes it has"},
    {"reason", "string", .nullable = true, .text = "Slurm's word for why it waits"},
    {"why", "string", .nullable = true, .text = "the same in plain words"},
    {"starts_at", "string", .nullable = true,
     .text = "when it started, or Slurm guesses that it will; " TIME},
};
const struct shape shape_queued = {.name = "queued",
                                   .text = "a job in the queue of a cluster",
                                   MEMBERS(queued_members)};

static const struct member slurm_queue_members[] = {
    {"cluster", "string", .text = "its name"},
    {"jobs", "object", .array = true, .of = &shape_queued,
     .text = "those that have not ended, in squeue's order"},
};
const struct shape result_slurm_queue = {.text = "the user's jobs there",
                                         MEMBERS(slurm_queue_members)};

static const struct member slurm_cancel_members[] = {
    {"number", "integer", .text = "Slurm's, as it was given"},
    {"job", "integer", .nullable = true,
     .text = "its number here, whose end jobs.changed tells; null: it is none of ours"},
};
const struct shape result_slurm_cancel = {.text = "what was cancelled",
                                          MEMBERS(slurm_cancel_members)};

static const struct member conflict_members[] = {
    {"id", "integer", .nullable = true,
     .text = "that job's number; null: there is none"},
    {"text", "string", .nullable = true, .text = "what it writes to, and the ways out"},
};
const struct shape result_conflict = {.text = "the job in the way",
                                      MEMBERS(conflict_members)};

static const struct member test_only_members[] = {
    {"text", "string",
     .text = "what sbatch says: when it may start, and on which nodes"},
};
const struct shape result_test_only = {.text = "Slurm would take it",
                                       MEMBERS(test_only_members)};

static const struct member script_members[] = {
    {"script", "string", .text = "its lines"},
};
const struct shape result_script = {.text = "a batch script", MEMBERS(script_members)};

static const struct member check_members[] = {
    {"what", "string",
     .text =
         "connection, clock, sbatch, controller, partitions, folder, files or codes"},
    {"ok", "boolean", .text = "whether it is as it should be"},
    {"text", "string", .text = "what was found"},
    {"mend", "string", .nullable = true, .text = "what to do; null: nothing"},
};
const struct shape shape_check = {.name = "check",
                                  .text = "one thing that a job needs on a cluster",
                                  MEMBERS(check_members)};

static const struct member test_members[] = {
    {"name", "string", .text = "of the cluster"},
    {"ok", "boolean", .text = "whether all is as it should be"},
    {"checks", "object", .array = true, .of = &shape_check, .text = "one by one"},
};
const struct shape result_clusters_test = {.text = "what a cluster has",
                                           MEMBERS(test_members)};

static const struct member login_members[] = {
    {"command", "string", .array = true, .text = "for a terminal"},
};
const struct shape result_clusters_login = {.text = "how to open the connection",
                                            MEMBERS(login_members)};

const struct shape result_unsubscribe = {.text = "an empty object"};

static const struct member changed_members[] = {
    {"job", "object", .of = &shape_job, .text = "as it is now"},
};
static const struct shape changed_params = {MEMBERS(changed_members)};

static const struct member removed_members[] = {
    {"id", "integer", .text = "the number that it had"},
};
static const struct shape removed_params = {MEMBERS(removed_members)};

static const struct member cycle_members[] = {
    {"id", "integer", .text = "the job's number"},
    {"scf", "integer", .text = "which SCF run it is, from 1"},
    {"cycle", "integer",
     .text = "which cycle has ended, as the code counts: from 1, of CRYSTAL from 0"},
    {"energy_ev", "number", .nullable = true, .text = "total energy"},
    {"delta_ev", "number", .nullable = true, .text = "its distance to the one before"},
    {"accuracy_ev", "number", .nullable = true,
     .text = "the code's own estimate of its accuracy"},
    {"forecast", "object", .nullable = true, .of = &shape_forecast,
     .text = "as that of a job; null for cycles that others have followed already"},
};
static const struct shape cycle_params = {MEMBERS(cycle_members)};

static const struct member lines_members[] = {
    {"id", "integer", .text = "the job's number"},
    {"file", "string", .text = "as the subscription names it, else output"},
    {"offset", "integer", .text = "of the first byte, in the file"},
    {"text", "string",
     .text = "whole lines, and at the job's end what is left; what is not UTF-8 comes "
             "as U+FFFD"},
    {"again", "boolean",
     .text = "true: the file was cut, replaced or written anew, and is sent from its "
             "beginning; there is no text yet"},
};
static const struct shape lines_params = {MEMBERS(lines_members)};

static const struct member missed_members[] = {
    {"count", "integer", .text = "notifications that were lost"},
};
static const struct shape missed_params = {MEMBERS(missed_members)};

static const struct member cluster_changed_members[] = {
    {"cluster", "object", .of = &shape_cluster, .text = "as it is now"},
};
static const struct shape cluster_changed_params = {MEMBERS(cluster_changed_members)};

static const struct member cluster_removed_members[] = {
    {"name", "string", .text = "what it was called"},
};
static const struct shape cluster_removed_params = {MEMBERS(cluster_removed_members)};

const struct notification notifications[] = {
    {"jobs.changed", "A new job, or another state, progress, name, tag or note.",
     &changed_params},
    {"jobs.removed", "A job is not there any more.", &removed_params},
    {"jobs.cycle", "An SCF cycle has ended.", &cycle_params},
    {"jobs.log",
     "New lines of the output or of another file, for subscriptions with `logs`.",
     &lines_params},
    {"jobs.missed", "The client did not read fast enough; ask again for what matters.",
     &missed_params},
    {"clusters.changed",
     "A new cluster, or another description, way to it or trouble; for those who have "
     "subscribed to all jobs.",
     &cluster_changed_params},
    {"clusters.removed", "A cluster is not there any more; likewise.",
     &cluster_removed_params},
};
const size_t notifications_count = sizeof notifications / sizeof notifications[0];
