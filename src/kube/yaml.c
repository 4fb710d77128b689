#include "kube/yaml.h"

#include "base/json_write.h"
#include "kube/yaml_scalar.h"

#include <yaml.h>

enum {
    BYTES_DEFAULT = 3 << 20,
    DEPTH_DEFAULT = 128,
    NODES_DEFAULT = 200000,
    DOCUMENTS_DEFAULT = 1000,
    ANCHORS_MAX = 1000,
    MAPPING_KEYS_MAX = 10000, /* each new key is compared with all before it */
};

typedef struct {
    act_str name;
    act_json value;
    bool open; /* still being read: an alias to it would be endless */
} anchor;

typedef struct {
    yaml_parser_t parser;
    act_arena *arena;
    act_err *e;
    act_yaml_limits limits;
    act_yaml_repeats *repeats; /* NULL: they are an error */
    uint32_t depth, nodes;
    size_t n_anchors;
    anchor *anchors; /* of the current document */
} reader;

/* Items of a sequence or mapping while their number is unknown. */
typedef struct chain chain;
struct chain {
    chain *next;
    act_json_member member;
};

/* A mapping being read. */
typedef struct {
    chain *first, **tail;
    uint32_t n, keys; /* keys: also those that stand again, or are merged in vain */
} mapping;

static int fail_at(const reader *r, yaml_mark_t mark, int err, const char *why)
{
    return act_fail_at(r->e, err, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1,
                       mark.index, "%s", why);
}

static int next_event(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return ACT_OK;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return ACT_ENOMEM;
    return fail_at(r, r->parser.problem_mark, ACT_EPARSE,
                   r->parser.problem ? r->parser.problem : "not YAML");
}

static int count_node(reader *r, yaml_mark_t mark)
{
    if (++r->nodes > r->limits.max_nodes)
        return fail_at(r, mark, ACT_ELIMIT, "too many values");
    return ACT_OK;
}

/* All values below @v, itself included, up to @limit: what an alias adds. */
static uint32_t size_of(const act_json *v, uint32_t limit)
{
    uint32_t total = 1;
    size_t n;
    if (v->type == ACT_JSON_ARRAY) {
        const act_json *items = act_json_items(v, &n);
        for (size_t i = 0; i < n && total < limit; i++)
            total += size_of(&items[i], limit - total);
    } else if (v->type == ACT_JSON_OBJECT) {
        const act_json_member *members = act_json_members(v, &n);
        for (size_t i = 0; i < n && total < limit; i++)
            total += size_of(&members[i].value, limit - total);
    }
    return total;
}

static int begin_anchor(reader *r, const yaml_char_t *name, yaml_mark_t mark, size_t *ret)
{
    *ret = SIZE_MAX;
    if (!name)
        return ACT_OK;
    if (r->n_anchors == ANCHORS_MAX)
        return fail_at(r, mark, ACT_ELIMIT, "too many anchors");
    anchor *a = &r->anchors[r->n_anchors];
    int err = act_arena_str(r->arena, act_str_cstr((const char *)name), &a->name);
    if (err)
        return err;
    a->open = true;
    *ret = r->n_anchors++;
    return ACT_OK;
}

static void end_anchor(reader *r, size_t index, act_json value)
{
    if (index == SIZE_MAX)
        return;
    r->anchors[index].value = value;
    r->anchors[index].open = false;
}

static int read_alias(reader *r, const yaml_event_t *event, act_json *ret)
{
    act_str name = act_str_cstr((const char *)event->data.alias.anchor);
    for (size_t i = r->n_anchors; i-- > 0;) {
        anchor *a = &r->anchors[i];
        if (!act_str_eq(a->name, name))
            continue;
        if (a->open)
            return fail_at(r, event->start_mark, ACT_EPARSE, "alias inside of its anchor");
        uint32_t left = r->limits.max_nodes - r->nodes, size = size_of(&a->value, left + 1);
        if (size > left)
            return fail_at(r, event->start_mark, ACT_ELIMIT,
                           "aliases make too many values");
        r->nodes += size;
        *ret = a->value;
        return ACT_OK;
    }
    return fail_at(r, event->start_mark, ACT_EPARSE, "alias of an unknown anchor");
}

