#include "api/hub_seen.h"

#include "base/alloc.h"

#include <string.h>

enum { FIRST_SIZE = 16 };

void act_hub_seen_done(act_hub_seen *s)
{
    act_dealloc(s->items);
    *s = (act_hub_seen){ 0 };
}

static uint64_t identity_of(const act_json *object)
{
    static const char *const keys[] = { "namespace", "name", "uid" };
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    uint64_t hash = 0;
    for (size_t i = 0; i < ACT_COUNT(keys); i++)
        hash = (hash ^
                act_str_hash(act_json_string(act_json_get(meta, act_str_cstr(keys[i]))))) *
               UINT64_C(0x9E3779B97F4A7C15);
    return hash & ~UINT64_C(1);
}

static uint64_t *find(const act_hub_seen *s, uint64_t identity)
{
    for (size_t i = 0; i < s->n; i++)
        if ((s->items[i] & ~UINT64_C(1)) == identity)
            return &s->items[i];
    return NULL;
}

const char *act_hub_seen_change(const act_hub_seen *s, const act_json *object,
                                const char *change, bool selected)
{
    const uint64_t *item = find(s, identity_of(object));
    bool was = item ? *item & 1 : selected;
    bool deleted = strcmp(change, "DELETED") == 0;
    if (!was)
        return selected && !deleted ? "ADDED" : NULL;
    return selected ? change : "DELETED";
}

static bool grow(act_hub_seen *s)
{
    size_t size = s->size > 0 ? s->size * 2 : FIRST_SIZE;
    uint64_t *items = act_realloc(s->items, size * sizeof *items);
    if (!items)
        return false;
    s->items = items;
    s->size = size;
    return true;
}

void act_hub_seen_note(act_hub_seen *s, const act_json *object, bool selected)
{
    uint64_t identity = identity_of(object);
    uint64_t *item = find(s, identity);
    if (!item && s->n == ACT_HUB_SEEN_MAX) {
        item = &s->items[s->next];
        s->next = (s->next + 1) % ACT_HUB_SEEN_MAX;
    } else if (!item && (s->n < s->size || grow(s))) {
        item = &s->items[s->n++];
    }
    if (item)
        *item = identity | selected;
}
