/* Layer groups. */
#include "structure/layer_group.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static double apart(double a, double b) {
    return fabs(a - b - round(a - b));
}

static bool is_same(const struct operation *one, const struct operation *other) {
    return memcmp(one->rotation, other->rotation, sizeof one->rotation) == 0 &&
           apart(one->translation[0], other->translation[0]) < 1e-6 &&
           apart(one->translation[1], other->translation[1]) < 1e-6 &&
           fabs(one->translation[2] - other->translation[2]) < 1e-6;
}

static bool holds(const struct setting *setting, const struct operation *operation) {
    for (size_t i = 0; i < setting->n; i++) {
        if (is_same(&setting->operations[i], operation)) {
            return true;
        }
    }
    return false;
}

static struct operation product(const struct operation *a, const struct operation *b) {
    struct operation out = {.translation = {0, 0, 0}};
    for (int i = 0; i < 3; i++) {
        out.translation[i] = a->translation[i];
        for (int k = 0; k < 3; k++) {
            out.translation[i] += a->rotation[i][k] * b->translation[k];
            for (int m = 0; m < 3; m++) {
                out.rotation[i][k] += a->rotation[i][m] * b->rotation[m][k];
            }
        }
    }
    return out;
}

static void no_operation_moves_anything_along_z(void **state) {
    (void)state;
    for (int number = 1; number <= LAYER_GROUPS; number++) {
        struct setting setting;
        assert_true(layer_group_setting(number, &setting));
        for (size_t i = 0; i < setting.n; i++) {
            const struct operation *o = &setting.operations[i];
            assert_int_equal(o->rotation[0][2], 0);
            assert_int_equal(o->rotation[1][2], 0);
            assert_int_equal(o->rotation[2][0], 0);
            assert_int_equal(o->rotation[2][1], 0);
            if (o->translation[2] != 0) {
                fail_msg("group %d moves along z", number);
            }
        }
    }
}

static void each_is_a_group_of_the_order_that_its_symbol_says(void **state) {
    (void)state;
    static const int orders[LAYER_GROUPS] = {
        1,  2,  2,  2,  2, 4, 4,  2,  2, 4, 2,  2,  4, 4, 4,  4,  4,  8,  4,  4,
        4,  8,  4,  4,  4, 8, 4,  4,  4, 4, 4,  4,  4, 4, 8,  8,  8,  8,  8,  8,
        8,  8,  8,  8,  8, 8, 16, 16, 4, 4, 8,  8,  8, 8, 8,  8,  8,  8,  8,  8,
        16, 16, 16, 16, 3, 6, 6,  6,  6, 6, 12, 12, 6, 6, 12, 12, 12, 12, 12, 24};
    for (int number = 1; number <= LAYER_GROUPS; number++) {
        struct setting setting;
        assert_true(layer_group_setting(number, &setting));
        assert_int_equal(setting.n, orders[number - 1]);
        for (size_t i = 0; i < setting.n; i++) {
            for (size_t k = 0; k < setting.n; k++) {
                struct operation both =
                    product(&setting.operations[i], &setting.operations[k]);
                assert_true(holds(&setting, &both));
            }
        }
    }
}

static void no_two_are_the_same(void **state) {
    (void)state;
    for (int one = 1; one <= LAYER_GROUPS; one++) {
        for (int other = one + 1; other <= LAYER_GROUPS; other++) {
            struct setting a;
            struct setting b;
            bool same = layer_group_setting(one, &a) &&
                        layer_group_setting(other, &b) && a.n == b.n &&
                        layer_group_lattice(one) == layer_group_lattice(other);
            for (size_t i = 0; same && i < a.n; i++) {
                same = holds(&b, &a.operations[i]);
            }
            if (same) {
                fail_msg("%d and %d are the same", one, other);
            }
        }
    }
}

/* The mirror and glide planes, axes and their positions, of a few that are known. */
static void they_are_known_by_what_they_make_of_a_point(void **state) {
    (void)state;
    static const struct {
        int number;
        struct operation has;
    } want[] = {
        {5, {{{1, 0, 0}, {0, 1, 0}, {0, 0, -1}}, {0.5, 0, 0}}},
        {9, {{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}, {0.5, 0, 0}}},
        {12, {{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {0, 0.5, 0}}},
        {25, {{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {0.5, 0.5, 0}}},
        {46, {{{1, 0, 0}, {0, 1, 0}, {0, 0, -1}}, {0.5, 0.5, 0}}},
        {61, {{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}, {0, 0, 0}}},
        {80, {{{1, -1, 0}, {1, 0, 0}, {0, 0, -1}}, {0, 0, 0}}},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct setting setting;
        assert_true(layer_group_setting(want[i].number, &setting));
        assert_true(holds(&setting, &want[i].has));
    }
    struct setting none;
    assert_false(layer_group_setting(0, &none));
    assert_false(layer_group_setting(81, &none));
}

/* Where a group has inversion it is at the origin. */
static void inversion_is_at_the_origin(void **state) {
    (void)state;
    static const struct operation inversion = {{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}},
                                               {0, 0, 0}};
    for (int number = 1; number <= LAYER_GROUPS; number++) {
        struct setting setting;
        assert_true(layer_group_setting(number, &setting));
        bool inverts = false;
        for (size_t i = 0; i < setting.n; i++) {
            inverts |= memcmp(setting.operations[i].rotation, inversion.rotation,
                              sizeof inversion.rotation) == 0;
        }
        if (inverts != holds(&setting, &inversion)) {
            fail_msg("group %d", number);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_operation_moves_anything_along_z),
        cmocka_unit_test(each_is_a_group_of_the_order_that_its_symbol_says),
        cmocka_unit_test(no_two_are_the_same),
        cmocka_unit_test(they_are_known_by_what_they_make_of_a_point),
        cmocka_unit_test(inversion_is_at_the_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
