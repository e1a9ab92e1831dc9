/* The clusters on disk. */
#include "unit/store/place.h"

#include "job/cluster.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cluster *named(const char *name, const char *host) {
    struct cluster *cluster = NULL;
    assert_int_equal(cluster_new(&cluster, name), 0);
    assert_int_equal(cluster_set(cluster, CLUSTER_SSH, host, NULL), 0);
    return cluster;
}

static int line(const struct cluster *cluster, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%s %s; ", cluster->name,
                   cluster_text(cluster, CLUSTER_SSH));
    return 0;
}

static void put(struct place *place, const char *name, const char *host) {
    _cleanup_(cluster_freep) struct cluster *cluster = named(name, host);
    assert_int_equal(store_cluster_put(place->store, cluster), 0);
}

static void clusters_are_there_after_a_restart_in_order(void **state) {
    struct place *place = *state;
    put(place, "small", "login2");
    put(place, "big", "login1");
    put(place, "big", "login3");
    place_reopen(place);
    char list[200] = "";
    assert_int_equal(store_cluster_each(place->store, line, list), 0);
    assert_string_equal(list, "big login3; small login2; ");
}

static void one_that_is_removed_is_gone(void **state) {
    struct place *place = *state;
    put(place, "big", "login1");
    assert_int_equal(store_cluster_remove(place->store, "big"), 0);
    assert_int_equal(store_cluster_remove(place->store, "big"), STORE_E_MISSING);
    char list[200] = "";
    assert_int_equal(store_cluster_each(place->store, line, list), 0);
    assert_string_equal(list, "");
}

static int stop(const struct cluster *cluster, void *data) {
    (void)cluster;
    return ++*(int *)data == 1 ? 42 : 0;
}

static void a_walk_can_be_stopped(void **state) {
    struct place *place = *state;
    int n = 0;
    put(place, "a", "x");
    put(place, "b", "x");
    assert_int_equal(store_cluster_each(place->store, stop, &n), 42);
    assert_int_equal(n, 1);
}

static int put_and_read(void *data) {
    struct place *place = data;
    char list[200] = "";
    struct cluster *cluster = NULL;
    int r = cluster_new(&cluster, "big");
    r = r < 0 ? r : store_cluster_put(place->store, cluster);
    (void)cluster_free(cluster);
    return r < 0 ? r : store_cluster_each(place->store, line, list);
}

static void memory_that_runs_out_is_told(void **state) {
    assert_true(alloc_fault_sweep(put_and_read, *state, -ENOMEM) > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clusters_are_there_after_a_restart_in_order,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_removed_is_gone, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(a_walk_can_be_stopped, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_is_told, place_set_up,
                                        place_tear_down),
    };
    return cmocka_run_group_tests_name("clusters", tests, NULL, NULL);
}
