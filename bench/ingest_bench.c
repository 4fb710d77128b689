/* Ingest: real audit events, made distinct, into the embedded store in blocks of 10,000.
 *
 *   ingest [ROWS [FILE]]     ROWS 300000, FILE tests/data/audit.jsonl
 *
 * Prints the rate with all indexes, projections and syncs on, of blocks alone and of the
 * ingester working off a log (when it also asks for each row whether the store has it, as
 * after a restart), and the bytes on disk. The
 * sample has a few thousand events, so most rows repeat an earlier one with a new id and
 * times; how far that flatters the compression shows beside the sample stored just once. */
#include "base/clock.h"
#include "broker/broker_sqlite.h"
#include "pipeline/ingester.h"
#include "pipeline/rows.h"
#include "pipeline/streams.h"
#include "store/store_chdb.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_ROWS = 10000,
    FIRST_SECOND = 1767225600, /* 2026-01-01T00:00:00Z */
    TARGET_RATE = 60000,
    PUBLISH_ROWS = 1000,
    WAIT_S = 600,
};

typedef struct {
    act_buf text;
    act_str *lines;
    size_t count;
} sample;

typedef struct {
    act_store *store;
    act_json_parser *parser;
    act_arena *arena;
    act_store_block *block;
    act_buf copy;
    uint64_t raw_bytes;
    int64_t build_ns;
    int64_t insert_ns;
} bench;

static void check(int err, const char *what, const act_err *detail)
{
    if (!err)
        return;
    fprintf(stderr, "%s: %s (%s)\n", what, act_strerror(err), detail ? detail->text : "");
    exit(1);
}

static sample read_sample(const char *path)
{
    sample s = { .text = ACT_BUF_INIT };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    check(fd < 0 || fstat(fd, &st) ? ACT_EIO : ACT_OK, path, NULL);
    char *at = act_buf_reserve(&s.text, (size_t)st.st_size);
    for (ssize_t n;
         at && (n = read(fd, at + s.text.len, (size_t)st.st_size - s.text.len)) > 0;)
        s.text.len += (size_t)n;
    close(fd);
    s.lines = calloc(s.text.len / 2 + 1, sizeof *s.lines);
    check(s.lines && at ? ACT_OK : ACT_ENOMEM, path, NULL);
    act_str rest = act_buf_str(&s.text);
    while (rest.len > 0) {
        act_str line;
        rest = act_str_split(rest, '\n', &line);
        if (line.len > 0)
            s.lines[s.count++] = line;
    }
    return s;
}

/* Overwrite the value of the first "key":"..." with as many bytes of @value. */
static void overwrite(act_buf *json, const char *key, act_str value)
{
    act_str all = act_buf_str(json);
    size_t at = act_str_find(all, act_str_cstr(key));
    if (at == SIZE_MAX || at + strlen(key) + value.len > json->len)
        return;
    memcpy(json->ptr + at + strlen(key), value.ptr, value.len);
}

/* The line as the @i-th event of a service that gets 1,000 a second. */
static void make_distinct(act_buf *json, act_str line, uint64_t i)
{
    act_buf_clear(json);
    act_buf_add(json, line);
    char id[40], time[ACT_RFC3339_MAX];
    uint64_t mixed = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    mixed ^= mixed >> 29;
    int n = snprintf(id, sizeof id, "%08x-%04x-4%03x-8%03x-%012" PRIx64,
                     (unsigned)(mixed >> 32), (unsigned)(mixed >> 16) & 0xffff,
                     (unsigned)(mixed >> 4) & 0xfff, (unsigned)mixed & 0xfff,
                     (mixed * UINT64_C(0xBF58476D1CE4E5B9)) >> 16);
    overwrite(json, "\"auditID\":\"", act_str_from(id, (size_t)n));
    int64_t ns = FIRST_SECOND * ACT_NS_PER_S + (int64_t)i * ACT_NS_PER_MS +
                 (int64_t)(mixed % 1000) * ACT_NS_PER_US;
    size_t len = act_rfc3339_format(ns, 6, time);
    overwrite(json, "\"requestReceivedTimestamp\":\"", act_str_from(time, len));
    len = act_rfc3339_format(ns + 4 * ACT_NS_PER_MS, 6, time);
    overwrite(json, "\"stageTimestamp\":\"", act_str_from(time, len));
}

