/* The table of methods as an OpenRPC document (https://spec.open-rpc.org), made from
 * the entries that calls are checked against. What OpenRPC has no words for -
 * notifications, codes of errors, limits - is in members that begin with x-. The
 * protocol's manual page is made from this document. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/cleanup.h"
#include "rpc/frame.h"
#include "rpc/json_scan.h"
#include "server/hub.h"
#include "server/server.h"

#include <errno.h>

/* Append; the array may be NULL already. Consumes both; NULL when memory runs out. */
static json_t *append(json_t *array, json_t *value) {
    if (json_array_append_new(array, value) < 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *schema_of_param(const struct param *param) {
    switch (param->type) {
    case PARAM_STRING:
        return json_pack("{s:s}", "type", "string");
    case PARAM_INTEGER:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
                         (json_int_t)param->min, "maximum", (json_int_t)param->max);
    case PARAM_NUMBER:
        return json_pack("{s:s}", "type", "number");
    case PARAM_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case PARAM_OBJECT:
        return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties",
                         "type", "string");
    case PARAM_STRINGS:
        return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string");
    case PARAM_INTEGERS:
        return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "integer");
    case PARAM_STRING_OR_STRINGS:
        return json_pack("{s:[{s:s}, {s:s, s:{s:s}}]}", "oneOf", "type", "string",
                         "type", "array", "items", "type", "string");
    case PARAM_OBJECTS:
        return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "object");
    }
    return NULL;
}

static json_t *params_of(const struct method *method) {
    json_t *params = json_array();
    for (size_t i = 0; i < method->n_params; i++) {
        const struct param *param = &method->params[i];
        params = append(params, json_pack("{s:s, s:s, s:b, s:o}", "name", param->name,
                                          "description", param->text, "required",
                                          (int)param->required, "schema",
                                          schema_of_param(param)));
    }
    return params;
}

static json_t *reference_to(const struct shape *shape) {
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", shape->name);
}

static json_t *schema_of_member(const struct member *member) {
    json_t *schema = member->of ? reference_to(member->of)
                                : json_pack("{s:s}", "type", member->type);
    if (member->array) {
        schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
    }
    if (member->nullable) {
        schema = json_pack("{s:[o, {s:s}]}", "oneOf", schema, "type", "null");
    }
    return schema;
}

/* The members of a shape by name, in their order. */
static json_t *properties_of(const struct shape *shape) {
    _cleanup_json_ json_t *properties = json_object();
    for (size_t i = 0; properties && i < shape->n_members; i++) {
        const struct member *member = &shape->members[i];
        json_t *schema = schema_of_member(member);
        json_t *text = json_string(member->text);
        if (json_object_set_new(schema, "description", text) < 0 ||
            json_object_set_new(properties, member->name, schema) < 0) {
            return NULL;
        }
    }
    return TAKE_PTR(properties);
}

static json_t *schema_of_shape(const struct shape *shape) {
    json_t *schema =
        json_pack("{s:s, s:o}", "type", "object", "properties", properties_of(shape));
    return shape->base
               ? json_pack("{s:[o, o]}", "allOf", reference_to(shape->base), schema)
               : schema;
}

static json_t *result_of(const struct shape *shape) {
    return json_pack("{s:s, s:s, s:o}", "name", shape->name ? shape->name : "result",
                     "description", shape->text, "schema",
                     shape->name ? reference_to(shape) : schema_of_shape(shape));
}

static json_t *methods_json(void) {
    json_t *methods = json_array();
    const struct method *method = NULL;
    for (size_t i = 0; (method = method_at(i)); i++) {
        methods =
            append(methods, json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", method->name,
                                      "summary", method->text, "paramStructure",
                                      "either", "params", params_of(method), "result",
                                      result_of(method->result)));
    }
    return methods;
}

static json_t *notifications_json(void) {
    json_t *array = json_array();
    for (size_t i = 0; i < notifications_count; i++) {
        const struct notification *one = &notifications[i];
        array =
            append(array, json_pack("{s:s, s:s, s:o}", "name", one->name, "summary",
                                    one->text, "params", schema_of_shape(one->params)));
    }
    return array;
}

static json_t *schemas_json(void) {
    static const struct shape *const shared[] = {
        &shape_job,      &shape_progress, &shape_change,    &shape_dependency,
        &shape_counts,   &shape_setting,  &shape_file,      &shape_kept,
        &shape_refusal,  &shape_queued,   &shape_cluster,   &shape_check,
        &shape_forecast, &shape_tasks,    &shape_task_group};
    _cleanup_json_ json_t *schemas = json_object();
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        json_t *schema = schema_of_shape(shared[i]);
        json_t *text = json_string(shared[i]->text);
        if (json_object_set_new(schema, "description", text) < 0 ||
            json_object_set_new(schemas, shared[i]->name, schema) < 0) {
            return NULL;
        }
    }
    return TAKE_PTR(schemas);
}

static json_t *errors_json(void) {
    static const struct {
        enum rpc_code code;
        const char *text;
    } errors[] = {
        {RPC_PARSE_ERROR, "the body is no JSON, or the frame is malformed"},
        {RPC_INVALID_REQUEST, "the JSON is no request"},
        {RPC_METHOD_NOT_FOUND, "there is no such method"},
        {RPC_INVALID_PARAMS,
         "the parameters are wrong; for an input file, data has file and line"},
        {RPC_INTERNAL_ERROR, "internal error; the server's log has more"},
        {RPC_SERVER_ERROR,
         "the server cannot do this; the message says why and what to do"},
        {RPC_DATABASE_ERROR, "the database failed"},
        {RPC_SSH_ERROR, "ssh failed"},
        {RPC_SLURM_ERROR, "Slurm failed"},
    };
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        array = append(array, json_pack("{s:i, s:s}", "code", (int)errors[i].code,
                                        "description", errors[i].text));
    }
    return array;
}

static json_t *limits_json(void) {
    static const struct {
        const char *name;
        size_t value;
        const char *text;
    } limits[] = {
        {"body_bytes", FRAME_BODY_MAX, "of one message"},
        {"depth", JSON_SCAN_DEPTH_MAX, "of objects and arrays inside one another"},
        {"header_bytes", FRAME_HEADER_MAX, "before a body"},
        {"buffered_bytes", SERVER_BUFFERED_MAX,
         "unfinished messages and unread answers of all connections"},
        {"subscriptions", HUB_SUBSCRIPTIONS_MAX, "of one connection"},
        {"subscription_jobs", HUB_JOBS_MAX, "that one subscription names"},
    };
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        array = append(array, json_pack("{s:s, s:I, s:s}", "name", limits[i].name,
                                        "value", (json_int_t)limits[i].value,
                                        "description", limits[i].text));
    }
    return array;
}

json_t *discover_document(void) {
    return json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:o}, s:o, s:o, s:o}", "openrpc",
                     "1.2.6", "info", "title", "crystalmath-server", "version",
                     CRYSTALMATH_VERSION, "methods", methods_json(), "components",
                     "schemas", schemas_json(), "x-notifications", notifications_json(),
                     "x-errors", errors_json(), "x-limits", limits_json());
}

int method_rpc_discover(struct request *request) {
    request->result = discover_document();
    return request->result ? 0 : -ENOMEM;
}
