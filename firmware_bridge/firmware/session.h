/* What the host asks: obeyed or refused once, answered as often as it is asked. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

void session_start(uint32_t boot_id);
/* Read what has come, up to and with one message; false: nothing was there, or there is no room to answer. */
bool session_read(void);
/* Send what nobody asked for: a fault, exposures; and exposures asked for again. */
bool session_tell(void);

#endif