static int read_scalar(reader *r, const yaml_event_t *event, act_json *ret)
{
    act_str text;
    int err = act_arena_str(
        r->arena, act_str_from(event->data.scalar.value, event->data.scalar.length), &text);
    if (err)
        return err;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *why = NULL;
    if (!act_yaml_scalar(text, (const char *)event->data.scalar.tag, plain, ret, &why))
        return fail_at(r, event->start_mark, ACT_EPARSE, why);
    return ACT_OK;
}

static int read_value(reader *r, yaml_event_t *event, act_json *ret);

static int read_sequence(reader *r, act_json *ret)
{
    chain *first = NULL, **tail = &first;
    uint32_t n = 0;
    for (;;) {
        yaml_event_t event;
        int err = next_event(r, &event);
        if (err)
            return err;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        chain *link = act_arena_make(r->arena, chain);
        err = link ? read_value(r, &event, &link->member.value) : ACT_ENOMEM;
        yaml_event_delete(&event);
        if (err)
            return err;
        *tail = link;
        tail = &link->next;
        n++;
    }
    act_json *items = act_arena_make_n(r->arena, act_json, n);
    if (!items)
        return ACT_ENOMEM;
    size_t i = 0;
    for (const chain *c = first; c; c = c->next)
        items[i++] = c->member.value;
    *ret = (act_json){ .type = ACT_JSON_ARRAY, .count = n, .as.items = items };
    return ACT_OK;
}

/* Is the scalar a string, rather than the number or the like that it looks like? */
static bool is_string(const yaml_event_t *event)
{
    act_json value;
    const char *why;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    act_str text = act_str_from(event->data.scalar.value, event->data.scalar.length);
    return !act_yaml_scalar(text, (const char *)event->data.scalar.tag, plain, &value,
                            &why) ||
           value.type == ACT_JSON_STRING;
}

/* The text of a key: strings as they are, other scalars as JSON writes them. */
static int read_key(reader *r, yaml_event_t *event, act_str *ret, bool *ret_quoted)
{
    act_json key;
    *ret_quoted = true;
    if (event->type == YAML_ALIAS_EVENT) {
        int err = read_alias(r, event, &key);
        if (err)
            return err;
        if (key.type != ACT_JSON_STRING)
            return fail_at(r, event->start_mark, ACT_EPARSE, "a key must be a string");
        *ret = key.as.string;
        return ACT_OK;
    }
    if (event->type != YAML_SCALAR_EVENT)
        return fail_at(r, event->start_mark, ACT_EPARSE, "a key must be a scalar");
    size_t anchored;
    *ret_quoted = is_string(event);
    int err = begin_anchor(r, event->data.scalar.anchor, event->start_mark, &anchored);
    if (!err)
        err = act_arena_str(
            r->arena, act_str_from(event->data.scalar.value, event->data.scalar.length),
            ret);
    if (!err)
        end_anchor(r, anchored, (act_json){ .type = ACT_JSON_STRING, .as.string = *ret });
    return err;
}

static chain *find_key(const mapping *m, uint64_t hash, act_str key)
{
    for (chain *c = m->first; c; c = c->next)
        if (c->member.hash == hash && act_str_eq(c->member.key, key))
            return c;
    return NULL;
}

static void append(mapping *m, chain *link)
{
    *m->tail = link;
    m->tail = &link->next;
    m->n++;
}

/* Each key is compared with those before it. */
static int count_key(const reader *r, mapping *m, yaml_mark_t mark)
{
    if (m->keys++ == MAPPING_KEYS_MAX)
        return fail_at(r, mark, ACT_ELIMIT, "too many keys in a mapping");
    return ACT_OK;
}

static int note_repeat(reader *r, act_str key, bool quoted, yaml_mark_t value)
{
    act_yaml_repeats *all = r->repeats;
    if (all->n++ >= ACT_COUNT(all->texts))
        return ACT_OK;
    act_buf text = ACT_BUF_INIT;
    act_buf_printf(&text, "line %zu: key ", value.line + 1);
    if (quoted)
        act_json_add_string(&text, key);
    else
        act_buf_add(&text, key);
    act_buf_add(&text, ACT_STR(" already set in map"));
    int err = act_buf_err(&text);
    if (!err)
        err = act_arena_str(r->arena, act_buf_str(&text), &all->texts[all->n - 1]);
    act_buf_done(&text);
    return err;
}

/* The value of a key that was read, and where it stands. */
static int read_member(reader *r, act_json *ret, yaml_mark_t *ret_mark)
{
    yaml_event_t event;
    int err = next_event(r, &event);
    if (err)
        return err;
    *ret_mark = event.start_mark;
    err = read_value(r, &event, ret);
    yaml_event_delete(&event);
    return err;
}

