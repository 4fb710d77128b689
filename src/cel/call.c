/* What function implementations ask of a running call: memory, errors, caches. */
#include "cel/cost.h"
#include "cel/eval.h"

#include "base/alloc.h"

cel_value cel_call_fail(cel_call *call, enum cel_error_kind kind, const char *text)
{
    return cel_error(kind, call->at, text);
}

act_arena *cel_call_arena(cel_call *call)
{
    return call->arena;
}

void *cel_call_data(cel_call *call)
{
    return call->overload ? call->overload->ud : NULL;
}

void *cel_call_user(cel_call *call)
{
    return call->user;
}

cel_value cel_call_failf(cel_call *call, enum cel_error_kind kind, const char *format, ...)
{
    act_str text = { 0 };
    va_list args;
    va_start(args, format);
    int err = act_arena_vprintf(call->arena, &text, format, args);
    va_end(args);
    return cel_error(kind, call->at, err ? NULL : text.ptr);
}

char *cel_call_room(cel_call *call, size_t len)
{
    if (len > call->limits->string_bytes)
        return NULL;
    return act_arena_bytes(call->arena, len);
}

cel_value cel_call_string(cel_call *call, const char *s, size_t len)
{
    char *room = cel_call_room(call, len);
    if (!room)
        return cel_call_memory(call);
    if (len)
        memcpy(room, s, len);
    return cel_string(act_str_from(room, len));
}

cel_value *cel_call_items(cel_call *call, size_t count)
{
    if (count > call->limits->collection)
        return NULL;
    return act_arena_make_n(call->arena, cel_value, count);
}

static void drop_regex(struct cel_cached_regex *c)
{
    act_str_free(c->pattern);
    cel_regex_free(c->re);
    *c = (struct cel_cached_regex){ 0 };
}

void cel_scratch_done(cel_scratch *s)
{
    for (uint32_t i = 0; i < s->regex_count; i++)
        drop_regex(&s->regex[i]);
    cel_zones_free(s->zones);
    *s = (cel_scratch){ 0 };
}

static cel_value regex_error(cel_call *call, int err, const act_err *detail)
{
    if (err == ACT_ENOMEM)
        return cel_call_memory(call);
    return cel_call_failf(call, CEL_E_REGEX, "%s", detail->text);
}

static struct cel_cached_regex *find_regex(cel_scratch *s, act_str pattern, uint64_t hash)
{
    for (uint32_t i = 0; i < s->regex_count; i++)
        if (s->regex[i].hash == hash && act_str_eq(s->regex[i].pattern, pattern))
            return &s->regex[i];
    return NULL;
}

/* Compile @pattern into a place of the cache; on failure *reterr says why. */
static int add_regex(cel_call *call, act_str pattern, uint64_t hash,
                     struct cel_cached_regex **ret, cel_value *reterr)
{
    cel_scratch *s = call->scratch;
    act_err detail = ACT_ERR_INIT;
    struct cel_cached_regex fresh = { .hash = hash };
    cel_regex_limits limits = cel_limits_of_regex(call->limits);
    int err = cel_regex_compile(pattern, &limits, &fresh.re, &detail);
    if (!err)
        err = act_str_dup(pattern, &fresh.pattern);
    if (err) {
        cel_regex_free(fresh.re);
        *reterr = regex_error(call, err, &detail);
        return err;
    }
    struct cel_cached_regex *place = &s->regex[s->regex_next];
    s->regex_next = (s->regex_next + 1) % CEL_REGEX_CACHE;
    if (s->regex_count < CEL_REGEX_CACHE)
        s->regex_count++;
    else
        drop_regex(place);
    *place = fresh;
    *ret = place;
    return ACT_OK;
}

int cel_call_regex(cel_call *call, act_str pattern, const cel_regex **ret,
                   cel_value *reterr)
{
    uint64_t hash = act_str_hash(pattern);
    struct cel_cached_regex *found = find_regex(call->scratch, pattern, hash);
    int err = found ? ACT_OK : add_regex(call, pattern, hash, &found, reterr);
    /* Compiling is work by the size of the program, and most where that passes the limit.
     * It is charged whether the cache spares it or not: costs do not depend on the past. */
    uint64_t size = 1;
    if (!err)
        size = cel_regex_size(found->re);
    else if (err == ACT_ELIMIT)
        size = 2 * (uint64_t)call->limits->regex_program;
    if (!cel_call_charge(call, size * CEL_COST_PATTERN)) {
        *reterr = cel_error(CEL_E_COST_LIMIT, call->at, NULL);
        return ACT_ELIMIT;
    }
    if (!err)
        *ret = found->re;
    return err;
}

int cel_call_zone_offset(cel_call *call, act_str name, int64_t unix_seconds, int32_t *ret,
                         cel_value *reterr)
{
    int err = ACT_OK;
    if (act_str_find_byte(name, ':') != SIZE_MAX) { /* no IANA name has a colon */
        err = cel_zone_fixed(name, ret);
    } else if (act_str_eq(name, ACT_STR("UTC"))) {
        *ret = 0;
    } else {
        cel_scratch *s = call->scratch;
        const cel_zone *zone;
        if (!s->zones)
            err = cel_zones_new(call->env->zoneinfo.len ? call->env->zoneinfo.ptr : NULL,
                                call->limits->zones, &s->zones);
        if (!cel_call_charge(call, CEL_COST_ZONE)) {
            *reterr = cel_error(CEL_E_COST_LIMIT, call->at, NULL);
            return ACT_ELIMIT;
        }
        if (!err)
            err = cel_zones_get(s->zones, name, &zone);
        if (!err)
            *ret = cel_zone_offset(zone, unix_seconds);
    }
    if (err == ACT_ENOMEM)
        *reterr = cel_call_memory(call);
    else if (err)
        *reterr = cel_call_failf(call, CEL_E_INVALID_ARGUMENT, "unknown time zone %.*s",
                                 ACT_STR_ARG(act_str_head(name, CEL_ZONE_NAME_MAX)));
    return err;
}
