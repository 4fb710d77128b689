/* IP addresses and CIDR ranges: the libraries of Kubernetes and of cel-go. */
#include "cel/ip.h"
#include "cel/lib_table.h"

typedef struct {
    cel_opaque head;
    cel_ip ip;
} ip_value;

typedef struct {
    cel_opaque head;
    cel_cidr cidr;
} cidr_value;

static const cel_ip *ip_of(const cel_opaque *v)
{
    return &((const ip_value *)v)->ip;
}

static const cel_cidr *cidr_of(const cel_opaque *v)
{
    return &((const cidr_value *)v)->cidr;
}

static bool ip_equal(const cel_opaque *a, const cel_opaque *b)
{
    return cel_ip_equal(ip_of(a), ip_of(b));
}

static bool cidr_equal(const cel_opaque *a, const cel_opaque *b)
{
    return cidr_of(a)->prefix == cidr_of(b)->prefix &&
           cel_ip_equal(&cidr_of(a)->ip, &cidr_of(b)->ip);
}

static int ip_write(const cel_opaque *v, act_buf *out)
{
    char text[CEL_IP_PRINT_MAX];
    act_buf_add(out, (act_str){ text, cel_ip_print(ip_of(v), text) });
    return act_buf_err(out);
}

static int cidr_write(const cel_opaque *v, act_buf *out)
{
    char text[CEL_IP_PRINT_MAX];
    act_buf_add(out, (act_str){ text, cel_cidr_print(cidr_of(v), text) });
    return act_buf_err(out);
}

static const cel_opaque_type ip_type = {
    .name = "net.IP",
    .equal = ip_equal,
    .write_text = ip_write,
};

static const cel_opaque_type cidr_type = {
    .name = "net.CIDR",
    .equal = cidr_equal,
    .write_text = cidr_write,
};

static cel_value new_ip(cel_call *call, const cel_ip *ip)
{
    ip_value *v = act_arena_make(call->arena, ip_value);
    if (!v)
        return cel_call_memory(call);
    *v = (ip_value){ { &ip_type }, *ip };
    return cel_opaque_value(&v->head);
}

static cel_value new_cidr(cel_call *call, const cel_cidr *cidr)
{
    cidr_value *v = act_arena_make(call->arena, cidr_value);
    if (!v)
        return cel_call_memory(call);
    *v = (cidr_value){ { &cidr_type }, *cidr };
    return cel_opaque_value(&v->head);
}

static cel_value bad_ip(cel_call *call)
{
    return cel_call_fail(
        call, CEL_E_CONVERSION,
        "IP address parse error during conversion from string: not a plain "
        "IPv4 or IPv6 address");
}

static cel_value bad_cidr(cel_call *call)
{
    return cel_call_fail(call, CEL_E_CONVERSION,
                         "CIDR parse error during conversion from string: not an address, "
                         "'/' and a prefix length");
}

/* ip(string), and ip(cidr) as a member of ranges. */
static cel_value to_ip(cel_call *call, const cel_value *args)
{
    cel_ip ip;
    if (cel_ip_parse(cel_value_str(args[0]), &ip))
        return bad_ip(call);
    return new_ip(call, &ip);
}

static cel_value to_cidr(cel_call *call, const cel_value *args)
{
    cel_cidr cidr;
    if (cel_cidr_parse(cel_value_str(args[0]), &cidr))
        return bad_cidr(call);
    return new_cidr(call, &cidr);
}

static cel_value is_ip(cel_call *call, const cel_value *args)
{
    (void)call;
    cel_ip ip;
    return cel_bool(cel_ip_parse(cel_value_str(args[0]), &ip) == ACT_OK);
}

static cel_value is_cidr(cel_call *call, const cel_value *args)
{
    (void)call;
    cel_cidr cidr;
    return cel_bool(cel_cidr_parse(cel_value_str(args[0]), &cidr) == ACT_OK);
}

static cel_value is_canonical(cel_call *call, const cel_value *args)
{
    cel_ip ip;
    char text[CEL_IP_PRINT_MAX];
    if (cel_ip_parse(cel_value_str(args[0]), &ip))
        return bad_ip(call);
    act_str canonical = { text, cel_ip_print(&ip, text) };
    return cel_bool(act_str_eq(canonical, cel_value_str(args[0])));
}

static cel_value family(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &ip_type))
        return cel_call_no_overload(call);
    return cel_int(ip_of(args[0].as.opaque)->family);
}

#define PREDICATE(name, test)                                                              \
    static cel_value name(cel_call *call, const cel_value *args)                           \
    {                                                                                      \
        if (!cel_is_opaque(args[0], &ip_type))                                             \
            return cel_call_no_overload(call);                                             \
        return cel_bool(test(ip_of(args[0].as.opaque)));                                   \
    }
PREDICATE(is_unspecified, cel_ip_is_unspecified)
PREDICATE(is_loopback, cel_ip_is_loopback)
PREDICATE(is_link_local_multicast, cel_ip_is_link_local_multicast)
PREDICATE(is_link_local_unicast, cel_ip_is_link_local_unicast)
PREDICATE(is_global_unicast, cel_ip_is_global_unicast)
#undef PREDICATE

