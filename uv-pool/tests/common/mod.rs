use std::panic;
use std::sync::Once;

/// The payload of a panic that is part of a test.
#[derive(Debug)]
pub(crate) struct Quiet;

/// Keeps panics that are part of a test out of its output: those whose payload is not a text.
pub(crate) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str().is_some() {
                report(info);
            }
        }));
    });
}
