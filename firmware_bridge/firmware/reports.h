/* What the controller says unasked, and exposures said again. */
#ifndef REPORTS_H
#define REPORTS_H

#include <stdbool.h>
#include <stdint.h>

void reports_start(void);
void reports_resend(uint16_t seq, uint16_t run, uint32_t first, uint8_t count);
bool reports_is_resending(void);
bool reports_tell(void); /* sends one message where there is one, and room for it */

#endif
