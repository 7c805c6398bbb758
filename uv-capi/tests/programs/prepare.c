/* Prepare handles. */
#define KIND prepare
#include "phases.h"
