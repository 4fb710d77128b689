/** @file
 *  For backends alone: the functions behind registry.h, called with checked arguments. */
#ifndef ACT_REGISTRY_BACKEND_H
#define ACT_REGISTRY_BACKEND_H

#include "registry/registry.h"

/** One function for each of registry.h, with the same contract. Before a call, registry.c
 *  has checked keys, values and numbers. */
typedef struct {
    int (*revision)(act_registry *r, int64_t *ret);
    int (*get)(act_registry *r, act_str key, act_arena *a, act_entry *ret);
    int (*list)(act_registry *r, const act_list_options *options, act_arena *a,
                act_list_result *ret);
    int (*create)(act_registry *r, act_str key, act_str value, int64_t *ret_revision);
    int (*update)(act_registry *r, act_str key, act_str value, int64_t expected,
                  int64_t *ret_revision);
    int (*remove)(act_registry *r, act_str key, int64_t expected, int64_t *ret_revision);
    int (*watch_open)(act_registry *r, act_str prefix, int64_t after,
                      act_registry_watch **ret);
    int (*watch_next)(act_registry_watch *w, size_t max, int64_t wait_ns, act_arena *a,
                      const act_registry_event **ret, size_t *ret_n, int64_t *ret_revision);
    void (*watch_close)(act_registry_watch *w);
    int (*compact)(act_registry *r, int64_t revision);
    int (*ping)(act_registry *r);
    void (*stop)(act_registry *r);
    void (*free)(act_registry *r);
} act_registry_ops;

/* A backend's own structs begin with these. */
struct act_registry {
    const act_registry_ops *ops;
};
struct act_registry_watch {
    const act_registry_ops *ops;
};

#endif