/* The member whose key is @event; of a key that was there before it has the value. */
static int read_pair(reader *r, yaml_event_t *event, mapping *map)
{
    bool quoted;
    yaml_mark_t mark;
    chain *link = act_arena_make(r->arena, chain);
    if (!link)
        return ACT_ENOMEM;
    act_json_member *m = &link->member;
    int err = read_key(r, event, &m->key, &quoted);
    if (err)
        return err;
    m->hash = act_str_hash(m->key);
    chain *before = find_key(map, m->hash, m->key);
    if (before && !r->repeats)
        return fail_at(r, event->start_mark, ACT_EPARSE, "key stands twice in a mapping");
    err = read_member(r, &m->value, &mark);
    if (err)
        return err;
    if (!before) {
        append(map, link);
        return ACT_OK;
    }
    before->member.value = m->value;
    return note_repeat(r, m->key, quoted, mark);
}

/* "<<", which merges the mapping that is its value into this one. */
static bool is_merge(const yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT)
        return false;
    act_str text = act_str_from(event->data.scalar.value, event->data.scalar.length);
    return act_str_eq_cstr(text, "<<") &&
           event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The members of @v that @map has not. */
static int merge_mapping(reader *r, const act_json *v, yaml_mark_t mark, mapping *map)
{
    size_t n;
    const act_json_member *members = act_json_members(v, &n);
    if (v->type != ACT_JSON_OBJECT)
        return fail_at(r, mark, ACT_EPARSE,
                       "map merge requires map or sequence of maps as the value");
    for (size_t i = 0; i < n; i++) {
        int err = count_key(r, map, mark);
        if (err)
            return err;
        if (find_key(map, members[i].hash, members[i].key))
            continue;
        chain *link = act_arena_make(r->arena, chain);
        if (!link)
            return ACT_ENOMEM;
        link->member = members[i];
        append(map, link);
    }
    return ACT_OK;
}

/* What "<<" names comes behind all that stands in the mapping itself; of several, what an
 * earlier one has counts. */
static int merge(reader *r, const act_json *v, yaml_mark_t mark, mapping *map)
{
    size_t n;
    if (v->type != ACT_JSON_ARRAY)
        return merge_mapping(r, v, mark, map);
    const act_json *items = act_json_items(v, &n);
    int err = ACT_OK;
    for (size_t i = 0; i < n && !err; i++)
        err = merge_mapping(r, &items[i], mark, map);
    return err;
}

static int finish_mapping(reader *r, const mapping *map, act_json *ret)
{
    act_json_member *members = act_arena_make_n(r->arena, act_json_member, map->n);
    if (!members)
        return ACT_ENOMEM;
    size_t i = 0;
    for (const chain *c = map->first; c; c = c->next)
        members[i++] = c->member;
    *ret = (act_json){ .type = ACT_JSON_OBJECT, .count = map->n, .as.members = members };
    return ACT_OK;
}

static int read_mapping(reader *r, act_json *ret)
{
    mapping map = { .n = 0 };
    act_json merged;
    yaml_mark_t mark;
    bool merges = false;
    map.tail = &map.first;
    for (;;) {
        yaml_event_t event;
        int err = next_event(r, &event);
        if (err)
            return err;
        bool end = event.type == YAML_MAPPING_END_EVENT;
        bool merge_key = is_merge(&event);
        if (merge_key && merges)
            err = fail_at(r, event.start_mark, ACT_EPARSE, "<< stands twice in a mapping");
        if (!err && !end)
            err = count_key(r, &map, event.start_mark);
        if (!err && merge_key)
            err = read_member(r, &merged, &mark);
        else if (!err && !end)
            err = read_pair(r, &event, &map);
        yaml_event_delete(&event);
        merges = merges || merge_key;
        if (err)
            return err;
        if (end)
            break;
    }
    int err = merges ? merge(r, &merged, mark, &map) : ACT_OK;
    return err ? err : finish_mapping(r, &map, ret);
}

static int read_collection(reader *r, const yaml_event_t *event, act_json *ret)
{
    if (r->depth == r->limits.max_depth)
        return fail_at(r, event->start_mark, ACT_ELIMIT, "nested too deep");
    r->depth++;
    bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
    size_t anchored;
    int err = begin_anchor(
        r, sequence ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
        event->start_mark, &anchored);
    if (!err)
        err = sequence ? read_sequence(r, ret) : read_mapping(r, ret);
    if (!err)
        end_anchor(r, anchored, *ret);
    r->depth--;
    return err;
}

