/* ctest: labels=chdb timeout=300 */
/* Events whose states move in time, beside a plain model: every order of a few changes,
 * each in an Event of its own, asked about in ranges, pages and facets, before and after
 * the engine has merged. The newest state is the one that came last into the log. */
#include "unit/api/query_help.h"

#include "pipeline/streams.h"

#include <stdlib.h>

enum {
    CHANGES = 4, /* of a chain after its first state */
    KINDS = 6,   /* of changes */
    CHAINS = KINDS * KINDS * KINDS * KINDS,
    STATES_MAX = CHAINS * (CHANGES + 2) + 4096,
};

static const char kinds[KINDS + 1] = "bfsdat";
/* b  its time moves back           d  deleted
 * f  its time moves forward        a  created anew, as another Event of that name
 * s  changed, its time stays       t  its first state is delivered once more */

/* ---- the model: all states, in the order of the log ---------------------------------- */

typedef struct {
    uint64_t sequence, version;
    int chain, generation; /* together: the uid */
    int second;            /* of the hour */
    bool deleted, warning;
    int reason;
} state;

static state states[STATES_MAX];
static size_t n_states;

typedef struct {
    int from, to;  /* seconds */
    uint64_t upto; /* states behind it do not count, but deletions */
    int tenant;    /* -1: of all */
    bool warnings; /* alone */
} question;

static int tenant_of(const state *s)
{
    return s->chain / 3 % 3;
}

static const state *newest[CHAINS][CHANGES + 2];

/* The newest state of each Event, NULL for none that is to be seen. */
static void settle(const question *ask)
{
    memset(newest, 0, sizeof newest);
    for (size_t i = 0; i < n_states; i++) {
        const state *s = &states[i];
        bool counts =
            s->second >= ask->from && s->second < ask->to && s->sequence <= ask->upto;
        if ((counts || s->deleted) && (ask->tenant < 0 || ask->tenant == tenant_of(s)))
            newest[s->chain][s->generation] = s;
    }
}

static const state *result_at(const question *ask, int chain, int generation)
{
    const state *s = newest[chain][generation];
    return s && !s->deleted && (s->warning || !ask->warnings) ? s : NULL;
}

static int uid_of(const state *s, char out[32])
{
    return snprintf(out, 32, "c%04d-%d", s->chain, s->generation);
}

static int in_order(const void *a, const void *b)
{
    const state *x = *(const state *const *)a, *y = *(const state *const *)b;
    char p[32], q[32];
    (void)uid_of(x, p);
    (void)uid_of(y, q);
    return x->second != y->second ? y->second - x->second : strcmp(q, p);
}

/* "uid.sequence ..." of what a question finds. */
static void write_expected(const question *ask, act_buf *out)
{
    static const state *found[CHAINS * (CHANGES + 2)];
    size_t n = 0;
    char uid[32];
    settle(ask);
    for (int c = 0; c < CHAINS; c++)
        for (int g = 0; g < CHANGES + 2; g++)
            if (result_at(ask, c, g))
                found[n++] = result_at(ask, c, g);
    qsort(found, n, sizeof *found, in_order);
    for (size_t i = 0; i < n; i++) {
        (void)uid_of(found[i], uid);
        act_buf_printf(out, "%s.%llu ", uid, (unsigned long long)found[i]->version);
    }
    act_buf_add_byte(out, '\0');
}

/* ---- the log ------------------------------------------------------------------------- */

typedef struct {
    act_message messages[CHAINS];
    act_buf texts[CHAINS];
    state *states[CHAINS]; /* NULL: delivered once more */
    size_t n;
} batch;

static batch next;

static void write_state(const state *s, act_buf *out)
{
    char uid[32];
    (void)uid_of(s, uid);
    act_buf_printf(
        out,
        "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\",\"metadata\":{\"name\":"
        "\"c%04d\",\"namespace\":\"shop\",\"uid\":\"%s\",\"resourceVersion\":\"%llu\"%s,"
        "\"annotations\":{\"platform.miloapis.com/scope.type\":\"project\","
        "\"platform.miloapis.com/scope.name\":\"p%d\"}},"
        "\"deprecatedLastTimestamp\":\"2026-02-03T04:%02d:%02dZ\",\"type\":\"%s\","
        "\"reason\":\"r%d\",\"regarding\":{\"kind\":\"Pod\",\"name\":\"web\"}}",
        s->chain, uid, (unsigned long long)s->version,
        s->deleted ? ",\"deletionTimestamp\":\"2026-02-04T00:00:00Z\"" : "", tenant_of(s),
        s->second / 60, s->second % 60, s->warning ? "Warning" : "Normal", s->reason);
}

