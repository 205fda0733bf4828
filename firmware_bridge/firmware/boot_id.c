/* Sixteen places by turns, 100 000 writings each: 1.6 million starts. A place holds the number and its
 * complement, so that a start cut short by the supply leaves a place that does not count. */
#include "boot_id.h"

#include <stdbool.h>

#include "port.h"

#define PLACES 16
#define PLACE_BYTES 8

static uint32_t read_u32(uint16_t address)
{
    uint32_t value = 0;
    for (uint8_t byte = 4; byte--;)
        value = value << 8 | port_eeprom_read(address + byte);
    return value;
}

static void write_u32(uint16_t address, uint32_t value)
{
    for (uint8_t byte = 0; byte < 4; byte++, value >>= 8) {
        while (!port_eeprom_is_ready())
            port_feed_watchdog();
        port_eeprom_write(address + byte, (uint8_t)value);
    }
}

uint32_t boot_id_next(void)
{
    uint32_t last = 0;
    uint8_t next_place = 0;
    for (uint8_t place = 0; place < PLACES; place++) {
        uint32_t number = read_u32(place * PLACE_BYTES);
        if (number == ~read_u32(place * PLACE_BYTES + 4) && number >= last) {
            last = number;
            next_place = (place + 1) % PLACES;
        }
    }
    write_u32(next_place * PLACE_BYTES, last + 1);
    write_u32(next_place * PLACE_BYTES + 4, ~(last + 1));
    while (!port_eeprom_is_ready())
        port_feed_watchdog();
    return last + 1;
}
