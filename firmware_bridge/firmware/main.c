#include "port.h"
#include "sorter.h"

int main(void)
{
    sorter_start();
    for (;;)
        if (!sorter_turn())
            port_idle();
}
