#include "kube/token_file.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "net/file_watch.h"

#include <pthread.h>

enum { FIELDS = 5, FIELD_TOKEN = 0, FIELD_USER, FIELD_UID, FIELD_GROUPS, FIELD_EXTRAS };

/* ---- text -------------------------------------------------------------------------- */

/* The field at the start of *rest, which moves behind its comma. A field in quotes may hold
 * commas; two quotes in it are one. *ret_more says whether a comma followed. */
static int next_field(act_arena *a, act_str *rest, act_str *ret, bool *ret_more)
{
    char *out = act_arena_bytes(a, rest->len + 1);
    if (!out)
        return ACT_ENOMEM;
    size_t len = 0, i = 0;
    bool quoted = rest->len > 0 && rest->ptr[0] == '"';
    for (i = quoted; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quoted && c == '"') {
            if (i + 1 == rest->len || rest->ptr[i + 1] != '"')
                break;
            i++;
        } else if (!quoted && c == ',') {
            break;
        } else if (!quoted && c == '"') {
            return ACT_EPARSE;
        }
        out[len++] = c;
    }
    if (quoted && i++ >= rest->len)
        return ACT_EPARSE; /* no closing quote */
    if (i < rest->len && rest->ptr[i] != ',')
        return ACT_EPARSE;
    *ret_more = i < rest->len;
    *rest = act_str_cut(*rest, i + 1);
    *ret = act_str_from(out, len);
    return 0;
}

/* @text split at @sep, each part trimmed, empty ones left out; room for @extra more. */
static int split(act_arena *a, act_str text, char sep, size_t extra, act_str **ret,
                 size_t *ret_n)
{
    size_t most = 1 + extra, n = 0;
    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == sep;
    act_str *parts = act_arena_make_n(a, act_str, most);
    if (!parts)
        return ACT_ENOMEM;
    while (text.len > 0) {
        act_str part;
        text = act_str_split(text, sep, &part);
        part = act_str_trim(part);
        if (part.len > 0)
            parts[n++] = part;
    }
    *ret = parts;
    *ret_n = n;
    return 0;
}

/* key=value; a value may be empty. */
static int read_pair(act_str text, act_user_extra *ret, act_str *value)
{
    *value = act_str_trim(act_str_split(text, '=', &ret->key));
    ret->key = act_str_trim(ret->key);
    bool whole = act_str_find_byte(text, '=') != SIZE_MAX;
    return whole && ret->key.len > 0 ? 0 : ACT_EPARSE;
}

enum { PAIRS_MAX = 64 };

/* Pairs of one key, whatever its letters' case, are one extra with several values. */
static int read_extras(act_arena *a, act_str text, act_user *u)
{
    act_str *pairs;
    size_t n;
    int r = split(a, text, ';', 0, &pairs, &n);
    if (!r && n > PAIRS_MAX)
        r = ACT_EPARSE;
    if (r)
        return r;
    act_user_extra *extra = act_arena_make_n(a, act_user_extra, n);
    act_str *values = act_arena_make_n(a, act_str, n * n);
    if (!extra || !values)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        act_user_extra pair;
        act_str value;
        r = read_pair(pairs[i], &pair, &value);
        if (r)
            return r;
        size_t at = 0;
        while (at < u->n_extra && !act_str_eq_nocase(extra[at].key, pair.key))
            at++;
        act_str *room = &values[at * n];
        if (at == u->n_extra)
            extra[u->n_extra++] = (act_user_extra){ pair.key, room, 0 };
        room[extra[at].n++] = value;
    }
    u->extra = extra;
    return 0;
}

static int read_entry(act_arena *a, act_str line, act_token_entry *ret)
{
    act_str field[FIELDS] = { { 0 } };
    bool more = true;
    int r = 0;
    for (int i = 0; i < FIELDS && more && !r; i++)
        r = next_field(a, &line, &field[i], &more);
    if (!r && (more || field[FIELD_TOKEN].len == 0 || field[FIELD_USER].len == 0))
        r = ACT_EPARSE;
    if (r)
        return r;
    act_token_entry e = { .token = field[FIELD_TOKEN],
                          .user = { .name = field[FIELD_USER], .uid = field[FIELD_UID] } };
    act_str *groups;
    r = split(a, field[FIELD_GROUPS], ',', 1, &groups, &e.user.n_groups);
    if (r)
        return r;
    groups[e.user.n_groups++] = ACT_STR(ACT_GROUP_AUTHENTICATED);
    e.user.groups = groups;
    r = read_extras(a, field[FIELD_EXTRAS], &e.user);
    if (!r)
        *ret = e;
    return r;
}