static void add_rows(bench *b, const sample *s, uint64_t from, uint64_t to)
{
    int64_t start = act_mono_ns(act_clock_system());
    for (uint64_t i = from; i < to; i++) {
        make_distinct(&b->copy, s->lines[i % s->count], i);
        const act_json *record;
        act_err e = ACT_ERR_INIT;
        act_arena_reset(b->arena);
        check(act_json_parse(b->parser, b->arena, act_buf_str(&b->copy), 0, &record, &e),
              "parse", &e);
        check(act_row_audit_add(b->block, b->arena, record, act_buf_str(&b->copy)), "row",
              NULL);
        b->raw_bytes += b->copy.len;
    }
    b->build_ns += act_mono_ns(act_clock_system()) - start;
}

static void insert_block(bench *b, uint64_t from)
{
    char token[32];
    int n = snprintf(token, sizeof token, "bench-%" PRIu64, from);
    act_err e = ACT_ERR_INIT;
    int64_t start = act_mono_ns(act_clock_system());
    check(act_store_insert(b->store, b->block, act_str_from(token, (size_t)n), &e),
          "insert", &e);
    b->insert_ns += act_mono_ns(act_clock_system()) - start;
    act_store_block_clear(b->block);
}

static void ingest(bench *b, const sample *s, uint64_t rows)
{
    for (uint64_t i = 0; i < rows; i += BLOCK_ROWS) {
        uint64_t end = i + BLOCK_ROWS < rows ? i + BLOCK_ROWS : rows;
        add_rows(b, s, i, end);
        insert_block(b, i);
    }
}

static uint64_t ask(act_store *s, const char *sql)
{
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    check(act_store_query(s, act_str_cstr(sql), NULL, 0, NULL, &rows, &e), sql, &e);
    check(act_rows_next(rows, &e) == 1 ? ACT_OK : ACT_EIO, sql, &e);
    uint64_t value = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return value;
}

static void print_disk(bench *b, const char *what)
{
    uint64_t rows = ask(b->store, "SELECT count() FROM " ACT_TABLE_AUDIT);
    uint64_t disk =
        ask(b->store, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active "
                      "AND database = 'audit' AND table = 'audit_logs'");
    uint64_t json = ask(b->store, "SELECT sum(column_data_compressed_bytes) FROM "
                                  "system.parts_columns WHERE active AND table = "
                                  "'audit_logs' AND column = 'event_json'");
    printf("%-34s %8" PRIu64 " rows  %5.0f B/row raw  %5.1f B/row on disk (JSON %.1f)  "
           "1/%.1f of raw  (target 1/8)\n",
           what, rows, (double)b->raw_bytes / (double)rows, (double)disk / (double)rows,
           (double)json / (double)rows, (double)b->raw_bytes / (double)disk);
}

/* ---- blocks ------------------------------------------------------------------------- */

static void open_store(bench *b, const char *directory)
{
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(directory),
    };
    check(act_store_chdb_open(&options, &b->store, &e), "open", &e);
    check(act_store_migrate(b->store, NULL, &e), "migrate", &e);
}

static void open_bench(bench *b, char *directory)
{
    *b = (bench){ .copy = ACT_BUF_INIT };
    check(mkdtemp(directory) ? ACT_OK : ACT_EIO, directory, NULL);
    open_store(b, directory);
    check(act_json_parser_new((act_json_limits){ 0 }, &b->parser), "parser", NULL);
    check(act_arena_new(64 << 20, 1 << 20, &b->arena), "arena", NULL);
    check(act_row_audit_block(&b->block), "block", NULL);
}

static void close_bench(bench *b, const char *directory)
{
    act_store_block_free(b->block);
    act_json_parser_free(b->parser);
    act_arena_free(b->arena);
    act_buf_done(&b->copy);
    act_store_free(b->store);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0)
        fprintf(stderr, "%s is left behind\n", directory);
}

static double seconds_since(int64_t start)
{
    return (double)(act_mono_ns(act_clock_system()) - start) / 1e9;
}

