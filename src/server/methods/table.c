/* The one table of methods, and its description as an OpenRPC document
 * (https://spec.open-rpc.org), made from the same entries that calls are checked
 * against. */
#include "server/methods/methods.h"

#include "server/job_json.h"

#include <errno.h>
#include <string.h>

const struct method *method_at(size_t index) {
    if (index < methods_system_count) {
        return &methods_system[index];
    }
    index -= methods_system_count;
    return index < methods_jobs_count ? &methods_jobs[index] : NULL;
}

const struct method *method_find(const char *name) {
    for (size_t i = 0;; i++) {
        const struct method *method = method_at(i);
        if (!method || strcmp(method->name, name) == 0) {
            return method;
        }
    }
}

static json_t *schema_of(const struct param *param) {
    switch (param->type) {
    case PARAM_STRING:
        return json_pack("{s:s}", "type", "string");
    case PARAM_INTEGER:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
                         (json_int_t)param->min, "maximum", (json_int_t)param->max);
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
    }
    return NULL;
}

static json_t *params_of(const struct method *method) {
    json_t *params = json_array();
    for (size_t i = 0; params && i < method->n_params; i++) {
        const struct param *param = &method->params[i];
        json_t *one = json_pack("{s:s, s:s, s:b, s:o}", "name", param->name,
                                "description", param->text, "required",
                                (int)param->required, "schema", schema_of(param));
        if (!one || json_array_append_new(params, one) < 0) {
            json_decref(params);
            return NULL;
        }
    }
    return params;
}

int method_rpc_discover(struct request *request) {
    _cleanup_json_ json_t *methods = json_array();
    for (size_t i = 0; methods; i++) {
        const struct method *method = method_at(i);
        if (!method) {
            break;
        }
        json_t *one = json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:s, s:{}}}", "name",
                                method->name, "summary", method->text, "paramStructure",
                                "either", "params", params_of(method), "result", "name",
                                "result", "description", method->result, "schema");
        if (!one || json_array_append_new(methods, one) < 0) {
            return -ENOMEM;
        }
    }
    request->result = json_pack("{s:s, s:{s:s, s:s}, s:O}", "openrpc", "1.2.6", "info",
                                "title", "crystalmath-server", "version",
                                CRYSTALMATH_VERSION, "methods", methods);
    return request->result ? 0 : -ENOMEM;
}
