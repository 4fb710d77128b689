#include "net/http_peers.h"

#include "base/alloc.h"

#include <netinet/in.h>

enum { BUCKETS = 1024 }; /* chains stay short: an entry lives while it has connections */

typedef struct entry {
    struct entry *next;
    unsigned char host[16]; /* IPv4 in its mapped form */
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

static void key_of(const act_address *a, unsigned char host[16])
{
    memset(host, 0, 16);
    if (a->addr.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &a->addr, sizeof in);
        host[10] = host[11] = 0xff;
        memcpy(host + 12, &in.sin_addr, 4);
    } else if (a->addr.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &a->addr, sizeof in6);
        memcpy(host, &in6.sin6_addr, 16);
    }
}

/* The link that points to the entry of @host, or the end of its chain. */
static entry **find(act_http_peers *p, const unsigned char host[16])
{
    entry **link = &p->buckets[act_str_hash(act_str_from(host, 16)) % BUCKETS];
    while (*link && memcmp((*link)->host, host, 16) != 0)
        link = &(*link)->next;
    return link;
}

int act_http_peers_add(act_http_peers *p, const act_address *a, unsigned limit)
{
    unsigned char host[16];
    key_of(a, host);
    entry **link = find(p, host);
    if (!*link) {
        entry *e = act_zalloc(1, sizeof *e);
        if (!e)
            return ACT_ENOMEM;
        memcpy(e->host, host, sizeof host);
        *link = e;
    }
    if (limit && (*link)->count >= limit)
        return ACT_ELIMIT;
    (*link)->count++;
    return ACT_OK;
}

void act_http_peers_remove(act_http_peers *p, const act_address *a)
{
    unsigned char host[16];
    key_of(a, host);
    entry **link = find(p, host);
    entry *e = *link;
    assert(e && e->count);
    if (--e->count == 0) {
        *link = e->next;
        act_dealloc(e);
    }
}
