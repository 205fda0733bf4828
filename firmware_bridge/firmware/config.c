#include "config.h"

#include <string.h>

#include "bytes.h"
#include "crc32.h"
#include "outputs.h"
#include "port.h"

#define LAYOUT 1
/* A copy: layout, generation, configuration, CRC-32 of all before. */
#define COPY_BYTES (2 + CONFIG_BYTES + CRC_BYTES)
static const uint16_t copy_address[2] = {128, 192};

static const FLASH struct config factory = {
    .heartbeat_ms = 250,
    .max_on_ms = {200, 2000, 500, 2000},
    .duty_percent = {50, 100, 100, 100},
    .burst_ms = 1000,
    .horizon_counts = 1UL << 20,
    .horizon_ms = 30000,
    .min_lead_counts = 1,
    .min_lead_us = 200,
    .trigger_pulse_us = 100,
    .flags = 0,
};

struct config config;
static enum config_source source;
static uint8_t newest;     /* copy that holds the newest good configuration */
static uint8_t generation; /* of it */
static uint8_t image[COPY_BYTES];
static uint8_t written; /* bytes of the image that are stored */

static void unpack(struct config *into, const uint8_t *at)
{
    into->heartbeat_ms = get_u16(at);
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        into->max_on_ms[kind] = get_u16(at + 2 + 2 * kind);
        into->duty_percent[kind] = at[10 + kind];
    }
    into->burst_ms = get_u16(at + 14);
    into->horizon_counts = get_u32(at + 16);
    into->horizon_ms = get_u16(at + 20);
    into->min_lead_counts = get_u16(at + 22);
    into->min_lead_us = get_u16(at + 24);
    into->trigger_pulse_us = get_u16(at + 26);
    into->flags = at[28];
}

void config_pack(uint8_t *payload)
{
    uint8_t *at = put_u16(payload, config.heartbeat_ms);
    for (uint8_t kind = 0; kind < KINDS; kind++)
        at = put_u16(at, config.max_on_ms[kind]);
    for (uint8_t kind = 0; kind < KINDS; kind++)
        at = put_u8(at, config.duty_percent[kind]);
    at = put_u16(at, config.burst_ms);
    at = put_u32(at, config.horizon_counts);
    at = put_u16(at, config.horizon_ms);
    at = put_u16(at, config.min_lead_counts);
    at = put_u16(at, config.min_lead_us);
    at = put_u16(at, config.trigger_pulse_us);
    put_u8(at, config.flags);
}

static bool is_within(uint32_t value, uint32_t least, uint32_t most)
{
    return least <= value && value <= most;
}

/* The ranges of PROTOCOL.md. */
static bool is_legal(const struct config *asked)
{
    for (uint8_t kind = 0; kind < KINDS; kind++)
        if (!is_within(asked->max_on_ms[kind], 1, 10000) || !is_within(asked->duty_percent[kind], 1, 100))
            return false;
    return is_within(asked->heartbeat_ms, 100, 1000) && is_within(asked->burst_ms, 1, 10000)
           && is_within(asked->horizon_counts, 1, 1UL << 30) && is_within(asked->horizon_ms, 1, 60000)
           && is_within(asked->min_lead_counts, 1, 65535) && is_within(asked->min_lead_us, 200, 65535)
           && is_within(asked->trigger_pulse_us, 8, 60000) && !(asked->flags & ~KNOWN_FLAGS);
}

static void apply(const struct config *taken)
{
    config = *taken;
    outputs_set_limits();
    port_set_wiring(taken->flags & ENCODER_REVERSED, taken->flags & TRIGGER_ACTIVE_LOW, taken->trigger_pulse_us);
}

enum copy_state { ERASED, GOOD, BROKEN };

static enum copy_state read_copy(uint8_t copy)
{
    bool is_erased = true;
    for (uint8_t at = 0; at < COPY_BYTES; at++) {
        image[at] = port_eeprom_read(copy_address[copy] + at);
        is_erased = is_erased && image[at] == 0xff;
    }
    if (is_erased)
        return ERASED;
    uint32_t crc = get_u32(image + COPY_BYTES - CRC_BYTES);
    return image[0] == LAYOUT && crc == crc32_of(image, COPY_BYTES - CRC_BYTES) ? GOOD : BROKEN;
}

void config_load(void)
{
    struct config taken = factory;
    source = FACTORY;
    newest = 1; /* so that the first one written is copy 0 */
    generation = 0;
    for (uint8_t copy = 0; copy < 2; copy++) {
        enum copy_state state = read_copy(copy);
        if (state == BROKEN && source == FACTORY)
            source = DAMAGED;
        if (state != GOOD || (source == STORED && (int8_t)(image[1] - generation) < 0))
            continue;
        source = STORED;
        newest = copy;
        generation = image[1];
        unpack(&taken, image + 2);
    }
    apply(&taken);
}

enum config_source config_source(void)
{
    return source;
}

bool config_write(const uint8_t *payload)
{
    struct config asked;
    unpack(&asked, payload);
    if (!is_legal(&asked))
        return false;
    apply(&asked);
    if (source != STORING) { /* else go over the copy that is half written */
        newest = !newest;
        generation++;
    }
    source = STORING;
    image[0] = LAYOUT;
    image[1] = generation;
    memcpy(image + 2, payload, CONFIG_BYTES);
    put_u32(image + 2 + CONFIG_BYTES, crc32_of(image, 2 + CONFIG_BYTES));
    written = 0;
    return true;
}

void config_tend(void)
{
    if (source != STORING || !port_eeprom_is_ready())
        return;
    if (written < COPY_BYTES) {
        port_eeprom_write(copy_address[newest] + written, image[written]);
        written++;
        return;
    }
    source = STORED;
    for (uint8_t at = 0; at < COPY_BYTES; at++)
        if (port_eeprom_read(copy_address[newest] + at) != image[at])
            source = DAMAGED; /* the EEPROM is worn out */
}
