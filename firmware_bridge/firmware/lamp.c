#include "lamp.h"

#include "port.h"
#include "safety.h"

void lamp_tend(uint32_t now_tick)
{
    bool is_lit = false;
    switch (safety_state()) {
    case BOOTED:
        break;
    case READY:
        is_lit = now_tick >> 17 & 1; /* 0.5 s on, 0.5 s off */
        break;
    case ARMED:
        is_lit = true;
        break;
    case SAFE:
        is_lit = now_tick >> 14 & 1; /* 0.07 s */
        break;
    }
    port_write_lamp(is_lit);
}
