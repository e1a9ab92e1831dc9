/* Where things go on screens of every size. */
#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_inside(const struct rect *rect, int rows, int columns) {
    assert_true(rect->rows >= 0 && rect->columns >= 0);
    assert_true(rect->y >= 0 && rect->x >= 0);
    assert_true(rect->y + rect->rows <= rows);
    assert_true(rect->x + rect->columns <= columns);
}

static void every_part_lies_on_the_screen(void **state) {
    struct layout layout;

    (void)state;
    for (int rows = 0; rows < 80; rows++) {
        for (int columns = 0; columns < 260; columns += 3) {
            struct layout_wish wish = {.has_plot = rows % 2,
                                       .beside = columns % 2,
                                       .main_lines = columns % 13,
                                       .all_lines = columns % 13 + rows % 9};
            layout_panes(&layout, rows, columns, columns % 5 == 0);
            layout_job(&layout, &wish);
            assert_inside(&layout.list, rows, columns);
            assert_inside(&layout.rule, rows, columns);
            assert_inside(&layout.facts, rows, columns);
            assert_inside(&layout.plot, rows, columns);
            assert_inside(&layout.output, rows, columns);
            assert_inside(&layout.keys, rows, columns);
        }
    }
}

static void a_screen_that_is_too_small_has_no_parts(void **state) {
    struct layout layout;

    (void)state;
    layout_panes(&layout, 5, 20, false);
    assert_true(layout.too_small);
    assert_int_equal(layout.list.rows, 0);
    assert_int_equal(layout.job.rows, 0);
    layout_panes(&layout, LAYOUT_MIN_ROWS, LAYOUT_MIN_COLUMNS, false);
    assert_false(layout.too_small);
}

static void a_narrow_screen_shows_the_list_alone(void **state) {
    struct layout layout;

    (void)state;
    layout_panes(&layout, 24, LAYOUT_TWO_PANES - 1, false);
    assert_int_equal(layout.list.columns, LAYOUT_TWO_PANES - 1);
    assert_int_equal(layout.job.rows, 0);
    layout_panes(&layout, 24, LAYOUT_TWO_PANES - 1, true);
    assert_int_equal(layout.list.rows, 0);
    assert_int_equal(layout.job.columns, LAYOUT_TWO_PANES - 1);
}

static void at_80_by_24_facts_plot_and_output_can_be_read(void **state) {
    struct layout layout;
    struct layout_wish wish = {.has_plot = true, .main_lines = 9, .all_lines = 18};

    (void)state;
    layout_panes(&layout, 24, 80, false);
    layout_job(&layout, &wish);
    assert_int_equal(layout.facts.rows, 9);
    assert_true(layout.plot.rows >= 7);
    assert_true(layout.output.rows >= 3);
    assert_int_equal(layout.facts.rows + layout.plot.rows + layout.output.rows, 20);
}

static void a_wide_open_job_has_its_plot_beside_the_facts(void **state) {
    struct layout layout;
    struct layout_wish wish = {
        .has_plot = true, .beside = true, .main_lines = 9, .all_lines = 18};

    (void)state;
    layout_panes(&layout, 50, 200, true);
    layout_job(&layout, &wish);
    assert_int_equal(layout.plot.y, layout.facts.y);
    assert_int_equal(layout.plot.x, layout.facts.x + layout.facts.columns);
    layout_panes(&layout, 50, LAYOUT_BESIDE - 1, true);
    layout_job(&layout, &wish);
    assert_int_equal(layout.plot.x, layout.facts.x);
}

static void without_a_plot_its_room_goes_to_the_others(void **state) {
    struct layout layout;
    struct layout_wish wish = {.main_lines = 3, .all_lines = 12};

    (void)state;
    layout_panes(&layout, 24, 80, false);
    layout_job(&layout, &wish);
    assert_int_equal(layout.plot.rows, 0);
    assert_int_equal(layout.facts.rows, 12);
    assert_int_equal(layout.output.rows, 8);
}

static void a_place_belongs_to_the_part_it_lies_in(void **state) {
    const struct rect rect = {2, 3, 4, 5};

    (void)state;
    assert_true(layout_contains(&rect, 2, 3));
    assert_true(layout_contains(&rect, 5, 7));
    assert_false(layout_contains(&rect, 1, 3));
    assert_false(layout_contains(&rect, 6, 7));
    assert_false(layout_contains(&rect, 5, 8));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_lies_on_the_screen),
        cmocka_unit_test(a_screen_that_is_too_small_has_no_parts),
        cmocka_unit_test(a_narrow_screen_shows_the_list_alone),
        cmocka_unit_test(at_80_by_24_facts_plot_and_output_can_be_read),
        cmocka_unit_test(a_wide_open_job_has_its_plot_beside_the_facts),
        cmocka_unit_test(without_a_plot_its_room_goes_to_the_others),
        cmocka_unit_test(a_place_belongs_to_the_part_it_lies_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