static void add(const state *s, bool again)
{
    size_t i = next.n++;
    act_buf_clear(&next.texts[i]);
    write_state(s, &next.texts[i]);
    next.messages[i] = (act_message){ .subject = ACT_STR("events.x"),
                                      .payload = act_buf_str(&next.texts[i]) };
    next.states[i] = NULL;
    if (!again) {
        assert_true(n_states < STATES_MAX);
        next.states[i] = &states[n_states];
        states[n_states++] = *s;
    }
}

static void publish(void)
{
    static uint64_t sequences[CHAINS];
    if (next.n > 0)
        assert_ok(act_broker_publish(api.broker, ACT_STR(ACT_STREAM_EVENTS), next.messages,
                                     next.n, sequences, NULL));
    for (size_t i = 0; i < next.n; i++)
        if (next.states[i])
            next.states[i]->sequence = sequences[i];
    next.n = 0;
    assert_ok(act_ingester_drain(api.ingester, 60 * ACT_NS_PER_S));
}

/* ---- changes ------------------------------------------------------------------------- */

static uint64_t seed = 20261124;

static int roll(int below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)(seed % (unsigned)below);
}

static state first_of[CHAINS], last_of[CHAINS];

/* Has that Event been seen at that second? */
static bool was_seen(const state *s)
{
    for (size_t i = 0; i < n_states; i++)
        if (states[i].chain == s->chain && states[i].generation == s->generation &&
            states[i].second == s->second)
            return true;
    return false;
}

/* Versions are as the API gives them, which grow with the log; or a cluster's, which grow
 * too; or of both in turn, where one that moves the time may be lower than those before. */
static void change(int chain, char kind)
{
    state s = last_of[chain];
    enum { OF_API, OF_CLUSTER, OF_BOTH } writer = chain % 3;
    if (kind == 't') {
        add(&first_of[chain], true);
        return;
    }
    s.deleted = kind == 'd';
    s.warning = roll(2);
    s.reason = roll(5);
    do {
        s.second = last_of[chain].second;
        if (kind == 'b')
            s.second -= 1 + roll(s.second < 400 ? s.second : 400);
        if (kind == 'f')
            s.second += 1 + roll(400);
    } while ((kind == 'b' || kind == 'f') && was_seen(&s));
    s.version = writer != OF_CLUSTER && s.sequence > s.version ? s.sequence : s.version + 1;
    if (writer == OF_BOTH && (kind == 'b' || kind == 'f'))
        s.version = 1 + (unsigned)roll(1000);
    if (kind == 'a') {
        s.generation++;
        s.version = writer == OF_CLUSTER ? s.version : 0;
    }
    add(&s, false);
}

/* What was added last of a chain, now that it has its sequence. */
static void note_last(size_t from)
{
    for (size_t i = from; i < n_states; i++)
        last_of[states[i].chain] = states[i];
}

static void make_chains(void)
{
    size_t from = n_states = 0;
    for (int c = 0; c < CHAINS; c++) {
        state s = { .chain = c,
                    .second = 1200 + roll(1200),
                    .version = c % 3 == 1 ? 5000000 + (unsigned)c : 0,
                    .warning = roll(2),
                    .reason = roll(5) };
        add(&s, false);
    }
    publish();
    note_last(from);
    memcpy(first_of, last_of, sizeof first_of);
    for (int i = 0, power = 1; i < CHANGES; i++, power *= KINDS) {
        from = n_states;
        for (int c = 0; c < CHAINS; c++)
            change(c, kinds[c / power % KINDS]);
        publish();
        note_last(from);
    }
}

/* ---- questions ----------------------------------------------------------------------- */

static const char *const tokens[] = { "of-p0", "of-p1", "of-p2" };

#define TOKENS                                                                             \
    "of-p0,a,u-a,system:masters,iam.miloapis.com/parent-type=project;"                     \
    "iam.miloapis.com/parent-name=p0\n"                                                    \
    "of-p1,b,u-b,system:masters,iam.miloapis.com/parent-type=project;"                     \
    "iam.miloapis.com/parent-name=p1\n"                                                    \
    "of-p2,c,u-c,system:masters,iam.miloapis.com/parent-type=project;"                     \
    "iam.miloapis.com/parent-name=p2\n"

