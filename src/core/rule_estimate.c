#include "core/rule_estimate.h"

enum {
    RECORD_BYTES = 256 << 10,
    RECORD_ITEMS = 10000,
    WORD_BYTES = 256,     /* verbs, resources, uids, times, reasons */
    NAME_BYTES = 4 << 10, /* of a user, or all that names an object */
    NAME_ITEMS = 16,
    USER_BYTES = 32 << 10, /* with groups and extra */
    USER_ITEMS = 512,
    LINE_BYTES = 16 << 10, /* a URI or a message */
};

static const cel_size audit_sizes[] = {
    { "audit", RECORD_BYTES, RECORD_ITEMS },
    { "audit.auditID", WORD_BYTES, 0 },
    { "audit.stage", WORD_BYTES, 0 },
    { "audit.level", WORD_BYTES, 0 },
    { "audit.verb", WORD_BYTES, 0 },
    { "audit.requestURI", LINE_BYTES, 0 },
    { "audit.userAgent", LINE_BYTES, 0 },
    { "audit.sourceIPs", NAME_BYTES, NAME_ITEMS },
    { "audit.user", USER_BYTES, USER_ITEMS },
    { "audit.user.username", NAME_BYTES, 0 },
    { "audit.user.uid", NAME_BYTES, 0 },
    { "audit.impersonatedUser", USER_BYTES, USER_ITEMS },
    { "audit.impersonatedUser.username", NAME_BYTES, 0 },
    { "audit.objectRef", NAME_BYTES, NAME_ITEMS },
    { "audit.objectRef.resource", WORD_BYTES, 0 },
    { "audit.objectRef.subresource", WORD_BYTES, 0 },
    { "audit.objectRef.namespace", WORD_BYTES, 0 },
    { "audit.objectRef.name", WORD_BYTES, 0 },
    { "audit.objectRef.apiGroup", WORD_BYTES, 0 },
    { "audit.objectRef.apiVersion", WORD_BYTES, 0 },
    { "audit.objectRef.uid", WORD_BYTES, 0 },
    { "audit.responseStatus.reason", WORD_BYTES, 0 },
    { "audit.responseStatus.status", WORD_BYTES, 0 },
    { "audit.responseStatus.message", LINE_BYTES, 0 },
    { "audit.requestReceivedTimestamp", WORD_BYTES, 0 },
    { "audit.stageTimestamp", WORD_BYTES, 0 },
    { "actor", NAME_BYTES, 0 },
    { "actorRef", 2 * NAME_BYTES, NAME_ITEMS },
    { "kind", WORD_BYTES, 0 },
};

static const cel_size event_sizes[] = {
    { "event", RECORD_BYTES, RECORD_ITEMS },
    { "event.type", WORD_BYTES, 0 },
    { "event.reason", WORD_BYTES, 0 },
    { "event.action", WORD_BYTES, 0 },
    { "event.note", LINE_BYTES, 0 },
    { "event.message", LINE_BYTES, 0 },
    { "event.regarding", NAME_BYTES, NAME_ITEMS },
    { "event.related", NAME_BYTES, NAME_ITEMS },
    { "event.involvedObject", NAME_BYTES, NAME_ITEMS },
    { "event.reportingController", WORD_BYTES, 0 },
    { "event.reportingInstance", WORD_BYTES, 0 },
    { "event.source", NAME_BYTES, NAME_ITEMS },
    { "actor", NAME_BYTES, 0 },
    { "actorRef", 2 * NAME_BYTES, NAME_ITEMS },
};

int act_rule_estimate(enum act_rule_kind kind, const cel_program *p, uint64_t *ret)
{
    return kind == ACT_RULE_AUDIT
               ? cel_estimate(p, audit_sizes, ACT_COUNT(audit_sizes), ret)
               : cel_estimate(p, event_sizes, ACT_COUNT(event_sizes), ret);
}

const char *act_rule_estimate_text(uint64_t units, char room[ACT_RULE_ESTIMATE_TEXT_MAX])
{
    char number[32] = "more than 10^18";
    if (units < UINT64_MAX)
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)units);
    (void)snprintf(room, ACT_RULE_ESTIMATE_TEXT_MAX,
                   "estimated cost is %s units on a large record, the limit is %d; nested "
                   "loops over lists and searches in long texts cost most",
                   number, ACT_RULE_ESTIMATE_MAX);
    return room;
}
