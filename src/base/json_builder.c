#include "base/json_builder.h"

#include "base/json_object.h"

enum { FIRST_ROOM = 8 };

/* Room for one more of @size bytes behind @n in @list, which may move. */
static void *with_room(act_arena *a, void *list, size_t n, size_t size, size_t *room,
                       int *err)
{
    if (*err || n < *room)
        return list;
    size_t more = n ? 2 * n : FIRST_ROOM;
    void *moved = n < UINT32_MAX / 2 ? act_arena_array(a, more, size) : NULL;
    if (!moved) {
        *err = ACT_ENOMEM;
        return list;
    }
    if (n)
        memcpy(moved, list, n * size);
    *room = more;
    return moved;
}

static void add_member(act_json_object_builder *b, act_str key, uint64_t hash,
                       act_json value)
{
    b->members =
        with_room(b->arena, b->members, b->n, sizeof *b->members, &b->room, &b->err);
    if (!b->err)
        b->members[b->n++] = (act_json_member){ key, hash, value };
}

void act_json_object_add(act_json_object_builder *b, act_str key, act_json value)
{
    add_member(b, key, act_str_hash(key), value);
}

void act_json_object_add_as(act_json_object_builder *b, const act_json_member *like,
                            act_json value)
{
    add_member(b, like->key, like->hash, value);
}

int act_json_object_built(act_json_object_builder *b, act_json *ret)
{
    act_json object = { .type = ACT_JSON_OBJECT };
    int r = b->err;
    if (!r && b->n > 0)
        r = act_json_object_make(b->arena, b->members, b->n, &object);
    if (!r)
        *ret = object;
    return r;
}

void act_json_array_add(act_json_array_builder *b, act_json value)
{
    b->items = with_room(b->arena, b->items, b->n, sizeof *b->items, &b->room, &b->err);
    if (!b->err)
        b->items[b->n++] = value;
}

int act_json_array_built(const act_json_array_builder *b, act_json *ret)
{
    if (b->err)
        return b->err;
    *ret =
        (act_json){ .type = ACT_JSON_ARRAY, .count = (uint32_t)b->n, .as.items = b->items };
    return 0;
}
