/* A number that differs from the one before at every start: a counter in EEPROM. */
#ifndef BOOT_ID_H
#define BOOT_ID_H

#include <stdint.h>

uint32_t boot_id_next(void); /* takes up to 0.06 s */

#endif
