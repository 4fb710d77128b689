/* IP addresses and CIDR ranges: strict reading, RFC 5952 text, what kind an address is. */
#include "cel/ip.h"

enum { IPV6_GROUPS = 8 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decimal without sign or leading zeros, at most @max. */
static bool parse_small(act_str s, unsigned max, uint8_t *ret)
{
    if (s.len == 0 || s.len > 3 || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        value = value * 10 + (unsigned)(s.ptr[i] - '0');
    }
    if (value > max)
        return false;
    *ret = (uint8_t)value;
    return true;
}

static bool parse_ipv4(act_str s, uint8_t out[4])
{
    for (size_t i = 0; i < 4; i++) {
        act_str octet;
        s = act_str_split(s, '.', &octet);
        if (!parse_small(octet, 255, &out[i]) || (s.ptr != NULL) != (i < 3))
            return false;
    }
    return true;
}

/* Up to four hexadecimal digits from the front of *s. */
static bool take_group(act_str *s, uint8_t out[2])
{
    unsigned value = 0;
    size_t n = 0;
    for (; n < s->len && hex_digit(s->ptr[n]) >= 0; n++) {
        if (n == 4)
            return false;
        value = value << 4 | (unsigned)hex_digit(s->ptr[n]);
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    *s = act_str_cut(*s, n);
    return n > 0;
}

/* "::" stands for one or more zero groups: move what was read behind it to the end. */
static void open_gap(uint8_t out[16], size_t gap, size_t used)
{
    size_t tail = used - gap;
    memmove(out + (16 - tail), out + gap, tail);
    memset(out + gap, 0, 16 - used);
}

static bool parse_ipv6(act_str s, uint8_t out[16])
{
    size_t used = 0, gap = SIZE_MAX;
    if (act_str_starts(s, ACT_STR("::"))) {
        gap = 0;
        s = act_str_cut(s, 2);
    }
    while (s.len && used < 16) {
        act_str before = s;
        if (!take_group(&s, out + used))
            return false;
        if (s.len && s.ptr[0] == '.') { /* dotted decimal in the last four bytes */
            if (used > 12 || !parse_ipv4(before, out + used))
                return false;
            used += 4;
            s = act_str_cut(s, s.len);
            break;
        }
        used += 2;
        if (s.len == 0)
            break;
        if (s.ptr[0] != ':' || s.len == 1)
            return false;
        s = act_str_cut(s, 1);
        if (s.ptr[0] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = used;
            s = act_str_cut(s, 1);
        }
    }
    if (s.len || (gap == SIZE_MAX) != (used == 16))
        return false;
    if (gap != SIZE_MAX)
        open_gap(out, gap, used);
    return true;
}

static bool is_ipv4_mapped(const cel_ip *ip)
{
    static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
    return ip->family == 6 && memcmp(ip->byte, prefix, sizeof prefix) == 0;
}

int cel_ip_parse(act_str text, cel_ip *ret)
{
    cel_ip ip = { .family = 4 };
    bool good;
    if (act_str_find_byte(text, ':') == SIZE_MAX) {
        good = parse_ipv4(text, ip.byte);
    } else {
        ip.family = 6;
        good = parse_ipv6(text, ip.byte);
    }
    if (!good || is_ipv4_mapped(&ip))
        return ACT_EPARSE;
    *ret = ip;
    return ACT_OK;
}

bool cel_ip_is_v6(act_str text)
{
    cel_ip ip = { .family = 6 };
    return act_str_find_byte(text, ':') != SIZE_MAX && parse_ipv6(text, ip.byte);
}

int cel_cidr_parse(act_str text, cel_cidr *ret)
{
    act_str address;
    act_str length = act_str_split(text, '/', &address);
    cel_cidr c;
    int err = cel_ip_parse(address, &c.ip);
    if (!err && !parse_small(length, c.ip.family == 4 ? 32 : 128, &c.prefix))
        err = ACT_EPARSE;
    if (!err)
        *ret = c;
    return err;
}

/* The longest run of two or more zero groups, the first of equals: [*start, end). */
static size_t longest_zero_run(const cel_ip *ip, size_t *start)
{
    size_t best_end = 0, best_len = 1;
    *start = IPV6_GROUPS;
    for (size_t i = 0; i < IPV6_GROUPS; i++) {
        size_t end = i;
        while (end < IPV6_GROUPS && !ip->byte[2 * end] && !ip->byte[2 * end + 1])
            end++;
        if (end - i > best_len) {
            best_len = end - i;
            *start = i;
            best_end = end;
        }
    }
    return best_end;
}

size_t cel_ip_print(const cel_ip *ip, char out[CEL_IP_PRINT_MAX])
{
    const uint8_t *b = ip->byte;
    if (ip->family == 4)
        return (size_t)snprintf(out, CEL_IP_PRINT_MAX, "%u.%u.%u.%u", b[0], b[1], b[2],
                                b[3]);
    size_t gap, gap_end = longest_zero_run(ip, &gap), n = 0;
    for (size_t i = 0; i < IPV6_GROUPS;) {
        if (i == gap) {
            n += (size_t)snprintf(out + n, CEL_IP_PRINT_MAX - n, "::");
            i = gap_end;
            continue;
        }
        const char *colon = i > 0 && i != gap_end ? ":" : "";
        n += (size_t)snprintf(out + n, CEL_IP_PRINT_MAX - n, "%s%x", colon,
                              (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
        i++;
    }
    return n;
}

size_t cel_cidr_print(const cel_cidr *c, char out[CEL_IP_PRINT_MAX])
{
    size_t n = cel_ip_print(&c->ip, out);
    return n + (size_t)snprintf(out + n, CEL_IP_PRINT_MAX - n, "/%u", c->prefix);
}

bool cel_ip_equal(const cel_ip *a, const cel_ip *b)
{
    return a->family == b->family && memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

bool cel_ip_is_unspecified(const cel_ip *ip)
{
    return all_zero(ip->byte, sizeof ip->byte);
}

bool cel_ip_is_loopback(const cel_ip *ip)
{
    return ip->family == 4 ? ip->byte[0] == 127
                           : all_zero(ip->byte, 15) && ip->byte[15] == 1;
}

bool cel_ip_is_link_local_unicast(const cel_ip *ip)
{
    const uint8_t *b = ip->byte;
    return ip->family == 4 ? b[0] == 169 && b[1] == 254
                           : b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool cel_ip_is_link_local_multicast(const cel_ip *ip)
{
    const uint8_t *b = ip->byte;
    return ip->family == 4 ? b[0] == 224 && b[1] == 0 && b[2] == 0
                           : b[0] == 0xff && (b[1] & 0x0f) == 2;
}

static bool is_multicast(const cel_ip *ip)
{
    return ip->family == 4 ? (ip->byte[0] & 0xf0) == 0xe0 : ip->byte[0] == 0xff;
}

bool cel_ip_is_global_unicast(const cel_ip *ip)
{
    static const cel_ip broadcast = { .family = 4, .byte = { 255, 255, 255, 255 } };
    return !cel_ip_equal(ip, &broadcast) && !cel_ip_is_unspecified(ip) &&
           !cel_ip_is_loopback(ip) && !is_multicast(ip) &&
           !cel_ip_is_link_local_unicast(ip);
}

cel_cidr cel_cidr_masked(const cel_cidr *c)
{
    cel_cidr masked = *c;
    for (unsigned i = 0; i < sizeof masked.ip.byte; i++) {
        unsigned kept = c->prefix > 8 * i ? c->prefix - 8 * i : 0; /* bits of this byte */
        if (kept < 8)
            masked.ip.byte[i] &= (uint8_t)(0xff00u >> kept);
    }
    return masked;
}

bool cel_cidr_is_mask(const cel_cidr *c)
{
    cel_cidr masked = cel_cidr_masked(c);
    return cel_ip_equal(&masked.ip, &c->ip);
}

bool cel_cidr_contains_ip(const cel_cidr *c, const cel_ip *ip)
{
    cel_cidr other = { .ip = *ip, .prefix = c->prefix };
    cel_cidr a = cel_cidr_masked(c), b = cel_cidr_masked(&other);
    return cel_ip_equal(&a.ip, &b.ip);
}

bool cel_cidr_contains(const cel_cidr *c, const cel_cidr *inner)
{
    return c->prefix <= inner->prefix && cel_cidr_contains_ip(c, &inner->ip);
}
