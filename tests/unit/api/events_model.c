#include "unit/api/events_model.h"

enum { NAMES = 12, STEPS = 160, LOOK_EVERY = 20 };

#define CORE "/api/v1/namespaces/shop/events"
#define V1 "/apis/events.k8s.io/v1/namespaces/shop/events"

static test_api *t;
static void (*settle_all)(void);
static char bases[2][96];

/* What is known of one Event; not there: count 0. */
typedef struct {
    int count;
    char version[32], uid[64], reason[16];
} model;
static model events[NAMES], watched[NAMES];

static uint64_t dice = 0x2545f4914f6cdd1d;

static unsigned roll(unsigned n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % n);
}

static void use_any_server(void)
{
    (void)snprintf(t->base, sizeof t->base, "%s", bases[roll(2)]);
}

/* ---- writes ------------------------------------------------------------------------- */

static void remember(model *m)
{
    (void)snprintf(m->version, sizeof m->version, "%s",
                   api_at(t, "metadata.resourceVersion"));
    (void)snprintf(m->uid, sizeof m->uid, "%s", api_at(t, "metadata.uid"));
    (void)snprintf(m->reason, sizeof m->reason, "%s", api_at(t, "reason"));
}

static void expect(int got, int wanted)
{
    if (got != wanted)
        fail_msg("%d instead of %d: %s", got, wanted, api_text(t));
}

static void create(unsigned i)
{
    char body[512];
    (void)snprintf(
        body, sizeof body,
        "{'metadata':{'name':'e%u'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop'},'reason':'r%u','count':1,'lastTimestamp':'2026-01-02T03:04:%02uZ',"
        "'type':'Normal'}",
        i, roll(100), roll(60));
    expect(api_post(t, CORE, body), events[i].count ? 409 : 201);
    if (events[i].count == 0) {
        remember(&events[i]);
        events[i].count = 1;
    }
}

static void patch(unsigned i)
{
    char path[64], body[256], reason[16];
    (void)snprintf(path, sizeof path, CORE "/e%u", i);
    (void)snprintf(reason, sizeof reason, "p%u", roll(100));
    (void)snprintf(body, sizeof body,
                   "{'count':%d,'reason':'%s','lastTimestamp':'2026-01-02T03:%02u:05Z'}",
                   events[i].count + 1, reason, roll(60));
    expect(api_merge(t, path, body), events[i].count ? 200 : 404);
    if (events[i].count > 0) {
        assert_string_equal(api_at(t, "metadata.uid"), events[i].uid);
        assert_string_equal(api_at(t, "reason"), reason);
        remember(&events[i]);
        events[i].count++;
    }
}

/* With the version of now, or an older one. */
static void put(unsigned i)
{
    char path[64], body[512];
    bool stale = roll(3) == 0;
    (void)snprintf(path, sizeof path, CORE "/e%u", i);
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'e%u','resourceVersion':'%s'},'involvedObject':{"
                   "'kind':'Pod','namespace':'shop'},'reason':'u%u','count':%d,"
                   "'lastTimestamp':'2026-01-02T04:04:05Z','type':'Normal'}",
                   i, stale ? "999999999" : events[i].version, roll(100),
                   events[i].count + 1);
    /* What is not there is made, whatever version it is said to have. */
    bool refused = events[i].count > 0 && stale;
    expect(api_put(t, path, body), refused ? 409 : events[i].count ? 200 : 201);
    if (!refused) {
        remember(&events[i]);
        events[i].count++;
    }
}

/* Server-side apply, which also creates. */
static void apply(unsigned i)
{
    char path[128], body[512];
    (void)snprintf(path, sizeof path, CORE "/e%u?fieldManager=m%u&force=true", i, roll(3));
    (void)snprintf(body, sizeof body,
                   "{'apiVersion':'v1','kind':'Event','metadata':{'name':'e%u'},"
                   "'involvedObject':{'kind':'Pod','namespace':'shop'},'reason':'s%u',"
                   "'count':%d}",
                   i, roll(100), events[i].count + 1);
    expect(api_call(t, "PATCH", path, "application/apply-patch+yaml", body),
           events[i].count ? 200 : 201);
    remember(&events[i]);
    events[i].count++;
}

static void remove_event(unsigned i)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/e%u", roll(2) ? CORE : V1, i);
    expect(api_delete(t, path), events[i].count ? 200 : 404);
    events[i].count = 0;
}

