#include "sorter.h"

#include "boot_id.h"
#include "config.h"
#include "duty.h"
#include "lamp.h"
#include "outputs.h"
#include "port.h"
#include "safety.h"
#include "schedule.h"
#include "session.h"
#include "shots.h"
#include "triggers.h"

void sorter_start(void)
{
    bool was_watchdog = port_start();
    outputs_start();
    schedule_start();
    triggers_init();
    shot_counters = (struct shot_counters){0, 0};
    config_load();
    session_start(boot_id_next());
    duty_start(port_now());
    safety_start(was_watchdog, port_now());
    port_irq_on();
}

bool sorter_turn(void)
{
    port_feed_watchdog();
    bool is_busy = session_read();
    struct instant now = port_now();
    safety_watch(now);
    is_busy |= session_tell();
    duty_tend(now);
    config_tend();
    lamp_tend(now.tick);
    return is_busy;
}