static void become(int tenant)
{
    api.token = tenant < 0 ? TOKEN_ADMIN : tokens[tenant];
}

static int write_range(const question *ask, char *out, size_t size)
{
    return snprintf(out, size,
                    "'startTime':'2026-02-03T04:%02d:%02dZ',"
                    "'endTime':'2026-02-03T04:%02d:%02dZ'",
                    ask->from / 60, ask->from % 60, ask->to / 60, ask->to % 60);
}

/* One page is added to @out as write_expected() has it; false: it was the last one. */
static bool read_page(const question *ask, int limit, char token[4096], act_buf *out)
{
    char spec[8192], path[96];
    int n = write_range(ask, spec, sizeof spec);
    (void)snprintf(spec + n, sizeof spec - (size_t)n, ",'limit':%d,'continue':'%s'%s",
                   limit, token, ask->warnings ? ",'fieldSelector':'type=Warning'" : "");
    size_t count = ask_count("EventQuery", spec);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "status.results.%zu.metadata.uid", i);
        act_buf_printf(out, "%s.", api_at(&api, path));
        (void)snprintf(path, sizeof path, "status.results.%zu.metadata.resourceVersion", i);
        act_buf_printf(out, "%s ", api_at(&api, path));
    }
    (void)snprintf(token, 4096, "%s", api_at(&api, "status.continue"));
    assert_true(token[0] == '\0' || count == (size_t)limit);
    return token[0] != '\0';
}

static void assert_pages(const question *ask, int limit)
{
    act_buf expected = ACT_BUF_INIT, found = ACT_BUF_INIT;
    char token[4096] = "";
    become(ask->tenant);
    write_expected(ask, &expected);
    while (read_page(ask, limit, token, &found)) {
    }
    act_buf_add_byte(&found, '\0');
    if (strcmp(found.ptr, expected.ptr) != 0)
        fail_msg("%d to %d, tenant %d, by %d:\n%s\nnot\n%s", ask->from, ask->to,
                 ask->tenant, limit, found.ptr, expected.ptr);
    act_buf_done(&expected);
    act_buf_done(&found);
}

static int expected_count(const question *ask, int reason)
{
    int n = 0;
    settle(ask);
    for (int c = 0; c < CHAINS; c++)
        for (int g = 0; g < CHANGES + 2; g++) {
            const state *s = result_at(ask, c, g);
            n += s && s->reason == reason;
        }
    return n;
}

static void assert_facets(const question *ask)
{
    char spec[1024], path[96];
    become(ask->tenant);
    (void)snprintf(spec, sizeof spec,
                   "'timeRange':{'start':'2026-02-03T04:%02d:%02dZ',"
                   "'end':'2026-02-03T04:%02d:%02dZ'},%s'facets':[{'field':'reason'}]",
                   ask->from / 60, ask->from % 60, ask->to / 60, ask->to % 60,
                   ask->warnings ? "'filter':'type == \\'Warning\\''," : "");
    if (ask_count("EventFacetQuery", spec) != 0)
        fail_msg("%s", api_text(&api));
    int seen = 0, all = 0;
    for (size_t i = 0; i < api_count(&api, "status.facets.0.values"); i++) {
        int reason;
        (void)snprintf(path, sizeof path, "status.facets.0.values.%zu.value", i);
        assert_int_equal(sscanf(api_at(&api, path), "r%d", &reason), 1);
        (void)snprintf(path, sizeof path, "status.facets.0.values.%zu.count", i);
        int n = atoi(api_at(&api, path));
        if (n != expected_count(ask, reason))
            fail_msg("%d to %d, tenant %d: %d of r%d, not %d", ask->from, ask->to,
                     ask->tenant, n, reason, expected_count(ask, reason));
        seen += n;
    }
    for (int reason = 0; reason < 5; reason++)
        all += expected_count(ask, reason);
    assert_int_equal(seen, all);
}

static void assert_everything(void)
{
    static const question asked[] = {
        { 0, 3599, UINT64_MAX, -1, false },   { 0, 3599, UINT64_MAX, 1, false },
        { 0, 3599, UINT64_MAX, -1, true },    { 1500, 2100, UINT64_MAX, -1, false },
        { 1500, 2100, UINT64_MAX, 2, true },  { 1800, 1801, UINT64_MAX, -1, false },
        { 1000, 1800, UINT64_MAX, 0, false },
    };
    for (size_t i = 0; i < ACT_COUNT(asked); i++) {
        assert_pages(&asked[i], i % 3 == 1 ? 89 : 1000);
        assert_facets(&asked[i]);
    }
    question few = { 1700, 1760, UINT64_MAX, 1, false };
    assert_pages(&few, 1);
    few.warnings = true;
    assert_pages(&few, 2);
}

