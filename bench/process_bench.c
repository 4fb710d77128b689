/* Process: real audit events from the embedded log to activities in the log, durable and
 * acknowledged, with the example policies.
 *
 *   process [EVENTS [WORKERS [FILE [DIRECTORY]]]]
 *           100000  1        tests/data/audit.jsonl  /tmp
 *
 * There is no target of its own: the end-to-end one (5,000 events/s within 1 s) needs it to
 * be well above. Every event gets an id of its own.
 */
#include "base/file.h"
#include "base/json_write.h"
#include "broker/broker_sqlite.h"
#include "kube/yaml.h"
#include "pipeline/processor.h"
#include "pipeline/streams.h"
#include "registry/registry_sqlite.h"
#include "machine.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILL_BATCH = 2000 };

typedef struct {
    char directory[256];
    act_arena *arena;
    act_metrics *metrics;
    act_broker *broker;
    act_registry *registry;
    act_rule_env *env;
    act_policy_source *policies;
} bench;

static void check(int err, const char *what, const act_err *detail)
{
    if (!err)
        return;
    (void)fprintf(stderr, "%s: %s (%s)\n", what, act_strerror(err), detail->text);
    exit(1);
}

static act_str read_file(bench *b, const char *path)
{
    act_buf text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_str copy = { 0 };
    check(act_file_read(path, 1 << 30, &text, &e), path, &e);
    check(act_arena_str(b->arena, act_buf_str(&text), &copy), path, &e);
    act_buf_done(&text);
    return copy;
}

/* ---- policies ----------------------------------------------------------------------- */

static void add_policy(bench *b, const act_json *object)
{
    act_buf key = ACT_BUF_INIT, json = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_json_writer w = act_json_writer_on(&json);
    int64_t revision;
    act_jw_value(&w, object);
    act_buf_add(&key, ACT_STR(ACT_REGISTRY_POLICIES));
    act_buf_add(&key, act_json_string(
                          act_json_path(object, "metadata", "name", (const char *)NULL)));
    check(
        act_registry_create(b->registry, act_buf_str(&key), act_buf_str(&json), &revision),
        "policy", &e);
    act_buf_done(&key);
    act_buf_done(&json);
}

static void add_policies(bench *b, const char *folder)
{
    act_err e = ACT_ERR_INIT;
    DIR *dir = opendir(folder);
    check(dir ? ACT_OK : ACT_ENOTFOUND, folder, &e);
    for (const struct dirent *d; (d = readdir(dir));) {
        char path[1024];
        const act_yaml_document *docs;
        size_t n;
        if (!strstr(d->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        check(act_yaml_read(b->arena, read_file(b, path), NULL, &docs, &n, &e), path, &e);
        for (size_t i = 0; i < n; i++)
            add_policy(b, docs[i].value);
    }
    (void)closedir(dir);
}

/* ---- the log ------------------------------------------------------------------------ */

/* @line with the last twelve digits of its auditID replaced. */
static act_str numbered(bench *b, act_str line, size_t number)
{
    act_str copy = line;
    act_err e = ACT_ERR_INIT;
    char digits[24];
    size_t at = act_str_find(line, ACT_STR("\"auditID\":\""));
    check(act_arena_str(b->arena, line, &copy), "record", &e);
    (void)snprintf(digits, sizeof digits, "%012zu", number);
    if (at != SIZE_MAX && at + 11 + 36 <= line.len)
        memcpy((char *)(uintptr_t)copy.ptr + at + 11 + 24, digits, 12);
    return copy;
}

static uint64_t fill(bench *b, act_str lines, size_t count)
{
    static act_message batch[FILL_BATCH];
    act_err e = ACT_ERR_INIT;
    act_str rest = lines, line;
    uint64_t bytes = 0;
    for (size_t done = 0, n = 0; done < count;) {
        act_arena_mark mark = act_arena_save(b->arena);
        for (n = 0; n < FILL_BATCH && done + n < count; n++) {
            rest = act_str_split(rest.len ? rest : lines, '\n', &line);
            batch[n] = (act_message){ .subject = ACT_STR("audit.k8s.activity"),
                                      .payload = numbered(b, line, done + n) };
            bytes += line.len;
        }
        check(act_broker_publish(b->broker, ACT_STR(ACT_STREAM_AUDIT), batch, n, NULL, &e),
              "publish", &e);
        act_arena_restore(b->arena, mark);
        done += n;
    }
    return bytes;
}

static void open_all(bench *b, const char *parent)
{
    char path[300];
    act_err e = ACT_ERR_INIT;
    act_clock clock = act_clock_system();
    (void)snprintf(b->directory, sizeof b->directory, "%s/activity-process-XXXXXX", parent);
    check(mkdtemp(b->directory) ? ACT_OK : ACT_EIO, parent, &e);
    (void)snprintf(path, sizeof path, "%s/registry.db", b->directory);
    act_broker_sqlite_options broker = { .directory = act_str_cstr(b->directory),
                                         .clock = clock };
    act_registry_sqlite_options registry = { .path = act_str_cstr(path), .clock = clock };
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    limits.bytes = UINT64_C(64) << 30;
    check(act_arena_new(SIZE_MAX, 1 << 20, &b->arena), "arena", &e);
    check(act_metrics_new(&b->metrics), "metrics", &e);
    check(act_broker_sqlite_open(&broker, &b->broker, &e), "log", &e);
    check(act_streams_ensure(b->broker, &limits, &e), "streams", &e);
    check(act_registry_sqlite_open(&registry, &b->registry, &e), "registry", &e);
    check(act_rule_env_new(&b->env), "environment", &e);
    add_policies(b, ACT_SOURCE_DIR "/examples/policies");
    act_policy_source_options source = { .registry = b->registry, .env = b->env };
    check(act_policy_source_start(&source, &b->policies), "policies", &e);
}

static void close_all(bench *b)
{
    char command[300];
    act_policy_source_free(b->policies);
    act_rule_env_free(b->env);
    act_registry_free(b->registry);
    act_broker_free(b->broker);
    act_metrics_free(b->metrics);
    act_arena_free(b->arena);
    (void)snprintf(command, sizeof command, "rm -rf %s", b->directory);
    if (system(command))
        (void)fprintf(stderr, "%s is left behind\n", b->directory);
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    unsigned workers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    const char *file = argc > 3 ? argv[3] : ACT_SOURCE_DIR "/tests/data/audit.jsonl";
    act_clock clock = act_clock_system();
    act_err e = ACT_ERR_INIT;
    act_processor *p;
    act_stream_info made;
    bench b = { .arena = NULL };
    open_all(&b, argc > 4 ? argv[4] : "/tmp");
    uint64_t bytes = fill(&b, read_file(&b, file), count);
    act_processor_options o = { .broker = b.broker,
                                .policies = b.policies,
                                .env = b.env,
                                .workers = workers,
                                .clock = clock,
                                .metrics = b.metrics };
    int64_t start = act_mono_ns(clock);
    check(act_processor_start(&o, &p, &e), "processor", &e);
    check(act_processor_drain(p, 600 * ACT_NS_PER_S), "drain", &e);
    double s = (double)(act_mono_ns(clock) - start) / 1e9;
    act_processor_free(p);
    check(act_broker_stream_info(b.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &made), "", &e);
    machine_print();
    printf("%zu events, %.0f bytes each, %u worker(s): %.0f events/s, %" PRIu64
           " activities\n",
           count, (double)bytes / (double)count, workers, (double)count / s, made.messages);
    close_all(&b);
    return made.messages == 0;
}
