#include "api/reindex_events.h"

#include "base/json_write.h"
#include "core/activity.h"
#include "core/identity.h"
#include "core/subject.h"
#include "pipeline/streams.h"

enum {
    NAME_MAX_BYTES = 253,
    UID_SIZE = 37,   /* with its NUL */
    NOTE_MAX = 1024, /* as Kubernetes has it */
};

#define SOURCE "reindexjob-controller" /* who tells */
#define NAMESPACE "default" /* Events about what is of the cluster are here, as kube's */

static const struct {
    const char *reason, *type;
} kinds[] = {
    [ACT_REINDEX_EVENT_QUEUED] = { "Queued", "Normal" },
    [ACT_REINDEX_EVENT_STARTED] = { "Started", "Normal" },
    [ACT_REINDEX_EVENT_SUCCEEDED] = { "Succeeded", "Normal" },
    [ACT_REINDEX_EVENT_FAILED] = { "Failed", "Warning" },
    [ACT_REINDEX_EVENT_TTL_EXPIRED] = { "TTLExpired", "Normal" },
};

/* An Event on its way into the log. */
typedef struct {
    enum act_reindex_event what;
    const act_reindex_subject *job;
    act_str note;
    char uid[UID_SIZE];
    char time[ACT_RFC3339_MAX];
    act_buf name, payload, subject, id;
} telling;

/* ---- names -------------------------------------------------------------------------- */

/* The same for the same job and reason; a uid of RFC 9562, version 8. */
static int make_uid(telling *t)
{
    uint8_t d[ACT_SHA256_SIZE];
    ACT_AUTO(act_sha256) h = NULL;
    const act_str parts[] = { ACT_STR(SOURCE), t->job->uid,
                              act_str_cstr(kinds[t->what].reason) };
    int r = act_sha256_new(&h);
    if (r)
        return r;
    act_sha256_parts(h, parts, ACT_COUNT(parts), d);
    d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
    d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
    (void)snprintf(t->uid, sizeof t->uid,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11],
                   d[12], d[13], d[14], d[15]);
    return 0;
}

/* JOB.HEX, in the order of what is told where times are the same: kubectl sorts by seconds,
 * and otherwise leaves lists as they come. A job's name may be one that no Event can have;
 * then its uid stands for it. */
static void make_name(telling *t)
{
    static const char form[] = "%.*s.%.*s%d";
    act_str of = act_str_head(t->job->uid, 8); /* up to its first hyphen */
    act_buf_printf(&t->name, form, ACT_STR_ARG(t->job->name), ACT_STR_ARG(of),
                   (int)t->what + 1);
    act_str name = act_buf_str(&t->name);
    if (name.len <= NAME_MAX_BYTES && act_str_is_subdomain(name))
        return;
    act_buf_clear(&t->name);
    act_buf_printf(&t->name, form, ACT_STR_ARG(t->job->uid), ACT_STR_ARG(of),
                   (int)t->what + 1);
}

/* ---- the message -------------------------------------------------------------------- */

static void write_metadata(const telling *t, act_json_writer *w)
{
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_object(w);
    act_jw_kv_string(w, "name", act_buf_str(&t->name));
    act_jw_kv_string(w, "namespace", ACT_STR(NAMESPACE));
    act_jw_kv_string(w, "uid", act_str_cstr(t->uid));
    act_jw_kv_string(w, "creationTimestamp", act_str_cstr(t->time));
    act_jw_object_end(w);
}

static void write_regarding(const telling *t, act_json_writer *w)
{
    char revision[24];
    int len = snprintf(revision, sizeof revision, "%lld", (long long)t->job->revision);
    act_jw_key(w, ACT_STR("regarding"));
    act_jw_object(w);
    act_jw_kv_string(w, "kind", ACT_STR("ReindexJob"));
    act_jw_kv_string(w, "name", t->job->name);
    act_jw_kv_string(w, "uid", t->job->uid);
    act_jw_kv_string(w, "apiVersion", ACT_STR(ACT_GROUP_VERSION));
    act_jw_kv_string(w, "resourceVersion", act_str_from(revision, (size_t)len));
    act_jw_object_end(w);
}

