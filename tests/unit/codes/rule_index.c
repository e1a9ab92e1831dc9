/* Rules by their first letter. */
#include "codes/rule_index.h"

#include "codes/line_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct rule {
    const char *prefix;
    int name;
};

static const struct rule first[] = {
    {"beta", 1}, {"alpha", 2}, {"b", 3}, {"\xff!", 4}, {NULL, 0}};
static const struct rule second[] = {{"bet", 5}, {"alpha", 6}, {"a", 7}, {NULL, 0}};

/* The names of the rules of a letter, and the tables that they are from. */
static void check(const struct rule_index *index, char letter, const char *names,
                  const char *tables) {
    size_t at = index->begin[(unsigned char)letter];
    size_t n = index->begin[(unsigned char)letter + 1] - at;
    assert_int_equal(n, strlen(names));
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = index->rules[at + i];
        assert_int_equal(rule->name, names[i] - '0');
        assert_int_equal(index->table[at + i], tables[i] - '0');
    }
}

static void rules_of_a_letter_keep_the_order_of_their_tables(void **state) {
    (void)state;
    struct rule_index index = {0};
    rule_index_add(&index, first, sizeof(*first));
    rule_index_add(&index, second, sizeof(*second));
    check(&index, 'a', "267", "122");
    check(&index, 'b', "135", "112");
    check(&index, '\xff', "4", "1");
    check(&index, 'c', "", "");
    check(&index, '\0', "", "");
}

static void a_prefix_stands_at_the_beginning_as_a_whole(void **state) {
    (void)state;
    const char *line = "total energy";
    assert_ptr_equal(line_behind(line, "total"), line + 5);
    assert_ptr_equal(line_behind(line, line), line + strlen(line));
    assert_null(line_behind(line, "otal"));
    assert_null(line_behind("tot", "total"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_a_letter_keep_the_order_of_their_tables),
        cmocka_unit_test(a_prefix_stands_at_the_beginning_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
