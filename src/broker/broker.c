#include "broker/broker.h"

#include "broker/broker_backend.h"
#include "broker/subject.h"

bool act_broker_name_is_valid(act_str name)
{
    if (name.len == 0 || name.len > ACT_BROKER_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!ok)
            return false;
    }
    return true;
}

static int check_stream_name(act_str name, act_err *reterr)
{
    if (act_broker_name_is_valid(name))
        return ACT_OK;
    return act_fail(reterr, ACT_EINVAL, "stream name \"%.*s\": want [A-Za-z0-9_-]{1,%d}",
                    ACT_STR_ARG(name), ACT_BROKER_NAME_MAX);
}

int act_broker_stream_ensure(act_broker *b, const act_stream_config *config,
                             act_err *reterr)
{
    int err = check_stream_name(config->name, reterr);
    if (err)
        return err;
    if (!act_subject_pattern_is_valid(config->subjects))
        return act_fail(reterr, ACT_EINVAL, "stream %.*s: malformed pattern \"%.*s\"",
                        ACT_STR_ARG(config->name), ACT_STR_ARG(config->subjects));
    if (config->max_age_ns < 0 || config->duplicate_window_ns < 0 ||
        config->max_bytes > INT64_MAX)
        return act_fail(reterr, ACT_EINVAL, "stream %.*s: a limit is out of range",
                        ACT_STR_ARG(config->name));
    return b->ops->stream_ensure(b, config, reterr);
}

int act_broker_publish(act_broker *b, act_str stream, const act_message *messages, size_t n,
                       uint64_t *ret_sequences, act_err *reterr)
{
    int err = check_stream_name(stream, reterr);
    if (err || n == 0)
        return err;
    for (size_t i = 0; i < n; i++) {
        const act_message *m = &messages[i];
        if (!act_subject_is_valid(m->subject))
            return act_fail(reterr, ACT_EINVAL, "message %zu: malformed subject \"%.*s\"",
                            i, ACT_STR_ARG(act_str_head(m->subject, 200)));
        if (m->id.len > ACT_BROKER_ID_MAX)
            return act_fail(reterr, ACT_EINVAL, "message %zu: id of %zu bytes (at most %d)",
                            i, m->id.len, ACT_BROKER_ID_MAX);
    }
    return b->ops->publish(b, stream, messages, n, ret_sequences, reterr);
}

int act_broker_stream_info(act_broker *b, act_str stream, act_stream_info *ret)
{
    int err = check_stream_name(stream, NULL);
    return err ? err : b->ops->stream_info(b, stream, ret);
}

int act_consumer_open(act_broker *b, act_str stream, const act_consumer_config *config,
                      act_consumer **ret, act_err *reterr)
{
    int err = check_stream_name(stream, reterr);
    if (err)
        return err;
    if (!act_broker_name_is_valid(config->durable))
        return act_fail(reterr, ACT_EINVAL, "consumer name \"%.*s\": as of a stream",
                        ACT_STR_ARG(config->durable));
    if (config->filter.len && !act_subject_pattern_is_valid(config->filter))
        return act_fail(reterr, ACT_EINVAL, "consumer %.*s: malformed filter \"%.*s\"",
                        ACT_STR_ARG(config->durable), ACT_STR_ARG(config->filter));
    if (config->ack_wait_ns <= 0 || config->max_ack_pending == 0)
        return act_fail(reterr, ACT_EINVAL,
                        "consumer %.*s: ack_wait and max_ack_pending must be positive",
                        ACT_STR_ARG(config->durable));
    act_consumer_config checked = *config;
    if (checked.filter.len == 0)
        checked.filter = ACT_STR(">");
    return b->ops->consumer_open(b, stream, &checked, ret, reterr);
}

void act_consumer_close(act_consumer *c)
{
    if (c)
        c->ops->consumer_close(c);
}

int act_consumer_fetch(act_consumer *c, size_t max, int64_t wait_ns, act_arena *a,
                       const act_delivery **ret, size_t *ret_n)
{
    return max == 0 ? ACT_EINVAL : c->ops->fetch(c, max, wait_ns, a, ret, ret_n);
}

int act_consumer_ack(act_consumer *c, const uint64_t *sequences, size_t n)
{
    return n == 0 ? ACT_OK : c->ops->ack(c, sequences, n);
}

int act_consumer_nak(act_consumer *c, uint64_t sequence, int64_t delay_ns)
{
    return delay_ns < 0 ? ACT_EINVAL : c->ops->nak(c, sequence, delay_ns);
}

int act_consumer_in_progress(act_consumer *c, const uint64_t *sequences, size_t n)
{
    return n == 0 ? ACT_OK : c->ops->in_progress(c, sequences, n);
}

int act_consumer_get_info(act_consumer *c, act_consumer_info *ret)
{
    return c->ops->consumer_info(c, ret);
}

int act_reader_open(act_broker *b, act_str stream, uint64_t from, act_str filter,
                    act_reader **ret)
{
    int err = check_stream_name(stream, NULL);
    if (err)
        return err;
    if (filter.len == 0)
        filter = ACT_STR(">");
    if (!act_subject_pattern_is_valid(filter))
        return ACT_EINVAL;
    return b->ops->reader_open(b, stream, from, filter, ret);
}

int act_reader_next(act_reader *r, size_t max, int64_t wait_ns, act_arena *a,
                    const act_delivery **ret, size_t *ret_n, uint64_t *ret_next)
{
    if (max == 0)
        return ACT_EINVAL;
    return r->ops->reader_next(r, max, wait_ns, a, ret, ret_n, ret_next);
}

void act_reader_close(act_reader *r)
{
    if (r)
        r->ops->reader_close(r);
}

int act_broker_ping(act_broker *b)
{
    return b->ops->ping(b);
}

void act_broker_stop(act_broker *b)
{
    b->ops->stop(b);
}

void act_broker_free(act_broker *b)
{
    if (b)
        b->ops->free(b);
}
