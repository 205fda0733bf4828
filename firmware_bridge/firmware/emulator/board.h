/* The emulated controller: ATmega2560 with its firmware, encoder, emergency stop and a trace of its pins. */
#ifndef BOARD_H
#define BOARD_H

#include <simavr/sim_avr.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CLOCK_HZ 16000000

extern avr_t *avr;
extern FILE *trace;
extern uint64_t longest_blocked_cycles; /* interrupts off without a break, after the start */

bool board_start(const char *elf, const char *eeprom_path);
void board_run_until(uint64_t cycle);
void board_set_speed(double counts_s); /* below 0: backwards */
void board_press_stop(bool pressed);
void board_lose_pulse(void); /* both encoder lines change at once */
void board_reset(void);
void board_hang(void); /* the program goes in a circle, until the watchdog restarts it */
void board_poke_eeprom(uint16_t address, uint8_t byte);
void board_save_eeprom(void);

#endif
