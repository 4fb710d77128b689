/* ctest: labels=threads timeout=300 */
/* A client as client-go's informers are: list in pages, watch from there with bookmarks,
 * watch again where the last one ended, list again when that is gone. While others change
 * things at random, and history is compacted, it ends with exactly what the server has. Of
 * its watches some are cut off by the client in the middle, and some begin where history is
 * no longer kept. Seconds of changes for each page size: $ACT_INFORMER_SECONDS, else 3. */
#include "unit/api/api_help.h"

#include <stdlib.h>

enum { NAMES = 24, VERSION_MAX = 24 };

/* The versions of all objects; empty: it is not there. */
typedef struct {
    char version[NAMES][VERSION_MAX];
    char newest[VERSION_MAX]; /* of the list, frame or bookmark seen last */
    int lists, watches, frames, bookmarks;
    int cut;        /* watches that the client left in the middle */
    int gone_lists; /* 410 between two pages */
    int gone;       /* 410 of a watch */
} mirror;

static int64_t seconds = 3;

/* The same server, asked by one more thread. */
static test_api another_client(void)
{
    test_api t = api;
    t.reply = ACT_HTTP_REPLY_INIT;
    assert_ok(act_arena_new(64 << 20, 0, &t.arena));
    return t;
}

static void client_done(test_api *t)
{
    act_http_reply_done(&t->reply);
    act_arena_free(t->arena);
}

/* ---- the others ---------------------------------------------------------------------- */

typedef struct {
    test_api client;
    atomic_bool stop;
    unsigned seed;
    int changes;
    int unexpected; /* an answer that should not be */
} others;

static int change_something(others *o)
{
    char name[16], path[128], patch[64];
    int which = rand_r(&o->seed) % NAMES;
    (void)snprintf(name, sizeof name, "p%02d", which);
    (void)snprintf(path, sizeof path, POLICIES "/%s", name);
    switch (rand_r(&o->seed) % 4) {
    case 0:
        return api_delete(&o->client, path);
    case 1:
        return api_post(&o->client, POLICIES, policy_text(name, "", "true"));
    default:
        (void)snprintf(patch, sizeof patch, "{'metadata':{'labels':{'n':'%d'}}}",
                       o->changes);
        return api_merge(&o->client, path, patch);
    }
}

/* Forget history up to there. The other thread may have forgotten more meanwhile. */
static int forget(int64_t revision)
{
    int r = act_registry_compact(api.registry, revision);
    return r == ACT_EGONE ? 0 : r;
}

static void *change_things(void *arg)
{
    others *o = arg;
    while (!atomic_load(&o->stop)) {
        int code = change_something(o);
        o->changes++;
        if (code != 200 && code != 201 && code != 404 && code != 409)
            o->unexpected = code;
        int64_t now;
        if (rand_r(&o->seed) % 40 == 0 &&
            (act_registry_revision(api.registry, &now) || forget(now)))
            o->unexpected = -1;
    }
    return NULL;
}

/* ---- the informer ----------------------------------------------------------------------
 */

static void note(mirror *m, const char *name, const char *version)
{
    int which = atoi(name + 1);
    assert_in_range(which, 0, NAMES - 1);
    (void)snprintf(m->version[which], VERSION_MAX, "%s", version);
}

/* Read all pages; false when history went away between them. */
static bool list(test_api *t, mirror *m, int page)
{
    char path[1024];
    (void)snprintf(path, sizeof path, POLICIES "?limit=%d", page);
    memset(m->version, 0, sizeof m->version);
    m->lists++;
    for (;;) {
        int code = api_get(t, path);
        if (code == 410) {
            m->gone_lists++;
            return false;
        }
        assert_int_equal(code, 200);
        size_t n = api_count(t, "items");
        assert_true(n <= (size_t)page);
        for (size_t i = 0; i < n; i++) {
            char at[64];
            (void)snprintf(at, sizeof at, "items.%zu.metadata.name", i);
            const char *name = api_at(t, at);
            (void)snprintf(at, sizeof at, "items.%zu.metadata.resourceVersion", i);
            note(m, name, api_at(t, at));
        }
        (void)snprintf(m->newest, sizeof m->newest, "%s",
                       api_at(t, "metadata.resourceVersion"));
        const char *more = api_at(t, "metadata.continue");
        if (!*more)
            return true;
        (void)snprintf(path, sizeof path, POLICIES "?limit=%d&continue=%s", page, more);
    }
}

