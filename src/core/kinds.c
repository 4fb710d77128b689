#include "core/kinds.h"

typedef struct {
    const char *group, *plural, *kind;
} known_kind;

/* The resources that Kubernetes serves itself, present and former groups. */
static const known_kind known[] = {
    { "", "bindings", "Binding" },
    { "", "componentstatuses", "ComponentStatus" },
    { "", "configmaps", "ConfigMap" },
    { "", "endpoints", "Endpoints" },
    { "", "events", "Event" },
    { "", "limitranges", "LimitRange" },
    { "", "namespaces", "Namespace" },
    { "", "nodes", "Node" },
    { "", "persistentvolumeclaims", "PersistentVolumeClaim" },
    { "", "persistentvolumes", "PersistentVolume" },
    { "", "pods", "Pod" },
    { "", "podtemplates", "PodTemplate" },
    { "", "replicationcontrollers", "ReplicationController" },
    { "", "resourcequotas", "ResourceQuota" },
    { "", "secrets", "Secret" },
    { "", "serviceaccounts", "ServiceAccount" },
    { "", "services", "Service" },
    { "admissionregistration.k8s.io", "mutatingadmissionpolicies",
      "MutatingAdmissionPolicy" },
    { "admissionregistration.k8s.io", "mutatingadmissionpolicybindings",
      "MutatingAdmissionPolicyBinding" },
    { "admissionregistration.k8s.io", "mutatingwebhookconfigurations",
      "MutatingWebhookConfiguration" },
    { "admissionregistration.k8s.io", "validatingadmissionpolicies",
      "ValidatingAdmissionPolicy" },
    { "admissionregistration.k8s.io", "validatingadmissionpolicybindings",
      "ValidatingAdmissionPolicyBinding" },
    { "admissionregistration.k8s.io", "validatingwebhookconfigurations",
      "ValidatingWebhookConfiguration" },
    { "apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition" },
    { "apiregistration.k8s.io", "apiservices", "APIService" },
    { "apps", "controllerrevisions", "ControllerRevision" },
    { "apps", "daemonsets", "DaemonSet" },
    { "apps", "deployments", "Deployment" },
    { "apps", "replicasets", "ReplicaSet" },
    { "apps", "statefulsets", "StatefulSet" },
    { "authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview" },
    { "authentication.k8s.io", "tokenreviews", "TokenReview" },
    { "authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview" },
    { "authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview" },
    { "authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview" },
    { "authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview" },
    { "autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler" },
    { "batch", "cronjobs", "CronJob" },
    { "batch", "jobs", "Job" },
    { "certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest" },
    { "certificates.k8s.io", "clustertrustbundles", "ClusterTrustBundle" },
    { "coordination.k8s.io", "leasecandidates", "LeaseCandidate" },
    { "coordination.k8s.io", "leases", "Lease" },
    { "discovery.k8s.io", "endpointslices", "EndpointSlice" },
    { "events.k8s.io", "events", "Event" },
    { "extensions", "ingresses", "Ingress" },
    { "flowcontrol.apiserver.k8s.io", "flowschemas", "FlowSchema" },
    { "flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations",
      "PriorityLevelConfiguration" },
    { "internal.apiserver.k8s.io", "storageversions", "StorageVersion" },
    { "metrics.k8s.io", "nodes", "NodeMetrics" },
    { "metrics.k8s.io", "pods", "PodMetrics" },
    { "networking.k8s.io", "ingressclasses", "IngressClass" },
    { "networking.k8s.io", "ingresses", "Ingress" },
    { "networking.k8s.io", "ipaddresses", "IPAddress" },
    { "networking.k8s.io", "networkpolicies", "NetworkPolicy" },
    { "networking.k8s.io", "servicecidrs", "ServiceCIDR" },
    { "node.k8s.io", "runtimeclasses", "RuntimeClass" },
    { "policy", "poddisruptionbudgets", "PodDisruptionBudget" },
    { "policy", "podsecuritypolicies", "PodSecurityPolicy" },
    { "rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding" },
    { "rbac.authorization.k8s.io", "clusterroles", "ClusterRole" },
    { "rbac.authorization.k8s.io", "rolebindings", "RoleBinding" },
    { "rbac.authorization.k8s.io", "roles", "Role" },
    { "resource.k8s.io", "deviceclasses", "DeviceClass" },
    { "resource.k8s.io", "resourceclaims", "ResourceClaim" },
    { "resource.k8s.io", "resourceclaimtemplates", "ResourceClaimTemplate" },
    { "resource.k8s.io", "resourceslices", "ResourceSlice" },
    { "scheduling.k8s.io", "priorityclasses", "PriorityClass" },
    { "storage.k8s.io", "csidrivers", "CSIDriver" },
    { "storage.k8s.io", "csinodes", "CSINode" },
    { "storage.k8s.io", "csistoragecapacities", "CSIStorageCapacity" },
    { "storage.k8s.io", "storageclasses", "StorageClass" },
    { "storage.k8s.io", "volumeattachments", "VolumeAttachment" },
    { "storage.k8s.io", "volumeattributesclasses", "VolumeAttributesClass" },
    { "storagemigration.k8s.io", "storageversionmigrations", "StorageVersionMigration" },
};

act_str act_kind_of(act_str group, act_str plural)
{
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_cstr(plural, known[i].plural) &&
            act_str_eq_cstr(group, known[i].group))
            return act_str_cstr(known[i].kind);
    return (act_str){ 0 };
}

act_str act_plural_of(act_str group, act_str kind)
{
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_cstr(kind, known[i].kind) && act_str_eq_cstr(group, known[i].group))
            return act_str_cstr(known[i].plural);
    return (act_str){ 0 };
}

bool act_kinds_have_group(act_str group)
{
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_cstr(group, known[i].group))
            return true;
    return false;
}

/* ---- from the record --------------------------------------------------------------- */

/* Kinds that carry or describe objects of every group. */
static bool is_envelope(act_str kind)
{
    static const char *const envelopes[] = { "Status", "Table", "List", "WatchEvent",
                                             "DeleteOptions" };
    for (size_t i = 0; i < ACT_COUNT(envelopes); i++)
        if (act_str_eq_cstr(kind, envelopes[i]))
            return true;
    return false;
}

static act_str kind_of_object(const act_audit_record *r, const char *member)
{
    const act_json *object = act_json_get(r->root, act_str_cstr(member));
    act_str kind = act_json_string(act_json_get(object, ACT_STR("kind")));
    act_str version = act_json_string(act_json_get(object, ACT_STR("apiVersion")));
    size_t slash = act_str_rfind_byte(version, '/');
    act_str group = { 0 };
    if (slash != SIZE_MAX)
        group = act_str_head(version, slash);
    if (!act_str_eq(group, r->api_group) || is_envelope(kind))
        return (act_str){ 0 };
    bool answers_list = act_str_eq(r->verb, ACT_STR("list")) ||
                        act_str_eq(r->verb, ACT_STR("deletecollection"));
    if (answers_list && act_str_ends(kind, ACT_STR("List")))
        kind.len -= sizeof "List" - 1;
    return kind;
}

act_str act_kind_of_audit(const act_audit_record *r)
{
    act_str kind = act_kind_of(r->api_group, r->resource);
    if (kind.len || !r->has_object)
        return kind;
    if (r->subresource.len && !act_str_eq(r->subresource, ACT_STR("status")))
        return kind;
    kind = kind_of_object(r, "responseObject");
    return kind.len ? kind : kind_of_object(r, "requestObject");
}
