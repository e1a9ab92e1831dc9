/* What a job asks of a queue, as a text that is kept. */
#include "job/placement.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_set_is_told_and_the_rest_is_empty(void **state) {
    (void)state;
    _cleanup_free_ char *text = NULL;
    char space[PLACEMENT_VALUE_SIZE];
    assert_string_equal(placement_get(NULL, PLACEMENT_ID, space), "");
    assert_int_equal(placement_set(&text, PLACEMENT_ID, "12"), 0);
    assert_int_equal(placement_set(&text, PLACEMENT_NODES, "2"), 0);
    assert_int_equal(placement_set(&text, PLACEMENT_NAME, "a"), 0);
    assert_string_equal(text, "nodes=2\nname=a\nid=12\n");
    assert_string_equal(placement_get(text, PLACEMENT_NODES, space), "2");
    assert_string_equal(placement_get(text, PLACEMENT_NTASKS, space), "");
    assert_int_equal(placement_set(&text, PLACEMENT_NODES, ""), 0);
    assert_string_equal(text, "name=a\nid=12\n");
}

static void a_long_value_stays_whole_when_another_is_set(void **state) {
    (void)state;
    _cleanup_free_ char *text = NULL;
    char space[PLACEMENT_VALUE_SIZE];
    char value[4 * PLACEMENT_VALUE_SIZE];
    size_t n = 0;
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    assert_null(placement_find(text, PLACEMENT_STEPS, &n));
    assert_int_equal(placement_set(&text, PLACEMENT_STEPS, value), 0);
    assert_int_equal(placement_set(&text, PLACEMENT_ID, "12"), 0);
    const char *found = placement_find(text, PLACEMENT_STEPS, &n);
    assert_non_null(found);
    assert_int_equal(n, sizeof value - 1);
    assert_memory_equal(found, value, n);
    assert_string_equal(placement_get(text, PLACEMENT_ID, space), "12");
    assert_int_equal(placement_set(&text, PLACEMENT_STEPS, ""), 0);
    assert_string_equal(text, "id=12\n");
}

static void a_text_of_others_is_read_as_far_as_it_goes(void **state) {
    (void)state;
    char space[PLACEMENT_VALUE_SIZE];
    char text[1024] = "idx=1\n=\nid\nid=7\nnodes=";
    assert_string_equal(placement_get(text, PLACEMENT_ID, space), "7");
    assert_string_equal(placement_get(text, PLACEMENT_NODES, space), "");
    memset(text + strlen(text), '9', 600);
    assert_int_equal(strlen(placement_get(text, PLACEMENT_NODES, space)),
                     PLACEMENT_VALUE_SIZE - 1);
}

static void only_plain_words_are_values(void **state) {
    (void)state;
    static const struct {
        enum placement_key key;
        const char *value;
        int r;
    } cases[] = {
        {PLACEMENT_NODES, "2", 0},
        {PLACEMENT_NODES, "1-4", 0},
        {PLACEMENT_NODES, "0", -EINVAL},
        {PLACEMENT_NODES, "-1", -EINVAL},
        {PLACEMENT_NODES, "two", -EINVAL},
        {PLACEMENT_NTASKS, "16", 0},
        {PLACEMENT_NTASKS, "1 6", -EINVAL},
        {PLACEMENT_MEM, "4G", 0},
        {PLACEMENT_MEM, "4 G", -EINVAL},
        {PLACEMENT_PARTITION, "short,long", 0},
        {PLACEMENT_PARTITION, "", -EINVAL},
        {PLACEMENT_ACCOUNT, "a\nb", -EINVAL},
        {PLACEMENT_ACCOUNT, "$(x)", -EINVAL},
        {PLACEMENT_QOS, "a'b", -EINVAL},
        {PLACEMENT_QOS, "-n", -EINVAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errmsg msg = ERRMSG_NULL;
        assert_int_equal(placement_check(cases[i].key, cases[i].value, &msg),
                         cases[i].r);
        assert_int_equal(msg.text[0] != '\0', cases[i].r != 0);
    }
    char longest[PLACEMENT_VALUE_SIZE + 1];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(placement_check(PLACEMENT_QOS, longest, NULL), -EINVAL);
    longest[sizeof longest - 2] = '\0';
    assert_int_equal(placement_check(PLACEMENT_QOS, longest, NULL), 0);
}

static int set_once(void *data) {
    char **text = data;
    return placement_set(text, PLACEMENT_ID, "12");
}

static void without_memory_nothing_changes(void **state) {
    (void)state;
    _cleanup_free_ char *text = strdup("nodes=2\n");
    alloc_fault_arm(0);
    assert_int_equal(set_once(&text), -ENOMEM);
    (void)alloc_fault_disarm();
    assert_string_equal(text, "nodes=2\n");
    assert_true(alloc_fault_sweep(set_once, &text, -ENOMEM) > 0);
    assert_string_equal(text, "nodes=2\nid=12\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_is_told_and_the_rest_is_empty),
        cmocka_unit_test(a_long_value_stays_whole_when_another_is_set),
        cmocka_unit_test(a_text_of_others_is_read_as_far_as_it_goes),
        cmocka_unit_test(only_plain_words_are_values),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
