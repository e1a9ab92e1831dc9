/* A program whose standard input and output lead to a server. */
#pragma once

#include <crystalmath/client.h>

#include <stdbool.h>

struct proxy;

/* 0, CM_E_INVALID (no name, no word) or CM_E_NO_MEMORY. */
int proxy_new(struct proxy **out, const char *name, const char *const *argv);
/* Ends the program. Accepts NULL, returns NULL. */
struct proxy *proxy_free(struct proxy *proxy);

/* What it leads to, as the caller calls it. */
const char *proxy_name(const struct proxy *proxy);

/* Run the program, with its other end as the client's connection. 0, CM_E_START_FAILED,
 * CM_E_SYSTEM or CM_E_NO_MEMORY. */
int proxy_connect(struct proxy *proxy, struct cm_client *client,
                  struct cm_error **error);

/* Drop what came before the first frame: a shell's greeting. 0, or CM_E_PROTOCOL with
 * the connection ended when there is no end of it. */
int proxy_skip_noise(struct proxy *proxy, struct cm_client *client,
                     struct cm_error **error);

/* Whether no server has answered through it yet. */
bool proxy_is_unheard(const struct proxy *proxy);
/* End the connection of a program that ended, or said nothing, before a server had
 * answered: CM_E_START_FAILED, CM_E_TIMEOUT, with its last words. */
int proxy_ended(struct proxy *proxy, struct cm_client *client, struct cm_error **error);
/* The error once more. */
int proxy_why(const struct proxy *proxy, struct cm_error **error);
int proxy_silent(struct proxy *proxy, struct cm_client *client, int limit_ms,
                 struct cm_error **error);

/* The program of a connection that stays goes from one to the other; `to` may be NULL:
 * it then ends by itself with the connection. */
void proxy_hand_over(struct proxy *from, struct proxy *to);
