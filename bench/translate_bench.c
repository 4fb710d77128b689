/* Translate: bytes of an audit event to bytes of its activity on one core, with the example
 * policies, beside the target of the design; and what the heap is asked for meanwhile.
 *
 *   translate [FILE [SECONDS [FOLDER]]]
 *              tests/data/audit.jsonl  2  examples/policies
 */
#include "machine.h"

#include "base/clock.h"
#include "base/file.h"
#include "core/translate.h"
#include "kube/yaml.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { RECORDS_MAX = 1 << 16, POLICIES_MAX = 1000, PADDING = 64, TARGET = 300000 };

/* ---- the heap, counted -------------------------------------------------------------- */

static atomic_size_t allocations;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_realloc(p, size);
}

/* ---- input -------------------------------------------------------------------------- */

typedef struct {
    act_str *records;
    size_t n;
    uint64_t bytes;
} sample;

static void check(int err, const char *what, const act_err *detail)
{
    if (!err)
        return;
    (void)fprintf(stderr, "%s: %s (%s)\n", what, act_strerror(err), detail->text);
    exit(1);
}

static act_str read_file(act_arena *a, const char *path)
{
    act_buf text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_str copy = { 0 };
    check(act_file_read(path, 1 << 30, &text, &e), path, &e);
    check(act_arena_str(a, act_buf_str(&text), &copy), path, &e);
    act_buf_done(&text);
    return copy;
}

/* Each record with room behind it, as the broker delivers them. */
static void read_records(act_arena *a, const char *path, sample *s)
{
    s->records = act_arena_make_n(a, act_str, RECORDS_MAX);
    for (act_str rest = read_file(a, path), line; rest.len && s->n < RECORDS_MAX;) {
        rest = act_str_split(rest, '\n', &line);
        char *padded = act_arena_bytes(a, line.len + PADDING);
        if (!line.len || !padded)
            continue;
        memcpy(padded, line.ptr, line.len);
        memset(padded + line.len, 0, PADDING);
        s->records[s->n++] = act_str_from(padded, line.len);
        s->bytes += line.len;
    }
}

static act_policy_set *read_policies(act_arena *a, const act_rule_env *env,
                                     const char *folder)
{
    static const act_json *objects[POLICIES_MAX];
    act_err e = ACT_ERR_INIT;
    act_policy_set *set = NULL;
    size_t n = 0, invalid = 0;
    DIR *dir = opendir(folder);
    check(dir ? ACT_OK : ACT_ENOTFOUND, folder, &e);
    for (const struct dirent *d; (d = readdir(dir));) {
        char path[1024];
        const act_yaml_document *docs;
        size_t n_docs;
        if (!strstr(d->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        check(act_yaml_read(a, read_file(a, path), NULL, &docs, &n_docs, &e), path, &e);
        for (size_t i = 0; i < n_docs && n < POLICIES_MAX; i++)
            objects[n++] = docs[i].value;
    }
    (void)closedir(dir);
    check(act_policy_set_new(env, objects, n, 1, &set, &invalid), folder, &e);
    check(invalid ? ACT_EINVAL : ACT_OK, folder, &e);
    return set;
}

/* ---- measuring ---------------------------------------------------------------------- */

typedef struct {
    uint64_t records, activities, failed, bytes_out;
} tally;

static void translate_all(act_translator *t, act_policy_set *set, const sample *s,
                          tally *sum)
{
    for (size_t i = 0; i < s->n; i++) {
        act_translation r;
        act_err e = ACT_ERR_INIT;
        check(act_translate(t, set, ACT_RULE_AUDIT, s->records[i], PADDING, &r),
              "translate", &e);
        sum->records++;
        sum->activities += r.outcome == ACT_OUTCOME_ACTIVITY;
        sum->failed += r.outcome == ACT_OUTCOME_FAILED;
        sum->bytes_out += r.outcome == ACT_OUTCOME_ACTIVITY ? r.json.len : 0;
    }
}

/* Those of @all that become activities. */
static sample spoken_of(act_arena *a, act_translator *t, act_policy_set *set,
                        const sample *all)
{
    sample some = { .records = act_arena_make_n(a, act_str, all->n) };
    for (size_t i = 0; i < all->n; i++) {
        tally one = { 0 };
        translate_all(t, set, &(sample){ &all->records[i], 1, 0 }, &one);
        if (!one.activities)
            continue;
        some.records[some.n++] = all->records[i];
        some.bytes += all->records[i].len;
    }
    return some;
}

static bool measure(const char *name, act_translator *t, act_policy_set *set,
                    const sample *s, double seconds)
{
    act_clock clock = act_clock_system();
    tally warm = { 0 }, sum = { 0 };
    translate_all(t, set, s, &warm);
    size_t allocated = atomic_load(&allocations);
    int64_t start = act_mono_ns(clock), end = start, best = INT64_MAX;
    while ((double)(end - start) < seconds * 1e9) {
        int64_t from = end;
        translate_all(t, set, s, &sum);
        end = act_mono_ns(clock);
        best = end - from < best ? end - from : best;
    }
    allocated = atomic_load(&allocations) - allocated;
    double rate = (double)sum.records * 1e9 / (double)(end - start);
    printf("%-28s %8.0f events/s (best pass %.0f), target %d: %s\n", name, rate,
           (double)s->n * 1e9 / (double)best, TARGET, rate >= TARGET ? "met" : "NOT MET");
    printf("%-28s %8.0f ns/event, %.0f MB/s, %.0f bytes in, %zu of %zu make an activity\n",
           "", 1e9 / rate, rate * (double)s->bytes / (double)s->n / 1e6,
           (double)s->bytes / (double)s->n, (size_t)warm.activities, s->n);
    printf("%-28s %8.4f allocations/event, target 0; %" PRIu64 " failed\n", "",
           (double)allocated / (double)sum.records, warm.failed);
    return allocated == 0 && warm.failed == 0;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : ACT_SOURCE_DIR "/tests/data/audit.jsonl";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    const char *folder = argc > 3 ? argv[3] : ACT_SOURCE_DIR "/examples/policies";
    act_err e = ACT_ERR_INIT;
    act_arena *a;
    act_rule_env *env;
    act_translator *t;
    sample all = { 0 };
    check(act_arena_new(SIZE_MAX, 1 << 20, &a), "arena", &e);
    check(act_rule_env_new(&env), "environment", &e);
    check(act_translator_new(env, &t), "translator", &e);
    act_policy_set *set = read_policies(a, env, folder);
    read_records(a, file, &all);
    machine_print();
    sample some = spoken_of(a, t, set, &all);
    bool ok = measure("all records", t, set, &all, seconds);
    ok &= measure("those that are spoken of", t, set, &some, seconds);
    act_translator_free(t);
    (void)act_policy_set_unref(set);
    act_rule_env_free(env);
    act_arena_free(a);
    return !ok;
}
