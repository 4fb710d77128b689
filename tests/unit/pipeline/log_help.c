#include "unit/pipeline/log_help.h"

#include "base/file.h"
#include "broker/broker_sqlite.h"

#include <dirent.h>
#include <unistd.h>

void log_start(test_log *l, uint64_t bytes)
{
    *l = (test_log){ .directory = strdup("/tmp/act-test-XXXXXX") };
    assert_non_null(mkdtemp(l->directory));
    assert_ok(act_metrics_new(&l->metrics));
    assert_ok(act_arena_new(512 << 20, 0, &l->arena));
    act_broker_sqlite_options o = { .directory = act_str_cstr(l->directory),
                                    .clock = act_clock_system(),
                                    .metrics = l->metrics };
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    if (bytes)
        limits.bytes = bytes;
    assert_ok(act_broker_sqlite_open(&o, &l->broker, NULL));
    assert_ok(act_streams_ensure(l->broker, &limits, NULL));
}

void log_stop(test_log *l)
{
    act_broker_free(l->broker);
    act_metrics_free(l->metrics);
    act_arena_free(l->arena);
    DIR *dir = opendir(l->directory);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    (void)rmdir(l->directory);
    free(l->directory);
}

const act_delivery *log_read(test_log *l, const char *stream, size_t *ret_n)
{
    act_reader *r;
    act_stream_info info;
    assert_ok(act_broker_stream_info(l->broker, act_str_cstr(stream), &info));
    act_delivery *all = act_arena_make_n(l->arena, act_delivery, info.messages + 1);
    assert_non_null(all);
    assert_ok(act_reader_open(l->broker, act_str_cstr(stream), info.first_sequence,
                              ACT_STR(""), &r));
    *ret_n = 0;
    while (*ret_n < info.messages) {
        const act_delivery *got;
        size_t n;
        assert_ok(act_reader_next(r, info.messages - *ret_n, 0, l->arena, &got, &n, NULL));
        memcpy(all + *ret_n, got, n * sizeof *got);
        *ret_n += n;
    }
    act_reader_close(r);
    return all;
}

size_t log_count(test_log *l, const char *stream)
{
    act_stream_info info;
    assert_ok(act_broker_stream_info(l->broker, act_str_cstr(stream), &info));
    return info.messages;
}

void log_drain(test_log *l, const char *stream, const char *durable)
{
    act_consumer *c;
    const act_delivery *got;
    size_t n;
    assert_ok(act_streams_consumer(l->broker, stream, durable, &c, NULL));
    while (act_consumer_fetch(c, 100, 0, l->arena, &got, &n) == ACT_OK)
        for (size_t i = 0; i < n; i++)
            assert_ok(act_consumer_ack(c, &got[i].sequence, 1));
    act_consumer_close(c);
}

uint64_t log_metric(test_log *l, const char *name)
{
    act_buf text = ACT_BUF_INIT;
    act_metrics_text(l->metrics, &text);
    uint64_t sum = 0;
    for (act_str rest = act_buf_str(&text), line, before; rest.len;) {
        rest = act_str_split(rest, '\n', &line);
        (void)act_str_split(line, ' ', &before);
        (void)act_str_split(before, '{', &before);
        if (!act_str_eq_cstr(before, name))
            continue;
        uint64_t value;
        assert_ok(
            act_str_to_u64(act_str_cut(line, act_str_rfind_byte(line, ' ') + 1), &value));
        sum += value;
    }
    act_buf_done(&text);
    return sum;
}

act_str log_data(test_log *l, const char *name)
{
    char path[512];
    act_buf content = ACT_BUF_INIT;
    act_str copy;
    (void)snprintf(path, sizeof path, "%s/%s", ACT_TEST_DATA, name);
    assert_ok(act_file_read(path, 64 << 20, &content, NULL));
    assert_ok(act_arena_str(l->arena, act_buf_str(&content), &copy));
    act_buf_done(&content);
    return copy;
}

const act_json *log_json(test_log *l, act_str text)
{
    act_json_parser *p;
    const act_json *v;
    act_err e = ACT_ERR_INIT;
    assert_ok(act_json_parser_new((act_json_limits){ .max_bytes = 64 << 20 }, &p));
    if (act_json_parse(p, l->arena, text, 0, &v, &e))
        fail_msg("%s in %.*s", e.text, ACT_STR_ARG(act_str_head(text, 300)));
    act_json_parser_free(p);
    return v;
}

act_str log_audit_event(test_log *l, const char *audit_id, const char *stage)
{
    act_str text;
    assert_ok(act_arena_printf(
        l->arena, &text,
        "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\","
        "\"auditID\":\"%s\",\"stage\":\"%s\",\"verb\":\"get\",\"requestURI\":\"/x\","
        "\"user\":{\"username\":\"ann\"},"
        "\"requestReceivedTimestamp\":\"2026-11-24T02:56:54.368386Z\","
        "\"stageTimestamp\":\"2026-11-24T02:56:54.372260Z\"}",
        audit_id, stage));
    return text;
}

act_str log_event(test_log *l, const char *uid, const char *version)
{
    act_str text;
    assert_ok(act_arena_printf(
        l->arena, &text,
        "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{\"name\":"
        "\"e\",\"namespace\":\"n\",\"uid\":\"%s\",\"resourceVersion\":\"%s\"},"
        "\"eventTime\":\"2026-11-24T02:58:22.411437Z\",\"reason\":\"Testing\","
        "\"type\":\"Normal\",\"note\":\"x\",\"regarding\":{\"kind\":\"Pod\","
        "\"namespace\":\"n\",\"name\":\"p\",\"apiVersion\":\"v1\"}}",
        uid, version));
    return text;
}
