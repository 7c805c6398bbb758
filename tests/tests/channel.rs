//! Messages between a parent and its child: Node's and ours understand each other, both ways round.

use std::fs;
use std::path::Path;
use std::process::Command;

use uv_tests::{End, node_compat, node_or_skip, run_in_new_dir};

/// Its child is run by the program that the first argument names.
const SCRIPT: &str = r"
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', (message) => {
    // Who disconnects loses what is not written yet.
    const written = () => message === 'end' && process.disconnect();
    process.send({ got: message, ours: process.versions.quickjs !== undefined }, written);
  });
} else {
  const child = fork(__filename, ['child'], { execPath: process.argv[2] });
  const messages = ['x', null, { a: '\u00e4\ud83d\ude00\n'.repeat(3) }, [1, 2.5], 'y'.repeat(300000), true, 'end'];
  const got = [];
  child.on('message', ({ got: message, ours }) => {
    if (ours !== (process.argv[3] === 'ours')) console.log('another program');
    got.push(message);
  });
  child.on('disconnect', () => console.log(JSON.stringify(got) === JSON.stringify(messages)));
  child.on('close', (code, signal) => console.log('close', code, signal));
  messages.forEach((message) => child.send(message));
}
";

fn speak(parent: &Path, child: &Path, is_ours: bool) {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script.js");
    fs::write(&script, SCRIPT).unwrap();
    let mut command = Command::new(parent);
    let finished = run_in_new_dir(command.arg(script).arg(child).arg(if is_ours { "ours" } else { "node" }));
    assert_eq!(finished.err(), "");
    assert_eq!((finished.out().as_str(), finished.end), ("true\nclose 0 null\n", End::Code(0)));
}

#[test]
fn ours_with_ours() {
    speak(node_compat(), node_compat(), true);
}

#[test]
fn nodes_parent_with_our_child() {
    if let Some(node) = node_or_skip("messages to a child") {
        speak(&node, node_compat(), true);
    }
}

#[test]
fn our_parent_with_nodes_child() {
    if let Some(node) = node_or_skip("messages to a parent") {
        speak(node_compat(), &node, false);
    }
}