/* string(IP) and string(CIDR). */
static cel_value to_string(cel_call *call, const cel_value *args)
{
    char text[CEL_IP_PRINT_MAX];
    size_t n;
    if (cel_is_opaque(args[0], &ip_type))
        n = cel_ip_print(ip_of(args[0].as.opaque), text);
    else if (cel_is_opaque(args[0], &cidr_type))
        n = cel_cidr_print(cidr_of(args[0].as.opaque), text);
    else
        return cel_call_no_overload(call);
    char *copy = cel_call_room(call, n);
    if (!copy)
        return cel_call_memory(call);
    memcpy(copy, text, n);
    return cel_string((act_str){ copy, n });
}

static cel_value contains_ip(cel_call *call, const cel_value *args)
{
    cel_ip ip;
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    if (cel_is_opaque(args[1], &ip_type))
        ip = *ip_of(args[1].as.opaque);
    else if (args[1].kind != CEL_STRING)
        return cel_call_no_overload(call);
    else if (cel_ip_parse(cel_value_str(args[1]), &ip))
        return bad_ip(call);
    return cel_bool(cel_cidr_contains_ip(cidr_of(args[0].as.opaque), &ip));
}

static cel_value contains_cidr(cel_call *call, const cel_value *args)
{
    cel_cidr cidr;
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    if (cel_is_opaque(args[1], &cidr_type))
        cidr = *cidr_of(args[1].as.opaque);
    else if (args[1].kind != CEL_STRING)
        return cel_call_no_overload(call);
    else if (cel_cidr_parse(cel_value_str(args[1]), &cidr))
        return bad_cidr(call);
    return cel_bool(cel_cidr_contains(cidr_of(args[0].as.opaque), &cidr));
}

static cel_value cidr_ip(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    return new_ip(call, &cidr_of(args[0].as.opaque)->ip);
}

static cel_value masked(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    cel_cidr m = cel_cidr_masked(cidr_of(args[0].as.opaque));
    return new_cidr(call, &m);
}

static cel_value prefix_length(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    return cel_int(cidr_of(args[0].as.opaque)->prefix);
}

static cel_value is_mask(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &cidr_type))
        return cel_call_no_overload(call);
    return cel_bool(cel_cidr_is_mask(cidr_of(args[0].as.opaque)));
}

static const cel_overload_def functions[] = {
    CEL_READER("ip", "string_to_ip", "(string) -> net.IP", 0, to_ip, cel_cost_tenth),
    CEL_GLOBAL("isIP", "is_ip", "(string) -> bool", 0, is_ip, cel_cost_tenth),
    CEL_READER("ip.isCanonical", "ip_is_canonical", "(string) -> bool", 0, is_canonical,
               cel_cost_tenth),
    CEL_MEMBER("family", "ip_family", "(net.IP) -> int", 0, family, NULL),
    CEL_MEMBER("isUnspecified", "ip_is_unspecified", "(net.IP) -> bool", 0, is_unspecified,
               NULL),
    CEL_MEMBER("isLoopback", "ip_is_loopback", "(net.IP) -> bool", 0, is_loopback, NULL),
    CEL_MEMBER("isLinkLocalMulticast", "ip_is_link_local_multicast", "(net.IP) -> bool", 0,
               is_link_local_multicast, NULL),
    CEL_MEMBER("isLinkLocalUnicast", "ip_is_link_local_unicast", "(net.IP) -> bool", 0,
               is_link_local_unicast, NULL),
    CEL_MEMBER("isGlobalUnicast", "ip_is_global_unicast", "(net.IP) -> bool", 0,
               is_global_unicast, NULL),
    CEL_GLOBAL("string", "ip_to_string", "(net.IP) -> string", 0, to_string, NULL),
    CEL_READER("cidr", "string_to_cidr", "(string) -> net.CIDR", 0, to_cidr,
               cel_cost_tenth),
    CEL_GLOBAL("isCIDR", "is_cidr", "(string) -> bool", 0, is_cidr, cel_cost_tenth),
    CEL_MEMBER("containsIP", "cidr_contains_ip_ip", "(net.CIDR, net.IP) -> bool", 0,
               contains_ip, NULL),
    CEL_MEMBER("containsIP", "cidr_contains_ip_string", "(net.CIDR, string) -> bool", 0,
               contains_ip, NULL),
    CEL_MEMBER("containsCIDR", "cidr_contains_cidr", "(net.CIDR, net.CIDR) -> bool", 0,
               contains_cidr, NULL),
    CEL_MEMBER("containsCIDR", "cidr_contains_cidr_string", "(net.CIDR, string) -> bool", 0,
               contains_cidr, NULL),
    CEL_MEMBER("ip", "cidr_ip", "(net.CIDR) -> net.IP", 0, cidr_ip, NULL),
    CEL_MEMBER("masked", "cidr_masked", "(net.CIDR) -> net.CIDR", 0, masked, NULL),
    CEL_MEMBER("prefixLength", "cidr_prefix_length", "(net.CIDR) -> int", 0, prefix_length,
               NULL),
    CEL_MEMBER("isMask", "cidr_is_mask", "(net.CIDR) -> bool", 1, is_mask, NULL),
    CEL_GLOBAL("string", "cidr_to_string", "(net.CIDR) -> string", 0, to_string, NULL),
};

static const cel_opaque_type *const types[] = { &ip_type, &cidr_type };

const cel_library cel_lib_net = {
    .name = "net",
    .newest = 1,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .types = types,
    .type_count = ACT_COUNT(types),
};