int act_token_text_read(act_arena *a, act_str text, const act_token_entry **ret,
                        size_t *ret_n, act_err *reterr)
{
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    if (lines > ACT_TOKEN_FILE_ENTRIES_MAX)
        return act_fail(reterr, ACT_ELIMIT, "more than %d lines",
                        ACT_TOKEN_FILE_ENTRIES_MAX);
    act_token_entry *entries = act_arena_make_n(a, act_token_entry, lines);
    if (!entries)
        return ACT_ENOMEM;
    for (uint32_t number = 1; text.len > 0; number++) {
        act_str line;
        text = act_str_split(text, '\n', &line);
        line = act_str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        int r = read_entry(a, line, &entries[n]);
        if (r == ACT_EPARSE)
            return act_fail_at(reterr, r, number, 1, 0,
                               "line %u is not token,user,uid,\"groups\",extras", number);
        if (r)
            return r;
        n++;
    }
    *ret = entries;
    *ret_n = n;
    return 0;
}

/* ---- file -------------------------------------------------------------------------- */

struct act_token_file {
    char *path;
    pthread_mutex_t lock;
    act_file_mark seen; /* the file when it was last looked into */
    act_arena *arena;   /* of the entries */
    act_buf text;
    const act_token_entry *entries;
    size_t n;
};

/* Read the file into a new arena and put that in place of the old. */
static int load(act_token_file *f, act_err *reterr)
{
    act_arena *arena = NULL;
    act_buf text = ACT_BUF_INIT;
    const act_token_entry *entries = NULL;
    act_err why = ACT_ERR_INIT;
    size_t n = 0;
    int r = act_file_read(f->path, ACT_TOKEN_FILE_BYTES_MAX, &text, reterr);
    if (!r)
        r = act_arena_new(16 * ACT_TOKEN_FILE_BYTES_MAX, 0, &arena);
    if (!r)
        r = act_token_text_read(arena, act_buf_str(&text), &entries, &n, &why);
    if (why.text[0])
        (void)act_fail_at(reterr, r, why.line, why.column, 0, "%s: %s", f->path, why.text);
    if (r) {
        act_buf_done(&text);
        act_arena_free(arena);
        return r;
    }
    if (f->text.ptr)
        act_wipe(f->text.ptr, f->text.len);
    act_buf_done(&f->text);
    act_arena_free(f->arena);
    f->arena = arena;
    f->text = text;
    f->entries = entries;
    f->n = n;
    return 0;
}

static void load_if_changed(act_token_file *f)
{
    act_file_mark mark = act_file_mark_of(f->path);
    if (act_file_mark_eq(&mark, &f->seen))
        return;
    int r = load(f, NULL);
    if (r != ACT_ENOMEM && r != ACT_EIO) /* these may pass; another text has to come */
        f->seen = mark;
}

int act_token_file_open(const char *path, act_token_file **ret, act_err *reterr)
{
    ACT_AUTO(act_token_file) f = act_zalloc(1, sizeof *f);
    if (!f)
        return ACT_ENOMEM;
    (void)pthread_mutex_init(&f->lock, NULL);
    act_str copy;
    int r = act_str_dup(act_str_cstr(path), &copy);
    if (r)
        return r;
    f->path = (char *)(uintptr_t)copy.ptr;
    f->seen = act_file_mark_of(f->path);
    r = load(f, reterr);
    if (r)
        return r;
    *ret = f;
    f = NULL;
    return 0;
}

void act_token_file_free(act_token_file *f)
{
    if (!f)
        return;
    if (f->text.ptr)
        act_wipe(f->text.ptr, f->text.len);
    act_buf_done(&f->text);
    act_arena_free(f->arena);
    (void)pthread_mutex_destroy(&f->lock);
    act_str_free(act_str_cstr(f->path));
    act_dealloc(f);
}

static int copy_strs(act_arena *a, const act_str *from, size_t n, const act_str **ret)
{
    act_str *to = act_arena_make_n(a, act_str, n);
    if (!to)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int r = act_arena_str(a, from[i], &to[i]);
        if (r)
            return r;
    }
    *ret = to;
    return 0;
}

static int copy_user(act_arena *a, const act_user *from, act_user *ret)
{
    act_user u = *from;
    act_user_extra *extra = act_arena_make_n(a, act_user_extra, u.n_extra);
    if (!extra)
        return ACT_ENOMEM;
    int r = act_arena_str(a, from->name, &u.name);
    if (!r)
        r = act_arena_str(a, from->uid, &u.uid);
    if (!r)
        r = copy_strs(a, from->groups, u.n_groups, &u.groups);
    for (size_t i = 0; i < u.n_extra && !r; i++) {
        extra[i].n = from->extra[i].n;
        r = act_arena_str(a, from->extra[i].key, &extra[i].key);
        if (!r)
            r = copy_strs(a, from->extra[i].values, extra[i].n, &extra[i].values);
    }
    u.extra = extra;
    if (!r)
        *ret = u;
    return r;
}

int act_token_file_user(act_token_file *f, act_str token, act_arena *a, act_user *ret)
{
    int r = ACT_EDENIED;
    (void)pthread_mutex_lock(&f->lock);
    load_if_changed(f);
    const act_token_entry *found = NULL;
    for (size_t i = 0; i < f->n; i++)
        if (f->entries[i].token.len == token.len &&
            act_mem_eq_secret(f->entries[i].token.ptr, token.ptr, token.len))
            found = &f->entries[i];
    if (found)
        r = copy_user(a, &found->user, ret);
    (void)pthread_mutex_unlock(&f->lock);
    return r;
}