static void run_sql(const char *sql)
{
    act_err e = ACT_ERR_INIT;
    if (act_store_exec(api.store, act_str_cstr(sql), NULL, 0, &e))
        fail_msg("%s: %s", sql, e.text);
}

static void every_order_of_changes(void **unused)
{
    (void)unused;
    make_chains();
    assert_everything();
    run_sql("SYSTEM START MERGES audit.k8s_events");
    run_sql("OPTIMIZE TABLE audit.k8s_events FINAL");
    assert_everything();
}

/* All in one batch of the ingester: the second delivery is no newer state. */
static void deliveries_of_one_batch(void **unused)
{
    (void)unused;
    n_states = 0;
    for (int c = 0; c < 40; c++) {
        state s = { .chain = c, .second = 1200 + c, .version = 7, .reason = c % 5 };
        add(&s, false);
        first_of[c] = s;
        s.second += c % 2 ? 60 : -60;
        s.version++;
        add(&s, false);
        add(&first_of[c], true);
    }
    publish();
    assert_pages(&(question){ 0, 3599, UINT64_MAX, -1, false }, 1000);
    assert_facets(&(question){ 0, 3599, UINT64_MAX, -1, false });
}

/* ---- changes between pages ------------------------------------------------------------
 */

static uint64_t last_sequence(void)
{
    uint64_t last = 0;
    for (size_t i = 0; i < n_states; i++)
        last = states[i].sequence > last ? states[i].sequence : last;
    return last;
}

/* Something happens to some forty Events. */
static void change_some(void)
{
    size_t from = n_states;
    for (int i = 0, c = roll(32); c < CHAINS; c += 1 + roll(64), i++)
        change(c, "bfsd"[roll(4)]);
    publish();
    note_last(from);
}

/* Pages have what there was when the first one was asked for, but what is deleted before
 * its page is not on it. */
static void changes_between_pages_move_nothing(void **unused)
{
    (void)unused;
    make_chains();
    for (int round = 0; round < 4; round++) {
        question ask = { 0, 3599, last_sequence(), round % 2 ? 1 : -1, round >= 2 };
        act_buf found = ACT_BUF_INIT, before = ACT_BUF_INIT, after = ACT_BUF_INIT;
        char token[4096] = "";
        become(ask.tenant);
        write_expected(&ask, &before);
        while (read_page(&ask, 131, token, &found)) {
            change_some();
            become(ask.tenant);
        }
        act_buf_add_byte(&found, '\0');
        write_expected(&ask, &after);
        /* What is found is a part of what there was, in its order, and has at least what is
         * not deleted now. */
        act_str rest = act_str_cstr(found.ptr), all = act_str_cstr(before.ptr),
                kept = act_str_cstr(after.ptr), one;
        size_t n = 0;
        for (act_str had; all.len > 0;) {
            all = act_str_split(all, ' ', &had);
            bool is_next = act_str_starts(rest, had) && had.len > 0;
            act_str still = kept;
            (void)act_str_split(kept, ' ', &still);
            bool must = had.len > 0 && act_str_eq(still, had);
            if (must && !is_next)
                fail_msg("round %d: %.*s is missing from %s", round, ACT_STR_ARG(had),
                         found.ptr);
            if (must)
                kept = act_str_split(kept, ' ', &one);
            if (is_next)
                rest = act_str_split(rest, ' ', &one);
            n += is_next;
        }
        if (rest.len > 0)
            fail_msg("round %d: too much: %.*s", round, ACT_STR_ARG(rest));
        assert_true(n > 100);
        act_buf_done(&found);
        act_buf_done(&before);
        act_buf_done(&after);
    }
}

static int setup(void **unused)
{
    (void)unused;
    questions_start(TOKENS);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < CHAINS; i++)
        act_buf_done(&next.texts[i]);
    memset(&next, 0, sizeof next);
    questions_stop();
    return 0;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(every_order_of_changes),
        CASE(deliveries_of_one_batch),
        CASE(changes_between_pages_move_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
