/** @file
 *  IP addresses and CIDR ranges, as strict as Kubernetes reads them. */
#ifndef CEL_IP_H
#define CEL_IP_H

#include "base/str.h"

enum { CEL_IP_PRINT_MAX = 48 }; /**< bytes for any address or range */

/** Plain data. IPv4 uses the first 4 bytes, the rest is zero. */
typedef struct {
    uint8_t family; /**< 4 or 6 */
    uint8_t byte[16];
} cel_ip;

/** Plain data. Host bits behind the prefix may be set. */
typedef struct {
    cel_ip ip;
    uint8_t prefix; /**< at most 32 or 128 */
} cel_cidr;

/** Read all of @text. Refused with ACT_EPARSE beside malformed text: zones, leading zeros
 *  in IPv4 octets, IPv4-mapped IPv6 in any notation. Source: the ip library of Kubernetes'
 *  CEL environment (Go's netip.ParseAddr). */
int cel_ip_parse(act_str text, cel_ip *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Is @text an IPv6 address as URLs hold it in brackets, without zone? Unlike above, mapped
 *  IPv4 counts. */
bool cel_ip_is_v6(act_str text) ACT_MUST_CHECK;
/** "ADDRESS/LENGTH", the length without leading zeros. ACT_EPARSE. */
int cel_cidr_parse(act_str text, cel_cidr *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Canonical text (RFC 5952 for IPv6); returns its length. */
size_t cel_ip_print(const cel_ip *ip, char out[CEL_IP_PRINT_MAX]) ACT_NONNULL(1, 2);
size_t cel_cidr_print(const cel_cidr *c, char out[CEL_IP_PRINT_MAX]) ACT_NONNULL(1, 2);

bool cel_ip_equal(const cel_ip *a, const cel_ip *b) ACT_NONNULL(1, 2);

bool cel_ip_is_unspecified(const cel_ip *ip) ACT_NONNULL(1);
bool cel_ip_is_loopback(const cel_ip *ip) ACT_NONNULL(1);
bool cel_ip_is_link_local_unicast(const cel_ip *ip) ACT_NONNULL(1);
bool cel_ip_is_link_local_multicast(const cel_ip *ip) ACT_NONNULL(1);
/** Neither unspecified, loopback, multicast, link-local nor 255.255.255.255. */
bool cel_ip_is_global_unicast(const cel_ip *ip) ACT_NONNULL(1);

/** The range with its host bits cleared. */
cel_cidr cel_cidr_masked(const cel_cidr *c) ACT_NONNULL(1);
/** True when no host bit is set. */
bool cel_cidr_is_mask(const cel_cidr *c) ACT_NONNULL(1);
/** False across families. */
bool cel_cidr_contains_ip(const cel_cidr *c, const cel_ip *ip) ACT_NONNULL(1, 2);
/** Is all of @inner in @c? */
bool cel_cidr_contains(const cel_cidr *c, const cel_cidr *inner) ACT_NONNULL(1, 2);

#endif
