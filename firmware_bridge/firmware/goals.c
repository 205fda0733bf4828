#include "goals.h"

#include "bytes.h"
#include "port.h"
#include "schedule.h"
#include "triggers.h"

void goals_aim_count(void)
{
    uint32_t shot, exposure;
    bool has_shot = schedule_count_goal(&shot), has_exposure = triggers_count_goal(&exposure);
    if (has_exposure && (!has_shot || from_to(shot, exposure) < 0))
        port_set_count_goal(exposure);
    else if (has_shot)
        port_set_count_goal(shot);
    else
        port_clear_count_goal();
}

void sorter_count_reached(void)
{
    uint32_t shot;
    struct instant now = port_now();
    triggers_expose(now);
    if (schedule_count_goal(&shot) && is_reached(now.count, shot))
        schedule_wake();
    goals_aim_count();
}

void sorter_alarm(void)
{
    schedule_wake();
}
