/* What the logic needs of a board: one port_*.c a board. All else in this folder is the same on every board. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __AVR__
#define FLASH __flash /* constants that stay in program memory */
#else
#define FLASH
#endif

#define TICK_HZ 250000UL
#define TICKS_PER_MS (TICK_HZ / 1000)

/* A moment: both wrap, and both were read in one go. */
struct instant {
    uint32_t tick;
    uint32_t count;
};

/* Counters that only the board can keep; each stops at its highest value. */
struct port_errors {
    uint16_t encoder; /* both lines changed at once: a pulse was lost */
    uint16_t serial;  /* bytes lost or without a stop bit */
};

/* Interrupts off, outputs off, clock and encoder running; true where the watchdog made this start. */
bool port_start(void);
void port_irq_on(void);
uint8_t port_irq_off(void); /* returns what port_irq_restore takes */
void port_irq_restore(uint8_t before);

struct instant port_now(void);
/* sorter_count_reached() is called at this count or the next chance; interrupts must be off. */
void port_set_count_goal(uint32_t goal);
void port_clear_count_goal(void);
/* sorter_alarm() is called at this tick or soon after, perhaps earlier; interrupts must be off. */
void port_set_alarm(uint32_t tick);
void port_clear_alarm(void);

/* Pins. `on` is a mask of three bytes over the outputs of protocol.h; interrupts must be off. */
void port_write_outputs(const uint8_t *on, bool line_may_run);
void port_pulse_trigger(void);
void port_set_wiring(bool encoder_reversed, bool trigger_active_low, uint16_t trigger_pulse_us);
bool port_is_stop_pressed(void);
void port_write_lamp(bool on);

/* Serial line; both ends are buffered. */
int16_t port_read_byte(void);   /* -1: none */
uint8_t port_tx_room(void);     /* bytes that port_write_byte takes now */
void port_write_byte(uint8_t byte);

bool port_eeprom_is_ready(void);
uint8_t port_eeprom_read(uint16_t address);
void port_eeprom_write(uint16_t address, uint8_t byte); /* only where ready; takes milliseconds, returns at once */

struct port_errors port_errors(void);
void port_feed_watchdog(void);
void port_idle(void); /* sleep until an interrupt, 1 ms at most */

/* What the board calls, with interrupts off. The first two may switch them on and off again. */
void sorter_count_reached(void);
void sorter_alarm(void);
void sorter_emergency(void);

#endif
