/* Who waits for a look at a queue, and what of it is kept. */
#include "server/queue_listing.h"

#include "base/clock.h"
#include "support/alloc_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct person {
    struct listing_wait wait; /* first */
    struct person *takes;     /* along when it is told */
    int told;
    char trouble[64];
};

static void on_told(struct listing_wait *wait, const char *trouble) {
    struct person *person = (struct person *)wait;
    person->told++;
    (void)snprintf(person->trouble, sizeof person->trouble, "%s",
                   trouble ? trouble : "");
    if (person->takes) {
        listing_drop(&person->takes->wait);
    }
}

static struct buf text(const char *words) {
    struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, words), 0);
    return buf;
}

static void those_are_told_whose_look_has_ended(void **state) {
    (void)state;
    struct queue_listing listing = {.text = BUF_NULL};
    struct person first = {.wait.done = on_told};
    struct person second = {.wait.done = on_told};
    _cleanup_buf_ struct buf words = text("all");
    listing_add(&listing, &first.wait, 1);
    listing_add(&listing, &second.wait, 2);
    listing_end(&listing, 1, &words, "unheard", INT64_MAX);
    assert_int_equal(first.told, 1);
    assert_string_equal(first.trouble, "");
    assert_int_equal(second.told, 0);
    assert_ptr_equal(listing.first, &second.wait);
    listing_end(&listing, 2, NULL, "it is down", 0);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.told, 1);
    assert_string_equal(second.trouble, "it is down");
    assert_null(listing.first);
    listing_deinit(&listing);
}

static void what_was_told_holds_until_its_time_or_a_deed(void **state) {
    (void)state;
    struct queue_listing listing = {.text = BUF_NULL};
    _cleanup_buf_ struct buf words = text("all");
    assert_null(listing_text(&listing));
    listing_end(&listing, 1, &words, NULL, INT64_MAX);
    const struct buf *kept = listing_text(&listing);
    assert_non_null(kept);
    assert_int_equal(buf_len(kept), 3);
    listing_spoil(&listing);
    assert_null(listing_text(&listing));
    listing_end(&listing, 2, &words, NULL, clock_monotonic_ms());
    assert_null(listing_text(&listing));
    listing_end(&listing, 3, &words, NULL, INT64_MAX);
    assert_non_null(listing_text(&listing));
    listing_end(&listing, 4, NULL, "it is down", INT64_MAX);
    assert_null(listing_text(&listing));
    listing_deinit(&listing);
}

static void who_is_told_may_take_another_one_along(void **state) {
    (void)state;
    struct queue_listing listing = {.text = BUF_NULL};
    struct person last = {.wait.done = on_told};
    struct person middle = {.wait.done = on_told};
    struct person first = {.wait.done = on_told, .takes = &middle};
    listing_add(&listing, &last.wait, 1);
    listing_add(&listing, &middle.wait, 1);
    listing_add(&listing, &first.wait, 1);
    listing_end(&listing, 1, NULL, "why", 0);
    assert_int_equal(first.told, 1);
    assert_int_equal(middle.told, 0);
    assert_int_equal(last.told, 1);
    listing_drop(&middle.wait); /* once more is nothing */
    listing_deinit(&listing);
}

static void nobody_is_left_waiting_at_the_end(void **state) {
    (void)state;
    struct queue_listing listing = {.text = BUF_NULL};
    struct person person = {.wait.done = on_told};
    listing_add(&listing, &person.wait, 1000);
    listing_deinit(&listing);
    assert_int_equal(person.told, 1);
    assert_true(*person.trouble);
}

static void without_memory_it_is_told_that_it_failed(void **state) {
    (void)state;
    struct queue_listing listing = {.text = BUF_NULL};
    struct person person = {.wait.done = on_told};
    _cleanup_buf_ struct buf words = text("all");
    listing_add(&listing, &person.wait, 1);
    alloc_fault_arm(0);
    listing_end(&listing, 1, &words, NULL, INT64_MAX);
    assert_true(alloc_fault_disarm());
    assert_string_equal(person.trouble, "memory ran out");
    assert_null(listing_text(&listing));
    listing_deinit(&listing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_are_told_whose_look_has_ended),
        cmocka_unit_test(what_was_told_holds_until_its_time_or_a_deed),
        cmocka_unit_test(who_is_told_may_take_another_one_along),
        cmocka_unit_test(nobody_is_left_waiting_at_the_end),
        cmocka_unit_test(without_memory_it_is_told_that_it_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