static int read_value(reader *r, yaml_event_t *event, act_json *ret)
{
    int err = count_node(r, event->start_mark);
    if (err)
        return err;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r, event, ret);
    case YAML_SCALAR_EVENT: {
        size_t anchored;
        err = begin_anchor(r, event->data.scalar.anchor, event->start_mark, &anchored);
        if (!err)
            err = read_scalar(r, event, ret);
        if (!err)
            end_anchor(r, anchored, *ret);
        return err;
    }
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return read_collection(r, event, ret);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        break;
    }
    return fail_at(r, event->start_mark, ACT_EPARSE, "a value is missing");
}

/* The value of a document whose start was read; *ret_empty when there is nothing in it. */
static int read_document(reader *r, act_json *ret, bool *ret_empty)
{
    yaml_event_t event;
    r->n_anchors = 0;
    int err = next_event(r, &event);
    if (err)
        return err;
    *ret_empty = event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0 &&
                 event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    err = read_value(r, &event, ret);
    yaml_event_delete(&event);
    if (err)
        return err;
    err = next_event(r, &event); /* the document's end */
    if (!err)
        yaml_event_delete(&event);
    return err;
}

static int read_stream(reader *r, act_yaml_document *docs, size_t *ret_n)
{
    size_t n = 0;
    for (;;) {
        yaml_event_t event;
        int err = next_event(r, &event);
        if (err)
            return err;
        yaml_event_type_t type = event.type;
        yaml_mark_t mark = event.start_mark;
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            break;
        if (type != YAML_DOCUMENT_START_EVENT)
            continue;
        if (n == r->limits.max_documents)
            return fail_at(r, mark, ACT_ELIMIT, "too many documents");
        act_json *value = act_arena_make(r->arena, act_json);
        bool empty = false;
        err = value ? read_document(r, value, &empty) : ACT_ENOMEM;
        if (err)
            return err;
        if (!empty)
            docs[n++] = (act_yaml_document){ value, (uint32_t)mark.line + 1 };
    }
    *ret_n = n;
    return ACT_OK;
}

static int read_text(act_arena *a, act_str text, const act_yaml_limits *limits,
                     act_yaml_repeats *repeats, const act_yaml_document **ret,
                     size_t *ret_n, act_err *reterr)
{
    reader r = { .arena = a, .e = reterr, .repeats = repeats };
    if (limits)
        r.limits = *limits;
    if (!r.limits.max_bytes)
        r.limits.max_bytes = BYTES_DEFAULT;
    if (!r.limits.max_depth)
        r.limits.max_depth = DEPTH_DEFAULT;
    if (!r.limits.max_nodes)
        r.limits.max_nodes = NODES_DEFAULT;
    if (!r.limits.max_documents)
        r.limits.max_documents = DOCUMENTS_DEFAULT;
    if (text.len > r.limits.max_bytes)
        return act_fail(reterr, ACT_ELIMIT, "longer than %zu bytes", r.limits.max_bytes);
    act_yaml_document *docs =
        act_arena_make_n(a, act_yaml_document, r.limits.max_documents);
    r.anchors = act_arena_make_n(a, anchor, ANCHORS_MAX);
    if (!docs || !r.anchors || !yaml_parser_initialize(&r.parser))
        return ACT_ENOMEM;
    yaml_parser_set_input_string(
        &r.parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    size_t n = 0;
    int err = read_stream(&r, docs, &n);
    yaml_parser_delete(&r.parser);
    if (err)
        return err;
    *ret = docs;
    *ret_n = n;
    return ACT_OK;
}

int act_yaml_read(act_arena *a, act_str text, const act_yaml_limits *limits,
                  const act_yaml_document **ret, size_t *ret_n, act_err *reterr)
{
    return read_text(a, text, limits, NULL, ret, ret_n, reterr);
}

int act_yaml_read_last(act_arena *a, act_str text, const act_yaml_limits *limits,
                       act_yaml_repeats *repeats, const act_yaml_document **ret,
                       size_t *ret_n, act_err *reterr)
{
    *repeats = (act_yaml_repeats){ .n = 0 };
    return read_text(a, text, limits, repeats, ret, ret_n, reterr);
}