static void run_once(const sample *s)
{
    char directory[] = "/tmp/activity-ingest-XXXXXX";
    act_err e = ACT_ERR_INIT;
    bench b;
    open_bench(&b, directory);
    ingest(&b, s, s->count);
    check(act_store_exec(b.store, ACT_STR("OPTIMIZE TABLE " ACT_TABLE_AUDIT " FINAL"), NULL,
                         0, &e),
          "optimize", &e);
    print_disk(&b, "sample once, nothing repeated");
    close_bench(&b, directory);
}

static void run_blocks(const sample *s, uint64_t rows)
{
    char directory[] = "/tmp/activity-ingest-XXXXXX";
    bench b;
    open_bench(&b, directory);
    int64_t start = act_mono_ns(act_clock_system());
    ingest(&b, s, rows);
    double seconds = seconds_since(start);
    printf("blocks    %" PRIu64
           " rows in %.2f s: %6.0f rows/s  (parse and build %.0f rows/s, "
           "insert %.0f rows/s, one thread after the other)\n",
           rows, seconds, (double)rows / seconds, (double)rows / ((double)b.build_ns / 1e9),
           (double)rows / ((double)b.insert_ns / 1e9));
    print_disk(&b, "repeated sample, as inserted");
    close_bench(&b, directory);
}

/* ---- the ingester ------------------------------------------------------------------- */

static void publish(bench *b, act_broker *broker, const sample *s, uint64_t rows)
{
    act_message messages[PUBLISH_ROWS];
    act_err e = ACT_ERR_INIT;
    for (uint64_t i = 0; i < rows;) {
        size_t n = 0;
        act_arena_reset(b->arena);
        for (; n < PUBLISH_ROWS && i < rows; n++, i++) {
            make_distinct(&b->copy, s->lines[i % s->count], i);
            messages[n] = (act_message){ .subject = ACT_STR("audit.k8s.activity") };
            check(act_arena_str(b->arena, act_buf_str(&b->copy), &messages[n].payload),
                  "copy", NULL);
        }
        check(act_broker_publish(broker, ACT_STR(ACT_STREAM_AUDIT), messages, n, NULL, &e),
              "publish", &e);
    }
}

static void run_ingester(const sample *s, uint64_t rows)
{
    char directory[] = "/tmp/activity-ingest-XXXXXX", log[64];
    act_err e = ACT_ERR_INIT;
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    limits.bytes = UINT64_C(64) << 30;
    bench b;
    open_bench(&b, directory);
    snprintf(log, sizeof log, "%s/log", directory);
    act_ingester_options o = { .store = b.store, .clock = act_clock_system() };
    check(
        act_broker_sqlite_open(&(act_broker_sqlite_options){ .directory = act_str_cstr(log),
                                                             .clock = o.clock },
                               &o.broker, &e),
        "broker", &e);
    check(act_streams_ensure(o.broker, &limits, &e), "streams", &e);
    publish(&b, o.broker, s, rows);

    act_ingester *in;
    int64_t start = act_mono_ns(o.clock);
    check(act_ingester_start(&o, &in, &e), "ingester", &e);
    check(act_ingester_drain(in, WAIT_S * ACT_NS_PER_S), "drain", NULL);
    double seconds = seconds_since(start);
    act_ingester_free(in);
    uint64_t stored = ask(b.store, "SELECT count() FROM " ACT_TABLE_AUDIT);
    printf("ingester  %" PRIu64
           " rows in %.2f s: %6.0f rows/s  (target %d), log to store, each "
           "row asked for before; %" PRIu64 " are there\n",
           rows, seconds, (double)rows / seconds, TARGET_RATE, stored);
    act_broker_free(o.broker);
    close_bench(&b, directory);
}

int main(int argc, char **argv)
{
    uint64_t rows = 300000;
    if (argc > 1 && act_str_to_u64(act_str_cstr(argv[1]), &rows)) {
        fprintf(stderr, "usage: ingest [ROWS [FILE]]\n");
        return 2;
    }
    sample s = read_sample(argc > 2 ? argv[2] : ACT_SOURCE_DIR "/tests/data/audit.jsonl");
    run_once(&s);
    run_blocks(&s, rows);
    run_ingester(&s, rows);
    free(s.lines);
    act_buf_done(&s.text);
    return 0;
}
