/* Idle handles. */
#define KIND idle
#include "phases.h"
