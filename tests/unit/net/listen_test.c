#include "net/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <unistd.h>

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out NULL: an error */
    } list[] = {
        { "127.0.0.1:8080", "127.0.0.1:8080" },
        { "localhost:80", "127.0.0.1:80" },
        { "0.0.0.0:0", "0.0.0.0:0" },
        { "10.1.2.3:65535", "10.1.2.3:65535" },
        { "[::1]:8443", "[::1]:8443" },
        { "[fd00::7]:1", "[fd00::7]:1" },
        { "[::ffff:127.0.0.1]:1", "127.0.0.1:1" },
        { ":8443", "[::]:8443" },
        { "", NULL },
        { "127.0.0.1", NULL },
        { "127.0.0.1:", NULL },
        { "127.0.0.1:65536", NULL },
        { "127.0.0.1:-1", NULL },
        { "127.0.0.1:http", NULL },
        { "::1:80", NULL },
        { "[]:80", NULL },
        { "[127.0.0.1]:80", NULL },
        { "example.org:80", NULL },
        { "256.1.1.1:80", NULL },
        { "[::1%lo]:80", NULL },
    };
    for (size_t i = 0; i < ACT_COUNT(list); i++) {
        act_address a = { 0 };
        act_err e = ACT_ERR_INIT;
        char text[ACT_ADDRESS_TEXT_MAX];
        int err = act_address_parse(act_str_cstr(list[i].in), &a, &e);
        assert_int_equal(err, list[i].out ? ACT_OK : ACT_EPARSE);
        if (err) {
            assert_true(e.text[0] != '\0' && a.len == 0);
            continue;
        }
        assert_int_equal(act_address_format(&a, text), strlen(list[i].out));
        assert_string_equal(text, list[i].out);
    }
    act_address unset = { 0 };
    char text[ACT_ADDRESS_TEXT_MAX];
    act_address_format(&unset, text);
    assert_string_equal(text, ":0");
}

static void port_zero_gives_a_real_one(void **state)
{
    (void)state;
    act_address a, bound, taken;
    act_err e = ACT_ERR_INIT;
    int fd, second;
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &a, &e), ACT_OK);
    assert_int_equal(act_listen(&a, 16, &fd, &bound, &e), ACT_OK);
    assert_true(act_address_port(&bound) != 0);
    assert_int_equal(act_listen(&bound, 16, &second, &taken, &e), ACT_EIO);
    assert_non_null(strstr(e.text, "cannot listen on 127.0.0.1:"));
    close(fd);
}

static void empty_host_listens_on_every_interface(void **state)
{
    (void)state;
    act_address a, bound, v4;
    int fd;
    assert_int_equal(act_address_parse(ACT_STR(":0"), &a, NULL), ACT_OK);
    assert_int_equal(act_listen(&a, 16, &fd, &bound, NULL), ACT_OK);
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:1"), &v4, NULL), ACT_OK);
    struct sockaddr_in in;
    memcpy(&in, &v4.addr, sizeof in);
    in.sin_port = htons(act_address_port(&bound));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&in, sizeof in), 0);
    close(client);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(port_zero_gives_a_real_one),
        cmocka_unit_test(empty_host_listens_on_every_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
