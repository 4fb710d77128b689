/** @file
 *  What a served resource is: its names, its verbs, its place in the URL space. */
#ifndef ACT_KUBE_RESOURCE_H
#define ACT_KUBE_RESOURCE_H

#include "base/str.h"

/* In the order in which discovery lists them. */
#define ACT_KUBE_VERBS(X)                                                                  \
    X(CREATE, "create")                                                                    \
    X(DELETE, "delete")                                                                    \
    X(DELETECOLLECTION, "deletecollection")                                                \
    X(GET, "get")                                                                          \
    X(LIST, "list")                                                                        \
    X(PATCH, "patch")                                                                      \
    X(UPDATE, "update")                                                                    \
    X(WATCH, "watch")

enum act_kube_verb {
#define ACT_KUBE_VERB_ENUM(name, text) ACT_KUBE_VERB_##name,
    ACT_KUBE_VERBS(ACT_KUBE_VERB_ENUM)
#undef ACT_KUBE_VERB_ENUM
        ACT_KUBE_VERB_COUNT,
};
#define ACT_KUBE_CAN(verb) (1u << ACT_KUBE_VERB_##verb)

const char *act_kube_verb_name(enum act_kube_verb verb);

/** One resource or subresource ("activitypolicies/status"). Constant tables. */
typedef struct {
    const char *group; /**< "" for core */
    const char *version;
    const char *plural;
    const char *subresource; /**< NULL for the resource itself */
    const char *singular;    /**< "" for subresources */
    const char *kind;
    bool namespaced;
    unsigned verbs; /**< ACT_KUBE_CAN(...) or-ed */
} act_kube_resource;

/** All that a server offers. The tables outlive whoever uses them. */
typedef struct {
    const act_kube_resource *items;
    size_t n;
} act_kube_resources;

/** The entry with these names (@subresource empty: the resource itself), or NULL. */
const act_kube_resource *act_kube_resource_find(const act_kube_resources *all,
                                                act_str group, act_str version,
                                                act_str plural, act_str subresource)
    ACT_NONNULL(1);

/** "group/version", or "version" in the core group, as apiVersion says it. */
size_t act_kube_group_version(const act_kube_resource *r, char *out, size_t size)
    ACT_NONNULL(1, 2);

/** What a URL asks for. Views of the path's segments. */
typedef struct {
    enum {
        ACT_KUBE_PATH_OTHER,    /**< not an API path: /livez, /metrics, ... */
        ACT_KUBE_PATH_API,      /**< /api */
        ACT_KUBE_PATH_APIS,     /**< /apis */
        ACT_KUBE_PATH_GROUP,    /**< /apis/GROUP */
        ACT_KUBE_PATH_VERSION,  /**< /api/v1, /apis/GROUP/VERSION */
        ACT_KUBE_PATH_RESOURCE, /**< below a version */
    } path;
    act_str group;
    act_str version;
    act_str ns; /**< empty: all, or cluster-scoped */
    act_str plural;
    act_str name; /**< empty: the collection */
    act_str subresource;
    bool watch_prefix; /**< the old /watch/ form */
    bool too_deep;     /**< segments behind a subresource: names nothing */
} act_kube_target;

/** Read a path from its decoded segments (k8s.io/apiserver RequestInfo). */
act_kube_target act_kube_target_of(const act_str *segments, size_t n);

/** The verb of a request: method, and whether it names one object and asks to watch (which
 *  means nothing for one object, but for the old /watch/ form). False for methods that no
 *  API has. */
bool act_kube_verb_of(act_str method, const act_kube_target *t, bool watch,
                      enum act_kube_verb *ret) ACT_NONNULL(2, 4);

#endif
