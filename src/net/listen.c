#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static void set_v4(act_address *a, struct in_addr host, uint16_t port)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr = host };
    memset(a, 0, sizeof *a);
    memcpy(&a->addr, &in, sizeof in);
    a->len = sizeof in;
}

static void set_v6(act_address *a, struct in6_addr host, uint16_t port)
{
    struct sockaddr_in6 in = { .sin6_family = AF_INET6,
                               .sin6_port = htons(port),
                               .sin6_addr = host };
    memset(a, 0, sizeof *a);
    memcpy(&a->addr, &in, sizeof in);
    a->len = sizeof in;
}

int act_address_parse(act_str text, act_address *ret, act_err *e)
{
    size_t colon = act_str_rfind_byte(text, ':');
    uint64_t port;
    if (colon == SIZE_MAX || act_str_to_u64(act_str_cut(text, colon + 1), &port) ||
        port > UINT16_MAX)
        return act_fail(e, ACT_EPARSE,
                        "address \"%.*s\" must end with \":\" and a port from 0 to 65535",
                        ACT_STR_ARG(text));

    act_str host = act_str_head(text, colon);
    bool bracketed = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (bracketed)
        host = act_str_head(act_str_cut(host, 1), host.len - 2);
    if (host.len == 0 && !bracketed) {
        set_v6(ret, in6addr_any, (uint16_t)port);
        return ACT_OK;
    }
    if (act_str_eq_nocase(host, ACT_STR("localhost")))
        host = ACT_STR("127.0.0.1");

    char cstr[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    if (host.len < sizeof cstr && !memchr(host.ptr, '\0', host.len)) {
        memcpy(cstr, host.ptr, host.len);
        cstr[host.len] = '\0';
        if (bracketed && inet_pton(AF_INET6, cstr, &v6) == 1) {
            set_v6(ret, v6, (uint16_t)port);
            return ACT_OK;
        }
        if (!bracketed && inet_pton(AF_INET, cstr, &v4) == 1) {
            set_v4(ret, v4, (uint16_t)port);
            return ACT_OK;
        }
    }
    return act_fail(e, ACT_EPARSE,
                    "host of address \"%.*s\" must be an IPv4 address, an IPv6 address in "
                    "brackets, localhost, or empty",
                    ACT_STR_ARG(text));
}

/* The IPv4 address inside @a, also when it is mapped into IPv6. */
static bool v4_of(const act_address *a, struct in_addr *ret)
{
    if (a->addr.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &a->addr, sizeof in);
        *ret = in.sin_addr;
        return true;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, &a->addr, sizeof in6);
    if (!IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
        return false;
    memcpy(ret, &in6.sin6_addr.s6_addr[12], sizeof *ret);
    return true;
}

static bool is_ip(const act_address *a)
{
    return a->addr.ss_family == AF_INET || a->addr.ss_family == AF_INET6;
}

size_t act_address_format_host(const act_address *a, char out[ACT_ADDRESS_TEXT_MAX])
{
    struct in_addr v4;
    out[0] = '\0';
    if (is_ip(a) && v4_of(a, &v4)) {
        (void)inet_ntop(AF_INET, &v4, out, ACT_ADDRESS_TEXT_MAX); /* cannot be too long */
    } else if (is_ip(a)) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &a->addr, sizeof in6);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, out, ACT_ADDRESS_TEXT_MAX);
    }
    return strlen(out);
}

size_t act_address_format(const act_address *a, char out[ACT_ADDRESS_TEXT_MAX])
{
    char host[ACT_ADDRESS_TEXT_MAX];
    act_address_format_host(a, host);
    const char *form = strchr(host, ':') ? "[%.46s]:%u" : "%.46s:%u";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* both forms stand above */
    int n = snprintf(out, ACT_ADDRESS_TEXT_MAX, form, host, act_address_port(a));
#pragma GCC diagnostic pop
    return n < 0 ? 0 : (size_t)n;
}

uint16_t act_address_port(const act_address *a)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    switch (a->addr.ss_family) {
    case AF_INET:
        memcpy(&in, &a->addr, sizeof in);
        return ntohs(in.sin_port);
    case AF_INET6:
        memcpy(&in6, &a->addr, sizeof in6);
        return ntohs(in6.sin6_port);
    default:
        return 0;
    }
}

static bool is_any_v6(const act_address *a)
{
    struct sockaddr_in6 in6;
    memcpy(&in6, &a->addr, sizeof in6);
    return a->addr.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
}

static int bind_one(const act_address *a, int backlog, act_address *ret_bound)
{
    int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    int off = 0;
    act_address bound = { .len = sizeof bound.addr };
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (ok && is_any_v6(a)) /* ":port" means both families */
        ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
    ok = ok && bind(fd, (const struct sockaddr *)&a->addr, a->len) == 0 &&
         listen(fd, backlog) == 0 &&
         getsockname(fd, (struct sockaddr *)&bound.addr, &bound.len) == 0;
    if (!ok) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    *ret_bound = bound;
    return fd;
}

int act_listen(const act_address *a, int backlog, int *ret_fd, act_address *ret_bound,
               act_err *e)
{
    int fd = bind_one(a, backlog, ret_bound);
    if (fd < 0 && errno == EAFNOSUPPORT && is_any_v6(a)) { /* a host without IPv6 */
        act_address v4;
        set_v4(&v4, (struct in_addr){ .s_addr = htonl(INADDR_ANY) }, act_address_port(a));
        fd = bind_one(&v4, backlog, ret_bound);
    }
    if (fd < 0) {
        char text[ACT_ADDRESS_TEXT_MAX];
        int saved = errno;
        act_address_format(a, text);
        return act_fail(e, ACT_EIO, "cannot listen on %s: %s", text, strerror(saved));
    }
    *ret_fd = fd;
    return ACT_OK;
}
