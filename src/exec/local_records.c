/* The two records as structs. A record that lacks what makes it one is damaged, and
 * said to be; nothing is made up for it. */
#include "exec/local.h"

#include "base/cleanup.h"
#include "exec/local_files.h"

#include <errno.h>
#include <limits.h>

struct field {
    const char *key;
    int64_t min;
    int64_t max;
    int64_t absent; /* the value when the key is missing */
    int64_t *out;
};

static int read_fields(const struct local_record *record, const struct field *fields,
                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct field *field = &fields[i];
        int r =
            local_record_number(record, field->key, field->min, field->max, field->out);
        if (r == -ENOENT) {
            *field->out = field->absent;
        } else if (r < 0) {
            return r;
        }
    }
    return 0;
}

int local_started_read(const char *run_dir, struct local_started *out) {
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    int r = local_record_read_started(run_dir, &record);
    if (r < 0) {
        return r;
    }
    int64_t pid;
    int64_t job;
    int64_t at;
    const struct field fields[] = {
        {"pid", 2, INT_MAX, -1, &pid},
        {"job_pid", 2, INT_MAX, -1, &job},
        {"started_at", 0, INT64_MAX, -1, &at},
    };
    r = read_fields(&record, fields, sizeof fields / sizeof fields[0]);
    if (r < 0) {
        return r;
    }
    if (pid < 0 || job < 0 || at < 0) {
        return -EBADMSG;
    }
    *out = (struct local_started){
        .supervisor = (pid_t)pid,
        .job = (pid_t)job,
        .started_at = at,
    };
    return 0;
}

int local_about_read(const char *run_dir, struct local_about *out) {
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    int r = local_record_read_started(run_dir, &record);
    if (r < 0) {
        return r;
    }
    const struct {
        const char *key;
        char *to;
        size_t size;
    } texts[] = {
        {"directory", out->directory, sizeof out->directory},
        {"output", out->output, sizeof out->output},
        {"error_output", out->error_output, sizeof out->error_output},
        {"command", out->command, sizeof out->command},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (local_record_text(&record, texts[i].key, texts[i].to, texts[i].size) < 0) {
            texts[i].to[0] = '\0';
        }
    }
    return 0;
}

int local_exit_read(const char *run_dir, struct local_exit *out) {
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    int r = local_record_read(run_dir, LOCAL_FILE_EXIT, &record);
    if (r < 0) {
        return r;
    }
    struct local_exit how = {0};
    int64_t code;
    int64_t signal;
    int64_t dumped;
    int64_t cancelled;
    int64_t timed_out;
    int64_t soft_stopped;
    int64_t cpu_ms;
    int64_t error_code;
    const struct field fields[] = {
        {"exit_code", 0, 255, -1, &code},
        {"signal", 1, 255, 0, &signal},
        {"core_dumped", 0, 1, 0, &dumped},
        {"cancelled", 0, 1, 0, &cancelled},
        {"timed_out", 0, 1, 0, &timed_out},
        {"soft_stopped", 0, 1, 0, &soft_stopped},
        {"started_at", 0, INT64_MAX, 0, &how.started_at},
        {"finished_at", 0, INT64_MAX, 0, &how.finished_at},
        {"cpu_ms", 0, INT64_MAX, 0, &cpu_ms},
        {"peak_memory_bytes", 0, INT64_MAX, 0, &how.peak_memory_bytes},
        {"errno", 1, INT_MAX, 0, &error_code},
        {"survivors", 0, INT64_MAX, 0, &how.survivors},
    };
    r = read_fields(&record, fields, sizeof fields / sizeof fields[0]);
    if (r < 0) {
        return r;
    }
    bool told =
        local_record_text(&record, "error", how.error.text, sizeof how.error.text) == 0;
    if (local_record_text(&record, "stage", how.stage, sizeof how.stage) < 0) {
        how.stage[0] = '\0';
    }
    how.error_code = (int)error_code;
    if (code < 0 && signal == 0 && !told) {
        return -EBADMSG;
    }
    how.exit_code = (int)code;
    how.signal = (int)signal;
    how.core_dumped = dumped != 0;
    how.cancelled = cancelled != 0;
    how.timed_out = timed_out != 0;
    how.soft_stopped = soft_stopped != 0;
    how.cpu_seconds = (double)cpu_ms / 1000.0;
    *out = how;
    return 0;
}
