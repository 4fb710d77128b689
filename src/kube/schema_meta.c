/* Schemas of what all objects have: plain values and metadata. */
#include "kube/schema.h"

const act_schema act_schema_string = { .type = ACT_SCHEMA_STRING };
const act_schema act_schema_int32 = { .type = ACT_SCHEMA_INT32 };
const act_schema act_schema_int64 = { .type = ACT_SCHEMA_INT64 };
const act_schema act_schema_bool = { .type = ACT_SCHEMA_BOOL };
const act_schema act_schema_time = { .type = ACT_SCHEMA_TIME };
const act_schema act_schema_any = { .type = ACT_SCHEMA_ANY };
const act_schema act_schema_strings = { .type = ACT_SCHEMA_LIST,
                                        .items = &act_schema_string };
const act_schema act_schema_string_map = { .type = ACT_SCHEMA_MAP,
                                           .items = &act_schema_string };

static const act_schema_field owner_fields[] = {
    { "apiVersion", &act_schema_string, "API version of the owner.", true },
    { "blockOwnerDeletion", &act_schema_bool, "Whether the owner waits for this object.",
      false },
    { "controller", &act_schema_bool, "Whether the owner is the managing controller.",
      false },
    { "kind", &act_schema_string, "Kind of the owner.", true },
    { "name", &act_schema_string, "Name of the owner.", true },
    { "uid", &act_schema_string, "UID of the owner.", true },
};
static const act_schema owner = { .type = ACT_SCHEMA_OBJECT,
                                  .name =
                                      "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
                                  .doc = "An object that this one belongs to.",
                                  .is_atomic = true,
                                  .fields = owner_fields,
                                  .n_fields = ACT_COUNT(owner_fields) };
static const act_schema owners = {
    .type = ACT_SCHEMA_LIST, .items = &owner, .list_key = "uid", .patch_merges = true
};
static const act_schema finalizers = { .type = ACT_SCHEMA_LIST,
                                       .items = &act_schema_string,
                                       .is_set = true,
                                       .patch_merges = true };

static const act_schema_field managed_fields[] = {
    { "apiVersion", &act_schema_string, "Version of the fields' form.", false },
    { "fieldsType", &act_schema_string, "Always FieldsV1.", false },
    { "fieldsV1", &act_schema_any, "The fields that this manager owns.", false },
    { "manager", &act_schema_string, "Who manages the fields.", false },
    { "operation", &act_schema_string, "Apply or Update.", false },
    { "subresource", &act_schema_string, "The subresource written to.", false },
    { "time", &act_schema_time, "When the entry last changed.", false },
};
static const act_schema managed = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
    .doc = "Who manages which fields.",
    .fields = managed_fields,
    .n_fields = ACT_COUNT(managed_fields)
};
static const act_schema managed_list = { .type = ACT_SCHEMA_LIST, .items = &managed };

static const act_schema_field meta_fields[] = {
    { "annotations", &act_schema_string_map, "Free metadata of tools.", false },
    { "creationTimestamp", &act_schema_time, "When the server created the object.", false },
    { "deletionGracePeriodSeconds", &act_schema_int64, "Read only.", false },
    { "deletionTimestamp", &act_schema_time, "When deletion was asked for.", false },
    { "finalizers", &finalizers, "Who must agree before the object goes.", false },
    { "generateName", &act_schema_string, "Prefix of a name that the server makes.",
      false },
    { "generation", &act_schema_int64, "Counts the changes of the spec.", false },
    { "labels", &act_schema_string_map, "What selectors select by.", false },
    { "managedFields", &managed_list, "Who manages which fields.", false },
    { "name", &act_schema_string, "The name, once for the kind (in its namespace).",
      false },
    { "namespace", &act_schema_string, "The namespace of the name.", false },
    { "ownerReferences", &owners, "Objects that this one belongs to.", false },
    { "resourceVersion", &act_schema_string, "Version of the whole object, opaque.",
      false },
    { "selfLink", &act_schema_string, "Not used any more.", false },
    { "uid", &act_schema_string, "Unique in time and space.", false },
};
const act_schema act_schema_object_meta = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    .doc = "Metadata that every object has.",
    .fields = meta_fields,
    .n_fields = ACT_COUNT(meta_fields)
};

static const act_schema_field list_meta_fields[] = {
    { "continue", &act_schema_string, "Token of the next page.", false },
    { "remainingItemCount", &act_schema_int64, "Items after this page.", false },
    { "resourceVersion", &act_schema_string, "Version from which to watch.", false },
    { "selfLink", &act_schema_string, "Not used any more.", false },
};
const act_schema act_schema_list_meta = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
    .doc = "Metadata of a list.",
    .fields = list_meta_fields,
    .n_fields = ACT_COUNT(list_meta_fields)
};

