/* Limits and wiring of this machine: in EEPROM with CRC-32, two copies by turns. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

#define CONFIG_BYTES 29

enum { ENCODER_REVERSED = 1, TRIGGER_ACTIVE_LOW = 2, KNOWN_FLAGS = 3 };

struct config {
    uint16_t heartbeat_ms;
    uint16_t max_on_ms[KINDS];
    uint8_t duty_percent[KINDS];
    uint16_t burst_ms;
    uint32_t horizon_counts;
    uint16_t horizon_ms;
    uint16_t min_lead_counts;
    uint16_t min_lead_us;
    uint16_t trigger_pulse_us;
    uint8_t flags;
};

extern struct config config; /* in force */

void config_load(void);
enum config_source config_source(void);
void config_pack(uint8_t *payload);
/* Take a configuration into force and start to store it; false: a value is outside its range. */
bool config_write(const uint8_t *payload);
void config_tend(void); /* goes on storing, a byte at a time */

#endif
