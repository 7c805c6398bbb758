//! The programs in `tests/js`: each prints what Node prints. `JS_ONLY=text` runs those whose path contains the text.

use uv_tests::{check_programs, programs_under, root};

#[test]
fn programs_print_what_node_prints() {
    let mut programs = programs_under(&root().join("tests/js"));
    if let Ok(only) = std::env::var("JS_ONLY") {
        programs.retain(|program| program.name().contains(&only));
    }
    check_programs(&programs);
}
