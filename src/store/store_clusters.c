/* The clusters, as bytes under their names: what the settings are, their record knows
 * (job/cluster.h). */
#include "store/store_internal.h"

#include "job/cluster.h"

#include <errno.h>

static int put(struct store *store, const struct cluster *cluster,
               const struct buf *bytes) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CLUSTER_PUT);
    (void)sqlite3_bind_text(s, 1, cluster->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob64(s, 2, buf_bytes(bytes), buf_len(bytes), SQLITE_STATIC);
    return store_run(store, s);
}

int store_cluster_put(struct store *store, const struct cluster *cluster) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int r = cluster_pack(cluster, &bytes);
    r = r < 0 ? r : store_change_begin(store);
    return r == 0 ? store_change_end(store, put(store, cluster, &bytes)) : r;
}

static int drop(struct store *store, const char *name) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CLUSTER_DROP);
    (void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    int r = store_run(store, s);
    return r == 0 && sqlite3_changes(store->db) == 0 ? STORE_E_MISSING : r;
}

int store_cluster_remove(struct store *store, const char *name) {
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, drop(store, name)) : r;
}

static int read_row(sqlite3_stmt *s, store_cluster_fn fn, void *data) {
    struct cluster *cluster = NULL;
    const char *name = (const char *)sqlite3_column_text(s, 0);
    int r = cluster_new(&cluster, name ? name : "");
    if (r == 0) {
        const char *bytes = sqlite3_column_blob(s, 1);
        r = cluster_unpack(cluster, bytes, (size_t)sqlite3_column_bytes(s, 1));
    }
    r = r < 0 ? r : fn(cluster, data);
    (void)cluster_free(cluster);
    return r;
}

int store_cluster_each(struct store *store, store_cluster_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CLUSTERS);
    int r;
    while ((r = store_step(store, s)) == 1) {
        r = read_row(s, fn, data);
        if (r != 0) {
            break;
        }
    }
    (void)sqlite3_reset(s);
    return r;
}
