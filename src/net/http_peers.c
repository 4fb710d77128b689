#include "net/http_peers.h"

#include "base/alloc.h"

#include <netinet/in.h>

enum { BUCKETS = 1024 }; /* chains stay short: an entry lives while it has connections */

typedef struct entry {
    struct entry *next;
    act_http_peer who;
    unsigned count;
} entry;

struct act_http_peers {
    entry *buckets[BUCKETS];
};

int act_http_peers_new(act_http_peers **ret)
{
    act_http_peers *p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    *ret = p;
    return ACT_OK;
}

void act_http_peers_free(act_http_peers *p)
{
    for (size_t i = 0; p && i < BUCKETS; i++)
        for (entry *e = p->buckets[i], *next; e; e = next) {
            next = e->next;
            act_dealloc(e);
        }
    act_dealloc(p);
}

act_http_peer act_http_peer_of_address(const act_address *a)
{
    act_http_peer who = { { 0 } };
    if (a->addr.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &a->addr, sizeof in);
        who.bytes[10] = who.bytes[11] = 0xff; /* in its mapped form */
        memcpy(who.bytes + 12, &in.sin_addr, 4);
    } else if (a->addr.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &a->addr, sizeof in6);
        memcpy(who.bytes, &in6.sin6_addr, sizeof who.bytes);
    }
    return who;
}

/* The link that points to the entry of @who, or the end of its chain. */
static entry **find(act_http_peers *p, act_http_peer who)
{
    act_str key = act_str_from((const char *)who.bytes, sizeof who.bytes);
    entry **link = &p->buckets[act_str_hash(key) % BUCKETS];
    while (*link && memcmp(&(*link)->who, &who, sizeof who) != 0)
        link = &(*link)->next;
    return link;
}

int act_http_peers_add(act_http_peers *p, act_http_peer who, unsigned limit)
{
    entry **link = find(p, who);
    if (!*link) {
        entry *e = act_zalloc(1, sizeof *e);
        if (!e)
            return ACT_ENOMEM;
        e->who = who;
        *link = e;
    }
    if (limit && (*link)->count >= limit)
        return ACT_ELIMIT;
    (*link)->count++;
    return ACT_OK;
}

void act_http_peers_remove(act_http_peers *p, act_http_peer who)
{
    entry **link = find(p, who);
    entry *e = *link;
    assert(e && e->count);
    if (--e->count == 0) {
        *link = e->next;
        act_dealloc(e);
    }
}
