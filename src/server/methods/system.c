/* system.* and rpc.discover: is it alive, which one is it, how is it, and good night.
 */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/clock.h"
#include "base/platform.h"
#include "server/engine.h"
#include "server/health.h"
#include "server/job_json.h"
#include "server/listener.h"
#include "server/server.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

/* As text, for this is what is asked most often. */
static int system_ping(struct request *request) {
    char now[CLOCK_ISO8601_SIZE];
    (void)clock_format_iso8601(clock_realtime_ms(), now);
    int r = buf_append_str(request->text, "{\"pong\":true,\"timestamp\":\"");
    r = r ? r : buf_append_str(request->text, now);
    return r ? r : buf_append_str(request->text, "\"}");
}

static int system_version(struct request *request) {
    request->result = json_pack(
        "{s:s, s:s, s:s, s:i, s:s, s:I}", "version", CRYSTALMATH_VERSION, "protocol",
        "json-rpc-2.0", "transport", "unix-socket", "protocol_version", 1, "build",
        CRYSTALMATH_VERSION, "pid", (json_int_t)getpid());
    return request->result ? 0 : -ENOMEM;
}

/* Resident memory in bytes; 0 when the system does not tell. */
static int64_t resident_bytes(void) {
    _cleanup_fclose_ FILE *file = fopen("/proc/self/statm", "re");
    long size = 0;
    long resident = 0;
    if (file && fscanf(file, "%ld %ld", &size, &resident) == 2) {
        return (int64_t)resident * sysconf(_SC_PAGESIZE);
    }
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? platform_peak_memory(&usage) : 0;
}

static int put_counts(struct request *request, json_t *object) {
    struct store *store = request->server->store;
    const unsigned queued = 1U << JOB_QUEUED;
    const unsigned active =
        1U << JOB_STARTING | 1U << JOB_RUNNING | 1U << JOB_CANCELLING;
    int64_t n_queued = 0;
    int64_t n_active = 0;
    int64_t n_all = 0;
    (void)engine_write(request->server->engine);
    int r = store_job_count(store, queued, &n_queued);
    r = r ? r : store_job_count(store, active, &n_active);
    r = r ? r : store_job_count(store, 0, &n_all);
    if (r < 0) {
        return method_store_failed(request, r);
    }
    return json_put(object, "jobs",
                    json_pack("{s:I, s:I, s:I}", "queued", (json_int_t)n_queued,
                              "running", (json_int_t)n_active, "total",
                              (json_int_t)n_all));
}

static int system_status(struct request *request) {
    const struct server *server = request->server;
    const struct server_options *options = server->options;
    json_t *object = json_object();
    request->result = object;
    int r = object ? 0 : -ENOMEM;
    r = r ? r : json_put(object, "pid", json_integer(getpid()));
    r = r ? r : json_put(object, "version", json_string(CRYSTALMATH_VERSION));
    r = r ? r : json_put(object, "build", json_string(CRYSTALMATH_VERSION));
    r = r ? r : json_put(object, "started_at", json_time_or_null(server->started_at));
    r = r ? r
          : json_put(
                object, "uptime_seconds",
                json_real((double)(clock_realtime_ms() - server->started_at) / 1e3));
    r = r ? r
          : json_put(object, "socket",
                     json_text_or_null(server->listener
                                           ? listener_path(server->listener)
                                           : options->socket_path));
    r = r ? r : json_put(object, "database", json_text_or_null(options->db_path));
    r = r ? r : json_put(object, "log", json_text_or_null(options->log_path));
    r = r ? r : json_put(object, "clients", json_integer((json_int_t)server->n_peers));
    r = r ? r : json_put(object, "cores", json_integer(server->engine->schedule.cores));
    r = r ? r : json_put(object, "memory_bytes", json_integer(resident_bytes()));
    r = r ? r : health_tell(server, object);
    return r ? r : put_counts(request, object);
}

static json_t *setting_json(const struct config *config, enum config_key key) {
    const struct config_entry *entry = config_entry(key);
    _cleanup_free_ char *value = config_value(config, key);
    int line = config_line(config, key);
    return value ? json_pack("{s:s, s:s, s:o, s:s, s:o}", "section", entry->section,
                             "name", entry->name, "value", json_text_or_null(value),
                             "from", config_source_name(config_source(config, key)),
                             "line", line > 0 ? json_integer(line) : json_null())
                 : NULL;
}

static int system_config(struct request *request) {
    const struct config *config = request->server->options->config;
    _cleanup_config_ struct config *defaults = NULL;
    if (!config) {
        int r = config_new(&defaults);
        if (r < 0) {
            return r;
        }
        config = defaults;
    }
    _cleanup_json_ json_t *values = json_array();
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        if (!config_entry(key)->screen &&
            json_array_append_new(values, setting_json(config, key)) < 0) {
            return -ENOMEM;
        }
    }
    request->result = json_pack(
        "{s:o, s:O}", "path", json_text_or_null(config_path(config)), "values", values);
    return request->result ? 0 : -ENOMEM;
}

static int system_shutdown(struct request *request) {
    request->result = json_pack("{s:b, s:s}", "acknowledged", 1, "action", "shutdown");
    if (!request->result) {
        return -ENOMEM;
    }
    server_stop(request->server, "a client asked for it");
    return 0;
}

const struct method methods_system[] = {
    {.name = "system.ping",
     .text = "Answer, to show that requests are carried out.",
     .result = &result_ping,
     .health = true,
     .run = system_ping},
    {.name = "system.version",
     .text = "Tell version and protocol.",
     .result = &result_version,
     .health = true,
     .run = system_version},
    {.name = "system.status",
     .text = "Tell how the server is and where its files are.",
     .result = &result_status,
     .health = true,
     .run = system_status},
    {.name = "system.config",
     .text = "Tell the configuration in force.",
     .result = &result_config,
     .health = true,
     .run = system_config},
    {.name = "system.shutdown",
     .text = "End the server in good order; running jobs go on without it.",
     .result = &result_shutdown,
     .health = true,
     .run = system_shutdown},
    {.name = "rpc.discover",
     .text = "Describe all methods as an OpenRPC document.",
     .result = &result_discover,
     .health = true,
     .run = method_rpc_discover},
};
const size_t methods_system_count = sizeof methods_system / sizeof methods_system[0];
