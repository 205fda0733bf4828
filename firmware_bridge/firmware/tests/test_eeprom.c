/* Boot id and configuration, with the supply failing after every single byte that is written. */
#include <string.h>

#include "boot_id.h"
#include "check.h"
#include "config.h"
#include "fake_port.h"

static void erase(void)
{
    memset(fake_eeprom, 0xff, sizeof fake_eeprom);
    fake_writes_left = -1;
}

static void boot_ids_differ_also_where_starts_are_cut_short(void)
{
    erase();
    uint32_t last = boot_id_next(), state = 7;
    CHECK_EQUAL(last, 1);
    for (unsigned start = 0; start < 2000; start++) {
        if (next_random(&state) % 3 == 0) { /* a start that never gets to speak */
            fake_writes_left = (int)(next_random(&state) % 8);
            boot_id_next();
            fake_writes_left = -1;
        }
        uint32_t id = boot_id_next();
        CHECK(id > last);
        last = id;
    }
}

static void store(uint16_t heartbeat_ms)
{
    uint8_t payload[CONFIG_BYTES];
    config_pack(payload);
    payload[0] = (uint8_t)heartbeat_ms;
    payload[1] = (uint8_t)(heartbeat_ms >> 8);
    CHECK(config_write(payload));
    CHECK_EQUAL(config_source(), STORING);
    while (config_source() == STORING)
        config_tend();
}

static void a_configuration_is_found_again(void)
{
    erase();
    config_load();
    CHECK_EQUAL(config_source(), FACTORY);
    CHECK_EQUAL(config.heartbeat_ms, 250);
    for (uint16_t round = 0; round < 600; round++) { /* the generation wraps */
        store(300 + round);
        CHECK_EQUAL(config_source(), STORED);
        config_load();
        CHECK_EQUAL(config_source(), STORED);
        CHECK_EQUAL(config.heartbeat_ms, 300 + round);
    }
}

static void a_supply_that_fails_while_storing_leaves_the_old_one_or_the_new(void)
{
    for (int writes = 0; writes <= 40; writes++) {
        erase();
        config_load();
        store(300);
        store(400);
        fake_writes_left = writes;
        store(500);
        CHECK_EQUAL(config_source(), writes < 35 ? DAMAGED : STORED); /* read back, and told */
        fake_writes_left = -1;
        config_load();
        CHECK_EQUAL(config_source(), STORED);
        CHECK_EQUAL(config.heartbeat_ms, writes < 35 ? 400 : 500);
    }
}

static void one_wrong_bit_in_the_only_copy_is_damage(void)
{
    for (unsigned bit = 0; bit < 35 * 8; bit++) {
        erase();
        config_load();
        store(300);
        fake_eeprom[128 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        config_load();
        CHECK_EQUAL(config_source(), DAMAGED);
        CHECK_EQUAL(config.heartbeat_ms, 250);
        store(300);
        config_load();
        CHECK_EQUAL(config_source(), STORED);
    }
}

void test_eeprom(void)
{
    boot_ids_differ_also_where_starts_are_cut_short();
    a_configuration_is_found_again();
    a_supply_that_fails_while_storing_leaves_the_old_one_or_the_new();
    one_wrong_bit_in_the_only_copy_is_damage();
    erase();
}