static const char *const truths[] = { "True", "False", "Unknown", NULL };
static const act_schema truth = { .type = ACT_SCHEMA_STRING, .values = truths };

static const act_schema_field condition_fields[] = {
    { "lastTransitionTime", &act_schema_time, "When the status last changed.", true },
    { "message", &act_schema_string, "A sentence for people.", true },
    { "observedGeneration", &act_schema_int64, "The generation that this is about.",
      false },
    { "reason", &act_schema_string, "A word for programs.", true },
    { "status", &truth, "Whether it holds.", true },
    { "type", &act_schema_string, "What the condition is about.", true },
};
static const act_schema condition = { .type = ACT_SCHEMA_OBJECT,
                                      .name =
                                          "io.k8s.apimachinery.pkg.apis.meta.v1.Condition",
                                      .doc = "One aspect of the state of an object.",
                                      .fields = condition_fields,
                                      .n_fields = ACT_COUNT(condition_fields) };
const act_schema act_schema_conditions = { .type = ACT_SCHEMA_LIST,
                                           .items = &condition,
                                           .list_key = "type" };

static const act_schema_field cause_fields[] = {
    { "field", &act_schema_string, "Path of the field, in the object or the request.",
      false },
    { "message", &act_schema_string, "What is wrong, for people.", false },
    { "reason", &act_schema_string, "What is wrong, for programs.", false },
};
static const act_schema cause = { .type = ACT_SCHEMA_OBJECT,
                                  .name =
                                      "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause",
                                  .doc = "One thing that is wrong with a request.",
                                  .fields = cause_fields,
                                  .n_fields = ACT_COUNT(cause_fields) };
static const act_schema causes = { .type = ACT_SCHEMA_LIST, .items = &cause };

static const act_schema_field details_fields[] = {
    { "causes", &causes, "All that is wrong.", false },
    { "group", &act_schema_string, "API group of the object.", false },
    { "kind", &act_schema_string, "Kind or resource of the object.", false },
    { "name", &act_schema_string, "Name of the object.", false },
    { "retryAfterSeconds", &act_schema_int32, "When to try again.", false },
    { "uid", &act_schema_string, "UID of the object.", false },
};
static const act_schema details = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails",
    .doc = "About what a Status is.",
    .fields = details_fields,
    .n_fields = ACT_COUNT(details_fields)
};

static const act_schema_field status_fields[] = {
    { "apiVersion", &act_schema_string, "v1.", false },
    { "code", &act_schema_int32, "The HTTP code.", false },
    { "details", &details, "About what it is.", false },
    { "kind", &act_schema_string, "Status.", false },
    { "message", &act_schema_string, "What happened, for people.", false },
    { "metadata", &act_schema_list_meta, "Of no use but for expired lists.", false },
    { "reason", &act_schema_string, "What happened, for programs.", false },
    { "status", &act_schema_string, "Success or Failure.", false },
};
const act_schema act_schema_status = { .type = ACT_SCHEMA_OBJECT,
                                       .name =
                                           "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
                                       .doc = "What became of a request.",
                                       .fields = status_fields,
                                       .n_fields = ACT_COUNT(status_fields) };

static const act_schema_field precondition_fields[] = {
    { "resourceVersion", &act_schema_string, "Delete only this version.", false },
    { "uid", &act_schema_string, "Delete only this object.", false },
};
static const act_schema preconditions = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions",
    .doc = "What must hold for an object to be deleted.",
    .fields = precondition_fields,
    .n_fields = ACT_COUNT(precondition_fields)
};

static const char *const policies[] = { "Orphan", "Background", "Foreground", NULL };
static const act_schema policy = { .type = ACT_SCHEMA_STRING, .values = policies };

static const act_schema_field delete_fields[] = {
    { "apiVersion", &act_schema_string, "Version of these options.", false },
    { "dryRun", &act_schema_strings, "All: check, and delete nothing.", false },
    { "gracePeriodSeconds", &act_schema_int64, "Of no meaning here.", false },
    { "kind", &act_schema_string, "DeleteOptions.", false },
    { "orphanDependents", &act_schema_bool, "Outdated; see propagationPolicy.", false },
    { "preconditions", &preconditions, "What must hold.", false },
    { "propagationPolicy", &policy, "What becomes of objects that this one owns.", false },
};
const act_schema act_schema_delete_options = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    .doc = "How to delete.",
    .fields = delete_fields,
    .n_fields = ACT_COUNT(delete_fields)
};

const act_schema act_schema_patch = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    .doc = "A patch, in the form that Content-Type says; or an object to apply."
};
