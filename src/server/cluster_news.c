/* A cluster as the wire shows it, made anew for whoever asks or listens. How many jobs
 * it has is told with the rest, but is no news: the jobs themselves are. */
#include "server/cluster_news.h"

#include "exec/remote.h"
#include "job/cluster.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/queue.h"
#include "server/server.h"

#include <errno.h>

static json_t *settings_json(const struct cluster *record) {
    json_t *object = json_object();
    for (size_t i = 0; object && i < CLUSTER_KEYS; i++) {
        const char *value = record->values[i];
        if (value && json_put(object, cluster_setting((enum cluster_key)i)->name,
                              json_text_or_null(value)) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *cluster_json(const struct queue *queue) {
    static const char *const states[] = {
        [REMOTE_UNKNOWN] = "unknown",
        [REMOTE_CONNECTED] = "connected",
        [REMOTE_LOST] = "unreachable",
        [REMOTE_NEEDS_LOGIN] = "needs login",
    };
    const struct remote_status status = remote_status(queue_remote(queue));
    const struct queue_load load = queue_load(queue);
    struct errmsg trouble = ERRMSG_NULL;
    queue_trouble(queue, &trouble);
    if (!trouble.text[0]) {
        queue_obstacle(queue, &trouble);
    }
    json_t *object = json_object();
    int r = object ? 0 : -ENOMEM;
    r = r ? r : json_put(object, "name", json_string(queue_record(queue)->name));
    r = r ? r : json_put(object, "automatic", json_boolean(queue_is_automatic(queue)));
    r = r ? r : json_put(object, "settings", settings_json(queue_record(queue)));
    r = r ? r : json_put(object, "state", json_string(states[status.state]));
    r = r ? r
          : json_put(object, "trouble",
                     json_text_or_null(trouble.text[0] ? trouble.text
                                       : *status.why   ? status.why
                                                       : NULL));
    r = r ? r : json_put(object, "tries", json_integer(status.tries));
    r = r ? r : json_put(object, "next_try_at", json_time_or_null(status.next_ms));
    r = r ? r : json_put(object, "jobs", json_integer((json_int_t)load.ours));
    r = r ? r : json_put(object, "waiting", json_integer((json_int_t)load.waiting));
    r = r ? r
          : json_put(object, "others",
                     load.others < 0 ? json_null() : json_integer(load.others));
    if (r < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* Those who have subscribed to all jobs. */
static void publish(const struct server *server, const char *method,
                    json_t *params_take) {
    if (params_take) {
        hub_publish(server->hub, 0, false, method, params_take);
        json_decref(params_take);
    }
}

void cluster_tell(const struct server *server, const struct queue *queue) {
    if (server->hub && hub_is_watched(server->hub)) {
        publish(server, "clusters.changed",
                json_pack("{s:o}", "cluster", cluster_json(queue)));
    }
}

void cluster_tell_removed(const struct server *server, const char *name) {
    publish(server, "clusters.removed", json_pack("{s:s}", "name", name));
}
