/* Places and ticks along an axis. */
#include "plot/scale.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The labels of all ticks with blanks between. */
static const char *labels(struct plot_axis axis, int room) {
    static char text[1024];
    struct plot_scale scale;

    plot_scale_fit(&scale, &axis, room);
    text[0] = '\0';
    for (size_t i = 0; i < plot_scale_ticks(&scale); i++) {
        char label[PLOT_LABEL_SIZE];
        plot_scale_tick_label(&scale, i, label);
        assert_true(strlen(text) + strlen(label) + 2 < sizeof text);
        (void)strcat(strcat(text, i > 0 ? " " : ""), label);
    }
    return text;
}

static void ticks_are_at_numbers_that_people_count_in(void **state) {
    (void)state;
    assert_string_equal(labels((struct plot_axis){.min = 0, .max = 12}, 6),
                        "0 2 4 6 8 10 12");
    assert_string_equal(labels((struct plot_axis){.min = 0.03, .max = 0.21}, 5),
                        "0.00 0.05 0.10 0.15 0.20 0.25");
    assert_string_equal(labels((struct plot_axis){.min = -1.5, .max = 1.5}, 4),
                        "-2 -1 0 1 2");
    assert_string_equal(labels((struct plot_axis){.min = 160.2, .max = 160.4}, 4),
                        "160.20 160.25 160.30 160.35 160.40");
}

static void decades_are_told_by_their_exponents(void **state) {
    struct plot_axis axis = {.log = true, .min = 3e-8, .max = 2.5};

    (void)state;
    assert_string_equal(labels(axis, 20), "-8 -7 -6 -5 -4 -3 -2 -1 0 1");
    assert_string_equal(labels(axis, 5), "-8 -6 -4 -2 0");
}

static void counts_begin_at_one_and_are_whole(void **state) {
    (void)state;
    assert_string_equal(
        labels((struct plot_axis){.counts = true, .min = 1, .max = 3}, 20), "1 2 3");
    assert_string_equal(
        labels((struct plot_axis){.counts = true, .min = 1, .max = 23}, 5),
        "1 5 10 15 20");
    assert_string_equal(
        labels((struct plot_axis){.counts = true, .min = 1, .max = 9}, 5), "1 4 6 8");
    assert_string_equal(
        labels((struct plot_axis){.whole = true, .min = 0, .max = 1}, 10), "0 1");
}

static void a_tight_axis_ends_where_the_points_do(void **state) {
    struct plot_axis axis = {.min = -51, .max = 408, .tight = true};
    struct plot_scale scale;

    (void)state;
    assert_string_equal(labels(axis, 5), "0 100 200 300 400");
    plot_scale_fit(&scale, &axis, 5);
    assert_float_equal(plot_scale_place(&scale, -51), 0, 0);
    assert_float_equal(plot_scale_place(&scale, 408), 1, 0);
}

static void one_value_gets_an_axis_to_lie_on(void **state) {
    struct plot_scale scale;
    struct plot_axis axis = {.min = -215.07, .max = -215.07};

    (void)state;
    plot_scale_fit(&scale, &axis, 5);
    assert_true(plot_scale_ticks(&scale) >= 2);
    assert_true(plot_scale_place(&scale, -215.07) > 0);
    assert_true(plot_scale_place(&scale, -215.07) < 1);
    plot_scale_fit(&scale, &(struct plot_axis){.min = 0, .max = 0}, 5);
    assert_in_range((int)(100 * plot_scale_place(&scale, 0)), 40, 60);
    plot_scale_fit(&scale, &(struct plot_axis){.log = true, .min = 1e-4, .max = 1e-4},
                   5);
    assert_float_equal(scale.high - scale.low, 1, 0);
    plot_scale_fit(&scale, &(struct plot_axis){.counts = true, .min = 1, .max = 1}, 5);
    assert_float_equal(plot_scale_place(&scale, 1), 0, 0);
}

static void an_axis_without_points_can_be_drawn(void **state) {
    struct plot_axis axis = {.min = INFINITY, .max = -INFINITY};

    (void)state;
    for (int i = 0; i < 4; i++) {
        axis.log = i & 1;
        axis.counts = i & 2;
        assert_true(strlen(labels(axis, 5)) > 0);
    }
}

static void check_scale(double low, double high, bool log, int room) {
    struct plot_axis axis = {.min = low, .max = high, .log = log};
    struct plot_scale scale;

    plot_scale_fit(&scale, &axis, room);
    size_t n = plot_scale_ticks(&scale);
    assert_in_range(n, 1, 2 * room + 4);
    assert_true(scale.high > scale.low);
    for (size_t i = 0; i < n; i++) {
        char label[PLOT_LABEL_SIZE];
        double place = plot_scale_tick_place(&scale, i);
        plot_scale_tick_label(&scale, i, label);
        assert_true(strlen(label) > 0);
        assert_true(place > -1e-6 && place < 1 + 1e-6);
    }
    assert_true(plot_scale_place(&scale, low) <= plot_scale_place(&scale, high));
    assert_true(plot_scale_place(&scale, low) >= 0);
    assert_true(plot_scale_place(&scale, high) <= 1);
}

static void ranges_of_any_size_have_few_ticks_in_order(void **state) {
    static const double sizes[] = {1e-300, 1e-12, 1e-3, 1, 7.3, 1e9, 1e300};
    static const double spans[] = {0, 1e-15, 1e-9, 1e-3, 0.3, 1, 2};

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++) {
            double low = sizes[i] * (1 - spans[j]);
            for (int room = -1; room < 12; room += 3) {
                int labels_least = room < 1 ? 1 : room;
                check_scale(low, sizes[i], false, labels_least);
                check_scale(-sizes[i], -low, false, labels_least);
                check_scale(sizes[6 - i] < sizes[i] ? sizes[6 - i] : sizes[i],
                            sizes[6 - i] < sizes[i] ? sizes[i] : sizes[6 - i], true,
                            labels_least);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_at_numbers_that_people_count_in),
        cmocka_unit_test(decades_are_told_by_their_exponents),
        cmocka_unit_test(counts_begin_at_one_and_are_whole),
        cmocka_unit_test(a_tight_axis_ends_where_the_points_do),
        cmocka_unit_test(one_value_gets_an_axis_to_lie_on),
        cmocka_unit_test(an_axis_without_points_can_be_drawn),
        cmocka_unit_test(ranges_of_any_size_have_few_ticks_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
