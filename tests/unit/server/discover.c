/* The table of methods, told as a document. What the server sends is compared with it
 * in tests/e2e/test_discover.py. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_method_is_told_with_its_parameters_in_order(void **state) {
    (void)state;
    json_auto_t *document = discover_document();
    const json_t *methods = json_object_get(document, "methods");
    size_t n = 0;
    for (const struct method *method; (method = method_at(n)); n++) {
        const json_t *told = json_array_get(methods, n);
        const json_t *params = json_object_get(told, "params");
        assert_string_equal(json_string_value(json_object_get(told, "name")),
                            method->name);
        assert_int_equal(json_array_size(params), method->n_params);
        for (size_t i = 0; i < method->n_params; i++) {
            const json_t *param = json_array_get(params, i);
            assert_string_equal(json_string_value(json_object_get(param, "name")),
                                method->params[i].name);
            assert_int_equal(json_is_true(json_object_get(param, "required")),
                             method->params[i].required);
        }
    }
    assert_true(n > 0);
    assert_int_equal(json_array_size(methods), n);
}

/* Every "$ref" below `json` names one of the schemas; how many there were. */
static size_t check_references(json_t *json, const json_t *schemas) {
    static const char place[] = "#/components/schemas/";
    size_t n = 0;
    size_t i = 0;
    const char *key = NULL;
    json_t *member = NULL;
    json_object_foreach(json, key, member) {
        const char *to = strcmp(key, "$ref") == 0 ? json_string_value(member) : NULL;
        if (to) {
            assert_memory_equal(to, place, sizeof place - 1);
            assert_non_null(json_object_get(schemas, to + sizeof place - 1));
            n++;
        }
        n += check_references(member, schemas);
    }
    json_array_foreach(json, i, member) {
        n += check_references(member, schemas);
    }
    return n;
}

static void every_object_that_is_named_is_told(void **state) {
    (void)state;
    json_auto_t *document = discover_document();
    const json_t *components = json_object_get(document, "components");
    const json_t *schemas = json_object_get(components, "schemas");
    assert_true(check_references(document, schemas) > 0);
}

static void check_members(const struct shape *shape) {
    static const char *const types[] = {"string", "integer", "number", "boolean",
                                        "object"};
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct member *member = &shape->members[i];
        size_t known = 0;
        for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
            known += strcmp(types[t], member->type) == 0;
        }
        assert_int_equal(known, 1);
        assert_true(member->text && *member->text);
        if (member->of) {
            assert_string_equal(member->type, "object");
            check_members(member->of);
        }
    }
}

static void every_member_has_a_type_of_json_and_a_text(void **state) {
    (void)state;
    for (size_t i = 0; method_at(i); i++) {
        check_members(method_at(i)->result);
    }
    for (size_t i = 0; i < notifications_count; i++) {
        check_members(notifications[i].params);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_is_told_with_its_parameters_in_order),
        cmocka_unit_test(every_object_that_is_named_is_told),
        cmocka_unit_test(every_member_has_a_type_of_json_and_a_text),
    };
    return cmocka_run_group_tests_name("server: discover", tests, NULL, NULL);
}
