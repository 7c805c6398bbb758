//! What `require('os')` asks the system for.

use rquickjs::Object;

use super::define;

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "hostname", || node_compat::os::uname().nodename)?;
    define(object, "release", || node_compat::os::uname().release)?;
    define(object, "version", || node_compat::os::uname().version)?;
    define(object, "machine", || node_compat::os::uname().machine)?;
    define(object, "availableParallelism", || std::thread::available_parallelism().map_or(1, usize::from))
}
