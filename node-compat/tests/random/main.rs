//! Random programs: the runtime against a reference interpreter that follows Node's rules in the plainest way.

mod program;
mod reference;
mod subject;

use node_compat::DrainRule;
use proptest::prelude::*;

use program::{Body, Step};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn queues_are_drained_as_in_node(main in program::of(program::queue_step())) {
        compare(main, DrainRule::PerCallback)?;
    }

    #[test]
    fn queues_are_drained_as_before_node_11(main in program::of(program::queue_step())) {
        compare(main, DrainRule::PerPhase)?;
    }

    #[test]
    fn timers_fire_as_in_node(main in program::of(program::timer_step())) {
        compare(main, DrainRule::PerCallback)?;
    }

    #[test]
    fn everything_together(main in program::of(program::any_step())) {
        compare(main, DrainRule::PerCallback)?;
    }
}

/// One that the random ones find seldom: each body and step at least once, some of them in each other's way.
#[test]
fn a_program_with_everything() {
    let leaf = |steps| Body::new(steps);
    let main = Body::new(vec![
        Step::Timeout(1, leaf(vec![Step::Tick(leaf(vec![Step::Refresh(1)])), Step::Throw])),
        Step::Timeout(1, leaf(vec![Step::Refresh(1), Step::Sleep(2)])),
        Step::Interval(2, leaf(vec![Step::Clear(2), Step::Immediate(leaf(vec![Step::ClearImmediate(1)]))])),
        Step::Immediate(leaf(vec![Step::Microtask(leaf(vec![Step::Throw])), Step::Reject(leaf(vec![]))])),
        Step::UnrefImmediate(0),
        Step::RefImmediate(0),
        Step::Then(leaf(vec![Step::Throw])),
        Step::AndThen(leaf(vec![Step::Unref(0), Step::Ref(0)])),
        Step::Finally(leaf(vec![Step::Tick(leaf(vec![Step::Throw]))])),
    ]);
    for rule in [DrainRule::PerCallback, DrainRule::PerPhase] {
        compare(main.clone(), rule).unwrap();
    }
}

fn compare(mut main: Body, rule: DrainRule) -> Result<(), TestCaseError> {
    main.number();
    let expected = reference::run(&main, rule);
    let got = subject::run(&main, rule);
    prop_assert_eq!(got, expected, "the runtime's log, and the reference's");
    Ok(())
}
