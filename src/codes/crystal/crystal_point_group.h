/* The point groups of CRYSTAL's molecules, by its numbers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    POINT_GROUPS = 47,
    POINT_GROUP_OPERATIONS = 48,
};

/* The operations as Cartesian matrices. How many; 0 for a number whose axes are not
 * known here, or that there is not. */
size_t crystal_point_group(int number, double operations[POINT_GROUP_OPERATIONS][3][3]);
