/* Jobs that have ended before they came here: they are on the disk alone from the
 * beginning, and nobody ever waits for one of them. */
#include "server/engine.h"

#include "base/clock.h"
#include "server/engine_internal.h"
#include "server/hub.h"
#include "server/server.h"

#include <inttypes.h>

/* Into the open transaction. */
static int import_one(struct store *store, struct engine_import *item, int64_t now) {
    item->job->created_at = now;
    int r = store_job_insert(store, item->job);
    if (r == STORE_E_TOKEN) {
        item->repeated = true;
        return 0;
    }
    return r ? r : store_job_update(store, item->job, 0, item->results_json);
}

int engine_import(struct engine *engine, struct engine_import *items, size_t n) {
    struct store *store = engine->server->store;
    int64_t now = clock_realtime_ms();
    int r = store_begin(store);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = import_one(store, &items[i], now);
    }
    if (r != 0) {
        store_rollback(store);
        return r;
    }
    r = store_commit(store);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (!items[i].repeated) {
            log_debug(engine->server->log, "job %" PRId64 " (%s) was imported",
                      items[i].job->id, items[i].job->name);
            hub_job_changed(engine->server->hub, items[i].job);
        }
    }
    return r;
}