/* Take one frame in; false for an error, after which one lists again. */
static bool take_frame(mirror *m, test_watch *w)
{
    const char *type = watch_at(w, "type");
    if (strcmp(type, "ERROR") == 0) {
        assert_string_equal(watch_at(w, "object.code"), "410");
        m->gone++;
        return false;
    }
    m->frames++;
    const char *name = watch_at(w, "object.metadata.name");
    const char *version = watch_at(w, "object.metadata.resourceVersion");
    assert_true(atoll(version) >= atoll(m->newest));
    (void)snprintf(m->newest, sizeof m->newest, "%s", version);
    if (strcmp(type, "BOOKMARK") == 0) {
        m->bookmarks++;
        return true;
    }
    bool known = m->version[atoi(name + 1)][0] != '\0';
    /* Nothing is added twice, nor changed or deleted without having been there. */
    assert_string_equal(type, strcmp(type, "DELETED") == 0 ? "DELETED"
                              : known                      ? "MODIFIED"
                                                           : "ADDED");
    assert_true(known || strcmp(type, "ADDED") == 0);
    note(m, name, strcmp(type, "DELETED") == 0 ? "" : version);
    return true;
}

enum { ALL = INT32_MAX };

/* Watch until @frames were taken, or, when that is ALL, until the server ends it after a
 * second. False: list again. */
static bool watch(test_api *t, mirror *m, int frames)
{
    char path[256];
    test_watch w;
    (void)snprintf(path, sizeof path,
                   POLICIES
                   "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s",
                   frames == ALL ? 1 : 300, m->newest);
    m->watches++;
    watch_start(&w, t, path, NULL);
    bool ok = true;
    int taken = 0;
    while (ok && taken < frames && watch_next(&w)) {
        ok = take_frame(m, &w);
        taken++;
    }
    m->cut += taken == frames;
    watch_stop(&w);
    return ok;
}

/* Forget all history, up to a change that the mirror has not seen. */
static void forget_history(const mirror *m)
{
    int64_t now;
    do
        assert_ok(act_registry_revision(api.registry, &now));
    while (now <= atoll(m->newest)); /* others are changing things */
    assert_ok(forget(now));
}

/* One way after the other to lose a watch: at its end, in the middle, by history. */
static bool watch_in_turn(test_api *t, mirror *m, int round)
{
    if (round % 3 == 1)
        return watch(t, m, 10);
    if (round % 3 == 2)
        forget_history(m);
    return watch(t, m, ALL);
}

/* Each way to lose a watch, and enough of what there is. */
static bool has_seen_all(const mirror *m)
{
    return m->cut > 0 && m->gone > 0 && m->bookmarks > 0 && m->frames > 20;
}

static void follow(test_api *t, mirror *m, int page)
{
    act_clock clock = act_clock_system();
    int64_t end = act_mono_ns(clock) + seconds * ACT_NS_PER_S;
    bool listed = false;
    for (int round = 0; round < 3 || !has_seen_all(m) || act_mono_ns(clock) < end;
         round++) {
        assert_true(act_mono_ns(clock) < end + 3 * PATIENCE_NS);
        while (!listed)
            listed = list(t, m, page);
        listed = watch_in_turn(t, m, round);
    }
    while (!listed)
        listed = list(t, m, page);
}

/* Nothing changes any more. */
static void catch_up(test_api *t, mirror *m, int page)
{
    for (bool done = false; !done;) {
        done = watch(t, m, ALL);
        for (bool listed = done; !listed;)
            listed = list(t, m, page);
    }
}

static void informer_ends_with_what_is_there(int page)
{
    mirror m = { .newest = "" }, truth = { .newest = "" };
    api_start(&api, NULL);
    others o = { .client = another_client(), .seed = (unsigned)page };
    test_api client = another_client();
    pthread_t thread;
    assert_ok(act_thread_start(&thread, "others", change_things, &o));
    follow(&client, &m, page);
    atomic_store(&o.stop, true);
    (void)pthread_join(thread, NULL);
    catch_up(&client, &m, page);
    assert_true(list(&client, &truth, 500));
    for (int i = 0; i < NAMES; i++)
        assert_string_equal(m.version[i], truth.version[i]);
    assert_int_equal(o.unexpected, 0);
    print_message("pages of %d: %d changes, %d frames and %d bookmarks in %d watches (%d "
                  "left in the middle, %d gone), %d lists (%d gone)\n",
                  page, o.changes, m.frames, m.bookmarks, m.watches, m.cut, m.gone, m.lists,
                  m.gone_lists);
    client_done(&o.client);
    client_done(&client);
    api_stop(&api);
}

static void pages_of_one(void **state)
{
    (void)state;
    informer_ends_with_what_is_there(1);
}

static void pages_of_seven(void **state)
{
    (void)state;
    informer_ends_with_what_is_there(7);
}

static void pages_of_five_hundred(void **state)
{
    (void)state;
    informer_ends_with_what_is_there(500);
}

int main(void)
{
    const char *given = getenv("ACT_INFORMER_SECONDS");
    if (given)
        assert_ok(act_str_to_i64(act_str_cstr(given), &seconds));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_one),
        cmocka_unit_test(pages_of_seven),
        cmocka_unit_test(pages_of_five_hundred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
