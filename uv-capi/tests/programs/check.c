/* Check handles. */
#define KIND check
#include "phases.h"
