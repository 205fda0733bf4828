#include "check.h"

int main(void)
{
    test_frames();
    test_eeprom();
    test_schedule();
    test_session();
    puts("all tests of the firmware's logic passed");
    return 0;
}
