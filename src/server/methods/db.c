/* db.*: the database, as a file. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/backup.h"
#include "server/server.h"

static int db_backup(struct request *request) {
    struct errmsg msg = ERRMSG_NULL;
    const char *path = request_string(request, "path");
    if (path[0] != '/') {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: 'path' must be absolute");
    }
    int r = backup_start(request->server->backup, path,
                         request_boolean(request, "replace"), &msg);
    if (r == -ENOMEM) {
        return r;
    }
    if (r != 0) {
        return request_fail(request, RPC_SERVER_ERROR, "%s", msg.text);
    }
    request->result = backup_tell(request->server->backup);
    return request->result ? 0 : -ENOMEM;
}

static int db_backup_status(struct request *request) {
    request->result = backup_tell(request->server->backup);
    return request->result ? 0 : -ENOMEM;
}

static const struct param backup_params[] = {
    {.name = "path",
     .type = PARAM_STRING,
     .required = true,
     .text = "where the copy is to lie, an absolute path"},
    {.name = "replace",
     .type = PARAM_BOOLEAN,
     .text = "take the place of what lies there; default false"},
};

const struct method methods_db[] = {
    {.name = "db.backup",
     .text =
         "Begin to copy the database, as it is at the end of that, while the server "
         "works on.",
     .result = &result_backup,
     METHOD_PARAMS(backup_params),
     .run = db_backup},
    {.name = "db.backup_status",
     .text = "Tell how the last copy goes or went.",
     .result = &result_backup,
     .run = db_backup_status},
};
const size_t methods_db_count = sizeof methods_db / sizeof methods_db[0];