/* events.k8s.io/v1, with what kube's older recorder fills in: kubectl shows that. */
static void write_event(telling *t)
{
    act_json_writer w = act_json_writer_on(&t->payload);
    act_str note = act_str_head(t->note, NOTE_MAX);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Event"));
    act_jw_kv_string(&w, "apiVersion", ACT_STR("events.k8s.io/v1"));
    write_metadata(t, &w);
    act_jw_kv_string(&w, "reason", act_str_cstr(kinds[t->what].reason));
    act_jw_kv_string(&w, "type", act_str_cstr(kinds[t->what].type));
    act_jw_kv_string(&w, "note", act_str_head(note, act_str_utf8_prefix(note)));
    act_jw_kv_string(&w, "reportingController", ACT_STR(SOURCE));
    write_regarding(t, &w);
    act_jw_kv_raw(&w, "deprecatedSource", ACT_STR("{\"component\":\"" SOURCE "\"}"));
    act_jw_kv_string(&w, "deprecatedFirstTimestamp", act_str_cstr(t->time));
    act_jw_kv_string(&w, "deprecatedLastTimestamp", act_str_cstr(t->time));
    act_jw_kv_i64(&w, "deprecatedCount", 1);
    act_jw_object_end(&w);
}

/* The id is that of a new Event of this name (events_write.c). */
static void write_address(telling *t)
{
    const act_scope platform = { .type = ACT_SCOPE_PLATFORM };
    act_str name = act_buf_str(&t->name);
    const act_subject_event of = { .tenant = platform,
                                   .group = ACT_STR(ACT_API_GROUP),
                                   .kind = ACT_STR("ReindexJob"),
                                   .ns = ACT_STR(NAMESPACE),
                                   .name = name };
    act_subject_of_event(&t->subject, &of);
    act_buf_printf(&t->id, "new/%.*s//" NAMESPACE "/%.*s/0",
                   ACT_STR_ARG(act_scope_type_name(platform.type)), ACT_STR_ARG(name));
}

static int publish(telling *t, act_broker *broker, act_err *reterr)
{
    int r = make_uid(t);
    if (r)
        return r;
    make_name(t);
    write_event(t);
    write_address(t);
    const act_buf *all[] = { &t->name, &t->payload, &t->subject, &t->id };
    for (size_t i = 0; i < ACT_COUNT(all); i++)
        if (act_buf_err(all[i]))
            return act_buf_err(all[i]);
    const act_message m = { .subject = act_buf_str(&t->subject),
                            .id = act_buf_str(&t->id),
                            .payload = act_buf_str(&t->payload) };
    return act_broker_publish(broker, ACT_STR(ACT_STREAM_EVENTS), &m, 1, NULL, reterr);
}

void act_reindex_tell(const act_reindex_teller *t, enum act_reindex_event what,
                      const act_reindex_subject *job, act_str note, int64_t now_ns)
{
    telling e = { .what = what,
                  .job = job,
                  .note = note,
                  .name = ACT_BUF_INIT,
                  .payload = ACT_BUF_INIT,
                  .subject = ACT_BUF_INIT,
                  .id = ACT_BUF_INIT };
    act_err err = ACT_ERR_INIT;
    e.time[act_rfc3339_format(now_ns, 0, e.time)] = '\0';
    int r = publish(&e, t->broker, &err);
    if (r) {
        act_counter_add(act_metrics_counter(t->metrics,
                                            "activity_reindex_events_failed_total",
                                            "Events about reindex jobs that the log did "
                                            "not take.",
                                            NULL),
                        1);
        act_warn(t->log, "an Event about a reindex job cannot be written",
                 ACT_F_STR("job", job->name), ACT_F_CSTR("reason", kinds[what].reason),
                 ACT_F_ERR(r), ACT_F_CSTR("detail", err.text));
    }
    act_buf_done(&e.name);
    act_buf_done(&e.payload);
    act_buf_done(&e.subject);
    act_buf_done(&e.id);
}