static void step(void)
{
    unsigned i = roll(NAMES);
    use_any_server();
    switch (roll(7)) {
    case 0:
    case 1:
        create(i);
        break;
    case 2:
        remove_event(i);
        break;
    case 3:
        put(i);
        break;
    case 4:
        apply(i);
        break;
    default:
        patch(i);
    }
    if (roll(25) == 0 && settle_all)
        settle_all();
}

/* ---- reads -------------------------------------------------------------------------- */

static unsigned number_of(const char *name)
{
    unsigned i = (unsigned)atoi(name + 1);
    assert_in_range(i, 0, NAMES - 1);
    return i;
}

/* Item @k of the answer is the Event as the model has it; *left loses it. */
static void check_item(size_t k, bool core, bool left[NAMES])
{
    char path[96], count[16];
    (void)snprintf(path, sizeof path, "items.%zu.metadata.name", k);
    unsigned i = number_of(api_at(t, path));
    assert_true(left[i]);
    left[i] = false;
    (void)snprintf(path, sizeof path, "items.%zu.metadata.resourceVersion", k);
    assert_string_equal(api_at(t, path), events[i].version);
    (void)snprintf(path, sizeof path, "items.%zu.metadata.uid", k);
    assert_string_equal(api_at(t, path), events[i].uid);
    (void)snprintf(path, sizeof path, "items.%zu.%s", k,
                   core ? "count" : "deprecatedCount");
    (void)snprintf(count, sizeof count, "%d", events[i].count);
    assert_string_equal(api_at(t, path), count);
}

/* All pages of @limit hold what is there, once. */
static void check_lists(bool core, unsigned limit)
{
    bool left[NAMES];
    char token[2048] = "";
    for (unsigned i = 0; i < NAMES; i++)
        left[i] = events[i].count > 0;
    do {
        char path[4096];
        use_any_server();
        (void)snprintf(path, sizeof path, "%s?limit=%u&continue=%s", core ? CORE : V1,
                       limit, token);
        expect(api_get(t, path), 200);
        for (size_t k = 0; k < api_count(t, "items"); k++)
            check_item(k, core, left);
        (void)snprintf(token, sizeof token, "%s", api_at(t, "metadata.continue"));
    } while (token[0]);
    for (unsigned i = 0; i < NAMES; i++)
        assert_false(left[i]);
}

static void check_selection(void)
{
    const model *m = &events[roll(NAMES)];
    size_t wanted = 0;
    char path[128];
    if (m->count == 0)
        return;
    for (unsigned i = 0; i < NAMES; i++)
        wanted += events[i].count > 0 && strcmp(events[i].reason, m->reason) == 0;
    use_any_server();
    (void)snprintf(path, sizeof path, V1 "?fieldSelector=reason=%s", m->reason);
    expect(api_get(t, path), 200);
    assert_int_equal(api_count(t, "items"), wanted);
}

/* One change as a client's cache takes it. */
static void apply_frame(test_watch *w)
{
    const char *type = watch_at(w, "type");
    model *m = &watched[number_of(watch_at(w, "object.metadata.name"))];
    if (strcmp(type, "DELETED") == 0) {
        assert_true(m->count > 0);
        m->count = 0;
        return;
    }
    assert_int_equal(m->count > 0, strcmp(type, "MODIFIED") == 0);
    (void)snprintf(m->version, sizeof m->version, "%s",
                   watch_at(w, "object.metadata.resourceVersion"));
    m->count = atoi(watch_at(w, "object.count"));
}

static bool caught_up(void)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (events[i].count != watched[i].count ||
            (events[i].count > 0 && strcmp(events[i].version, watched[i].version) != 0))
            return false;
    return true;
}

void events_model_run(test_api *server, const char *replica, void (*settle)(void))
{
    test_watch w;
    t = server;
    settle_all = settle;
    (void)snprintf(bases[0], sizeof bases[0], "%s", t->base);
    (void)snprintf(bases[1], sizeof bases[1], "%s", replica);
    watch_start(&w, t, CORE "?watch=1", NULL);
    for (int i = 0; i < STEPS; i++) {
        step();
        if (i % LOOK_EVERY != 0)
            continue;
        check_lists(roll(2), 1 + roll(NAMES + 2));
        check_selection();
        while (!caught_up() && watch_next(&w))
            apply_frame(&w);
        assert_true(caught_up());
    }
    if (settle_all)
        settle_all();
    check_lists(true, 5);
    check_lists(false, NAMES);
    watch_stop(&w);
    (void)snprintf(t->base, sizeof t->base, "%s", bases[0]);
}
